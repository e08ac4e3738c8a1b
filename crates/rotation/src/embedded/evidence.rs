//! Evidence: who was seen using which key, by the authority's own verification.
//!
//! A use belongs to an enrolled consumer when it carries that consumer's application id; every other user of
//! the key is a consumer of its own, named by what is known of it.

use std::collections::BTreeMap;

use keystead_core::{AccessKeyId, Timestamp};
use keystead_store::Tx;
use keystead_store::custody::ManagedCredential;
use keystead_store::uses::KeyUse;

use super::Embedded;
use crate::machine::{EvidenceReport, Failure, Principal, Use};
use crate::world::Evidence;

const SOURCE: &str = "verification by this authority";
const CONSUMERS_MAX: i64 = 10_000;

/// All that is stored about the uses of `keys`.
pub(super) fn report(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    keys: &[AccessKeyId],
    now: Timestamp,
) -> keystead_store::Result<EvidenceReport> {
    let consumers = tx.consumers().list(credential.account, &credential.id, None, CONSUMERS_MAX)?;
    let by_app: BTreeMap<String, String> =
        consumers.into_iter().filter_map(|c| Some((c.app_id?, c.name))).collect();
    let mut uses = BTreeMap::new();
    for &key in keys {
        for row in tx.uses().list_by_key(credential.account, key)? {
            add(&mut uses, consumer_name(&by_app, &row), key, &row);
        }
    }
    let watching_since = tx.runs().first_started()?.unwrap_or(now);
    Ok(EvidenceReport {
        source: SOURCE.to_owned(),
        watched_for: now.since(watching_since),
        healthy: true,
        gaps: tx.runs().list_gaps(Timestamp::default())?.len() as u64,
        uses: uses.into_values().collect(),
    })
}

/// Takes a stored row into what is known of its consumer and key.
fn add(uses: &mut BTreeMap<(String, AccessKeyId), Use>, consumer: String, key: AccessKeyId, row: &KeyUse) {
    let Some(last_at) = row.last_used_at.max(row.refused_at) else { return };
    let refused = row.refusals.unsigned_abs();
    let used = uses.entry((consumer.clone(), key)).or_insert(Use {
        consumer,
        key,
        last_at,
        count: 0,
        refused: 0,
        slowest_interval: None,
    });
    used.last_at = used.last_at.max(last_at);
    used.count += row.uses.unsigned_abs() + refused;
    used.refused += refused;
    used.slowest_interval = used.slowest_interval.max(row.slowest_interval);
}

/// The enrolled consumer of that application id, or what else tells this one apart.
fn consumer_name(by_app: &BTreeMap<String, String>, row: &KeyUse) -> String {
    let source = row.source_address.as_deref().unwrap_or("an unknown address");
    let service = row.service.as_deref().unwrap_or("an unknown service");
    match &row.app_id {
        Some(app) => by_app.get(app).cloned().unwrap_or_else(|| format!("{app} at {source} ({service})")),
        None => format!("{source} ({service})"),
    }
}

impl Evidence for Embedded {
    fn read(&self, _: &Principal, keys: &[AccessKeyId]) -> Result<EvidenceReport, Failure> {
        self.gate.flush_uses(true).map_err(|_| Failure::Unavailable)?;
        let now = self.gate.clock().now();
        Embedded::read(self, |tx| report(tx, &self.credential, keys, now))
    }
}
