//! EMERGENCY: the old key has leaked, so the order is inverted. Its sessions end first, because they outlive
//! its deactivation. Then it is contained at once, or as soon as it is replaced: delivered to everybody at
//! the same time and switched off when they have taken the new key, or when their leases would have ended.
//! Nothing but a question about the keys themselves holds it. Attempts are expected, so they are reported.

use keystead_core::KeyStatus;

use super::course::{Course, Work};
use super::delivering::{is_behind, is_pending};
use super::document::TRIES_MAX;
use super::effect::{Action, Effect};
use super::state::{Phase, Question, State};

/// What a leak asks for in every state, questions and pauses included.
pub(super) fn contain(work: &mut Work<'_>) -> Option<Action> {
    let emergency = work.rotation.emergency.clone()?;
    let (key, now) = (work.rotation.old_key, work.now());
    let cutting = &work.rotation.cutting;
    if !emergency.sessions_cut && cutting.count < TRIES_MAX && cutting.retry_at <= now {
        return Some(Action::Perform(Effect::CutSessions { key }));
    }
    let is_active = work.rotation.find_listed(key).is_some_and(|k| k.status == KeyStatus::Active);
    // A listing may lag behind what was asked for a moment ago.
    let is_asked = work.rotation.off_since.is_some() && !work.rotation.is_settled();
    let is_due = emergency.contain_now && is_active && !is_asked;
    (is_due && work.rotation.failures.retry_at <= now).then_some(Action::Perform(Effect::Deactivate { key }))
}

/// What an emergency does with a rotation under way.
pub(super) fn begin(work: &mut Work<'_>) -> Action {
    match work.rotation.state.underlying().clone() {
        State::RollingBack { .. } => {
            work.rotation.off_since = None;
            work.forget_decisions();
            work.enter(State::Verifying, "the old key has leaked: nobody goes back to it")
        }
        State::Brownout => {
            let off_at = work.rotation.brownout.off_at.take();
            work.rotation.off_since = off_at;
            work.enter_phase(Phase::Deactivating, "the old key has leaked: the trial does not end")
        }
        _ if matches!(work.rotation.state, State::Paused { .. } | State::Blocked { .. }) => {
            work.resume("the old key has leaked: nothing else is waited for")
        }
        _ => Action::Advance,
    }
}

/// Whether the leaked key may be switched off: everybody has taken the other one, or has had the time.
pub(super) fn is_replaced(work: &Work<'_>, course: Course) -> bool {
    let limit = work.rotation.profile.lease_rotating;
    let is_waiting = work.rotation.consumers.values().any(|c| is_behind(work, c, course));
    !is_waiting || work.rotation.age_of_state() >= limit
}

/// After the leaked key is off: whoever has yet to be given the other key is, and its sessions have ended.
pub(super) fn check_rest(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    if work.rotation.consumers.values().any(|c| is_pending(c, course)) {
        work.targets()?;
        return Err(super::delivering::deliver_or_ask(work, course));
    }
    let is_cut = work.rotation.emergency.as_ref().is_none_or(|e| e.sessions_cut);
    match work.rotation.cutting.last.clone() {
        Some(failure) if !is_cut && work.rotation.cutting.count >= TRIES_MAX => {
            Err(work.ask(Question::SessionsNotCut { failure }))
        }
        _ if !is_cut => Err(work.wait()),
        _ => Ok(()),
    }
}
