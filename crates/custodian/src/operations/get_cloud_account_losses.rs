//! GetCloudAccountLosses: what would be lost with a connected account, to be read before it is deleted.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;
use crate::losses::{self, Loss};

/// GetCloudAccountLosses.
pub struct GetCloudAccountLosses;

/// Of which account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name or id.
    pub cloud_account: String,
}

/// What would be lost.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account's name.
    pub name: String,
    /// Its number at the cloud.
    pub account_number: String,
    /// What goes with it for good.
    pub lost: Vec<Loss>,
    /// What stays.
    pub stays: &'static str,
}

impl Operation for GetCloudAccountLosses {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "GetCloudAccountLosses";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
        let lost = losses::of(tx, &cloud)?;
        Ok(Output { name: cloud.name, account_number: cloud.number, lost, stays: losses::STAYS })
    }
}

impl RestOperation for GetCloudAccountLosses {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/cloud-accounts/{cloud_account}/losses" };
}
