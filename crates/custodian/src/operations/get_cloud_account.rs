//! GetCloudAccount: one connected account, without its secrets.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::connection;
use crate::shown::CloudAccount;

/// GetCloudAccount.
pub struct GetCloudAccount;

/// Which one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name or id.
    pub cloud_account: String,
}

impl Operation for GetCloudAccount {
    type Input = Input;
    type Prepared = Input;
    type Output = CloudAccount;
    const NAME: &'static str = "GetCloudAccount";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<CloudAccount> {
        Ok((&connection::get(tx, cx.account(), &input.cloud_account)?).into())
    }
}

impl RestOperation for GetCloudAccount {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/cloud-accounts/{cloud_account}" };
}
