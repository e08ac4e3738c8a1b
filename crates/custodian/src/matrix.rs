//! The matrix of probes: which services of a connected account can be used in which region, and what stands in the
//! way. A region that nobody answers in is asked once; no question takes longer than it may.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Timestamp;
use keystead_core::rng::uuid;
use keystead_gate::Gate;
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::cloud_probes::CloudProbe;
use keystead_store::cloud_regions::CloudRegion;
use keystead_store::{Command, Tx};

use crate::connection::Connection;
use crate::provider::{CloudFault, Outcome, Patience, Region, Service};
use crate::{endpoint, parallel};

/// When no further probe is begun, so that whoever waits for the answer gets one.
const ASKING_MAX: Duration = Duration::from_secs(30);
/// How long a whole matrix stands before it is made anew, and one that could not be made.
const STANDS: Duration = Duration::from_hours(24);
const STANDS_BROKEN: Duration = Duration::from_mins(15);
/// Connected accounts probed in one turn.
const CLOUDS_MAX: i64 = 8;

/// The state of a probe that found nothing in the way.
pub const OK: &str = "ok";

/// What to probe; everything where nothing is said.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// These regions.
    pub regions: Option<Vec<String>>,
    /// These services, as people call them.
    pub services: Option<Vec<String>>,
}

impl Wanted {
    fn is_everything(&self) -> bool {
        self.regions.is_none() && self.services.is_none()
    }

    /// The services wanted of those there are.
    fn services(&self, all: Vec<Service>) -> Result<Vec<Service>> {
        let Some(wanted) = &self.services else { return Ok(all) };
        let find = |name: &String| {
            all.iter().find(|service| service.title.eq_ignore_ascii_case(name)).copied().ok_or_else(|| {
                let known: Vec<&str> = all.iter().map(|service| service.title).collect();
                Fault::ValidationError(format!(
                    "`services` names no service that is probed: `{name}`. There are {}.",
                    known.join(", ")
                ))
            })
        };
        wanted.iter().map(find).collect()
    }

    /// The names of the regions wanted of those there are.
    fn regions<'r>(&self, all: &'r [Region]) -> Result<Vec<&'r str>> {
        let enabled = all.iter().filter(|region| region.enabled).map(|region| &*region.name);
        let Some(wanted) = &self.regions else { return Ok(enabled.collect()) };
        let enabled: HashSet<&str> = enabled.collect();
        let find = |name: &String| {
            enabled.get(&**name).copied().ok_or_else(|| {
                Fault::ValidationError(format!(
                    "`regions` names no region that this account has opted in to: `{name}`."
                ))
            })
        };
        wanted.iter().map(find).collect()
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The regions there are; nothing where they could not be listed.
    regions: Vec<Region>,
    probes: Vec<CloudProbe>,
    /// Whether everything was to be probed.
    is_everything: bool,
    /// Whether it was, with the cloud's own list of regions.
    is_whole: bool,
    made_at: Timestamp,
}

/// Probes every connected account that is due: those connected or changed a moment ago, and the others once a day.
pub fn turn(gate: &Arc<Gate>) -> Result<()> {
    let now = gate.clock().now();
    let due =
        gate.store().read(|tx| tx.cloud_accounts().list_probe_due(now, CLOUDS_MAX).map_err(Fault::from))?;
    let probe = |cloud: &CloudAccount| {
        let matrix = ask(gate, cloud.clone(), &Wanted::default())?;
        let cloud = cloud.clone();
        let command = Command { id: uuid(&**gate.rng()), account: Some(cloud.account), invocation_id: None };
        gate.store().write(command, move |tx| keep(tx, &cloud, &matrix))
    };
    parallel::map(&due, probe).into_iter().collect()
}

/// Asks the cloud. Faults of the cloud's are what is found, not a failure.
pub fn ask(gate: &Arc<Gate>, cloud: CloudAccount, wanted: &Wanted) -> Result<Matrix> {
    let begun = gate.clock().now();
    let known = gate.store().read(|tx| {
        let home = endpoint::find(tx, &cloud.endpoint)?.region;
        let known = tx.cloud_regions().list(cloud.account, &cloud.id)?;
        Ok::<_, Fault>((home, known))
    })?;
    let (home, known) = known;
    let found = |region: &str, service: &str, outcome: Outcome<Option<&str>>| {
        probe_of(region, service, &outcome, begun)
    };
    let connection = match Connection::open(gate, cloud, Patience::SHORT)? {
        Ok(connection) => connection,
        Err(fault) => {
            let probes = vec![found(&home, "STS", Err(fault))];
            let is_everything = wanted.is_everything();
            let regions = regions_known(known, &home);
            return Ok(Matrix { regions, probes, is_everything, is_whole: false, made_at: begun });
        }
    };
    let provider = connection.provider;
    let listed = connection.reach(Patience::SHORT, |reach| provider.regions(reach))?;
    let is_listed = listed.is_ok();
    // Where they cannot be listed, those known from before are as good; the probes say what is missing.
    let regions = listed.unwrap_or_else(|_| regions_known(known, &home));
    let services = wanted.services(provider.services(&connection.endpoint))?;
    let names = wanted.regions(&regions)?;
    let asked = Asked { connection: &connection, begun, dead: Mutex::default() };
    // Service by service, so that a dead region is known by the time the second is asked for.
    let mut tasks: Vec<(&str, &'static str)> = Vec::new();
    for service in services {
        let places = if service.is_global { vec![&*home] } else { names.clone() };
        tasks.extend(places.into_iter().map(|region| (region, service.title)));
    }
    let outcomes = parallel::map(&tasks, |(region, service)| asked.probe(region, service));
    let mut probes = Vec::with_capacity(tasks.len());
    for ((region, service), outcome) in tasks.iter().zip(outcomes) {
        probes.push(found(region, service, outcome?));
    }
    let is_everything = wanted.is_everything();
    Ok(Matrix { regions, probes, is_everything, is_whole: is_everything && is_listed, made_at: begun })
}

/// The regions known from before; the endpoint's own where there are none.
fn regions_known(known: Vec<CloudRegion>, home: &str) -> Vec<Region> {
    if known.is_empty() {
        return vec![Region { name: home.to_owned(), enabled: true }];
    }
    known.into_iter().map(|known| Region { name: known.name, enabled: known.enabled }).collect()
}

/// A matrix while it is being asked for.
struct Asked<'a> {
    connection: &'a Connection,
    begun: Timestamp,
    dead: Mutex<HashSet<String>>,
}

impl Asked<'_> {
    fn probe(&self, region: &str, service: &str) -> Result<Outcome<Option<&'static str>>> {
        let dead = || self.dead.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.connection.clock().now();
        if now.since(self.begun) > ASKING_MAX {
            return Ok(Err(CloudFault::Unreachable("the others took too long".to_owned())));
        }
        if dead().contains(region) {
            return Ok(Err(CloudFault::Unreachable("nobody answers in this region".to_owned())));
        }
        let provider = self.connection.provider;
        let outcome =
            self.connection.reach(Patience::NONE, |reach| provider.probe(reach, service, region))?;
        if matches!(outcome, Err(CloudFault::Unreachable(_))) {
            dead().insert(region.to_owned());
        }
        Ok(outcome)
    }
}

fn probe_of(region: &str, service: &str, outcome: &Outcome<Option<&str>>, at: Timestamp) -> CloudProbe {
    let fault = outcome.as_ref().err();
    let permission = match fault {
        Some(CloudFault::Denied { action, .. }) => Some(action.clone()),
        _ => None,
    };
    CloudProbe {
        region: region.to_owned(),
        service: service.to_owned(),
        state: fault.map_or(OK, CloudFault::state).to_owned(),
        permission,
        message: fault.map(ToString::to_string),
        warning: outcome.as_ref().ok().copied().flatten().map(str::to_owned),
        probed_at: at,
    }
}

/// Keeps what was found; nothing of it where the account is no longer connected.
pub fn keep(tx: &mut Tx<'_>, cloud: &CloudAccount, matrix: &Matrix) -> Result<()> {
    let (account, id, at) = (cloud.account, &cloud.id, matrix.made_at);
    tx.lock_cloud_account(account, id)?;
    if tx.cloud_accounts().find(account, id)?.is_none() {
        return Ok(());
    }
    if matrix.is_whole {
        for gone in tx.cloud_regions().list(account, id)? {
            match matrix.regions.iter().find(|region| region.name == gone.name) {
                None => tx.cloud_regions().delete(account, id, &gone.name)?,
                Some(region) if region.enabled => continue,
                Some(_) => {}
            }
            tx.cloud_probes().delete_region(account, id, &gone.name)?;
        }
    }
    for region in &matrix.regions {
        tx.cloud_regions().put(account, id, &region.name, region.enabled, at)?;
    }
    matrix.probes.iter().try_for_each(|probe| tx.cloud_probes().put(account, id, probe))?;
    if matrix.is_everything {
        let stands = if matrix.is_whole { STANDS } else { STANDS_BROKEN };
        tx.cloud_accounts().set_probe_at(account, id, at.plus(stands))?;
    }
    Ok(())
}
