//! CreatePrerequisites: makes an SSH key pair and a security group in the regions of a connected account, both called
//! `default` unless another name is given. What has the name already is left as it is, one region that fails does not
//! keep the others back, and no port is opened that is not asked for.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection::{self, Connection};
use crate::discovery;
use crate::prerequisites::{self, Made, RegionOutcome, Wanted};
use crate::provider::Patience;
use crate::{parallel, refusal};

/// The name where none is given.
const DEFAULT_NAME: &str = "default";
/// What is said where something is not wanted.
const NONE: &str = "none";
/// The most that is opened in one request.
const OPENINGS_MAX: usize = 20;

/// CreatePrerequisites.
pub struct CreatePrerequisites;

/// What to make, and where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// The regions; all that the account has if none is given.
    #[serde(default)]
    pub regions: Vec<String>,
    /// The SSH key pair's name; `default` if none is given, `none` for no key pair.
    pub ssh_key: Option<String>,
    /// The security group's name; `default` if none is given, `none` for no group.
    pub security_group: Option<String>,
    /// What may reach through the group, where it is made; nothing if nothing is given.
    #[serde(default)]
    pub open: Vec<Open>,
    /// Has to be true for ports to be opened to everybody.
    #[serde(default)]
    pub open_to_world: bool,
}

/// Ports to open, and to whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// A port or two with a hyphen, for example `22` or `8000-8080`.
    pub ports: String,
    /// The network that may reach them, for example `203.0.113.0/24`.
    pub cidr: String,
}

/// What was made.
pub struct Done {
    cloud_account_id: String,
    regions: Vec<RegionOutcome>,
}

/// What became of it, region by region.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The regions, in their order.
    pub regions: Vec<RegionOutcome>,
}

impl Operation for CreatePrerequisites {
    type Input = Input;
    type Prepared = Done;
    type Output = Output;
    const NAME: &'static str = "CreatePrerequisites";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Done> {
        let wanted = wanted(&input)?;
        let cloud = cx.gate().store().read(|tx| connection::get(tx, cx.account(), &input.cloud_account))?;
        let cloud_account_id = cloud.id.clone();
        let unanswered = |fault| refusal::unanswered(&fault);
        let connection = Connection::open(cx.gate(), cloud, Patience::SHORT)?.map_err(unanswered)?;
        let known = connection.reach(Patience::SHORT, |reach| connection.provider.regions(reach))?;
        let known = known.map_err(unanswered)?.into_iter().filter(|region| region.enabled);
        let known: Vec<String> = known.map(|region| region.name).collect();
        let asked = if input.regions.is_empty() { known.clone() } else { input.regions };
        let make = |region: &String| {
            if known.contains(region) {
                return prerequisites::make(cx, &connection, region, &wanted);
            }
            let failed = || Some(Made::failed("the account has no such region, or has not opted in to it"));
            Ok(RegionOutcome { region: region.clone(), ssh_key: failed(), security_group: failed() })
        };
        let regions = parallel::map(&asked, make).into_iter().collect::<Result<Vec<RegionOutcome>>>()?;
        Ok(Done { cloud_account_id, regions })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, done: &Done) -> Result<Output> {
        // What was made is among what there is from now on.
        discovery::request(tx, cx.account(), &done.cloud_account_id, cx.now)?;
        Ok(Output { regions: done.regions.clone() })
    }
}

impl RestOperation for CreatePrerequisites {
    const ROUTE: Route =
        Route { method: "POST", path: "/api/v1/cloud-accounts/{cloud_account}/prerequisites" };
}

fn wanted(input: &Input) -> Result<Wanted> {
    let refuse = |text: String| Err(Fault::ValidationError(text));
    let ssh_key = name("ssh_key", input.ssh_key.as_deref())?;
    let security_group = name("security_group", input.security_group.as_deref())?;
    if ssh_key.is_none() && security_group.is_none() {
        return refuse("`ssh_key` and `security_group` are both none: there is nothing to make.".to_owned());
    }
    if input.regions.len() > 100 || input.open.len() > OPENINGS_MAX {
        return refuse(format!("At most 100 `regions`, and {OPENINGS_MAX} ports to `open`, in one request."));
    }
    let opening = |open: &Open| prerequisites::opening(&open.protocol, &open.ports, &open.cidr);
    let openings = input.open.iter().map(opening).collect::<Result<Vec<_>>>()?;
    if security_group.is_none() && !openings.is_empty() {
        return refuse("`open` needs a `security_group` to open ports of.".to_owned());
    }
    if !input.open_to_world && openings.iter().any(prerequisites::is_world) {
        return refuse(
            "`open` would let in everybody. Give a narrower `cidr`, or say that you mean it with `open_to_world` (on \
             the command line: --open-to-the-world)."
                .to_owned(),
        );
    }
    Ok(Wanted { ssh_key, security_group, openings })
}

fn name(field: &str, name: Option<&str>) -> Result<Option<String>> {
    let name = name.unwrap_or(DEFAULT_NAME);
    if name == NONE {
        return Ok(None);
    }
    let right = (1..=255).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if !right || name.trim() != name || name.starts_with("sg-") {
        return Err(Fault::ValidationError(format!(
            "`{field}` has 1 to 255 printable ASCII characters, and does not begin with sg-."
        )));
    }
    Ok(Some(name.to_owned()))
}
