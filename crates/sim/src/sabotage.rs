//! The policy, broken on purpose. A checker that finds nothing wrong with these is no checker.

use std::time::Duration;

use keystead_core::Timestamp;
use keystead_rotation::machine::{Answer, EvidenceReport, Phase, Question};
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
}

impl Sabotage {
    /// Every one, with the checkers of which one must find it.
    pub const ALL: [(Self, &'static [Checker]); 10] = [
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
    ];

    /// The policy with this mistake.
    pub fn step(self, rotation: &Rotation, observation: &Observation, now: Timestamp) -> Step {
        let mut seen = observation.clone();
        let mut before = rotation.clone();
        self.blind(&mut seen);
        if self == Self::TrustClock {
            let seen_at = before.clock.seen_at.unwrap_or(now);
            before.clock.now = before.clock.now.plus(now.since(seen_at));
        }
        let mut step = step(&before, &seen, now);
        self.distort(rotation, &mut step);
        step
    }

    fn blind(self, seen: &mut Observation) {
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
        if let (Self::IgnoreLeases, Answer::Known(targets)) = (self, &mut seen.targets) {
            for target in targets {
                target.leases.clear();
            }
        }
    }

    fn distort(self, before: &Rotation, step: &mut Step) {
        let is_creating = before.state == State::Creating;
        match (self, &step.action) {
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
