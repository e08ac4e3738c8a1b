//! ListDeployments: the deployments, by name.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::json::{After, PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Serialize;
use utoipa::ToSchema;

use super::create_deployment::Shown;
use crate::holder;

/// ListDeployments.
pub struct ListDeployments;

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The deployments, by name.
    pub deployments: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListDeployments {
    type Input = After;
    type Prepared = After;
    type Output = Output;
    const NAME: &'static str = "ListDeployments";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &After) -> Result<Arn> {
        Ok(holder::deployment_arn(cx, "*"))
    }

    fn prepare(_: &Context, input: After) -> Result<After> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &After) -> Result<Output> {
        let found = tx.workloads().list_deployments(cx.account(), input.after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |last| last.name.clone());
        Ok(Output { deployments: found.into_iter().map(Into::into).collect(), next })
    }
}

impl RestOperation for ListDeployments {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/deployments" };
}
