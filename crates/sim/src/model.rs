//! What is true in the simulated world. The runner never reads it: it is shown [`crate::ports`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;
use std::time::Duration;

use keystead_core::{AccessKeyId, KeyId, KeyStatus, Timestamp};
use keystead_rotation::Rotation;
use keystead_rotation::machine::{Command, Failure, Happening, ListedKey, Order, Question, Stage};
use keystead_rotation::receipt::Entry;

use crate::check::{Checker, Violation};
use crate::rng::SeededRng;
use crate::scenario::{Behaviour, Call, Endpoint, Outside, Scenario};

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
    pub keys: BTreeMap<KeyId, ModelKey>,
    /// The keys whose secrets are in custody.
    pub custody: BTreeSet<KeyId>,
    /// The document as it is stored, and its version.
    pub document: Option<(Rotation, u64)>,
    /// The entries as they are stored.
    pub entries: Vec<Entry>,
    /// The orders given.
    pub commands: Vec<Command>,
    /// The applications.
    pub consumers: Vec<Application>,
    /// What the source of evidence recorded.
    pub uses: BTreeMap<(String, KeyId), Recorded>,
    /// The gaps it has had.
    pub gaps: u64,
    /// Whether it is in one.
    pub is_blind: bool,
    /// Whether it can be asked.
    pub is_evidence_reachable: bool,
    /// Whether the process has died in this step.
    pub is_dead: bool,
    /// The times in which the rotation had switched a key off for trial; the last may not be over.
    pub trials: Vec<(KeyId, Timestamp, Option<Timestamp>)>,
    /// Whom an operator gave up when a key was last switched off; everybody where the name is empty.
    pub given_up: BTreeSet<(KeyId, String)>,
    /// When the leak was known, if it was.
    pub leaked_at: Option<Timestamp>,
    /// The effects that were begun.
    pub effects: u64,
    /// How often each strike has struck.
    pub strikes_used: Vec<u64>,
    /// What operators will order for certain.
    pub script: Vec<(Duration, Order)>,
    /// What was asked, in order.
    pub asked: Vec<Question>,
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
    Reload(usize, KeyId),
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
    /// An operator gives the order of this number in the script.
    Scripted(usize),
    /// Somebody else changes keys.
    Outsider,
    /// Somebody else changes keys as the scenario says.
    Outside(usize),
}

/// A change of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A new key.
    Create,
    /// Active or not.
    SetActive(KeyId, bool),
    /// Gone.
    Delete(KeyId),
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
    pub behaviour: Rc<Behaviour>,
    /// The key it is answered with.
    pub serving: Option<KeyId>,
    /// The key it was answered with, or reported as applied.
    pub applied: Option<KeyId>,
    /// The key it uses, and until when it may.
    pub held: Option<(KeyId, Timestamp)>,
    /// The answers given: when by the runner's clock, for how long, until when in truth.
    pub leases: BTreeMap<KeyId, (Timestamp, Duration, Timestamp)>,
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
            trials: Vec::new(),
            given_up: BTreeSet::new(),
            leaked_at: None,
            effects: 0,
            strikes_used: Vec::new(),
            script: Vec::new(),
            asked: Vec::new(),
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
    pub fn status_at(&self, key: KeyId, at: Timestamp) -> Option<KeyStatus> {
        let history = &self.keys.get(&key)?.history;
        history.iter().rev().find(|(from, _)| *from <= at).and_then(|(_, status)| *status)
    }

    /// The keys as they were at a time.
    pub fn keys_at(&self, at: Timestamp) -> Vec<ListedKey> {
        let listed = |(&id, key): (&KeyId, &ModelKey)| {
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
    pub fn apply(&mut self, change: Change, asked_at: Option<Timestamp>) -> Result<Option<KeyId>, Failure> {
        self.tell(|| format!("{} {change:?}", if asked_at.is_some() { "rotation:" } else { "outsider:" }));
        match change {
            Change::Create => self.create(asked_at.is_some()).map(Some),
            Change::SetActive(key, is_active) => {
                let status = if is_active { KeyStatus::Active } else { KeyStatus::Inactive };
                let before = self.status_at(key, self.now).ok_or(Failure::NotFound)?;
                if let (Some(asked_at), KeyStatus::Active, false) = (asked_at, before, is_active) {
                    self.check_deactivation(key, asked_at);
                }
                if asked_at.is_some() {
                    self.note_trial(key, is_active);
                    self.note_given_up(key, is_active);
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

    fn create(&mut self, is_own: bool) -> Result<KeyId, Failure> {
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
        let id: KeyId = AccessKeyId::from_packed(1 << 79 | (self.keys.len() as u128 + 1)).into();
        let history = vec![(self.now, Some(KeyStatus::Active))];
        let key = ModelKey { created_at: self.now, is_meddled_with: !is_own, is_own, history };
        self.keys.insert(id, key);
        if is_own && self.scenario.endpoint == Endpoint::Embedded {
            self.custody.insert(id);
        }
        Ok(id)
    }

    fn write_history(&mut self, id: KeyId, status: Option<KeyStatus>, by_outsider: bool) {
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
    fn recorded_between(&self, key: KeyId, from: Timestamp, until: Timestamp) -> Option<String> {
        let is_between = |r: &Recorded| r.last_at > from && r.last_at <= until;
        let mut rows = self.uses.iter().filter(|((_, k), r)| *k == key && is_between(r));
        rows.find(|((name, _), _)| !self.is_exempt(name))
            .map(|((name, _), r)| format!("`{name}` at {}", r.last_at))
    }

    /// When the order of that number is given after the beginning, and which it is.
    pub fn scripted_at(&self, number: usize) -> (Duration, Option<Order>) {
        let found = self.script.get(number).cloned();
        found.map_or((Duration::ZERO, None), |(when, order)| (when, Some(order)))
    }

    /// What somebody else does to the keys, as the scenario says.
    pub fn meddle_as_planned(&mut self, number: usize) {
        let Some((_, outside)) = self.scenario.outsiders.get(number).copied() else { return };
        let Some((old, new)) = self.rotation().map(|r| (r.old_key, r.new_key)) else { return };
        let change = match (outside, new) {
            (Outside::Create, _) => Change::Create,
            (Outside::DeleteOld, _) => Change::Delete(old),
            (Outside::DeleteNew, Some(new)) => Change::Delete(new),
            (Outside::DeactivateNew, Some(new)) => Change::SetActive(new, false),
            (_, None) => return,
        };
        let _: Result<Option<KeyId>, _> = self.apply(change, None);
    }

    /// What goes wrong with `call` now, and whether it happens all the same.
    pub fn strike(&mut self, calls: &[Call]) -> Option<(Failure, bool)> {
        let since = self.now.since(BEGINNING);
        self.strikes_used.resize(self.scenario.strikes.len(), 0);
        for (strike, used) in self.scenario.strikes.iter().zip(&mut self.strikes_used) {
            let is_now = since >= strike.from && since < strike.until;
            if is_now && calls.contains(&strike.call) && *used < strike.times {
                *used += 1;
                return Some((strike.failure.clone(), strike.happens));
            }
        }
        None
    }

    /// Whether `key` was off for trial when it was last refused, lag included.
    pub fn is_off_for_trial(&self, key: KeyId) -> bool {
        let lag = self.scenario.effect_lag;
        let is_in = |until: &Option<Timestamp>| until.is_none_or(|until| self.now <= until.plus(lag));
        self.trials.iter().any(|(k, from, until)| *k == key && *from <= self.now && is_in(until))
    }

    /// A decision about who is interrupted holds for as long as the key is off and is felt to be, even if it is taken back.
    fn note_given_up(&mut self, key: KeyId, is_active: bool) {
        if is_active {
            return;
        }
        self.given_up.retain(|(k, _)| *k != key);
        let Some(rotation) = self.rotation() else { return };
        let released = rotation.consumers.iter().filter(|(_, c)| c.exempt || c.accepted);
        let mut names: Vec<_> = released.map(|(name, _)| name.clone()).collect();
        if rotation.old_key == key && (rotation.hard_stop || rotation.emergency.is_some()) {
            names.push(String::new());
        }
        self.given_up.extend(names.into_iter().map(|name| (key, name)));
    }

    /// Remembers when a trial begins and ends, and what must be so then.
    fn note_trial(&mut self, key: KeyId, is_active: bool) {
        let now = self.now;
        let Some(rotation) = self.rotation().cloned() else { return };
        let open = self.trials.last_mut().filter(|(k, _, until)| *k == key && until.is_none());
        if is_active {
            let Some((_, from, until)) = open else { return };
            *until = Some(now);
            let lasted = now.since(*from);
            let allowed =
                rotation.profile.brownout.unwrap_or(Duration::from_mins(3)) + Duration::from_mins(1);
            if self.scenario.is_calm() && !self.scenario.has_second_runner && lasted > allowed {
                self.violate(Checker::Brownout, format!("{key} was off for trial for {lasted:?}"));
            }
            return;
        }
        if rotation.brownout.off_at.is_none() || rotation.emergency.is_some() || open.is_some() {
            return;
        }
        self.trials.push((key, now, None));
        let number = format!("trial {}:", rotation.brownout.count);
        let is_announced = |h: &Happening| matches!(h, Happening::Evidence { source, finding } if source == "brownout" && finding.starts_with(&number));
        let announced = self.entries.iter().any(|entry| is_announced(&entry.happening));
        let is_wished = self.scenario.profile.brownout.is_some() || rotation.brownout.wished;
        if !announced || !is_wished {
            let how = if is_wished { "without being announced" } else { "though nobody wished it" };
            self.violate(Checker::Brownout, format!("{key} was switched off for trial {how}"));
        }
    }

    /// Nobody uses a key that was to be contained at once, some minutes later, in a world that obeys.
    pub fn check_contained(&mut self, key: KeyId) {
        let Some(rotation) = self.rotation() else { return };
        let is_to_be_off = rotation.old_key == key
            && rotation.emergency.as_ref().is_some_and(|e| e.contain_now)
            && self.keys.get(&key).is_some_and(|k| !k.is_meddled_with);
        let is_late = self.leaked_at.is_some_and(|at| self.now.since(at) > Duration::from_mins(10));
        if is_to_be_off && is_late && self.scenario.is_calm() {
            self.violate(Checker::Contained, format!("{key} has leaked and is still good"));
        }
    }

    /// Whether the rotation may make this change now; what goes back or contains a leak always may.
    pub fn check_permitted(&mut self, change: Change) {
        let Some(rotation) = self.rotation().cloned() else { return };
        let stage = match change {
            Change::Create => Stage::Create,
            Change::SetActive(key, false) if key == rotation.old_key => Stage::Deactivate,
            Change::Delete(key) if key == rotation.old_key => Stage::Delete,
            _ => return,
        };
        let is_back = rotation.state.underlying().phase().is_some_and(|(_, is_back)| is_back);
        if is_back || rotation.emergency.is_some() {
            return;
        }
        let is_closed = self.scenario.calendar.closed(self.wall()).is_some();
        let is_unasked = self.scenario.approvals.contains(&stage) && !rotation.approved.contains(&stage);
        if is_closed || is_unasked {
            let why = if is_closed { "the calendar is closed" } else { "nobody has approved" };
            self.violate(Checker::Permitted, format!("{change:?} though {why}"));
        }
    }

    fn check_deactivation(&mut self, key: KeyId, asked_at: Timestamp) {
        let is_ordered = self.rotation().is_some_and(|r| {
            let is_wished = r.emergency.is_some() || r.hard_stop || r.brownout.wished;
            key == r.old_key && is_wished
        });
        if is_ordered {
            return;
        }
        let quiet = self.scenario.profile.quiet_min + self.scenario.profile.reporting_lag;
        let from = asked_at.minus(quiet.saturating_sub(self.leap_allowance(quiet)));
        if let Some(who) = self.recorded_between(key, from, asked_at) {
            self.violate(Checker::SeenWhileQuiet, format!("{key} was deactivated though used by {who}"));
        }
    }

    fn check_deletion(&mut self, key: KeyId, status: KeyStatus) {
        let Some(known) = self.keys.get(&key).cloned() else { return };
        // A key whose secret is not in custody was given to nobody: whoever made it may take it back.
        if status == KeyStatus::Active && !known.is_meddled_with && self.custody.contains(&key) {
            self.violate(Checker::Deletion, format!("{key} was deleted while active"));
        }
        // A key that somebody else made in the very minute of a failed creation, and that nobody used,
        // cannot be told from the one that creation left behind.
        let creation = self.rotation().and_then(|r| r.creation.as_ref());
        let is_mistakable = creation.is_some_and(|c| c.orphan == Some(key));
        let orders = self.commands.iter().filter(|c| c.order == Order::MakeRoom { key }).count();
        if !known.is_own && !is_mistakable && orders == 0 {
            self.violate(Checker::Deletion, format!("{key} belongs to somebody else and was deleted"));
        }
        let is_leaked = self.rotation().is_some_and(|r| r.old_key == key && r.emergency.is_some());
        if is_leaked || orders > 1 {
            return;
        }
        let watch = self.scenario.profile.watch;
        let from = self.now.minus(watch.saturating_sub(self.leap_allowance(watch)));
        if let Some(who) = self.recorded_between(key, from, self.now) {
            self.violate(Checker::Deletion, format!("{key} was deleted though tried by {who}"));
        }
    }
}
