//! GetCloudProbes: which services of a connected account can be used in which region, as they were last found, with
//! what each obstacle means and the permission that is missing.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::cloud_probes::CloudProbe;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;
use crate::matrix::OK;

/// GetCloudProbes.
pub struct GetCloudProbes;

/// Of which account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name or id.
    pub cloud_account: String,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account's name.
    pub cloud_account: String,
    /// By region and service; none before the first probe.
    pub probes: Vec<Probe>,
    /// Regions that the account has not opted in to, which are not probed.
    pub regions_not_opted_in: Vec<String>,
}

/// One service in one region.
#[derive(Debug, Serialize, ToSchema)]
pub struct Probe {
    /// The region; of services that all regions share, the one they were asked in.
    pub region: String,
    /// The service.
    pub service: String,
    /// What came of it: `ok`, or the obstacle.
    pub state: String,
    /// Whether anybody answered.
    pub reachable: bool,
    /// Whether the key was accepted and may do what was asked; absent where that is not known.
    pub authorized: Option<bool>,
    /// Whether the account has the service; absent where that is not known.
    pub opted_in: Option<bool>,
    /// The permission that is missing.
    pub missing_permission: Option<String>,
    /// What it means, and what to do.
    pub meaning: String,
    /// What was seen.
    pub message: Option<String>,
    /// What is missing although the service can be used.
    pub warning: Option<String>,
    /// When, RFC 3339.
    pub probed_at: String,
}

impl Output {
    /// What is known of a connected account.
    pub(super) fn of(tx: &mut Tx<'_>, cloud: &CloudAccount) -> Result<Self> {
        let regions = tx.cloud_regions().list(cloud.account, &cloud.id)?;
        let probes = tx.cloud_probes().list(cloud.account, &cloud.id)?;
        Ok(Self {
            cloud_account: cloud.name.clone(),
            probes: probes.into_iter().map(|probe| Probe::of(probe, &cloud.name)).collect(),
            regions_not_opted_in: regions
                .into_iter()
                .filter(|region| !region.enabled)
                .map(|region| region.name)
                .collect(),
        })
    }
}

impl Probe {
    fn of(probe: CloudProbe, name: &str) -> Self {
        let (authorized, opted_in) = match &*probe.state {
            OK => (Some(true), Some(true)),
            "denied" => (Some(false), Some(true)),
            "not_accepted" => (Some(false), None),
            "opt_in_required" => (None, Some(false)),
            _ => (None, None),
        };
        Self {
            reachable: probe.state != "unreachable",
            authorized,
            opted_in,
            meaning: meaning(&probe, name),
            region: probe.region,
            service: probe.service,
            state: probe.state,
            missing_permission: probe.permission,
            message: probe.message,
            warning: probe.warning,
            probed_at: probe.probed_at.to_iso8601(),
        }
    }
}

fn meaning(probe: &CloudProbe, name: &str) -> String {
    let CloudProbe { service, region, .. } = probe;
    match &*probe.state {
        OK => "It can be used.".to_owned(),
        "denied" => format!(
            "The key may not do {}. Add it to the policy of the key's user (keystead cloud help prints the whole \
             policy), then: keystead cloud requery {name}",
            probe.permission.as_deref().unwrap_or("what was asked")
        ),
        "opt_in_required" => format!(
            "The account is not subscribed to {service}, or its subscription is not active yet. Sign up for it at AWS, \
             wait for the e-mail, then: keystead cloud requery {name} --service {service}"
        ),
        "not_accepted" => format!(
            "The key is not accepted: it is unknown here, inactive, or has ended. Give another one: keystead cloud \
             update {name}"
        ),
        "unreachable" => {
            format!("Nobody answered: {region} is down, or cannot be reached from this machine.")
        }
        "throttled" => "The cloud is busy with the account's other requests. Try again later.".to_owned(),
        "clock_skew" => "This machine's clock is wrong. Set it right, by NTP for example.".to_owned(),
        "unsupported" => format!("This endpoint does not know {service}."),
        _ => "The cloud answered with an error of its own. Try again later.".to_owned(),
    }
}

impl Operation for GetCloudProbes {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "GetCloudProbes";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
        Output::of(tx, &cloud)
    }
}

impl RestOperation for GetCloudProbes {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/cloud-accounts/{cloud_account}/probes" };
}
