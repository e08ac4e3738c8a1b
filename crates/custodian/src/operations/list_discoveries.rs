//! ListDiscoveries: the discoveries of a connected account, the newest first.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Timestamp};
use keystead_gate::json::{PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;
use crate::discovery::shown::Discovery;

/// ListDiscoveries.
pub struct ListDiscoveries;

/// Of which connected account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// Of which, and where to begin.
pub struct Asked {
    cloud_account: String,
    after: Option<(Timestamp, String)>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The discoveries.
    pub discoveries: Vec<Discovery>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListDiscoveries {
    type Input = Input;
    type Prepared = Asked;
    type Output = Output;
    const NAME: &'static str = "ListDiscoveries";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Asked> {
        let wrong = || Fault::ValidationError("`after` is not the `next` of a page.".to_owned());
        let after = input.after.map(|text| parse(&text).ok_or_else(wrong)).transpose()?;
        Ok(Asked { cloud_account: input.cloud_account, after })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, asked: &Asked) -> Result<Output> {
        let cloud = connection::get(tx, cx.account(), &asked.cloud_account)?;
        let after = asked.after.as_ref().map(|(at, id)| (*at, &**id));
        let found = tx.cloud_discoveries().list(cloud.account, &cloud.id, after, PAGE as i64)?;
        let next = next_page(&found, |last| format!("{}.{}", last.created_at.micros(), last.id));
        Ok(Output { discoveries: found.iter().map(Discovery::from).collect(), next })
    }
}

impl RestOperation for ListDiscoveries {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/cloud-accounts/{cloud_account}/discoveries" };
}

fn parse(text: &str) -> Option<(Timestamp, String)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp::from_micros(at.parse().ok()?), id.to_owned()))
}
