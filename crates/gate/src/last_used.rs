//! Who uses which key: the evidence that rotation moves on.
//!
//! Recording happens on the hot path, in memory: one short lock and, for a consumer seen before, two
//! numbers written. The first use by a consumer is due for the store at once, later uses at most once a
//! minute; [`Gate::flush_uses`] writes what is due, and everything when a decision is to be made. Only
//! attempts whose signature was right are recorded: of active keys as use, of inactive ones as refusals.
//!
//! What is done in a session that a key made of its own user counts as use of that key: whoever holds such a
//! session has the key in another form.
//!
//! AWS clients are shown less: of each access key one use in a quarter of an hour, [`LastUse`].

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hashbrown::{DefaultHashBuilder, HashMap};
use keystead_aws::error::{Fault, Result};
use keystead_core::{AccessKeyId, AccountId, KeyId, Timestamp};
use keystead_store::last_used::LastUse;
use keystead_store::uses::KeyUse;
use keystead_store::{Command, Store};

use crate::gate::Gate;
use crate::meter::Meter;
use crate::proven::ProvenBy;
use crate::ring::KeyEntry;
use crate::ring::derived::Scope;

/// How many consumers of one key are told apart; all further ones are one, named [`REST`].
pub const CONSUMERS_MAX: usize = 64;
/// The name of the consumers beyond [`CONSUMERS_MAX`].
pub const REST: &str = "others";
/// A consumer that was seen before is written at most this often.
const WRITE_EVERY: Duration = Duration::from_mins(1);
/// A consumer that was written and not seen for this long is forgotten here; the store keeps it.
const FORGET_AFTER: Duration = Duration::from_hours(1);

const SHARDS: usize = 64;

/// Where a verified request came from, before it is known whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Id of the verifier that asked; empty for requests to Keystead itself.
    pub verifier: &'a str,
    /// Address of the client, as the connection or a trusted verifier has it.
    pub source: &'a str,
    /// The `User-Agent` header.
    pub user_agent: &'a str,
}

/// What was used, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// An access key or a certificate.
    pub by: ProvenBy,
    /// The account it belongs to.
    pub account: AccountId,
}

impl From<&KeyEntry> for Used {
    fn from(entry: &KeyEntry) -> Self {
        Self { by: ProvenBy::AccessKey(entry.id), account: entry.principal.account }
    }
}

/// How a key came to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It signed, or opened a connection, and was accepted.
    Signed,
    /// It did so rightly, and was refused.
    Refused,
    /// A session signed that stands for it. AWS clients are not shown this: the key itself did nothing.
    InSession,
}

/// One consumer of one key.
struct Consumer {
    account: AccountId,
    verifier: Box<str>,
    source: Box<str>,
    region: Box<str>,
    service: Box<str>,
    app_id: Box<str>,
    user_agent: Box<str>,
    first_used_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    uses: u64,
    refused_at: Option<Timestamp>,
    refusals: u64,
    slowest_interval: Option<Duration>,
    dirty: bool,
    written_at: Option<Timestamp>,
}

/// The use of one key.
#[derive(Default)]
struct KeyUses {
    consumers: Vec<(u64, Consumer)>,
    /// The use that is shown, where its span may not be over.
    shown: Option<Shown>,
}

struct Shown {
    last: LastUse,
    dirty: bool,
}

/// What is to be written.
#[derive(Clone, Debug, Default, PartialEq)]
struct Due {
    uses: Vec<KeyUse>,
    shown: Vec<LastUse>,
}

/// The evidence still in memory.
pub struct Uses {
    hasher: DefaultHashBuilder,
    shards: [Mutex<HashMap<ProvenBy, KeyUses>>; SHARDS],
    first_uses: AtomicBool,
    inactive_attempts: Meter,
    on: bool,
}

impl Uses {
    pub(crate) fn new(on: bool) -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            shards: std::array::from_fn(|_| Mutex::default()),
            first_uses: AtomicBool::new(false),
            inactive_attempts: Meter::default(),
            on,
        }
    }

    fn shard(&self, by: ProvenBy) -> MutexGuard<'_, HashMap<ProvenBy, KeyUses>> {
        let place = (self.hasher.hash_one(by) >> 40) as usize % SHARDS;
        self.shards[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up the shown uses whose spans began before a restart.
    pub(crate) fn load(&self, store: &Store, now: Timestamp) -> Result<()> {
        for last in store.read(|tx| tx.last_used().list_open(now).map_err(Fault::from))? {
            let by = ProvenBy::AccessKey(last.access_key_id);
            self.shard(by).entry(by).or_default().shown = Some(Shown { last, dirty: false });
        }
        Ok(())
    }

    /// Records one attempt that was proved right.
    pub(crate) fn record(
        &self,
        used: impl Into<Used>,
        seen: &Seen<'_>,
        scope: &Scope<'_>,
        now: Timestamp,
        manner: Manner,
    ) {
        if !self.on {
            return;
        }
        if manner == Manner::Refused {
            self.inactive_attempts.add(seen.source, 1);
        }
        let app_id = app_id(seen.user_agent);
        let mark = self.hasher.hash_one((seen.verifier, seen.source, scope.region, scope.service, app_id));
        let Used { by, account } = used.into();
        let mut shard = self.shard(by);
        let uses = shard.entry(by).or_default();
        let place = uses.consumers.iter().position(|(m, _)| *m == mark).unwrap_or_else(|| {
            self.first_uses.store(true, Ordering::Relaxed);
            uses.admit(mark, account, seen, scope, app_id)
        });
        if let Some((_, consumer)) = uses.consumers.get_mut(place) {
            consumer.count(now, manner != Manner::Refused);
        }
        if let Some(id) = by.access_key()
            && manner == Manner::Signed
            && uses.shown.as_ref().is_none_or(|shown| shown.last.is_over(now))
        {
            uses.show(id, account, scope, now);
        }
    }

    /// Whether a consumer was seen for the first time since this was last asked.
    pub fn take_first_uses(&self) -> bool {
        self.first_uses.swap(false, Ordering::Relaxed)
    }

    /// How often keys that are inactive were tried by who has their secret, by address.
    pub fn inactive_attempts(&self) -> &Meter {
        &self.inactive_attempts
    }

    /// The use of a key that is shown, where it is still in memory.
    pub fn last_use(&self, id: AccessKeyId) -> Option<LastUse> {
        self.shard(ProvenBy::AccessKey(id))
            .get(&ProvenBy::AccessKey(id))?
            .shown
            .as_ref()
            .map(|shown| shown.last.clone())
    }

    /// Takes out what is due at `now`; with `all`, everything that is not in the store.
    fn take_due(&self, now: Timestamp, all: bool) -> Due {
        let mut due = Due::default();
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|by, uses| {
                uses.consumers.retain_mut(|(_, consumer)| {
                    let taken = consumer.is_due(now, all);
                    if taken {
                        due.uses.push(consumer.take((*by).into(), now));
                    }
                    // One that is being written stays: the writing may fail.
                    taken || consumer.dirty || now.since(consumer.last_seen_at()) < FORGET_AFTER
                });
                let shown = uses.shown.as_mut();
                due.shown.extend(shown.filter(|shown| shown.dirty).map(Shown::take));
                !uses.consumers.is_empty()
                    || uses.shown.as_ref().is_some_and(|shown| !shown.last.is_over(now))
            });
        }
        due
    }

    /// Puts back what could not be written, unless newer evidence has come since.
    fn put_back(&self, due: &Due) {
        for last in &due.shown {
            let by = ProvenBy::AccessKey(last.access_key_id);
            let mut shard = self.shard(by);
            let uses = shard.get_mut(&by);
            if let Some(shown) = uses.and_then(|uses| uses.shown.as_mut()) {
                shown.dirty = true;
            }
        }
        for row in &due.uses {
            let by = ProvenBy::from(row.access_key_id);
            let mut shard = self.shard(by);
            let Some(uses) = shard.get_mut(&by) else { continue };
            let consumers = uses.consumers.iter_mut().map(|(_, consumer)| consumer);
            if let Some(consumer) = consumers.into_iter().find(|c| c.name() == row.consumer_key) {
                consumer.uses += row.uses.unsigned_abs();
                consumer.refusals += row.refusals.unsigned_abs();
                consumer.dirty = true;
            }
        }
    }
}

impl Shown {
    /// The use to write.
    fn take(&mut self) -> LastUse {
        self.dirty = false;
        self.last.clone()
    }
}

impl KeyUses {
    /// Shows this use from now on.
    fn show(&mut self, id: AccessKeyId, account: AccountId, scope: &Scope<'_>, now: Timestamp) {
        let last = LastUse {
            account,
            access_key_id: id,
            at: now.whole_second(),
            region: known(scope.region),
            service: known(scope.service),
        };
        self.shown = Some(Shown { last, dirty: true });
    }

    /// A new consumer, or the rest where there are enough; returns its place.
    fn admit(
        &mut self,
        mark: u64,
        account: AccountId,
        seen: &Seen<'_>,
        scope: &Scope<'_>,
        app_id: &str,
    ) -> usize {
        let full = self.consumers.len() >= CONSUMERS_MAX;
        if full && let Some(place) = self.consumers.iter().position(|(_, c)| &*c.source == REST) {
            return place;
        }
        let named = |text: &str| Box::<str>::from(if full { "" } else { text });
        self.consumers.push((
            if full { 0 } else { mark },
            Consumer {
                account,
                verifier: named(seen.verifier),
                source: if full { REST.into() } else { seen.source.into() },
                region: named(scope.region),
                service: named(scope.service),
                app_id: named(app_id),
                user_agent: named(seen.user_agent),
                first_used_at: None,
                last_used_at: None,
                uses: 0,
                refused_at: None,
                refusals: 0,
                slowest_interval: None,
                dirty: false,
                written_at: None,
            },
        ));
        self.consumers.len() - 1
    }
}

impl Consumer {
    fn count(&mut self, now: Timestamp, accepted: bool) {
        if accepted {
            self.first_used_at.get_or_insert(now);
            let interval = self.last_used_at.map(|last| now.since(last));
            self.slowest_interval = self.slowest_interval.max(interval);
            self.last_used_at = self.last_used_at.max(Some(now));
            self.uses += 1;
        } else {
            self.refused_at = self.refused_at.max(Some(now));
            self.refusals += 1;
        }
        self.dirty = true;
    }

    fn last_seen_at(&self) -> Timestamp {
        self.last_used_at.max(self.refused_at).unwrap_or_default()
    }

    fn is_due(&self, now: Timestamp, all: bool) -> bool {
        let rested = self.written_at.is_none_or(|at| now.since(at) >= WRITE_EVERY);
        self.dirty && (all || rested)
    }

    /// What tells this consumer apart, as it is stored.
    fn name(&self) -> String {
        [&self.verifier, &self.source, &self.service, &self.region, &self.app_id]
            .map(|part| &**part)
            .join("|")
    }

    /// The row to write; the counters here begin anew.
    fn take(&mut self, id: KeyId, now: Timestamp) -> KeyUse {
        self.dirty = false;
        self.written_at = Some(now);
        KeyUse {
            account: self.account,
            access_key_id: id,
            consumer_key: self.name(),
            verifier_id: known(&self.verifier),
            source_address: known(&self.source),
            service: known(&self.service),
            region: known(&self.region),
            app_id: known(&self.app_id),
            user_agent: known(&self.user_agent),
            first_used_at: self.first_used_at,
            last_used_at: self.last_used_at,
            uses: std::mem::take(&mut self.uses).cast_signed(),
            refused_at: self.refused_at,
            refusals: std::mem::take(&mut self.refusals).cast_signed(),
            slowest_interval: self.slowest_interval,
        }
    }
}

impl Gate {
    /// Writes the evidence that is due; with `all`, everything that is not in the store yet.
    pub fn flush_uses(&self, all: bool) -> Result<()> {
        // Whoever flushes may read right after: what another flush has taken must be written by then too.
        let _one_at_a_time = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let due = self.uses.take_due(now, all);
        let accesses = self.accesses.take_due(now);
        if due.uses.is_empty() && due.shown.is_empty() && accesses.is_empty() {
            return Ok(());
        }
        let command =
            Command { id: keystead_core::rng::uuid(&*self.rng), account: None, invocation_id: None };
        let kept = (due.clone(), accesses.clone());
        let written = self.store.write(command, move |tx| {
            tx.uses().add(&due.uses)?;
            accesses.iter().try_for_each(|access| tx.accesses().keep(access))?;
            due.shown.iter().try_for_each(|last| tx.last_used().keep(last)).map_err(Fault::from)
        });
        if written.is_err() {
            self.uses.put_back(&kept.0);
            self.accesses.put_back(&kept.1);
        }
        written
    }
}

/// A text that says something.
fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The application id an SDK was given, from the `app/…` part of its user agent.
pub fn app_id(user_agent: &str) -> &str {
    user_agent.split(' ').find_map(|part| part.strip_prefix("app/")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ring::{Principal, SealedSecret};
    use keystead_core::KeyStatus;
    use std::sync::Arc;

    fn entry() -> KeyEntry {
        KeyEntry {
            id: AccessKeyId::from_packed(1 << 79 | 5),
            principal: Arc::new(Principal::root("123456789012".parse().unwrap(), "r@example.com")),
            status: KeyStatus::Active,
            sealed: SealedSecret::new(&[1]),
        }
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_000_000 + secs)
    }

    fn record(uses: &Uses, source: &str, app: &str, secs: i64, accepted: bool) {
        let user_agent = format!("Boto3/1.44 md/Botocore app/{app} x/y");
        let seen = Seen { verifier: "v", source, user_agent: &user_agent };
        let scope = Scope { date: "20260101", region: "us-east-1", service: "sqs" };
        let manner = if accepted { Manner::Signed } else { Manner::Refused };
        uses.record(&entry(), &seen, &scope, at(secs), manner);
    }

    #[test]
    fn the_first_use_is_due_at_once_and_later_ones_by_the_minute() {
        let uses = Uses::new(true);
        record(&uses, "10.0.0.1", "web", 0, true);
        assert!(uses.take_first_uses() && !uses.take_first_uses());
        let first = uses.take_due(at(0), false).uses;
        assert_eq!((first.len(), first[0].uses, first[0].app_id.as_deref()), (1, 1, Some("web")));
        record(&uses, "10.0.0.1", "web", 1, true);
        record(&uses, "10.0.0.1", "web", 2, true);
        assert!(uses.take_due(at(59), false).uses.is_empty());
        let later = uses.take_due(at(60), false).uses;
        assert_eq!((later[0].uses, later[0].last_used_at), (2, Some(at(2))));
        record(&uses, "10.0.0.1", "web", 61, true);
        assert_eq!(uses.take_due(at(61), true).uses.len(), 1, "a decision takes everything");
    }

    #[test]
    fn consumers_are_told_apart_up_to_the_limit() {
        let uses = Uses::new(true);
        for number in 0..200 {
            record(&uses, &format!("10.0.0.{number}"), "web", 0, true);
        }
        let rows = uses.take_due(at(0), false).uses;
        assert_eq!(rows.len(), CONSUMERS_MAX + 1);
        let rest = rows.iter().find(|r| r.source_address.as_deref() == Some(REST)).unwrap();
        assert_eq!(rest.uses, (200 - CONSUMERS_MAX) as i64);
    }

    #[test]
    fn refusals_are_not_use() {
        let uses = Uses::new(true);
        record(&uses, "10.0.0.1", "web", 5, false);
        assert_eq!(uses.last_use(entry().id), None);
        let rows = uses.take_due(at(5), false).uses;
        assert_eq!((rows[0].uses, rows[0].refusals, rows[0].refused_at), (0, 1, Some(at(5))));
    }

    #[test]
    fn what_could_not_be_written_is_due_again() {
        let uses = Uses::new(true);
        record(&uses, "10.0.0.1", "web", 0, true);
        let due = uses.take_due(at(0), false);
        assert_eq!((due.uses.len(), due.shown.len()), (1, 1));
        uses.put_back(&due);
        assert_eq!(uses.take_due(at(0), true), due);
        assert_eq!(uses.take_due(at(0), true), Due::default());
    }
}
