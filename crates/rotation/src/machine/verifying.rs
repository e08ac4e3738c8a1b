//! STAGED and VERIFYING: the new key is given to nobody before the endpoint has accepted it repeatedly
//! and named the right principal.

use std::time::Duration;

use keystead_core::{KeyId, KeyStatus};

use super::course::{Course, Work};
use super::document::Rotation;
use super::effect::{Action, Effect};
use super::observation::{Answer, Place};
use super::state::{PauseReason, RollbackReason, State};
use crate::steady::Steady;

/// Reads back that the secret is in custody.
pub(super) fn advance_staged(work: &mut Work<'_>) -> Action {
    let (Some(key), Answer::Known(held)) = (work.rotation.new_key, &work.observation.custody) else {
        return work.wait();
    };
    if held.contains(&key) {
        work.rotation.creation = None;
        return work.enter(State::Verifying, format!("the secret of {key} was read back"));
    }
    work.rotation.new_key = None;
    work.enter(State::Creating, format!("the secret of {key} is not in custody"))
}

pub(super) fn advance(work: &mut Work<'_>) -> Action {
    let Some(key) = work.rotation.new_key else {
        return work.enter(State::Preflight, "there is no new key");
    };
    let course = Course { leaving: work.rotation.old_key, arriving: key, is_back: false };
    if let Err(action) = work.check_keys(course, Some(KeyStatus::Active)) {
        return action;
    }
    let tries = work.rotation.verification.clone();
    if tries.key != Some(key) {
        return work.perform(Effect::VerifyKey { key, place: None });
    }
    if let Some(found) = tries.wrong {
        return work.roll_back(RollbackReason::WrongPrincipal { found });
    }
    let waiting = waiting(&work.rotation);
    if waiting.is_empty() {
        let because = format!("{} successes as {}", tries.successes, work.rotation.principal.arn);
        return work.enter(State::Delivering, because);
    }
    let tried_for = work.now().since(tries.since.unwrap_or(work.rotation.entered));
    if tried_for > work.rotation.profile.verify_limit {
        return work.roll_back(RollbackReason::NeverVerified);
    }
    try_next(work, key, waiting, tried_for)
}

/// A region in which the new key has yet to be accepted; the credential's own has no place.
pub(super) struct Waiting {
    pub(super) place: Option<Place>,
    pub(super) successes: u32,
    last: Steady,
}

/// The regions in which the new key has not yet been accepted often and for long enough.
pub(super) fn waiting(rotation: &Rotation) -> Vec<Waiting> {
    let profile = &rotation.profile;
    let tries = &rotation.verification;
    let is_done = |successes: u32, first: Steady, last: Steady| {
        successes >= profile.verify_successes && last.since(first) >= profile.verify_span
    };
    let mut waiting = Vec::new();
    if tries.key != rotation.new_key || !is_done(tries.successes, tries.first, tries.last) {
        waiting.push(Waiting { place: None, successes: tries.successes, last: tries.last });
    }
    for place in &rotation.places {
        let tried = tries.elsewhere.iter().find(|tried| tried.place == *place);
        if !tried.is_some_and(|t| is_done(t.successes, t.first, t.last)) {
            let (successes, last) = tried.map_or((0, Steady::default()), |t| (t.successes, t.last));
            waiting.push(Waiting { place: Some(place.clone()), successes, last });
        }
    }
    waiting
}

/// Tries the region that has waited longest. When it takes longer than usual that is shown as a pause.
fn try_next(work: &mut Work<'_>, key: KeyId, waiting: Vec<Waiting>, tried_for: Duration) -> Action {
    let profile = work.rotation.profile.clone();
    let pause = profile.verify_span / profile.verify_successes.saturating_sub(1).max(1);
    let is_slow = tried_for > profile.verify_limit / 6;
    let refused: Vec<_> = waiting.iter().filter(|w| w.successes == 0).map(region).collect();
    let is_tried = work.rotation.age_of_state() > pause * 2;
    if is_slow && is_tried && !refused.is_empty() {
        return work.pause(PauseReason::NotAccepted { regions: refused }, Some(profile.settle));
    }
    let Some(next) = waiting.into_iter().min_by_key(|w| w.last) else { return work.wait() };
    let due = next.last.plus(pause);
    if work.now() < due && next.last > Steady::default() {
        return work.wait_until(due);
    }
    work.perform(Effect::VerifyKey { key, place: next.place })
}

fn region(waiting: &Waiting) -> String {
    waiting.place.as_ref().map_or_else(|| "the credential's own region".to_owned(), |p| p.region.clone())
}
