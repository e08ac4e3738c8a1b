//! RevokeStoredCredentialGrant: takes a grant of a generated credential back. Workloads that had it are not given it
//! from their next question on.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;

use super::grant_stored_credential::{Input, Output, Wanted};
use crate::stored;

/// RevokeStoredCredentialGrant.
pub struct RevokeStoredCredentialGrant;

impl Operation for RevokeStoredCredentialGrant {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Output;
    const NAME: &'static str = "RevokeStoredCredentialGrant";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Wanted> {
        Wanted::of(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Output> {
        tx.lock_stored_credential(cx.account(), wanted.credential())?;
        let (credential_id, holder_id) = wanted.find(tx, cx)?;
        if tx.inputs().delete_grant(&credential_id, &holder_id)? {
            return Ok(wanted.shown());
        }
        Err(Fault::NoSuchEntity("The credential is not granted to this deployment or workload.".to_owned()))
    }
}

impl RestOperation for RevokeStoredCredentialGrant {
    const ROUTE: Route = Route { method: "DELETE", path: "/api/v1/stored-credentials/{credential}/grants" };
}
