//! GetCredential: one managed credential without its secret, how it stands and what is planned for it.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::managed;
use crate::planned::{self, Planned};

/// GetCredential.
pub struct GetCredential;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name or id.
    pub credential: String,
}

impl Operation for GetCredential {
    type Input = Input;
    type Prepared = Input;
    type Output = Planned;
    const NAME: &'static str = "GetCredential";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Planned> {
        let credential = managed::get(tx, cx, &input.credential)?;
        planned::show(tx, cx, credential)
    }
}

impl RestOperation for GetCredential {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/credentials/{credential}" };
}
