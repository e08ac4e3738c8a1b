//! A rotation on the bench: one consumer, a world that obeys, and a step at a time.

use std::time::Duration;

use keystead_core::{AccessKeyId, KeyId, KeyStatus, Timestamp};
use keystead_rotation::consumer::ConsumerKind;
use keystead_rotation::machine::{
    Answer, Command, EvidenceReport, Failure, Happening, ListedKey, Order, Outcome, Principal, Target, Use,
    intend, record,
};
use keystead_rotation::{Action, Effect, Observation, Profile, Rotation, State, step};

pub(crate) struct Bench {
    pub(crate) rotation: Rotation,
    pub(crate) seen: Observation,
    pub(crate) now: Timestamp,
    pub(crate) effects: Vec<Effect>,
    pub(crate) happenings: Vec<Happening>,
    /// The consumers go on working with what they are served.
    pub(crate) is_busy: bool,
}

pub(crate) fn key(number: u128) -> KeyId {
    AccessKeyId::from_packed(1 << 79 | number).into()
}

pub(crate) const OLD: u128 = 1;
pub(crate) const NEW: u128 = 2;

pub(crate) fn principal() -> Principal {
    Principal { account: "123456789012".to_owned(), arn: "arn:aws:iam::123456789012:user/web".to_owned() }
}

pub(crate) fn listed(number: u128, status: KeyStatus, created_at: Timestamp) -> ListedKey {
    ListedKey { id: key(number), status, created_at }
}

pub(crate) fn used(consumer: &str, number: u128, last_at: Timestamp, every: Option<u64>) -> Use {
    let slowest_interval = every.map(Duration::from_secs);
    Use { consumer: consumer.to_owned(), key: key(number), last_at, count: 9, refused: 0, slowest_interval }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let now = Timestamp::from_secs(1_800_000_000);
        let long_ago = Timestamp::from_secs(1_790_000_000);
        let target = Target {
            consumer: "web".to_owned(),
            kind: ConsumerKind::Pull,
            serving: key(OLD),
            applied: Some(key(OLD)),
            leases: Vec::new(),
            batch_interval: None,
            required: true,
        };
        let report = EvidenceReport {
            source: "authority".to_owned(),
            watched_for: Duration::from_hours(240),
            healthy: true,
            gaps: 0,
            uses: vec![used("web", OLD, now, Some(60))],
        };
        let seen = Observation {
            keys: Answer::Known(vec![listed(OLD, KeyStatus::Active, long_ago)]),
            custody: Answer::Known(vec![key(OLD)]),
            custody_writable: true,
            targets: Answer::Known(vec![target]),
            evidence: Answer::Known(report),
            clock_offset_micros: Some(0),
            places: Vec::new(),
            commands: Vec::new(),
        };
        let (id, credential) = ("rotation-1".to_owned(), "web".to_owned());
        let rotation = Rotation::new(id, credential, principal(), key(OLD), Profile::standard());
        Self { rotation, seen, now, effects: Vec::new(), happenings: Vec::new(), is_busy: true }
    }

    pub(crate) fn keys(&mut self) -> &mut Vec<ListedKey> {
        match &mut self.seen.keys {
            Answer::Known(keys) => keys,
            Answer::Unknown(failure) => panic!("{failure}"),
        }
    }

    pub(crate) fn evidence(&mut self) -> &mut EvidenceReport {
        match &mut self.seen.evidence {
            Answer::Known(report) => report,
            Answer::Unknown(failure) => panic!("{failure}"),
        }
    }

    pub(crate) fn order(&mut self, order: Order) {
        let number = self.seen.commands.len() as u64 + 1;
        self.seen.commands.push(Command { number, by: "alice".to_owned(), order });
    }

    /// One step, without any effect on the world.
    pub(crate) fn step(&mut self) -> Action {
        let step = step(&self.rotation, &self.seen, self.now);
        if step.action == Action::Advance {
            let json = serde_json::to_string(&step.rotation).unwrap();
            let back: Rotation = serde_json::from_str(&json).unwrap();
            assert_eq!(back, step.rotation, "the document survives its JSON");
        }
        self.rotation = step.rotation;
        self.happenings.extend(step.happenings);
        step.action
    }

    /// Steps, letting time pass where the rotation waits, until it would act, asks, ends, or `steps` are over.
    pub(crate) fn next(&mut self, steps: usize) -> Action {
        for _ in 0..steps {
            match self.step() {
                Action::Advance => {}
                Action::Wait { until } => self.pass(until),
                action => return action,
            }
        }
        Action::Wait { until: self.now }
    }

    fn pass(&mut self, until: Timestamp) {
        self.now = self.now.max(until);
        if self.is_busy
            && let (Answer::Known(targets), Answer::Known(report)) =
                (&self.seen.targets, &mut self.seen.evidence)
        {
            for target in targets {
                report.uses.retain(|u| u.consumer != target.consumer || u.key != target.serving);
                let seen = Use {
                    consumer: target.consumer.clone(),
                    key: target.serving,
                    ..used("", 0, self.now, Some(60))
                };
                report.uses.push(seen);
            }
        }
    }

    /// Goes on, with every effect done as intended, until `stop` says so or it asks or ends.
    pub(crate) fn go(&mut self, stop: impl Fn(&Rotation) -> bool) -> Action {
        for _ in 0..9000 {
            if stop(&self.rotation) {
                return Action::Advance;
            }
            match self.next(1) {
                Action::Perform(effect) => self.perform(&effect),
                Action::Wait { .. } => {}
                action => return action,
            }
        }
        panic!("it goes on for ever in {:?}", self.rotation.state)
    }

    pub(crate) fn go_to(&mut self, state: State) {
        let action = self.go(|r| r.state == state);
        assert_eq!(action, Action::Advance, "before {state:?}");
    }

    pub(crate) fn fail(&mut self, effect: &Effect, failure: Failure) {
        let (intended, _) = intend(&self.rotation, effect.clone(), self.now);
        self.rotation = record(&intended, effect, &Outcome::Failed { failure });
    }

    fn perform(&mut self, effect: &Effect) {
        self.effects.push(effect.clone());
        let outcome = self.change_world(effect);
        let (intended, _) = intend(&self.rotation, effect.clone(), self.now);
        self.rotation = record(&intended, effect, &outcome);
    }

    fn change_world(&mut self, effect: &Effect) -> Outcome {
        let now = self.now;
        match effect {
            Effect::CreateKey => {
                self.keys().push(listed(NEW, KeyStatus::Active, now));
                self.seen.custody = Answer::Known(vec![key(OLD), key(NEW)]);
                return Outcome::Created { key: key(NEW) };
            }
            Effect::VerifyKey { .. } => return Outcome::Identity { principal: principal() },
            Effect::Deliver { consumer, key } => {
                if let Answer::Known(targets) = &mut self.seen.targets {
                    targets.iter_mut().filter(|t| t.consumer == *consumer).for_each(|t| t.serving = *key);
                }
            }
            Effect::Deactivate { key } => self.set_status(*key, KeyStatus::Inactive),
            Effect::Reactivate { key } => self.set_status(*key, KeyStatus::Active),
            Effect::DeleteKey { key } => self.keys().retain(|k| k.id != *key),
            Effect::Conclude { .. } | Effect::CutSessions { .. } | Effect::SwitchSelf { .. } => {}
        }
        Outcome::Ok
    }

    pub(crate) fn set_status(&mut self, id: KeyId, status: KeyStatus) {
        for key in self.keys().iter_mut().filter(|k| k.id == id) {
            key.status = status;
        }
    }
}
