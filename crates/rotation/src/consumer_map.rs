//! The consumer map: everybody who uses a credential or is enrolled to, whether anybody knows them or not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use keystead_core::Timestamp;
use keystead_store::Tx;
use keystead_store::consumers::Consumer;
use keystead_store::custody::ManagedCredential;
use keystead_store::known_consumers::{Exemption, KnownConsumer};
use keystead_store::uses::KeyUse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::embedded::attribution::Attribution;

const CONSUMERS_MAX: i64 = 10_000;

/// One consumer of a credential.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Mapped {
    /// Its name, or what is known of one that nobody has named.
    pub name: String,
    /// How it gets its key: as it was enrolled; `known` if it was named, `unknown` if not.
    pub kind: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Whether a rotation waits for it.
    pub required: bool,
    /// Where it asks from.
    pub sources: BTreeSet<String>,
    /// For which services.
    pub services: BTreeSet<String>,
    /// In which regions.
    pub regions: BTreeSet<String>,
    /// With which application ids.
    pub app_ids: BTreeSet<String>,
    /// Who saw it: verifiers by id, imported logs by name; none is this authority itself.
    pub seen_by: BTreeSet<String>,
    /// With which keys.
    pub access_key_ids: BTreeSet<String>,
    /// How often it runs by its owner's word, in hours.
    pub every_hours: Option<u64>,
    /// The longest time seen between two uses, in seconds: a proof waits for twice that.
    pub slowest_interval_seconds: Option<u64>,
    /// First accepted use.
    pub first_used_at: Option<String>,
    /// Newest accepted use.
    pub last_used_at: Option<String>,
    /// Accepted uses.
    pub uses: i64,
    /// Uses that were right but refused, because the key was inactive.
    pub refusals: i64,
    /// Its use of a key that leaves does not count for a while.
    pub exempt: Option<Exempt>,
}

/// An exemption as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Exempt {
    /// Until when.
    pub until: String,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub by: String,
}

impl From<Exemption> for Exempt {
    fn from(row: Exemption) -> Self {
        Self { until: row.until.to_iso8601(), reason: row.reason, by: row.created_by }
    }
}

/// The whole map of a credential, by name.
pub fn draw(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    now: Timestamp,
) -> keystead_store::Result<Vec<Mapped>> {
    let (account, id) = (credential.account, &credential.id);
    let every: BTreeMap<String, Duration> =
        tx.known_consumers().list_batch_intervals(account, id)?.into_iter().collect();
    let enrolled = tx.consumers().list(account, id, None, CONSUMERS_MAX)?;
    let mut map: BTreeMap<String, Mapped> =
        enrolled.into_iter().map(|c| (c.name.clone(), of_enrolled(c, &every))).collect();
    let attribution = Attribution::of(tx, credential)?;
    let mut keys = tx.custody().list_copies(account, id)?;
    keys.push(credential.current_access_key_id);
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        for row in tx.uses().list_by_key(account, key)? {
            let (known, name) = (attribution.find(&row), attribution.name(&row));
            add(map.entry(name.clone()).or_insert_with(|| unenrolled(name, known)), known, row);
        }
    }
    for exemption in tx.known_consumers().list_exemptions(account, id, now)? {
        if let Some(mapped) = map.get_mut(&exemption.consumer) {
            mapped.exempt = Some(exemption.into());
        }
    }
    Ok(map.into_values().collect())
}

fn of_enrolled(consumer: Consumer, every: &BTreeMap<String, Duration>) -> Mapped {
    Mapped {
        every_hours: every.get(&consumer.id).map(|every| every.as_secs() / 3600),
        name: consumer.name,
        kind: consumer.kind,
        required: consumer.required,
        app_ids: consumer.app_id.into_iter().collect(),
        ..Mapped::default()
    }
}

fn unenrolled(name: String, known: Option<&KnownConsumer>) -> Mapped {
    let kind = if known.is_some() { "known" } else { "unknown" };
    Mapped { name, kind: kind.to_owned(), ..Mapped::default() }
}

/// Takes a stored row into what is known of its consumer.
fn add(mapped: &mut Mapped, known: Option<&KnownConsumer>, row: KeyUse) {
    mapped.owner = mapped.owner.take().or_else(|| known.and_then(|known| known.owner.clone()));
    mapped.sources.extend(row.source_address);
    mapped.services.extend(row.service);
    mapped.regions.extend(row.region);
    mapped.app_ids.extend(row.app_id);
    mapped.seen_by.extend(row.verifier_id);
    mapped.access_key_ids.insert(row.access_key_id.to_string());
    mapped.slowest_interval_seconds =
        mapped.slowest_interval_seconds.max(row.slowest_interval.map(|time| time.as_secs()));
    let first = row.first_used_at.map(Timestamp::to_iso8601);
    mapped.first_used_at = [mapped.first_used_at.take(), first].into_iter().flatten().min();
    mapped.last_used_at = mapped.last_used_at.take().max(row.last_used_at.map(Timestamp::to_iso8601));
    mapped.uses += row.uses;
    mapped.refusals += row.refusals;
}
