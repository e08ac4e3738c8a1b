//! ListCloudEndpoints: at which endpoints cloud accounts can be connected: AWS's own and those that the operator
//! registered.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::endpoint::{self, Endpoint};

/// ListCloudEndpoints.
pub struct ListCloudEndpoints;

/// Nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// The endpoints.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// AWS's own first.
    pub endpoints: Vec<Shown>,
}

/// An endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// What to call it.
    pub name: String,
    /// Which cloud.
    pub provider: String,
    /// Where it answers; absent for AWS's own, which have an address for each service and region.
    pub url: Option<String>,
}

impl Operation for ListCloudEndpoints {
    type Input = Input;
    type Prepared = ();
    type Output = Output;
    const NAME: &'static str = "ListCloudEndpoints";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), "cloud-account/*"))
    }

    fn prepare(_: &Context, _: Input) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, _: &Context, (): &()) -> Result<Output> {
        let registered = tx.cloud_endpoints().list()?.into_iter().map(Endpoint::from);
        let shown = |endpoint: Endpoint| Shown {
            name: endpoint.name,
            provider: endpoint.provider,
            url: endpoint.url,
        };
        Ok(Output { endpoints: endpoint::own().chain(registered).map(shown).collect() })
    }
}

impl RestOperation for ListCloudEndpoints {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/cloud-endpoints" };
}
