//! WATCHING: the leaving key is inactive; whoever still tries it is found here, and it can be put back.

use std::time::Duration;

use keystead_core::KeyStatus;

use super::course::{Course, Work};
use super::effect::Action;
use super::emergency;
use super::proving;
use super::state::{Phase, Question};

pub(super) fn advance(work: &mut Work<'_>, course: Course) -> Action {
    match watch(work, course) {
        Ok(()) => work.enter_phase(Phase::Deleting, "nobody has tried the inactive key while it was watched"),
        Err(action) => action,
    }
}

fn watch(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    work.check_keys(course, Some(KeyStatus::Inactive))?;
    if work.rotation.find_listed(course.leaving).is_none() {
        return Err(proving::leaving_is_gone(work, course));
    }
    if work.rotation.emergency.is_some() {
        emergency::check_rest(work, course)?;
    }
    work.evidence()?;
    check_attempts(work, course)?;
    let watched_since = work.rotation.entered.max(work.rotation.evidence.blind_at);
    let over_at = watched_since.plus(watch_needed(work));
    if work.now() < over_at { Err(work.wait_until(over_at)) } else { Ok(()) }
}

/// Any use since the key was to be inactive, refused or not: the endpoint may have lagged.
pub(super) fn check_attempts(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    if work.rotation.emergency.is_some() {
        // They are expected, and written down where they are learned.
        return Ok(());
    }
    let off_since = work.rotation.off_since;
    let tried = |c: &crate::consumer::Consumer| {
        let learned = c.last_learned(course.leaving);
        !c.exempt && learned.is_some() && learned > off_since
    };
    let consumers: Vec<_> =
        work.rotation.consumers.iter().filter(|(_, c)| tried(c)).map(|(name, _)| name.clone()).collect();
    if consumers.is_empty() { Ok(()) } else { Err(work.ask(Question::StillTried { consumers })) }
}

/// How long the inactive key is watched: the profile's time, or once the rhythm of the rarest consumer.
pub(super) fn watch_needed(work: &Work<'_>) -> Duration {
    let profile = &work.rotation.profile;
    match work.course() {
        Some((_, course)) if !work.rotation.was_ever_delivered(course.leaving) => profile.settle,
        _ => {
            let relevant = work.rotation.consumers.values().filter(|c| !c.exempt);
            // Whoever runs so rarely that nobody waited for its silence has one whole round of the watch.
            let round = |c: &crate::consumer::Consumer| {
                let cadence = c.cadence.unwrap_or_default();
                if c.accepted { cadence } else { cadence.min(profile.cadence_cap) }
            };
            profile.watch.max(relevant.map(round).max().unwrap_or_default()) + work.rotation.watch_extended
        }
    }
}
