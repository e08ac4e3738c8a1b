//! Whose a use is: what the enrolled are known by, what people said of sources they know, and what else tells the
//! users of a key apart. What is said while a rotation runs holds for what that has seen already.

use std::collections::BTreeMap;

use ipnet::IpNet;
use keystead_core::{KeyId, Timestamp};
use keystead_store::Tx;
use keystead_store::consumers::Consumer;
use keystead_store::custody::ManagedCredential;
use keystead_store::known_consumers::KnownConsumer;
use keystead_store::uses::KeyUse;

use super::{Embedded, journal};
use crate::consumer::{self, Trace};
use crate::delivery::marks::{self, Marks};
use crate::machine::{Order, Rotation};
use crate::world::{Journal, JournalError};

/// The most consumers a credential may have.
const CONSUMERS_MAX: i64 = 10_000;

/// What is known of the users of one credential.
pub(crate) struct Attribution {
    /// What the enrolled are known by.
    marks: Vec<Marks>,
    /// What people said of others; who is most precisely described comes first.
    known: Vec<KnownConsumer>,
}

impl Attribution {
    /// All that is known of a credential's users.
    pub(crate) fn of(tx: &mut Tx<'_>, credential: &ManagedCredential) -> keystead_store::Result<Self> {
        let (account, id) = (credential.account, &credential.id);
        let mut sources: BTreeMap<String, Vec<IpNet>> = BTreeMap::new();
        for target in tx.delivery_targets().list(account, id)? {
            let networks = target.sources.iter().filter_map(|source| marks::parse_source(source)).collect();
            sources.insert(target.consumer_id, networks);
        }
        let marks = |c: Consumer| Marks {
            sources: sources.remove(&c.id).unwrap_or_default(),
            consumer: c.name,
            // An agent goes by its consumer's id where the consumer has no application id.
            app_id: Some(c.app_id.unwrap_or(c.id)),
        };
        let marks = tx.consumers().list(account, id, None, CONSUMERS_MAX)?.into_iter().map(marks).collect();
        let mut known = tx.known_consumers().list(account, id)?;
        let said =
            |k: &KnownConsumer| [&k.source_address, &k.service, &k.app_id].into_iter().flatten().count();
        known.sort_by_key(|k| std::cmp::Reverse(said(k)));
        Ok(Self { marks, known })
    }

    /// What was said of such a use, where it is no enrolled consumer's by its marks.
    pub(crate) fn find(&self, row: &KeyUse) -> Option<&KnownConsumer> {
        if marks::seen(&self.marks, row).is_some() {
            return None;
        }
        let fits = |said: &Option<String>, seen: &Option<String>| said.is_none() || said == seen;
        self.known.iter().find(|k| {
            fits(&k.source_address, &row.source_address)
                && fits(&k.service, &row.service)
                && fits(&k.app_id, &row.app_id)
        })
    }

    /// The name of who made such a use.
    pub(crate) fn name(&self, row: &KeyUse) -> String {
        match (marks::seen(&self.marks, row), self.find(row)) {
            (Some(enrolled), _) => enrolled.consumer.clone(),
            (None, Some(known)) => known.name.clone(),
            (None, None) => seen_as(row),
        }
    }
}

/// What is known of a user that nobody has named.
pub(crate) fn seen_as(row: &KeyUse) -> String {
    let source = row.source_address.as_deref().unwrap_or("an unknown address");
    let service = row.service.as_deref().unwrap_or("an unknown service");
    match &row.app_id {
        Some(app) => format!("{app} at {source} ({service})"),
        None => format!("{source} ({service})"),
    }
}

impl Embedded {
    /// Gives what a rotation has seen under another name the name that it was given since.
    pub(super) fn rename(&self, rotation: &mut Rotation) -> Result<(), JournalError> {
        let keys: Vec<_> = [Some(rotation.old_key), rotation.new_key].into_iter().flatten().collect();
        let renames = self.gate.store().read(|tx| renames(tx, &self.credential, &keys));
        for (before, after) in renames.map_err(|error| journal::failed(&error))? {
            let Some(seen) = rotation.consumers.remove(&before) else { continue };
            match rotation.consumers.get_mut(&after) {
                Some(named) => merge(named, seen),
                None => drop(rotation.consumers.insert(after, seen)),
            }
        }
        Ok(())
    }

    /// Orders what was decided about exempted consumers where the rotation has seen them and was not told.
    pub(super) fn order_exemptions(&self, now: Timestamp) -> Result<(), JournalError> {
        let (account, credential) = (self.account, self.credential.id.clone());
        let exemptions = self
            .gate
            .store()
            .read(|tx| tx.known_consumers().list_exemptions(account, &credential, now))
            .map_err(|error| journal::failed(&error))?;
        if exemptions.is_empty() {
            return Ok(());
        }
        let (rotation, _) = self.load(&self.rotation_id)?;
        let is_back = rotation.state.underlying().phase().is_some_and(|(_, is_back)| is_back);
        let is_open = |name: &String| rotation.consumers.get(name).is_some_and(|seen| !seen.exempt);
        let wanted: Vec<_> = exemptions.into_iter().filter(|one| is_open(&one.consumer)).collect();
        if is_back || wanted.is_empty() {
            return Ok(());
        }
        let (id, taken) = (rotation.id.clone(), rotation.orders.cast_signed());
        let ordered = self.write(move |tx| {
            let given = tx.rotations().list_orders(account, &id, taken)?;
            for one in &wanted {
                let by = format!("{} (until {}: {})", one.created_by, one.until.to_iso8601(), one.reason);
                let row = journal::order_row(&Order::Exempt { consumer: one.consumer.clone() }, by, now);
                if !given.iter().any(|order| order.data == row.data) {
                    tx.rotations().append_order(account, &id, &row)?;
                }
            }
            Ok(())
        });
        ordered.map_err(|error| journal::failed(&error))
    }
}

/// What users of these keys are called now that were called otherwise before anybody named them.
fn renames(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    keys: &[KeyId],
) -> keystead_store::Result<BTreeMap<String, String>> {
    let mut renames = BTreeMap::new();
    if tx.known_consumers().list(credential.account, &credential.id)?.is_empty() {
        return Ok(renames);
    }
    let attribution = Attribution::of(tx, credential)?;
    for &key in keys {
        for row in tx.uses().list_by_key(credential.account, key)? {
            if let Some(known) = attribution.find(&row) {
                renames.insert(seen_as(&row), known.name.clone());
            }
        }
    }
    Ok(renames)
}

/// Takes what was seen of a consumer into another that is the same.
fn merge(named: &mut consumer::Consumer, seen: consumer::Consumer) {
    named.cadence = named.cadence.max(seen.cadence);
    named.exempt |= seen.exempt;
    named.accepted |= seen.accepted;
    for (key, trace) in seen.traces {
        let of = named.traces.entry(key).or_default();
        *of = Trace {
            last_at: of.last_at.max(trace.last_at),
            count: of.count + trace.count,
            refused: of.refused + trace.refused,
            learned: of.learned.max(trace.learned),
            answered_at: of.answered_at.max(trace.answered_at),
            lease_until: of.lease_until.max(trace.lease_until),
        };
    }
}
