//! What is true in the simulated world. The runner never reads it: it is shown [`crate::ports`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use keystead_core::{AccessKeyId, KeyStatus, Timestamp};
use keystead_rotation::Rotation;
use keystead_rotation::machine::{Command, Failure, ListedKey};
use keystead_rotation::receipt::Entry;

use crate::check::{Checker, Violation};
use crate::rng::SeededRng;
use crate::scenario::{Behaviour, Endpoint, Scenario};

/// When every run begins.
pub const BEGINNING: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Everything that is true, and everything still to come.
pub struct Model {
    /// The facts of the run.
    pub scenario: Scenario,
    /// Chance.
    pub rng: SeededRng,
    /// The true time.
    pub now: Timestamp,
    /// The runner's wall clock minus the true time, in microseconds.
    pub skew_micros: i64,
    /// When that clock leapt forward.
    pub leaps: Vec<Timestamp>,
    /// Every key there ever was.
    pub keys: BTreeMap<AccessKeyId, ModelKey>,
    /// The keys whose secrets are in custody.
    pub custody: BTreeSet<AccessKeyId>,
    /// The document as it is stored, and its version.
    pub document: Option<(Rotation, u64)>,
    /// The entries as they are stored.
    pub entries: Vec<Entry>,
    /// The orders given.
    pub commands: Vec<Command>,
    /// The applications.
    pub consumers: Vec<Application>,
    /// What the source of evidence recorded.
    pub uses: BTreeMap<(String, AccessKeyId), Recorded>,
    /// The gaps it has had.
    pub gaps: u64,
    /// Whether it is in one.
    pub is_blind: bool,
    /// Whether it can be asked.
    pub is_evidence_reachable: bool,
    /// Whether the process has died in this step.
    pub is_dead: bool,
    /// The highest number of a question somebody has seen.
    pub questions_seen: u64,
    /// The first rule broken.
    pub violation: Option<Violation>,
    /// What happened, if somebody wants to read it.
    pub trace: Option<Vec<String>>,
    events: BinaryHeap<Reverse<(Timestamp, u64, Event)>>,
    events_scheduled: u64,
}

/// What is still to come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The runner takes a step.
    Tick,
    /// An application works.
    Use(usize),
    /// It works once more with what it has.
    UseAgain(usize),
    /// An application whose credentials file was written reads it again.
    Reload(usize, AccessKeyId),
    /// An application is restarted, or switched off for good if it was never registered.
    Restart(usize),
    /// A change takes place whose caller has given up.
    Late(Change),
    /// The source of evidence stops or starts to look.
    Blind(bool),
    /// The source of evidence cannot, or can, be asked.
    Reachable(bool),
    /// The runner's clock leaps, in seconds.
    Leap(i64),
    /// An operator answers a question.
    Answer(u64),
    /// An operator has an idea of their own.
    Order,
    /// Somebody else changes keys.
    Outsider,
}

/// A change of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A new key.
    Create,
    /// Active or not.
    SetActive(AccessKeyId, bool),
    /// Gone.
    Delete(AccessKeyId),
}

/// A key as it is and was.
#[derive(Clone, Debug)]
pub struct ModelKey {
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether somebody else made or changed it.
    pub is_meddled_with: bool,
    /// Whether this rotation knows it as its own.
    pub is_own: bool,
    /// Its status from a time on; `None` is deleted.
    pub history: Vec<(Timestamp, Option<KeyStatus>)>,
}

/// An application as it is.
#[derive(Clone, Debug)]
pub struct Application {
    /// How it behaves.
    pub behaviour: Behaviour,
    /// The key it is answered with.
    pub serving: Option<AccessKeyId>,
    /// The key it was answered with, or reported as applied.
    pub applied: Option<AccessKeyId>,
    /// The key it uses, and until when it may.
    pub held: Option<(AccessKeyId, Timestamp)>,
    /// The answers given: when by the runner's clock, for how long, until when in truth.
    pub leases: BTreeMap<AccessKeyId, (Timestamp, Duration, Timestamp)>,
    /// Whether it works no more.
    pub is_gone: bool,
}

/// What the source of evidence knows of one consumer and key.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The last use.
    pub last_at: Timestamp,
    /// How many.
    pub count: u64,
    /// How many refused.
    pub refused: u64,
    /// The longest interval.
    pub slowest_interval: Option<Duration>,
}

impl Model {
    /// A world without keys, consumers or a rotation.
    pub fn new(scenario: Scenario, rng: SeededRng, is_traced: bool) -> Self {
        Self {
            scenario,
            rng,
            now: BEGINNING,
            skew_micros: 0,
            leaps: Vec::new(),
            keys: BTreeMap::new(),
            custody: BTreeSet::new(),
            document: None,
            entries: Vec::new(),
            commands: Vec::new(),
            consumers: Vec::new(),
            uses: BTreeMap::new(),
            gaps: 0,
            is_blind: false,
            is_evidence_reachable: true,
            is_dead: false,
            questions_seen: 0,
            violation: None,
            trace: is_traced.then(Vec::new),
            events: BinaryHeap::new(),
            events_scheduled: 0,
        }
    }

    /// The runner's wall clock.
    pub fn wall(&self) -> Timestamp {
        Timestamp::from_micros(self.now.micros() + self.skew_micros)
    }

    /// Lets an event come after `delay`.
    pub fn schedule(&mut self, delay: Duration, event: Event) {
        self.events_scheduled += 1;
        self.events.push(Reverse((self.now.plus(delay), self.events_scheduled, event)));
    }

    /// Goes on to the next event.
    pub fn next_event(&mut self) -> Option<Event> {
        let Reverse((at, _, event)) = self.events.pop()?;
        self.now = at;
        Some(event)
    }

    /// Writes a line for the reader of a replay.
    pub fn tell(&mut self, line: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now}  {}", line()));
        }
    }

    /// Notes that a rule was broken; the first one counts.
    pub fn violate(&mut self, checker: Checker, sentence: String) {
        self.tell(|| format!("VIOLATION {checker:?}: {sentence}"));
        self.violation.get_or_insert(Violation { checker, sentence });
    }

    /// The rotation as it is stored.
    pub fn rotation(&self) -> Option<&Rotation> {
        self.document.as_ref().map(|(rotation, _)| rotation)
    }

    /// A key's status at a time; `None` where there is no such key.
    pub fn status_at(&self, key: AccessKeyId, at: Timestamp) -> Option<KeyStatus> {
        let history = &self.keys.get(&key)?.history;
        history.iter().rev().find(|(from, _)| *from <= at).and_then(|(_, status)| *status)
    }

    /// The keys as they were at a time.
    pub fn keys_at(&self, at: Timestamp) -> Vec<ListedKey> {
        let listed = |(&id, key): (&AccessKeyId, &ModelKey)| {
            let status = self.status_at(id, at)?;
            Some(ListedKey { id, status, created_at: key.created_at })
        };
        self.keys.iter().filter_map(listed).collect()
    }

    /// How much time a rule must allow for leaps of the clock that nobody can tell from a late look.
    pub fn leap_allowance(&self, within: Duration) -> Duration {
        let from = self.now.minus(within);
        let count = self.leaps.iter().filter(|&&at| at >= from).count();
        self.scenario.profile.stride * u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Makes a change. `asked_at` is when the rotation asked for it, `None` if somebody else did.
    pub fn apply(
        &mut self,
        change: Change,
        asked_at: Option<Timestamp>,
    ) -> Result<Option<AccessKeyId>, Failure> {
        self.tell(|| format!("{} {change:?}", if asked_at.is_some() { "rotation:" } else { "outsider:" }));
        match change {
            Change::Create => self.create(asked_at.is_some()).map(Some),
            Change::SetActive(key, is_active) => {
                let status = if is_active { KeyStatus::Active } else { KeyStatus::Inactive };
                let before = self.status_at(key, self.now).ok_or(Failure::NotFound)?;
                if let (Some(asked_at), KeyStatus::Active, false) = (asked_at, before, is_active) {
                    self.check_deactivation(key, asked_at);
                }
                if before != status {
                    self.write_history(key, Some(status), asked_at.is_none());
                }
                Ok(None)
            }
            Change::Delete(key) => {
                let before = self.status_at(key, self.now).ok_or(Failure::NotFound)?;
                if asked_at.is_some() {
                    self.check_deletion(key, before);
                }
                self.write_history(key, None, asked_at.is_none());
                Ok(None)
            }
        }
    }

    fn create(&mut self, is_own: bool) -> Result<AccessKeyId, Failure> {
        let live = self.keys_at(self.now);
        if live.len() >= 2 && self.scenario.endpoint != Endpoint::RemoteLax {
            return Err(Failure::LimitExceeded);
        }
        let is_recent = |k: &ListedKey| self.now.since(k.created_at) < Duration::from_mins(5);
        let meddled =
            live.iter().any(|k| is_recent(k) && self.keys.get(&k.id).is_some_and(|k| k.is_meddled_with));
        if is_own && live.len() >= 2 && !meddled {
            self.violate(Checker::TwoKeys, format!("a third key was made beside {live:?}"));
        }
        let id = AccessKeyId::from_packed(1 << 79 | (self.keys.len() as u128 + 1));
        let history = vec![(self.now, Some(KeyStatus::Active))];
        let key = ModelKey { created_at: self.now, is_meddled_with: !is_own, is_own, history };
        self.keys.insert(id, key);
        if is_own && self.scenario.endpoint == Endpoint::Embedded {
            self.custody.insert(id);
        }
        Ok(id)
    }

    fn write_history(&mut self, id: AccessKeyId, status: Option<KeyStatus>, by_outsider: bool) {
        let now = self.now;
        if let Some(key) = self.keys.get_mut(&id) {
            key.history.push((now, status));
            key.is_meddled_with |= by_outsider;
        }
    }

    fn is_exempt(&self, consumer: &str) -> bool {
        self.rotation().and_then(|r| r.consumers.get(consumer)).is_some_and(|c| c.exempt)
    }

    /// Who was recorded with `key` between `from` and `until` and is not exempt.
    fn recorded_between(&self, key: AccessKeyId, from: Timestamp, until: Timestamp) -> Option<String> {
        let is_between = |r: &Recorded| r.last_at > from && r.last_at <= until;
        let mut rows = self.uses.iter().filter(|((_, k), r)| *k == key && is_between(r));
        rows.find(|((name, _), _)| !self.is_exempt(name))
            .map(|((name, _), r)| format!("`{name}` at {}", r.last_at))
    }

    fn check_deactivation(&mut self, key: AccessKeyId, asked_at: Timestamp) {
        let quiet = self.scenario.profile.quiet_min + self.scenario.profile.reporting_lag;
        let from = asked_at.minus(quiet.saturating_sub(self.leap_allowance(quiet)));
        if let Some(who) = self.recorded_between(key, from, asked_at) {
            self.violate(Checker::SeenWhileQuiet, format!("{key} was deactivated though used by {who}"));
        }
    }

    fn check_deletion(&mut self, key: AccessKeyId, status: KeyStatus) {
        let Some(known) = self.keys.get(&key).cloned() else { return };
        // A key whose secret is not in custody was given to nobody: whoever made it may take it back.
        if status == KeyStatus::Active && !known.is_meddled_with && self.custody.contains(&key) {
            self.violate(Checker::Deletion, format!("{key} was deleted while active"));
        }
        // A key that somebody else made in the very minute of a failed creation, and that nobody used,
        // cannot be told from the one that creation left behind.
        let creation = self.rotation().and_then(|r| r.creation.as_ref());
        let is_mistakable = creation.is_some_and(|c| c.orphan == Some(key));
        if !known.is_own && !is_mistakable {
            self.violate(Checker::Deletion, format!("{key} belongs to somebody else and was deleted"));
        }
        let watch = self.scenario.profile.watch;
        let from = self.now.minus(watch.saturating_sub(self.leap_allowance(watch)));
        if let Some(who) = self.recorded_between(key, from, self.now) {
            self.violate(Checker::Deletion, format!("{key} was deleted though tried by {who}"));
        }
    }
}
