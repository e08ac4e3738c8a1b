//! Before and after an effect: what the document remembers of an intent, and of its outcome.

use keystead_core::Timestamp;

use super::document::{Brownouts, Creation, Failures, Intent, Rotation, Tried, Verification, backoff};
use super::effect::{Effect, Outcome};
use super::observation::{Failure, Place};
use super::state::{PauseReason, Phase, State};
use crate::steady::Steady;

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
        Effect::Deactivate { key } => {
            let is_leaked = rotation.emergency.is_some() && key == rotation.old_key;
            match rotation.state.underlying().phase() {
                Some((Phase::Brownout, _)) if !is_leaked => {
                    let count = rotation.brownout.count.saturating_add(1);
                    let off_at = Some(rotation.clock.now);
                    let (wished, passed) = (rotation.brownout.wished, false);
                    rotation.brownout =
                        Brownouts { count, off_at, verdict: None, is_put_back: false, passed, wished };
                }
                Some((Phase::Deactivating, _)) => rotation.off_since = Some(rotation.clock.now),
                _ if is_leaked => rotation.off_since = Some(rotation.clock.now),
                _ => {}
            }
            forget_listing(&mut rotation);
        }
        Effect::Reactivate { .. } => {
            rotation.brownout.is_put_back = rotation.brownout.off_at.is_some();
            forget_listing(&mut rotation);
        }
        Effect::DeleteKey { .. } => forget_listing(&mut rotation),
        Effect::Deliver { ref consumer, key } => {
            // From here on it may hold the key, whatever is said of it later.
            if let Some(consumer) = rotation.consumers.get_mut(consumer) {
                consumer.traces.entry(key).or_default();
            }
        }
        Effect::SwitchSelf { .. } => rotation.is_switching = true,
        Effect::VerifyKey { .. } | Effect::CutSessions { .. } | Effect::Conclude { .. } => {}
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
    if let Effect::VerifyKey { key, place } = effect {
        let mut tries = std::mem::take(&mut rotation.verification);
        if tries.key != Some(*key) {
            let since = Some(rotation.clock.now);
            tries = Verification { key: Some(*key), since, ..Verification::default() };
        }
        rotation.verification = match place {
            None => record_try(&rotation, tries, outcome),
            Some(place) => record_try_elsewhere(&rotation, tries, place, outcome),
        };
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

/// The same in another region, which may learn of a key later.
fn record_try_elsewhere(
    rotation: &Rotation,
    mut tries: Verification,
    place: &Place,
    outcome: &Outcome,
) -> Verification {
    let now = rotation.clock.now;
    if !tries.elsewhere.iter().any(|tried| tried.place == *place) {
        let place = place.clone();
        tries.elsewhere.push(Tried { place, successes: 0, first: now, last: now });
    }
    for tried in tries.elsewhere.iter_mut().filter(|tried| tried.place == *place) {
        tried.last = now;
        match outcome {
            Outcome::Identity { principal } if *principal == rotation.principal => {
                tried.first = if tried.successes == 0 { now } else { tried.first };
                tried.successes = tried.successes.saturating_add(1);
            }
            Outcome::Identity { principal } => tries.wrong = Some(principal.clone()),
            Outcome::Failed { failure: Failure::NotAccepted | Failure::NotFound } => tried.successes = 0,
            Outcome::Failed { .. } | Outcome::Created { .. } | Outcome::Ok => {}
        }
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
                consumer.trouble = None;
            }
        }
        (Effect::CutSessions { .. }, _) => {
            if let Some(emergency) = &mut rotation.emergency {
                emergency.sessions_cut = true;
            }
        }
        (Effect::SwitchSelf { key }, _) => {
            (rotation.switched_self, rotation.is_switching) = (rotation.new_key == Some(*key), false);
            // What was tried before says nothing of how Keystead fares with it.
            rotation.verification = Verification::default();
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
                consumer.trouble = Some(failure.clone());
            }
            return;
        }
        // What contains a leak goes on whether or not sessions could be ended.
        Effect::CutSessions { .. } => {
            add_failure(&mut rotation.cutting, failure, now);
            return;
        }
        Effect::CreateKey if nothing_happened => rotation.creation = None,
        Effect::Deactivate { .. } if nothing_happened => {
            rotation.off_since = None;
            rotation.brownout.off_at = None;
        }
        Effect::Reactivate { .. } => rotation.brownout.is_put_back = false,
        _ => {}
    }
    add_failure(&mut rotation.failures, failure, now);
    let is_held = matches!(rotation.state, State::Paused { .. } | State::Blocked { .. });
    if let (Failure::Denied { action }, false) = (failure, is_held) {
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

fn add_failure(failures: &mut Failures, failure: &Failure, now: Steady) {
    failures.count = failures.count.saturating_add(1);
    failures.last = Some(failure.clone());
    failures.retry_at = now.plus(backoff(failures.count));
}
