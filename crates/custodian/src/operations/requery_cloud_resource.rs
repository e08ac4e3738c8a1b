//! RequeryCloudResource: asks the cloud once more about one resource, and stores what it says; a resource that is
//! gone is forgotten. A kind or a region is asked about anew by DiscoverCloudResources.

use std::collections::HashSet;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::cloud_resources::CloudResource;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection::{self, Connection};
use crate::discovery::known;
use crate::discovery::shown::Resource;
use crate::provider::resource::ResourceKind;
use crate::provider::{CloudFault, Outcome, Patience};
use crate::refusal;

/// How long somebody waits for the answer.
const TIME: Duration = Duration::from_secs(30);

/// RequeryCloudResource.
pub struct RequeryCloudResource;

/// Which resource.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// Its kind, for example `instances`.
    pub kind: String,
    /// What the cloud knows it by.
    pub resource_id: String,
    /// Where it is; needed where it is not known, or known in more than one region.
    pub region: Option<String>,
}

/// What the cloud said.
pub struct Seen {
    cloud: CloudAccount,
    kind: String,
    region: String,
    id: String,
    resource: Option<CloudResource>,
}

/// What the cloud said.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Whether it is there.
    pub exists: bool,
    /// The resource, where it is.
    pub resource: Option<Resource>,
}

impl Operation for RequeryCloudResource {
    type Input = Input;
    type Prepared = Seen;
    type Output = Output;
    const NAME: &'static str = "RequeryCloudResource";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Seen> {
        let (cloud, regions) = cx.gate().store().read(|tx| {
            let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
            let regions = tx.cloud_resources().list_regions(&cloud.id, &input.kind, &input.resource_id)?;
            Ok::<_, Fault>((cloud, regions))
        })?;
        let kind = connection::get_kind(&cloud, &input.kind)?;
        let region = match (&input.region, &*regions) {
            (Some(region), _) | (None, [region]) => region.clone(),
            (None, _) => {
                return Err(Fault::NoSuchEntity(format!(
                    "{} {} is not known of {} in exactly one region. Say in which one it is with `region`.",
                    input.kind, input.resource_id, cloud.name
                )));
            }
        };
        let asked = match Connection::open(cx.gate(), cloud.clone(), Patience::SHORT)? {
            Ok(connection) => ask(cx, &connection, kind, &region, &input.resource_id)?,
            Err(fault) => Err(fault),
        };
        let found = asked.map_err(|fault| refusal::unanswered(&fault))?;
        let resource = found.map(|found| known::of(found, kind.name(), &region, cx.now));
        Ok(Seen { cloud, kind: input.kind, region, id: input.resource_id, resource })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, seen: &Seen) -> Result<Output> {
        let Seen { cloud, kind, region, id, resource } = seen;
        connection::get(tx, cx.account(), &cloud.id)?;
        let Some(resource) = resource else {
            tx.cloud_resources().delete(&cloud.id, kind, region, id)?;
            return Ok(Output { exists: false, resource: None });
        };
        tx.cloud_resources().put(cloud.account, &cloud.id, resource)?;
        let stored = tx.cloud_resources().find(&cloud.id, kind, region, id)?;
        Ok(Output { exists: true, resource: stored.as_ref().map(Resource::from) })
    }
}

impl RestOperation for RequeryCloudResource {
    const ROUTE: Route =
        Route { method: "POST", path: "/api/v1/cloud-accounts/{cloud_account}/resources/requery" };
}

/// The resource of that id, if it is there: asked for by itself where the cloud can be, else looked for page by page.
fn ask(
    cx: &Context,
    connection: &Connection,
    kind: &dyn ResourceKind,
    region: &str,
    id: &str,
) -> Result<Outcome<Option<crate::provider::resource::Resource>>> {
    let until = cx.now.plus(TIME);
    connection.reach(Patience::SHORT, |reach| {
        let is_it = |resource: &crate::provider::resource::Resource| resource.id == id;
        if let Some(page) = kind.page_of_one(reach, region, id) {
            return Ok(page?.resources.into_iter().find(is_it));
        }
        let (mut tokens, mut token) = (HashSet::new(), None);
        loop {
            let page = kind.page(reach, region, token.as_deref())?;
            if let Some(found) = page.resources.into_iter().find(is_it) {
                return Ok(Some(found));
            }
            let Some(next) = page.next else { return Ok(None) };
            if !tokens.insert(next.clone()) || reach.clock.now() > until {
                return Err(CloudFault::Unreadable("its list has no end".to_owned()));
            }
            token = Some(next);
        }
    })
}
