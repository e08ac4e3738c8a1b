//! The world as it is shown to the runner: the traits of [`keystead_rotation::world`] over the model,
//! with lag, throttling, lost answers, late effects, failing stores and a process that may die at any call.

use std::cell::{Cell, RefCell, RefMut};

use keystead_core::{KeyId, KeyStatus, Timestamp};
use keystead_rotation::consumer::ConsumerKind;
use keystead_rotation::machine::{
    Command, EvidenceReport, Failure, Happening, Intent, Lease, ListedKey, Order, Place, Principal, Rotation,
    Target, Use,
};
use keystead_rotation::receipt::Entry;
use keystead_rotation::runner::{Policy, Runner, Tick};
use keystead_rotation::world::{Authority, Consumers, Custody, Evidence, Journal, JournalError};

use crate::check::Checker;
use crate::consumer;
use crate::model::{Application, Change, Event, Model};
use crate::scenario::{Call, Endpoint, Habit, Moment};

/// The model behind the runner's traits.
pub struct World<'a> {
    /// What is true.
    pub model: RefCell<Model>,
    policy: Policy<'a>,
    is_nested: Cell<bool>,
}

/// The principal of every run.
pub fn principal() -> Principal {
    let account = "123456789012".to_owned();
    Principal { arn: format!("arn:aws:iam::{account}:user/application"), account }
}

/// The id of the rotation of every run.
pub const ROTATION: &str = "rotation-1";

impl<'a> World<'a> {
    /// A world whose rotations are decided by `policy`.
    pub fn new(model: Model, policy: Policy<'a>) -> Self {
        Self { model: RefCell::new(model), policy, is_nested: Cell::new(false) }
    }

    /// One step by a runner that begins with the stored document.
    pub fn tick(&self) -> Result<Tick, JournalError> {
        let now = self.model.borrow().wall();
        let runner = Runner {
            journal: self,
            authority: self,
            custody: self,
            consumers: self,
            evidence: self,
            policy: self.policy,
        };
        runner.tick(ROTATION, now)
    }

    /// A call that only reads.
    fn read_through(&self, calls: &[Call]) -> Result<RefMut<'_, Model>, Failure> {
        let mut model = self.read()?;
        match model.strike(calls) {
            Some((failure, false)) => Err(failure),
            _ => Ok(model),
        }
    }

    /// Any call.
    fn read(&self) -> Result<RefMut<'_, Model>, Failure> {
        let mut model = self.model.borrow_mut();
        let faults = model.scenario.faults;
        if model.is_dead || dies(&mut model) {
            return Err(Failure::Unavailable);
        }
        if model.rng.chance(faults.throttled) {
            return Err(Failure::Throttled);
        }
        if model.rng.chance(faults.unavailable) { Err(Failure::Unavailable) } else { Ok(model) }
    }

    /// A call that changes keys.
    fn change(&self, change: Change) -> Result<Option<KeyId>, Failure> {
        let call = match change {
            Change::Create => Call::Create,
            Change::SetActive(..) => Call::SetStatus,
            Change::Delete(_) => Call::Delete,
        };
        let number = begin_effect(&mut self.model.borrow_mut())?;
        let mut model = self.read()?;
        let now = model.now;
        let struck = model.strike(&[call, Call::Endpoint]);
        if let Some((failure, false)) = struck {
            return Err(failure);
        }
        model.check_permitted(change);
        let faults = model.scenario.faults;
        if model.rng.chance(faults.delayed) {
            let delay = model.rng.seconds(1, 20);
            model.schedule(delay, Event::Late(change));
            return Err(Failure::Unavailable);
        }
        let result = model.apply(change, Some(now));
        if dies(&mut model) || end_effect(&mut model, number) || model.rng.chance(faults.lost_answer) {
            return Err(Failure::Unavailable);
        }
        match struck {
            Some((failure, true)) => Err(failure),
            _ => result,
        }
    }
}

/// Counts an effect, and lets the process die before it where that is the plan.
fn begin_effect(model: &mut Model) -> Result<u64, Failure> {
    if model.is_dead {
        return Err(Failure::Unavailable);
    }
    model.effects += 1;
    let number = model.effects;
    if model.scenario.crash_at == Some((number, Moment::Before)) {
        kill(model);
        return Err(Failure::Unavailable);
    }
    Ok(number)
}

/// Whether the process dies right after the effect of that number.
fn end_effect(model: &mut Model, number: u64) -> bool {
    if model.scenario.crash_at == Some((number, Moment::After)) {
        kill(model);
    }
    model.is_dead
}

fn kill(model: &mut Model) {
    model.is_dead = true;
    model.tell(|| "the process dies".to_owned());
}

/// Whether the process dies here.
fn dies(model: &mut Model) -> bool {
    let per_mille = model.scenario.faults.crash;
    if model.rng.chance(per_mille) {
        kill(model);
    }
    model.is_dead
}

impl Authority for World<'_> {
    fn list_keys(&self) -> Result<Vec<ListedKey>, Failure> {
        let mut model = self.read_through(&[Call::Endpoint])?;
        let lag = model.scenario.listing_lag.as_secs();
        let lag = model.rng.seconds(0, lag);
        Ok(model.keys_at(model.now.minus(lag)))
    }

    fn create_key(&self, _: &Intent) -> Result<KeyId, Failure> {
        let key = self.change(Change::Create)?.ok_or(Failure::Unavailable)?;
        let mut model = self.model.borrow_mut();
        let custody_fails = model.scenario.faults.custody;
        let is_struck = model.strike(&[Call::Store]).is_some();
        if is_struck || model.rng.chance(custody_fails) {
            drop(model);
            let _ = self.change(Change::Delete(key));
            return Err(Failure::Unavailable);
        }
        model.custody.insert(key);
        if dies(&mut model) { Err(Failure::Unavailable) } else { Ok(key) }
    }

    fn set_status(&self, key: KeyId, status: KeyStatus) -> Result<(), Failure> {
        self.change(Change::SetActive(key, status == KeyStatus::Active)).map(drop)
    }

    fn delete_key(&self, key: KeyId) -> Result<(), Failure> {
        self.change(Change::Delete(key)).map(drop)
    }

    fn cut_sessions(&self, _: KeyId) -> Result<(), Failure> {
        let number = begin_effect(&mut self.model.borrow_mut())?;
        let mut model = self.read_through(&[Call::CutSessions])?;
        if end_effect(&mut model, number) { Err(Failure::Unavailable) } else { Ok(()) }
    }

    fn places(&self) -> Vec<Place> {
        let is_elsewhere = self.model.borrow().scenario.elsewhere.is_some();
        let place = Place { region: "eu-central-1".to_owned(), service: "s3".to_owned() };
        is_elsewhere.then_some(place).into_iter().collect()
    }

    fn who_am_i(&self, key: KeyId, place: Option<&Place>) -> Result<Principal, Failure> {
        let number = begin_effect(&mut self.model.borrow_mut())?;
        let mut model = self.read_through(&[Call::Verify, Call::Endpoint])?;
        if end_effect(&mut model, number) {
            return Err(Failure::Unavailable);
        }
        let knows_after = model.scenario.elsewhere.filter(|_| place.is_some()).unwrap_or_default();
        if model.keys.get(&key).is_some_and(|k| model.now < k.created_at.plus(knows_after)) {
            return Err(Failure::NotAccepted);
        }
        let accepted = model.status_at(key, model.now.minus(model.scenario.effect_lag));
        if accepted != Some(KeyStatus::Active) {
            return Err(Failure::NotAccepted);
        }
        let is_new = model.rotation().is_some_and(|r| r.old_key != key);
        if model.scenario.is_mixed_up && is_new {
            return Ok(Principal { arn: "arn:aws:iam::123456789012:user/other".to_owned(), ..principal() });
        }
        Ok(principal())
    }

    fn clock_offset_micros(&self) -> Option<i64> {
        let model = self.model.borrow();
        // The embedded authority shares the runner's clock, right or wrong.
        (model.scenario.endpoint != Endpoint::Embedded).then_some(-model.skew_micros)
    }
}

impl Custody for World<'_> {
    fn held_keys(&self, _: &str) -> Result<Vec<KeyId>, Failure> {
        Ok(self.read()?.custody.iter().copied().collect())
    }

    fn is_writable(&self) -> bool {
        let mut model = self.model.borrow_mut();
        let faults = model.scenario.faults.custody;
        if model.strike(&[Call::Disk]).is_some() {
            return false;
        }
        !model.rng.chance(faults / 2)
    }

    fn conclude(&self, _: &str, current: KeyId) -> Result<(), Failure> {
        let number = begin_effect(&mut self.model.borrow_mut())?;
        let mut model = self.read()?;
        model.custody.retain(|key| *key == current);
        for application in model.consumers.iter_mut().filter(|a| a.serving.is_some()) {
            application.serving = Some(current);
        }
        if end_effect(&mut model, number) { Err(Failure::Unavailable) } else { Ok(()) }
    }
}

impl Consumers for World<'_> {
    fn targets(&self, _: &str) -> Result<Vec<Target>, Failure> {
        let model = self.read()?;
        Ok(model.consumers.iter().filter_map(target).collect())
    }

    fn deliver(&self, _: &str, consumer: &str, key: KeyId) -> Result<(), Failure> {
        let number = begin_effect(&mut self.model.borrow_mut())?;
        // Only what Keystead writes itself can go wrong where it is written.
        let is_push =
            |a: &Application| a.behaviour.name == consumer && matches!(a.behaviour.habit, Habit::Push { .. });
        let is_written = self.model.borrow().consumers.iter().any(is_push);
        let calls: &[Call] = if is_written { &[Call::Deliver] } else { &[] };
        let mut model = self.read_through(calls)?;
        model.tell(|| format!("rotation: {consumer} is served {key}"));
        consumer::serve(&mut model, consumer, key);
        if dies(&mut model) || end_effect(&mut model, number) { Err(Failure::Unavailable) } else { Ok(()) }
    }
}

fn target(application: &Application) -> Option<Target> {
    let lease = |(&key, &(answered_at, lasts, _)): (&KeyId, &_)| Lease { key, answered_at, lasts };
    Some(Target {
        consumer: application.behaviour.name.clone(),
        kind: match application.behaviour.habit {
            Habit::File { .. } => ConsumerKind::File,
            Habit::Push { .. } => ConsumerKind::Push,
            Habit::Manual { .. } => ConsumerKind::Manual,
            _ => ConsumerKind::Pull,
        },
        serving: application.serving?,
        applied: application.applied,
        leases: application.leases.iter().map(lease).collect(),
        batch_interval: None,
        required: true,
    })
}

impl Evidence for World<'_> {
    fn read(&self, _: &Principal, keys: &[KeyId]) -> Result<EvidenceReport, Failure> {
        self.let_second_runner_step();
        let model = self.read_through(&[Call::Evidence])?;
        if !model.is_evidence_reachable {
            return Err(Failure::Unavailable);
        }
        let uses = model.uses.iter().filter(|((_, key), _)| keys.contains(key)).map(|((name, key), r)| Use {
            consumer: name.clone(),
            key: *key,
            last_at: r.last_at,
            count: r.count,
            refused: r.refused,
            slowest_interval: r.slowest_interval,
        });
        Ok(EvidenceReport {
            source: "authority".to_owned(),
            watched_for: model.scenario.watched_for,
            healthy: !model.is_blind,
            gaps: model.gaps,
            uses: uses.collect(),
        })
    }
}

impl World<'_> {
    /// A second runner takes whole steps while the first one is still observing: the first one's document
    /// is stale then, and it must not act on it.
    fn let_second_runner_step(&self) {
        let interferes = {
            let mut model = self.model.borrow_mut();
            model.scenario.has_second_runner && model.rng.chance(100)
        };
        if interferes && !self.is_nested.replace(true) {
            // What becomes of its step is its own matter.
            let _ = self.tick();
            self.is_nested.set(false);
        }
    }
}

impl Journal for World<'_> {
    fn load(&self, _: &str) -> Result<(Rotation, u64), JournalError> {
        let mut model = self.model.borrow_mut();
        if model.is_dead || dies(&mut model) {
            return Err(JournalError::Unavailable);
        }
        model.document.clone().ok_or(JournalError::NotFound)
    }

    fn save(&self, rotation: &Rotation, expected: u64, entries: &[Entry]) -> Result<u64, JournalError> {
        let mut model = self.model.borrow_mut();
        let per_mille = model.scenario.faults.journal;
        if model.is_dead || dies(&mut model) || model.rng.chance(per_mille) {
            return Err(JournalError::Unavailable);
        }
        if model.strike(&[Call::Journal]).is_some() {
            return Err(JournalError::Unavailable);
        }
        let is_unfenced = model.scenario.is_unfenced;
        if model.document.as_ref().map_or(0, |(_, version)| *version) != expected && !is_unfenced {
            model.tell(|| "a stale runner is turned away".to_owned());
            return Err(JournalError::Stale);
        }
        check_explained(&mut model, rotation, entries);
        for entry in entries {
            model.tell(|| format!("journal {}: {}", entry.number, entry.happening));
            match &entry.happening {
                Happening::Asked { question, .. } => model.asked.push(question.clone()),
                Happening::Ordered { order: Order::Emergency { .. }, answer, .. } if answer == "done" => {
                    let now = model.now;
                    model.leaked_at.get_or_insert(now);
                }
                _ => {}
            }
        }
        model.entries.extend_from_slice(entries);
        model.document = Some((rotation.clone(), expected + 1));
        let is_answer_lost = model.rng.chance(per_mille);
        if dies(&mut model) || is_answer_lost { Err(JournalError::Unavailable) } else { Ok(expected + 1) }
    }

    fn commands(&self, _: &str, after: u64) -> Result<Vec<Command>, JournalError> {
        let model = self.model.borrow();
        Ok(model.commands.iter().filter(|c| c.number > after).cloned().collect())
    }
}

/// A change of the document without an entry, or entries that do not follow, are found here.
fn check_explained(model: &mut Model, next: &Rotation, entries: &[Entry]) {
    let Some(before) = model.rotation() else { return };
    let flags =
        |r: &Rotation| r.consumers.values().map(|c| (c.skipped, c.exempt, c.accepted)).collect::<Vec<_>>();
    let has_changed = before.state != next.state
        || before.new_key != next.new_key
        || before.consumers.len() == next.consumers.len() && flags(before) != flags(next);
    let mut hash = before.journal.hash.clone();
    let follows = entries.iter().all(|e| std::mem::replace(&mut hash, e.hash.clone()) == e.previous);
    if has_changed && entries.is_empty() || !follows || hash != next.journal.hash {
        let sentence = format!("{} became {} without an entry", before.state.name(), next.state.name());
        model.violate(Checker::Explained, sentence);
    }
}

/// The wall clock time in the true time line.
pub fn true_delay(model: &Model, until: Timestamp) -> std::time::Duration {
    until.since(model.wall()).max(std::time::Duration::from_millis(50))
}
