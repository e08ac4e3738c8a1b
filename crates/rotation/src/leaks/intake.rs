//! Takes reports. The same is done for an id that is a key's and for one that is nobody's, so that neither the answer
//! nor the time it takes says which it was.

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::leak::{find_ids, find_secrets};
use keystead_core::masked_url::masked_url;
use keystead_core::rng::uuid;
use keystead_core::{Rng, Timestamp};
use keystead_gate::Gate;
use keystead_store::leak_reports::ReceivedReport;
use keystead_store::{Command, Tx};

use super::github::{self, Claimed, Label};
use super::payload::{self, Part, Payload};
use super::{Finding, proof};

/// Ids that are read at one place.
const IDS_MAX: usize = 20;
/// Reports that may wait to be looked at.
const WAITING_MAX: i64 = 1000;
/// The longest place that is kept, in characters.
const URL_MAX: usize = 500;
/// For how long a key is taken to have lain open where nobody says.
const EXPOSED_BEFORE: Duration = Duration::from_hours(24);

/// Takes a report that no key of ours has signed. `reporter` is where it came from; `claimed` is the signature of
/// GitHub's that it may have. Whoever GitHub is not is as good as nobody, and only GitHub is told anything.
pub fn take_from_stranger(
    gate: &Gate,
    reporter: &str,
    body: &[u8],
    claimed: Option<&Claimed>,
) -> Result<Option<Vec<Label>>> {
    let now = gate.clock().now();
    let is_github = claimed.is_some_and(|claimed| github::has_signed(gate, claimed, body, now));
    let text = String::from_utf8_lossy(body);
    let mut received = read(gate.store().installation(), &**gate.rng(), payload::read(&text), reporter, now)?;
    if is_github {
        for report in &mut received {
            report.sender = Some(github::SENDER.to_owned());
        }
    }
    let command = Command { id: uuid(&**gate.rng()), account: None, invocation_id: None };
    gate.store().write(command, move |tx| keep(tx, &received))?;
    is_github.then(|| github::label(gate, &text)).transpose()
}

/// What a report holds, without secrets; nothing for places at which no id stands.
pub fn read(
    installation: &str,
    rng: &dyn Rng,
    payload: Payload,
    reporter: &str,
    now: Timestamp,
) -> Result<Vec<ReceivedReport>> {
    let mut received = Vec::new();
    for part in payload.parts {
        let (findings, url) = search(installation, &part);
        if findings.is_empty() {
            continue;
        }
        let exposed_at = part.exposed_at.filter(|at| *at <= now);
        received.push(ReceivedReport {
            id: uuid(rng),
            findings: serde_json::to_string(&findings).map_err(Fault::internal)?,
            source: payload.source.to_owned(),
            url,
            reporter: reporter.to_owned(),
            sender: None,
            exposed_at: exposed_at.unwrap_or_else(|| now.minus(EXPOSED_BEFORE)),
            received_at: now,
        });
    }
    Ok(received)
}

/// The ids at a place, proofs of their secrets, and the place's name without these and without what opens it.
fn search(installation: &str, part: &Part) -> (Vec<Finding>, String) {
    let text = format!("{}\n{}", part.text, part.url);
    let ids = find_ids(&text, IDS_MAX);
    let secrets = find_secrets(&text, installation, &ids);
    let url = secrets.iter().fold(part.url.clone(), |url, found| url.replace(found.secret.expose(), "****"));
    let of = |id| secrets.iter().find(|found| found.id == id);
    let findings = ids
        .iter()
        .map(|(id, _)| Finding {
            id: *id,
            proof: of(*id).map(|found| proof(*id, found.secret.expose().as_bytes())),
        })
        .collect();
    (findings, masked_url(&url).chars().filter(|c| !c.is_control()).take(URL_MAX).collect())
}

/// Keeps what came until it is looked at, unless too much waits already.
pub fn keep(tx: &mut Tx<'_>, received: &[ReceivedReport]) -> Result<()> {
    if tx.leak_reports().count_received()? >= WAITING_MAX {
        return Err(Fault::Throttling("Rate exceeded".to_owned()));
    }
    received.iter().try_for_each(|report| Ok(tx.leak_reports().receive(report)?))
}
