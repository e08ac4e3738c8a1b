//! DeleteStoredCredential: forgets a credential with all versions of its value and every grant. From then on no
//! workload is given it. Of a generated one only the name goes: the connection keeps working.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::stored::{self, Shown};

/// DeleteStoredCredential.
pub struct DeleteStoredCredential;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub credential: String,
}

impl Operation for DeleteStoredCredential {
    type Input = Input;
    type Prepared = Input;
    type Output = Shown;
    const NAME: &'static str = "DeleteStoredCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        let credential = stored::get(tx, cx, &input.credential)?;
        tx.tags().clear(cx.account(), &credential.id)?;
        tx.stored_credentials().delete(cx.account(), &credential.id)?;
        Ok(Shown::of(credential, cx.now))
    }
}

impl RestOperation for DeleteStoredCredential {
    const ROUTE: Route = Route { method: "DELETE", path: "/api/v1/stored-credentials/{credential}" };
}
