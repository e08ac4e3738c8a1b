//! RegenerateCredentials: makes the generated credentials of a connected account again, those that were deleted.
//! Nobody is granted the new ones.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;
use crate::generated::{self, Part};
use crate::stored::Shown;

/// RegenerateCredentials.
pub struct RegenerateCredentials;

/// Of which connection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
}

/// What there is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The generated credentials of this connection.
    pub stored_credentials: Vec<Shown>,
}

impl Operation for RegenerateCredentials {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "RegenerateCredentials";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        tx.lock_account(cx.account())?;
        let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
        tx.lock_cloud_account(cx.account(), &cloud.id)?;
        generated::create(tx, cx, &cloud.id)?;
        let mut shown = Vec::new();
        for part in Part::ALL {
            let found = tx.stored_credentials().find(cx.account(), part.name())?;
            let own = found.filter(|row| row.kind.cloud_account_id() == Some(cloud.id.as_str()));
            shown.extend(own.map(|row| Shown::of(row, cx.now)));
        }
        Ok(Output { stored_credentials: shown })
    }
}

impl RestOperation for RegenerateCredentials {
    const ROUTE: Route =
        Route { method: "POST", path: "/api/v1/cloud-accounts/{cloud_account}/generated-credentials" };
}
