//! The policy, broken on purpose. A checker that finds nothing wrong with these is no checker.

use std::time::Duration;

use keystead_core::{KeyStatus, Timestamp};
use keystead_rotation::calendar::Calendar;
use keystead_rotation::consumer::ConsumerKind;
use keystead_rotation::machine::{Answer, EvidenceReport, ListedKey, PauseReason, Phase, Question};
use keystead_rotation::steady::Steady;
use keystead_rotation::{Action, Effect, Observation, Rotation, State, Step, step};

use crate::check::Checker;

/// One way to get rotation wrong; most were found in tools that people use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// Makes room by deleting the oldest key.
    DeleteOldest,
    /// Deactivates when an hour has passed.
    DeactivateByTimer,
    /// Takes the silence of a source that was not looking for silence.
    IgnoreGaps,
    /// Takes a failure to ask for "never used".
    UnknownIsNo,
    /// Forgets that an answer may be kept until its lease is over.
    IgnoreLeases,
    /// Repeats a creation whose answer was lost.
    RetryCreation,
    /// Believes a wall clock that leapt.
    TrustClock,
    /// Deletes as soon as the key is inactive.
    SkipWatch,
    /// Waits for ever where it should ask.
    NeverAsk,
    /// Changes state without writing down why.
    WriteNothing,
    /// Switches the key off for trial though nobody wished it.
    BrownoutUnasked,
    /// Leaves a key off when its trial is over.
    BrownoutStays,
    /// Deactivates and deletes in a freeze, outside of windows.
    IgnoreCalendar,
    /// Goes on without the yes it needs.
    IgnoreApprovals,
    /// Contains a leaked key only when it has been replaced.
    ContainLate,
    /// Keeps the leaked key's sessions.
    KeepSessions,
    /// Believes one listing.
    TrustOneListing,
    /// Gives everybody the new key at the same time.
    NoWaves,
    /// Delivers a key that was not tried.
    SkipVerification,
    /// Tries the new key in one region only.
    OneRegion,
    /// Waits for nobody to be seen who was never seen.
    IgnoreRareUse,
    /// Does not look at a clock that is wrong.
    IgnoreSkew,
    /// Does not notice what others did to the keys.
    IgnoreMeddling,
    /// Goes on where a permission was taken away.
    IgnoreDenials,
    /// Waits for the outcome of a creation for ever.
    NeverResolve,
    /// Begins anew after a crash.
    StartAnew,
    /// Writes again what was written before a crash.
    Rewrite,
    /// Takes what was written for taken up.
    TakeWrittenForSwitched,
    /// Does not look whether a consumer is refused.
    IgnoreRefusals,
    /// Makes room without watching.
    SkipRoomWatch,
    /// Creates a secret that cannot be stored.
    IgnoreFullDisk,
    /// Signs with the key that is to go.
    KeepOwn,
}

impl Sabotage {
    /// Every one, with the checkers of which one must find it.
    pub const ALL: [(Self, &'static [Checker]); 15] = [
        (Self::DeleteOldest, &[Checker::Deletion]),
        (Self::DeactivateByTimer, &[Checker::SeenWhileQuiet, Checker::LiveConsumer]),
        (Self::IgnoreGaps, &[Checker::LiveConsumer]),
        (Self::UnknownIsNo, &[Checker::SeenWhileQuiet]),
        (Self::IgnoreLeases, &[Checker::LiveConsumer]),
        (Self::RetryCreation, &[Checker::TwoKeys]),
        (Self::TrustClock, &[Checker::SeenWhileQuiet, Checker::LiveConsumer]),
        (Self::SkipWatch, &[Checker::Deletion]),
        (Self::NeverAsk, &[Checker::EndsOrAsks]),
        (Self::WriteNothing, &[Checker::Explained]),
        (Self::BrownoutUnasked, &[Checker::Brownout]),
        (Self::BrownoutStays, &[Checker::Brownout, Checker::EndsOrAsks]),
        (Self::IgnoreCalendar, &[Checker::Permitted]),
        (Self::IgnoreApprovals, &[Checker::Permitted]),
        (Self::ContainLate, &[Checker::Contained]),
    ];

    /// The policy with this mistake.
    pub fn step(self, rotation: &Rotation, observation: &Observation, now: Timestamp) -> Step {
        let mut seen = observation.clone();
        let mut before = rotation.clone();
        self.blind(rotation, &mut seen);
        self.forget(&mut before);
        if self == Self::TrustClock {
            let seen_at = before.clock.seen_at.unwrap_or(now);
            before.clock.now = before.clock.now.plus(now.since(seen_at));
        }
        let mut step = step(&before, &seen, now);
        self.restore(rotation, &mut step.rotation);
        self.distort(rotation, &mut step);
        step
    }

    /// Takes away from the document what the policy would have kept to.
    fn forget(self, before: &mut Rotation) {
        match self {
            Self::BrownoutUnasked => before.profile.brownout = Some(Duration::from_mins(3)),
            Self::IgnoreCalendar => before.calendar = Calendar::default(),
            Self::IgnoreApprovals => before.approvals.clear(),
            Self::ContainLate => {
                if let Some(emergency) = &mut before.emergency {
                    emergency.contain_now = false;
                }
            }
            Self::NoWaves => before.profile.wave_percent = 100,
            Self::TrustOneListing => (before.listing.reads, before.listing.since) = (9, Steady::default()),
            Self::SkipVerification if before.state == State::Verifying => {
                before.verification.key = before.new_key;
                (before.verification.successes, before.verification.wrong) = (99, None);
                before.verification.first = Steady::default();
                before.verification.last = before.clock.now.plus(before.profile.verify_span);
            }
            Self::StartAnew if before.intent.is_some() && before.state == State::Verifying => {
                (before.state, before.new_key) = (State::Preflight, None);
            }
            Self::SkipRoomWatch => {
                if let Some(room) = &mut before.room {
                    room.is_shortened = true;
                }
            }
            Self::KeepOwn => before.is_own = false,
            Self::IgnoreDenials => {
                if let State::Paused { reason: PauseReason::Denied { .. }, resume, .. } = before.state.clone()
                {
                    before.state = *resume;
                }
            }
            Self::OneRegion => before.places.clear(),
            Self::IgnoreSkew => before.profile.clock_tolerance = Duration::MAX,
            Self::IgnoreRareUse => before.profile.cadence_cap = Duration::MAX,
            Self::KeepSessions => {
                if let Some(emergency) = &mut before.emergency {
                    emergency.sessions_cut = true;
                }
            }
            _ => {}
        }
    }

    /// What was only hidden from one step stays as it was agreed.
    fn restore(self, before: &Rotation, after: &mut Rotation) {
        if self == Self::ContainLate
            && let (Some(was), Some(emergency)) = (&before.emergency, &mut after.emergency)
        {
            emergency.contain_now |= was.contain_now;
        }
    }

    fn blind(self, before: &Rotation, seen: &mut Observation) {
        if self == Self::OneRegion {
            seen.places.clear();
        }
        match (self, &mut seen.evidence) {
            (Self::IgnoreGaps, Answer::Known(report)) => (report.healthy, report.gaps) = (true, 0),
            (Self::UnknownIsNo, evidence @ Answer::Unknown(_)) => {
                *evidence = Answer::Known(EvidenceReport {
                    source: "nobody".to_owned(),
                    watched_for: Duration::from_hours(1000),
                    healthy: true,
                    gaps: 0,
                    uses: Vec::new(),
                });
            }
            _ => {}
        }
        let (old, new) = (before.old_key, before.new_key);
        if self == Self::IgnoreFullDisk {
            seen.custody_writable = true;
        }
        if let (Self::IgnoreMeddling, Answer::Known(keys)) = (self, &mut seen.keys) {
            keys.retain(|key| key.id == old || Some(key.id) == new);
            for id in [Some(old), new].into_iter().flatten() {
                let created_at = before.clock.seen_at.unwrap_or_default();
                if !keys.iter().any(|key| key.id == id) {
                    keys.push(ListedKey { id, status: KeyStatus::Active, created_at });
                }
            }
        }
        if let (Self::IgnoreRefusals, Answer::Known(report)) = (self, &mut seen.evidence) {
            for seen in &mut report.uses {
                seen.refused = 0;
            }
        }
        if let (Self::TakeWrittenForSwitched, Answer::Known(targets), Some(new)) =
            (self, &mut seen.targets, new)
            && matches!(before.state.phase(), Some((Phase::Delivering | Phase::Proving, false)))
        {
            for target in targets {
                (target.serving, target.applied, target.kind) = (new, Some(new), ConsumerKind::Pull);
            }
        }
        if let (Self::Rewrite, Answer::Known(targets)) = (self, &mut seen.targets)
            && matches!(before.intent.as_ref().map(|i| &i.effect), Some(Effect::Deliver { .. }))
        {
            for target in targets {
                target.serving = old;
            }
        }
        if let (Self::IgnoreLeases, Answer::Known(targets)) = (self, &mut seen.targets) {
            for target in targets {
                target.leases.clear();
            }
        }
    }

    fn distort(self, before: &Rotation, step: &mut Step) {
        let is_creating = before.state == State::Creating;
        let is_trial = before.brownout.off_at.is_some();
        match (self, &step.action) {
            (Self::BrownoutStays, Action::Perform(Effect::Reactivate { .. })) if is_trial => {
                let until =
                    step.rotation.clock.expected_at(step.rotation.clock.now).plus(before.profile.stride);
                step.action = Action::Wait { until };
            }
            (Self::DeleteOldest, Action::Ask(Question::SlotTaken { .. })) => {
                let oldest = step.rotation.listing.keys.iter().min_by_key(|k| k.created_at);
                if let Some(key) = oldest.map(|k| k.id) {
                    step.rotation.state = before.state.clone();
                    step.action = Action::Perform(Effect::DeleteKey { key });
                }
            }
            (Self::DeactivateByTimer, Action::Wait { .. })
                if before.state == State::Proving && before.age_of_state() > Duration::from_hours(1) =>
            {
                step.rotation.state = State::Deactivating;
                step.action = Action::Perform(Effect::Deactivate { key: before.old_key });
            }
            (Self::NeverResolve, _) if is_creating && before.creation.is_some() => {
                step.rotation = Rotation { clock: step.rotation.clock.clone(), ..before.clone() };
                step.happenings.clear();
                let until =
                    step.rotation.clock.expected_at(step.rotation.clock.now).plus(before.profile.stride);
                step.action = Action::Wait { until };
            }
            (Self::RetryCreation, Action::Wait { .. }) if is_creating => {
                step.action = Action::Perform(Effect::CreateKey);
            }
            (Self::SkipWatch, Action::Wait { .. })
                if before.state.phase() == Some((Phase::Watching, false)) =>
            {
                step.rotation.state = State::Deleting;
            }
            (Self::NeverAsk, Action::Ask(_)) => {
                step.rotation = Rotation { clock: step.rotation.clock.clone(), ..before.clone() };
                step.happenings.clear();
                step.action = Action::Wait {
                    until: step
                        .rotation
                        .clock
                        .expected_at(step.rotation.clock.now)
                        .plus(before.profile.stride),
                };
            }
            (Self::WriteNothing, _) => step.happenings.clear(),
            _ => {}
        }
    }
}
