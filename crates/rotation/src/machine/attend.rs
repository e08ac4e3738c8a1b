//! Before and after an effect: what the document remembers of an intent, and of its outcome.

use keystead_core::Timestamp;

use super::document::{Creation, Intent, Rotation, Verification, backoff};
use super::effect::{Effect, Outcome};
use super::observation::Failure;
use super::state::{PauseReason, Phase, State};

/// The intent of `effect`, and the document that is made durable with it before the effect is done.
pub fn intend(rotation: &Rotation, effect: Effect, now: Timestamp) -> (Rotation, Intent) {
    let mut rotation = rotation.clone();
    let command = format!("{}/{}", rotation.id, rotation.journal.count);
    let intent = Intent { command, effect, at: now };
    rotation.intent = Some(intent.clone());
    match intent.effect {
        Effect::CreateKey => {
            let before = rotation.listing.keys.iter().map(|k| k.id).collect();
            rotation.creation = Some(Creation { intended_at: now, before, orphan: None });
            forget_listing(&mut rotation);
        }
        Effect::Deactivate { .. } => {
            if matches!(rotation.state.phase(), Some((Phase::Deactivating, _))) {
                rotation.off_since = Some(rotation.clock.now);
            }
            forget_listing(&mut rotation);
        }
        Effect::Reactivate { .. } | Effect::DeleteKey { .. } => forget_listing(&mut rotation),
        Effect::VerifyKey { .. } | Effect::Deliver { .. } | Effect::Conclude { .. } => {}
    }
    (rotation, intent)
}

/// Listings from before a change of the keys say nothing about after it.
fn forget_listing(rotation: &mut Rotation) {
    rotation.listing.reads = 0;
    rotation.listing.since = rotation.clock.now;
}

/// The document after `effect` went as `outcome` says.
pub fn record(rotation: &Rotation, effect: &Effect, outcome: &Outcome) -> Rotation {
    let mut rotation = rotation.clone();
    rotation.intent = None;
    if let Effect::VerifyKey { key } = effect {
        let mut tries = std::mem::take(&mut rotation.verification);
        if tries.key != Some(*key) {
            tries = Verification { key: Some(*key), ..Verification::default() };
        }
        rotation.verification = record_try(&rotation, tries, outcome);
    }
    match outcome {
        Outcome::Failed { failure } => record_failure(&mut rotation, effect, failure),
        Outcome::Created { .. } | Outcome::Identity { .. } | Outcome::Ok => {
            rotation.failures.count = 0;
            record_success(&mut rotation, effect, outcome);
        }
    }
    rotation
}

fn record_try(rotation: &Rotation, mut tries: Verification, outcome: &Outcome) -> Verification {
    let now = rotation.clock.now;
    tries.last = now;
    match outcome {
        Outcome::Identity { principal } if *principal == rotation.principal => {
            tries.first = if tries.successes == 0 { now } else { tries.first };
            tries.successes = tries.successes.saturating_add(1);
            tries.wrong = None;
        }
        Outcome::Identity { principal } => tries.wrong = Some(principal.clone()),
        Outcome::Failed { failure: Failure::NotAccepted | Failure::NotFound } => tries.successes = 0,
        Outcome::Failed { .. } | Outcome::Created { .. } | Outcome::Ok => {}
    }
    tries
}

fn record_success(rotation: &mut Rotation, effect: &Effect, outcome: &Outcome) {
    match (effect, outcome) {
        (Effect::CreateKey, Outcome::Created { key }) => {
            rotation.new_key = Some(*key);
            rotation.state = State::Staged;
            rotation.entered = rotation.clock.now;
        }
        (Effect::Deliver { consumer, .. }, _) => {
            if let Some(consumer) = rotation.consumers.get_mut(consumer) {
                consumer.attempts = 0;
            }
        }
        (Effect::Conclude { .. }, _) => rotation.concluded = true,
        _ => {}
    }
}

fn record_failure(rotation: &mut Rotation, effect: &Effect, failure: &Failure) {
    let nothing_happened = *failure != Failure::Unavailable;
    let now = rotation.clock.now;
    match effect {
        // The endpoint may need a while to know a new key; VERIFYING has a limit of its own.
        Effect::VerifyKey { .. } if rotation.state == State::Verifying => return,
        Effect::Deliver { consumer, .. } => {
            if let Some(consumer) = rotation.consumers.get_mut(consumer) {
                consumer.attempts = consumer.attempts.saturating_add(1);
                consumer.retry_at = now.plus(backoff(consumer.attempts));
            }
            return;
        }
        Effect::CreateKey if nothing_happened => rotation.creation = None,
        Effect::Deactivate { .. } if nothing_happened => rotation.off_since = None,
        _ => {}
    }
    rotation.failures.count = rotation.failures.count.saturating_add(1);
    rotation.failures.last = Some(failure.clone());
    rotation.failures.retry_at = now.plus(backoff(rotation.failures.count));
    if let Failure::Denied { action } = failure {
        let until = Some(now.plus(rotation.profile.stride));
        let resume = Box::new(rotation.state.clone());
        rotation.state =
            State::Paused { reason: PauseReason::Denied { action: action.clone() }, until, resume };
    }
    if *failure == Failure::LimitExceeded && rotation.state == State::Creating {
        rotation.state = State::Preflight;
        rotation.entered = now;
    }
}
