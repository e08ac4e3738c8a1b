//! DELETING: the recorded key only, only inactive, only after the watch. The one step without a way back.

use keystead_core::KeyStatus;

use super::course::{Course, Work};
use super::effect::{Action, Effect};
use super::state::Stage;
use super::watching;

pub(super) fn advance(work: &mut Work<'_>, course: Course) -> Action {
    match delete(work, course) {
        Ok(()) => work.end(),
        Err(action) => action,
    }
}

fn delete(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    work.check_keys(course, Some(KeyStatus::Inactive))?;
    if work.rotation.find_listed(course.leaving).is_none() {
        if work.rotation.concluded {
            return Ok(());
        }
        return Err(work.perform(Effect::Conclude { current: course.arriving }));
    }
    work.evidence()?;
    watching::check_attempts(work, course)?;
    work.permit(Stage::Delete)?;
    Err(work.perform(Effect::DeleteKey { key: course.leaving }))
}
