//! ROLLING BACK begins here: the key to go back to must work before anyone is given it again.

use keystead_core::KeyStatus;

use super::course::{Course, Work};
use super::effect::{Action, Effect};
use super::state::{Phase, Question};

pub(super) fn advance(work: &mut Work<'_>, course: Course) -> Action {
    if let Err(action) = work.settled_keys() {
        return action;
    }
    let key = course.arriving;
    match work.rotation.find_listed(key).map(|k| k.status) {
        Some(KeyStatus::Active) => work.enter_phase(Phase::Delivering, "the key to go back to is active"),
        Some(KeyStatus::Inactive) => work.perform(Effect::Reactivate { key }),
        None => work.ask(Question::NothingToReturnTo),
    }
}
