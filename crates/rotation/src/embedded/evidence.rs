//! Evidence: who was seen using which key, by the authority's own verification.
//!
//! A use belongs to an enrolled consumer when it carries that consumer's application id or comes from a network
//! of its target; every other user of the key is a consumer of its own, named by what is known of it.

use std::collections::BTreeMap;

use keystead_core::{KeyId, Timestamp};
use keystead_store::Tx;
use keystead_store::custody::{ManagedCredential, Material};
use keystead_store::uses::KeyUse;

use super::attribution::Attribution;
use super::{Embedded, stored_value};
use crate::machine::{EvidenceReport, Failure, Principal, Use};
use crate::strength::{AUTHORITY, READS, UNSEEN};
use crate::world::Evidence;

/// All that is stored about the uses of `keys`.
pub(super) fn report(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    keys: &[KeyId],
    now: Timestamp,
) -> keystead_store::Result<EvidenceReport> {
    let uses = uses_of(tx, credential, keys)?;
    let watching_since = tx.runs().first_started()?.unwrap_or(now);
    Ok(EvidenceReport {
        source: source(credential.material).to_owned(),
        watched_for: now.since(watching_since),
        healthy: true,
        gaps: tx.runs().list_gaps(Timestamp::default())?.len() as u64,
        uses,
    })
}

/// What tells of the use of such keys here.
fn source(material: Material) -> &'static str {
    match material {
        Material::AccessKey | Material::SigningCertificate => AUTHORITY,
        Material::ServiceCredential => UNSEEN,
        Material::StoredValue => READS,
    }
}

/// The stored uses of keys, by whose they are.
pub(super) fn uses_of(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    keys: &[KeyId],
) -> keystead_store::Result<Vec<Use>> {
    if credential.material == Material::StoredValue {
        return stored_value::reads(tx, credential, keys);
    }
    let attribution = Attribution::of(tx, credential)?;
    let mut uses = BTreeMap::new();
    for &key in keys {
        for row in tx.uses().list_by_key(credential.account, key)? {
            add(&mut uses, attribution.name(&row), key, &row);
        }
    }
    Ok(uses.into_values().collect())
}

/// Takes a stored row into what is known of its consumer and key.
fn add(uses: &mut BTreeMap<(String, KeyId), Use>, consumer: String, key: KeyId, row: &KeyUse) {
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

impl Evidence for Embedded {
    fn read(&self, _: &Principal, keys: &[KeyId]) -> Result<EvidenceReport, Failure> {
        self.gate.flush_uses(true).map_err(|_| Failure::Unavailable)?;
        let now = self.gate.clock().now();
        Embedded::read(self, |tx| report(tx, &self.credential, keys, now))
    }
}
