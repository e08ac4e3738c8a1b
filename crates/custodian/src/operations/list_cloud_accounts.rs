//! ListCloudAccounts: the connected accounts, without their secrets.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::json::{After, PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Serialize;
use utoipa::ToSchema;

use crate::connection;
use crate::shown::CloudAccount;

/// ListCloudAccounts.
pub struct ListCloudAccounts;

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The connected accounts, by name.
    pub cloud_accounts: Vec<CloudAccount>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListCloudAccounts {
    type Input = After;
    type Prepared = After;
    type Output = Output;
    const NAME: &'static str = "ListCloudAccounts";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &After) -> Result<Arn> {
        Ok(connection::arn(cx.account(), "*"))
    }

    fn prepare(_: &Context, input: After) -> Result<After> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &After) -> Result<Output> {
        let found = tx.cloud_accounts().list(cx.account(), input.after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |last| last.name.clone());
        Ok(Output { cloud_accounts: found.iter().map(CloudAccount::from).collect(), next })
    }
}

impl RestOperation for ListCloudAccounts {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/cloud-accounts" };
}
