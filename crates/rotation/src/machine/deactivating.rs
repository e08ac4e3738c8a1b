//! DEACTIVATING: the proof is read once more, then the leaving key is made inactive and read back.

use keystead_core::KeyStatus;

use super::course::{Course, Work};
use super::effect::{Action, Effect};
use super::proving;
use super::state::{Phase, Stage};

pub(super) fn advance(work: &mut Work<'_>, course: Course) -> Action {
    if let Err(action) = work.check_keys(course, None) {
        return action;
    }
    match (work.rotation.find_listed(course.leaving).map(|k| k.status), work.rotation.off_since) {
        (None, _) => proving::leaving_is_gone(work, course),
        (Some(KeyStatus::Inactive), off_since) => {
            work.rotation.off_since = off_since.or(Some(work.now()));
            work.enter_phase(Phase::Watching, "the leaving key was read back as inactive")
        }
        (Some(KeyStatus::Active), Some(_)) => {
            work.rotation.off_since = None;
            work.enter_phase(Phase::Proving, "the leaving key is still active: it was not deactivated")
        }
        (Some(KeyStatus::Active), None) => deactivate(work, course),
    }
}

/// The last look. A use, a gap or a new lease since PROVING ended leads back there.
fn deactivate(work: &mut Work<'_>, course: Course) -> Action {
    let is_urgent = work.rotation.emergency.is_some() || work.rotation.hard_stop;
    let proof = if is_urgent { Ok(String::new()) } else { proving::check_proof(work, course) };
    let permitted = proof.and_then(|_| work.permit(Stage::Deactivate));
    match permitted {
        Ok(()) => work.perform(Effect::Deactivate { key: course.leaving }),
        Err(Action::Wait { .. }) => work.enter_phase(Phase::Proving, "the proof does not hold any more"),
        Err(action) => action,
    }
}
