//! DeleteCredential: Keystead lets go of a credential. Its custody copies and consumers go; the access key
//! itself stays as it is.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::{Touched, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::managed::{self, Shown};

/// DeleteCredential.
pub struct DeleteCredential;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name or id.
    pub credential: String,
}

impl Operation for DeleteCredential {
    type Input = Input;
    type Prepared = Input;
    type Output = Shown;
    const NAME: &'static str = "DeleteCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        let credential = managed::get_to_change(tx, cx, &input.credential)?;
        if let Some(running) = tx.rotations().find_running(cx.account(), &credential.id)? {
            return Err(Fault::DeleteConflict(format!(
                "The rotation {} of this credential is running. Let it end or roll it back first.",
                running.id
            )));
        }
        tx.custody().delete(cx.account(), &credential.id)?;
        tx.touch(Touched::Custody { account: cx.account(), credential: credential.id.clone() });
        Ok(credential.into())
    }
}

impl RestOperation for DeleteCredential {
    const ROUTE: Route = Route { method: "DELETE", path: "/api/v1/credentials/{credential}" };
}
