//! DiscoverCloudResources: has a connected account looked through. The answer comes at once and names the discovery,
//! which goes on in the background; where one waits or is under way already, it is that one.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_core::rng::uuid;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::connection;
use crate::discovery::schedule;
use crate::discovery::shown::Discovery;

/// The most regions, or kinds, that are named in one request.
const NAMED_MAX: usize = 100;

/// DiscoverCloudResources.
pub struct DiscoverCloudResources;

/// What to look through, and for what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// The regions, `global` for what the account has once; all if none is given.
    #[serde(default)]
    pub regions: Vec<String>,
    /// The kinds of resources, for example `instances`; all if none is given.
    #[serde(default)]
    pub kinds: Vec<String>,
}

/// A discovery to be queued.
pub struct Drawn {
    id: String,
    input: Input,
}

impl Operation for DiscoverCloudResources {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Discovery;
    const NAME: &'static str = "DiscoverCloudResources";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        check("regions", &input.regions)?;
        check("kinds", &input.kinds)?;
        Ok(Drawn { id: uuid(cx.rng()), input })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Discovery> {
        let Drawn { id, input } = drawn;
        let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
        for kind in &input.kinds {
            connection::get_kind(&cloud, kind)?;
        }
        tx.lock_cloud_account(cloud.account, &cloud.id)?;
        if let Some(open) = tx.cloud_discoveries().find_open(&cloud.id)? {
            return Ok((&open).into());
        }
        let requested_by = Some(cx.caller.arn().to_string());
        let mut discovery = schedule::queued(cloud.account, &cloud.id, id.clone(), requested_by, cx.now);
        discovery.regions.clone_from(&input.regions);
        discovery.kinds.clone_from(&input.kinds);
        tx.cloud_discoveries().insert(&discovery)?;
        Ok((&discovery).into())
    }
}

impl RestOperation for DiscoverCloudResources {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/cloud-accounts/{cloud_account}/discoveries" };
}

/// Names of regions and kinds are short words; whether there are such is found out later.
fn check(field: &str, names: &[String]) -> Result<()> {
    let is_word = |name: &String| {
        (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    if names.len() <= NAMED_MAX && names.iter().all(is_word) {
        return Ok(());
    }
    Err(Fault::ValidationError(format!(
        "`{field}` has at most {NAMED_MAX} names of 1 to 64 letters, digits, hyphens and underscores."
    )))
}
