//! ListDiscoveryChanges: what a discovery found to have been added, changed or removed since the lists were last
//! read to their end. The first 10,000 are listed; the discovery counts all of them.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::json::{PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_discoveries::CloudChange;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::connection;
use crate::discovery::shown;

/// ListDiscoveryChanges.
pub struct ListDiscoveryChanges;

/// Of which discovery.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// The discovery's id.
    pub discovery: String,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// Of which, and where to begin.
pub struct Asked {
    cloud_account: String,
    discovery: String,
    after: i64,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The changes, in the order in which they were found.
    pub changes: Vec<Change>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

/// A change.
#[derive(Debug, Serialize, ToSchema)]
pub struct Change {
    /// `added`, `changed` or `removed`.
    pub change: String,
    /// The resource's kind.
    pub kind: String,
    /// Where it is, or `global`.
    pub region: String,
    /// What the cloud knows it by.
    pub resource_id: String,
    /// What people call it.
    pub name: String,
    /// What was changed, by name: the value before and the one after.
    #[schema(value_type = Object)]
    pub members: Value,
}

impl Operation for ListDiscoveryChanges {
    type Input = Input;
    type Prepared = Asked;
    type Output = Output;
    const NAME: &'static str = "ListDiscoveryChanges";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Asked> {
        let wrong = |_| Fault::ValidationError("`after` is not the `next` of a page.".to_owned());
        let after = input.after.as_deref().unwrap_or("0").parse().map_err(wrong)?;
        Ok(Asked { cloud_account: input.cloud_account, discovery: input.discovery, after })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, asked: &Asked) -> Result<Output> {
        let cloud = connection::get(tx, cx.account(), &asked.cloud_account)?;
        let discovery = shown::get(tx, &cloud, &asked.discovery)?;
        let found =
            tx.cloud_discoveries().list_changes(cloud.account, &discovery.id, asked.after, PAGE as i64)?;
        let next = next_page(&found, |last| last.number.to_string());
        Ok(Output { changes: found.into_iter().map(Change::from).collect(), next })
    }
}

impl RestOperation for ListDiscoveryChanges {
    const ROUTE: Route = Route {
        method: "GET",
        path: "/api/v1/cloud-accounts/{cloud_account}/discoveries/{discovery}/changes",
    };
}

impl From<CloudChange> for Change {
    fn from(row: CloudChange) -> Self {
        Self {
            change: row.change,
            kind: row.kind,
            region: row.region,
            resource_id: row.resource_id,
            name: row.name,
            members: serde_json::from_str(&row.members).unwrap_or_default(),
        }
    }
}
