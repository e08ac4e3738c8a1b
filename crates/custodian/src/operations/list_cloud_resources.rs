//! ListCloudResources: what there is in a connected account, as it was last seen, by kind, region and id.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::json::{PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_resources::{ResourcePlace, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;
use crate::discovery::shown::Resource;

/// ListCloudResources.
pub struct ListCloudResources;

/// Which ones.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// Only of this kind, for example `instances`.
    pub kind: Option<String>,
    /// Only in this region, or `global`.
    pub region: Option<String>,
    /// Only with this text, in whatever case, somewhere in the id, the name, the state or the attributes.
    pub search: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// Which ones, and where to begin.
pub struct Asked {
    cloud_account: String,
    wanted: Wanted,
    after: ResourcePlace,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The resources.
    pub resources: Vec<Resource>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListCloudResources {
    type Input = Input;
    type Prepared = Asked;
    type Output = Output;
    const NAME: &'static str = "ListCloudResources";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Asked> {
        let wrong = || Fault::ValidationError("`after` is not the `next` of a page.".to_owned());
        let after = input.after.map(|text| parse(&text).ok_or_else(wrong)).transpose()?;
        let wanted = Wanted {
            kind: input.kind.unwrap_or_default(),
            region: input.region.unwrap_or_default(),
            search: input.search.unwrap_or_default().to_lowercase(),
        };
        if [&wanted.kind, &wanted.region, &wanted.search].iter().any(|text| text.contains('\0')) {
            return Err(Fault::ValidationError(
                "`kind`, `region` and `search` are texts without zero characters.".to_owned(),
            ));
        }
        Ok(Asked { cloud_account: input.cloud_account, wanted, after: after.unwrap_or_default() })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, asked: &Asked) -> Result<Output> {
        let cloud = connection::get(tx, cx.account(), &asked.cloud_account)?;
        let Asked { wanted, after, .. } = asked;
        let found = tx.cloud_resources().list(cloud.account, &cloud.id, wanted, after, PAGE as i64)?;
        let next = next_page(&found, |last| format!("{}:{}:{}", last.kind, last.region, last.id));
        Ok(Output { resources: found.iter().map(Resource::from).collect(), next })
    }
}

impl RestOperation for ListCloudResources {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/cloud-accounts/{cloud_account}/resources" };
}

fn parse(text: &str) -> Option<ResourcePlace> {
    let mut parts = text.splitn(3, ':').map(str::to_owned);
    Some((parts.next()?, parts.next()?, parts.next()?)).filter(|_| !text.contains('\0'))
}
