//! The working copy of a document during one step, and the checks that every phase begins with.

use std::time::Duration;

use keystead_core::{KeyId, KeyStatus, Timestamp};

use super::document::{Rotation, TRIES_MAX};
use super::effect::{Action, Effect, Happening, Step};
use super::explain;
use super::observation::{Answer, EvidenceReport, Failure, Observation, Target};
use super::state::{PauseReason, Phase, Question, RollbackReason, Stage, State};
use crate::calendar::Closed;
use crate::steady::Steady;

/// A document being stepped, what it is shown, and what is written down about it.
pub(super) struct Work<'a> {
    pub(super) rotation: Rotation,
    pub(super) observation: &'a Observation,
    /// The clock leapt, or nobody looked for a while.
    pub(super) has_leapt: bool,
    happenings: Vec<Happening>,
}

/// Which key leaves and which arrives.
#[derive(Clone, Copy)]
pub(super) struct Course {
    pub(super) leaving: KeyId,
    pub(super) arriving: KeyId,
    pub(super) is_back: bool,
}

impl<'a> Work<'a> {
    pub(super) fn new(rotation: &Rotation, observation: &'a Observation) -> Self {
        Self { rotation: rotation.clone(), observation, has_leapt: false, happenings: Vec::new() }
    }

    pub(super) fn into_step(self, action: Action) -> Step {
        Step { rotation: self.rotation, happenings: self.happenings, action }
    }

    pub(super) fn now(&self) -> Steady {
        self.rotation.clock.now
    }

    /// The wall clock as last looked at; it opens and closes calendars, and proves nothing.
    pub(super) fn wall(&self) -> Timestamp {
        self.rotation.clock.seen_at.unwrap_or_default()
    }

    pub(super) fn course(&self) -> Option<(Phase, Course)> {
        let (phase, is_back) = self.rotation.state.phase()?;
        let (old, new) = (self.rotation.old_key, self.rotation.new_key?);
        let (leaving, arriving) = if is_back { (new, old) } else { (old, new) };
        Some((phase, Course { leaving, arriving, is_back }))
    }

    /// Writes down something learned, with its source.
    pub(super) fn note(&mut self, source: &str, finding: impl Into<String>) {
        self.happenings.push(Happening::Evidence { source: source.to_owned(), finding: finding.into() });
    }

    pub(super) fn write_down(&mut self, happening: Happening) {
        self.happenings.push(happening);
    }

    /// Enters a state.
    pub(super) fn enter(&mut self, to: State, because: impl Into<String>) -> Action {
        let from = std::mem::replace(&mut self.rotation.state, to);
        self.rotation.entered = self.now();
        self.happenings.push(Happening::Moved {
            from: from.name().to_owned(),
            to: self.rotation.state.name().to_owned(),
            because: because.into(),
        });
        if self.rotation.state.is_ended() { Action::Finish } else { Action::Advance }
    }

    /// Enters a phase without changing direction.
    pub(super) fn enter_phase(&mut self, phase: Phase, because: impl Into<String>) -> Action {
        let to = match (self.rotation.state.underlying(), phase) {
            (State::RollingBack { reason, .. }, phase) => {
                State::RollingBack { phase, reason: reason.clone() }
            }
            (_, Phase::Reactivating | Phase::Delivering) => State::Delivering,
            (_, Phase::Proving) => State::Proving,
            (_, Phase::Brownout) => State::Brownout,
            (_, Phase::Deactivating) => State::Deactivating,
            (_, Phase::Watching) => State::Watching,
            (_, Phase::Deleting) => State::Deleting,
        };
        self.enter(to, because)
    }

    /// Turns round.
    pub(super) fn roll_back(&mut self, reason: RollbackReason) -> Action {
        let because = explain::rollback_reason(&reason);
        let is_ordered = matches!(reason, RollbackReason::Operator { .. });
        if self.rotation.emergency.is_some() && !is_ordered {
            // Nobody goes back to a key that has leaked unless a person says so.
            return self.ask(Question::CannotReplace { because });
        }
        self.rotation.emergency = None;
        self.rotation.off_since = None;
        self.forget_decisions();
        if self.rotation.new_key.is_none() {
            return self.enter(State::RolledBack { reason }, because);
        }
        self.enter(State::RollingBack { phase: Phase::Reactivating, reason }, because)
    }

    /// What was decided about one key does not hold for the other that leaves now.
    pub(super) fn forget_decisions(&mut self) {
        (self.rotation.put_back, self.rotation.hard_stop) = (false, false);
        self.rotation.brownout.wished = false;
        for consumer in self.rotation.consumers.values_mut() {
            (consumer.skipped, consumer.exempt, consumer.accepted) = (false, false, false);
        }
    }

    /// What may hold a step that is not urgent: a yes that was asked for, a freeze, a closed window. Never
    /// in the way of going back, putting back or containing a leak.
    pub(super) fn permit(&mut self, stage: Stage) -> Result<(), Action> {
        let is_back = self.rotation.state.phase().is_some_and(|(_, is_back)| is_back);
        if is_back || self.rotation.emergency.is_some() {
            return Ok(());
        }
        if self.rotation.approvals.contains(&stage) && !self.rotation.approved.contains(&stage) {
            let what = explain::stage(&self.rotation, stage);
            return Err(self.ask(Question::Approval { stage, what }));
        }
        let wall = self.wall();
        let Some((closed, until)) = self.rotation.calendar.closed(wall) else { return Ok(()) };
        let reason = match closed {
            Closed::Frozen => PauseReason::Frozen,
            Closed::OutsideWindow => PauseReason::OutsideWindow,
        };
        Err(self.pause(reason, Some(until.since(wall))))
    }

    /// The end in the direction taken.
    pub(super) fn end(&mut self) -> Action {
        match self.rotation.state.underlying().clone() {
            State::RollingBack { reason, .. } => {
                self.enter(State::RolledBack { reason }, "only the old key is left")
            }
            _ => self.enter(State::Done, "only the new key is left"),
        }
    }

    /// Asks an operator and holds the rotation where it is.
    pub(super) fn ask(&mut self, question: Question) -> Action {
        self.rotation.questions += 1;
        let number = self.rotation.questions;
        let resume = Box::new(self.rotation.state.clone());
        self.rotation.state = State::Blocked { question: question.clone(), number, resume };
        self.happenings.push(Happening::Asked { number, question: question.clone() });
        Action::Ask(question)
    }

    /// Holds the rotation until the reason is gone.
    pub(super) fn pause(&mut self, reason: PauseReason, lasts: Option<Duration>) -> Action {
        let because = explain::pause_reason(&reason);
        let until = lasts.map(|d| self.now().plus(d));
        let resume = Box::new(self.rotation.state.clone());
        let entered = self.rotation.entered;
        let action = self.enter(State::Paused { reason, until, resume }, because);
        // A pause does not win time: the deadline of what is paused goes on.
        self.rotation.entered = entered;
        action
    }

    /// Goes on after a pause or an answer.
    pub(super) fn resume(&mut self, because: impl Into<String>) -> Action {
        let (State::Paused { resume, .. } | State::Blocked { resume, .. }) = self.rotation.state.clone()
        else {
            return self.wait();
        };
        self.enter(*resume, because)
    }

    /// What holds every state: an unanswered question, a pause, clocks too far apart.
    pub(super) fn hold(&mut self) -> Option<Action> {
        let offset = self.observation.clock_offset_micros.unwrap_or(0).unsigned_abs();
        let is_skewed = Duration::from_micros(offset) > self.rotation.profile.clock_tolerance;
        match &self.rotation.state {
            State::Blocked { .. } => Some(self.wait()),
            State::Paused { reason, until, .. } => {
                let is_over = until.is_some_and(|until| until <= self.now());
                let is_gone = match reason {
                    PauseReason::ClockSkew => !is_skewed,
                    PauseReason::Frozen | PauseReason::OutsideWindow => self.is_open(),
                    _ => is_over,
                };
                Some(if is_gone { self.resume("the reason is gone") } else { self.wait_for_opening() })
            }
            _ if is_skewed && self.rotation.emergency.is_none() => {
                Some(self.pause(PauseReason::ClockSkew, None))
            }
            _ => None,
        }
    }

    /// Waits until the calendar opens, as a window may be shorter than a stride; without one that is closed, as ever.
    fn wait_for_opening(&mut self) -> Action {
        let wall = self.wall();
        match self.rotation.calendar.closed(wall) {
            Some((_, opens_at)) => self.wait_until(self.now().plus(opens_at.since(wall))),
            None => self.wait(),
        }
    }

    fn is_open(&self) -> bool {
        self.rotation.emergency.is_some() || self.rotation.calendar.closed(self.wall()).is_none()
    }

    /// Whether listings have agreed since the keys were last changed.
    pub(super) fn is_freshly_settled(&self) -> bool {
        matches!(self.observation.keys, Answer::Known(_)) && self.rotation.is_settled()
    }

    /// Waits a while whatever the deadline of the state: what is being put back is put back.
    pub(super) fn wait_patiently(&self) -> Action {
        let pause = (self.rotation.profile.settle / 3).max(Duration::from_millis(50));
        Action::Wait { until: self.rotation.clock.expected_at(self.now().plus(pause)) }
    }

    /// Waits a stride, or less where listings have yet to agree.
    pub(super) fn wait(&mut self) -> Action {
        let profile = &self.rotation.profile;
        let pause = if self.rotation.is_settled() { profile.stride } else { profile.settle / 3 };
        self.wait_until(self.now().plus(pause.max(Duration::from_millis(50))))
    }

    /// Waits for an instant, but never longer than a stride, and asks when the state's deadline is over.
    pub(super) fn wait_until(&mut self, instant: Steady) -> Action {
        if self.is_overdue() {
            let waiting_for = explain::waiting_for(&self.rotation);
            return self.ask(Question::Overdue { waiting_for });
        }
        let latest = self.now().plus(self.rotation.profile.stride);
        Action::Wait { until: self.rotation.clock.expected_at(instant.min(latest)) }
    }

    fn is_overdue(&self) -> bool {
        let profile = &self.rotation.profile;
        let limit = match &self.rotation.state {
            State::Blocked { .. }
            | State::Paused {
                reason: PauseReason::Operator { .. } | PauseReason::Frozen | PauseReason::OutsideWindow,
                ..
            } => return false,
            state => match state.underlying().phase() {
                Some((Phase::Proving | Phase::Deactivating, _)) => {
                    profile.deadline.max(super::proving::quiet_needed(self))
                }
                None if self.rotation.room.is_some() => {
                    let watch = self.rotation.room.as_ref().map(|room| super::room::watch_needed(self, room));
                    watch.unwrap_or_default() + profile.deadline
                }
                Some((Phase::Watching, _)) => super::watching::watch_needed(self) + profile.deadline,
                _ => profile.deadline,
            },
        };
        self.rotation.age_of_state() > limit + profile.stride
    }

    /// Does one thing, unless it failed just now (then later) or again and again (then an operator is asked).
    pub(super) fn perform(&mut self, effect: Effect) -> Action {
        if let Some(Failure::Quarantined { action }) = &self.rotation.failures.last
            && self.rotation.failures.count > 0
        {
            let action = action.clone();
            self.rotation.failures.count = 0;
            return self.ask(Question::Quarantined { action });
        }
        if self.rotation.failures.count >= TRIES_MAX {
            let failure = self.rotation.failures.last.clone().unwrap_or(Failure::Unavailable);
            self.rotation.failures.count = 0;
            return self.ask(Question::KeepsFailing { effect: explain::effect(&effect), failure });
        }
        if self.now() < self.rotation.failures.retry_at {
            return self.wait_until(self.rotation.failures.retry_at);
        }
        Action::Perform(effect)
    }

    /// The registered consumers, or what to do without knowing them.
    pub(super) fn targets(&mut self) -> Result<&'a [Target], Action> {
        match &self.observation.targets {
            Answer::Known(targets) => Ok(targets),
            Answer::Unknown(_) => Err(self.wait()),
        }
    }

    /// The evidence of a source that is watching, or what to do without.
    pub(super) fn evidence(&mut self) -> Result<&'a EvidenceReport, Action> {
        match &self.observation.evidence {
            Answer::Known(report) if report.healthy => Ok(report),
            Answer::Unknown(Failure::Denied { action }) => Err(self.pause_for(action.clone())),
            _ => Err(self.wait()),
        }
    }

    /// The listing, if it is fresh and agrees with those before, or what to do without.
    pub(super) fn settled_keys(&mut self) -> Result<(), Action> {
        match &self.observation.keys {
            Answer::Known(_) if self.rotation.is_settled() => Ok(()),
            Answer::Unknown(Failure::Denied { action }) => Err(self.pause_for(action.clone())),
            _ => Err(self.wait()),
        }
    }

    /// Holds until a missing permission is there; looks again after a stride.
    fn pause_for(&mut self, action: String) -> Action {
        let lasts = self.rotation.profile.stride;
        self.pause(PauseReason::Denied { action }, Some(lasts))
    }

    /// The keys nobody told this rotation about.
    pub(super) fn foreign_keys(&self, own: &[KeyId]) -> Vec<KeyId> {
        let is_foreign = |id: &KeyId| !own.contains(id) && !self.rotation.tolerated.contains(id);
        self.rotation.listing.keys.iter().map(|k| k.id).filter(is_foreign).collect()
    }

    /// Compares the keys with what this rotation made of them, before anything else is done. `leaving` is
    /// the status its key must have; `None` where either will do.
    pub(super) fn check_keys(&mut self, course: Course, leaving: Option<KeyStatus>) -> Result<(), Action> {
        self.settled_keys()?;
        let foreign = self.foreign_keys(&[course.leaving, course.arriving]);
        if !foreign.is_empty() && self.rotation.emergency.is_some() {
            // Whoever has the leaked key may have made them. Containing it does not wait for an answer.
            let keys: Vec<_> = foreign.iter().map(ToString::to_string).collect();
            self.note("key list", format!("not made by this rotation, look at: {}", keys.join(", ")));
            self.rotation.tolerated.extend(foreign);
        } else if !foreign.is_empty() {
            return Err(self.ask(Question::ChangedBySomeoneElse { keys: foreign }));
        }
        self.check_arriving(course)?;
        self.check_leaving(course, leaving)
    }

    fn check_arriving(&mut self, course: Course) -> Result<(), Action> {
        let key = course.arriving;
        let was_delivered = self.rotation.was_ever_delivered(key);
        match self.rotation.find_listed(key).map(|k| k.status) {
            Some(KeyStatus::Active) => Ok(()),
            Some(KeyStatus::Inactive) if course.is_back || was_delivered => {
                Err(self.perform(Effect::Reactivate { key }))
            }
            Some(KeyStatus::Inactive) => Err(self.perform(Effect::DeleteKey { key })),
            None if course.is_back => Err(self.ask(Question::NothingToReturnTo)),
            None if was_delivered && self.rotation.emergency.is_none() => {
                Err(self.roll_back(RollbackReason::NewKeyDeleted))
            }
            None => {
                self.rotation.new_key = None;
                self.rotation.former_keys.insert(key);
                Err(self.enter(State::Preflight, "somebody else deleted the new key: another is made"))
            }
        }
    }

    fn check_leaving(&mut self, course: Course, expected: Option<KeyStatus>) -> Result<(), Action> {
        let key = course.leaving;
        let Some(status) = self.rotation.find_listed(key).map(|k| k.status) else {
            return Ok(());
        };
        match (expected, status) {
            (Some(KeyStatus::Active), KeyStatus::Inactive)
                if course.is_back || self.rotation.emergency.is_some() =>
            {
                Ok(())
            }
            (Some(KeyStatus::Inactive), KeyStatus::Active) if self.rotation.emergency.is_some() => {
                Err(self.perform(Effect::Deactivate { key }))
            }
            (Some(KeyStatus::Active), KeyStatus::Inactive) if self.rotation.put_back => {
                Err(self.perform(Effect::Reactivate { key }))
            }
            (Some(KeyStatus::Active), KeyStatus::Inactive) => Err(self.ask(Question::DeactivatedOutside)),
            (Some(KeyStatus::Inactive), KeyStatus::Active) => Err(self.ask(Question::ReactivatedOutside)),
            (_, status) => {
                self.rotation.put_back &= status == KeyStatus::Inactive;
                Ok(())
            }
        }
    }
}
