//! GetDiscovery: how far a discovery is and what it found, list by list.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;
use crate::discovery::shown::{self, Discovery, List};

/// GetDiscovery.
pub struct GetDiscovery;

/// Which one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// The discovery's id.
    pub discovery: String,
}

/// A discovery with its lists.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The discovery.
    #[serde(flatten)]
    pub discovery: Discovery,
    /// The lists that no later discovery has read since.
    pub lists: Vec<List>,
}

impl Operation for GetDiscovery {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "GetDiscovery";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
        let found = shown::get(tx, &cloud, &input.discovery)?;
        let lists = tx.cloud_discoveries().list_lists(cloud.account, &found.id)?;
        Ok(Output { discovery: (&found).into(), lists: lists.into_iter().map(List::from).collect() })
    }
}

impl RestOperation for GetDiscovery {
    const ROUTE: Route =
        Route { method: "GET", path: "/api/v1/cloud-accounts/{cloud_account}/discoveries/{discovery}" };
}
