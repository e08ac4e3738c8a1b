//! STAGED and VERIFYING: the new key is given to nobody before the endpoint has accepted it repeatedly
//! and named the right principal.

use keystead_core::KeyStatus;

use super::course::{Course, Work};
use super::effect::{Action, Effect};
use super::observation::Answer;
use super::state::{RollbackReason, State};

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
    let profile = work.rotation.profile.clone();
    let tries = work.rotation.verification.clone();
    if tries.key != Some(key) {
        return work.perform(Effect::VerifyKey { key });
    }
    if let Some(found) = tries.wrong {
        return work.roll_back(RollbackReason::WrongPrincipal { found });
    }
    if tries.successes >= profile.verify_successes && tries.last.since(tries.first) >= profile.verify_span {
        let because = format!("{} successes as {}", tries.successes, work.rotation.principal.arn);
        return work.enter(State::Delivering, because);
    }
    if work.rotation.age_of_state() > profile.verify_limit {
        return work.roll_back(RollbackReason::NeverVerified);
    }
    let next = tries.last.plus(profile.verify_span / profile.verify_successes.saturating_sub(1).max(1));
    if work.now() < next { work.wait_until(next) } else { work.perform(Effect::VerifyKey { key }) }
}
