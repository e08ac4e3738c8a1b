//! PROVING: what must be known before a key is made inactive. Time alone never suffices.
//!
//! The leaving key must have been silent for [`quiet_needed`], with a source that was looking all the
//! while; no consumer may hold or be served it; and whoever was not seen with the arriving key must be
//! known to run often enough for its silence to mean something.

use std::time::Duration;

use keystead_core::KeyStatus;

use super::brownout;
use super::course::{Course, Work};
use super::delivering::{self, is_pending};
use super::effect::{Action, Effect, Happening};
use super::emergency;
use super::observation::Failure;
use super::state::{Phase, Question, RollbackReason};
use crate::consumer::{Consumer, ConsumerKind};
use crate::steady::Steady;

/// How often Keystead tries its own new key before it goes back to the one that works.
const OWN_TRIES_MAX: u32 = 3;

pub(super) fn advance(work: &mut Work<'_>, course: Course) -> Action {
    match prove(work, course) {
        Ok(because) if brownout::is_next(work, course) => work.enter_phase(Phase::Brownout, because),
        Ok(because) => work.enter_phase(Phase::Deactivating, because),
        Err(action) => action,
    }
}

fn prove(work: &mut Work<'_>, course: Course) -> Result<String, Action> {
    work.check_keys(course, Some(KeyStatus::Active))?;
    if work.rotation.find_listed(course.leaving).is_none() {
        return Err(leaving_is_gone(work, course));
    }
    prove_own(work, course)?;
    if work.rotation.emergency.is_some() {
        work.targets()?;
        return if emergency::is_replaced(work, course) {
            Ok("the leaked key is replaced, or its time is over".to_owned())
        } else {
            Err(work.wait())
        };
    }
    if work.rotation.brownout.wished && brownout::is_next(work, course) {
        return Ok("an operator wishes a trial now".to_owned());
    }
    if work.rotation.hard_stop {
        return Ok("an operator ordered it, whoever is interrupted".to_owned());
    }
    check_proof(work, course)
}

/// The key that Keystead itself signs with has been seen to work since it was switched, before the other one goes.
/// If it does not work, there is no waiting for it: Keystead goes back to the key that does.
fn prove_own(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    let (tries, failures) = (&work.rotation.verification, &work.rotation.failures);
    let is_tried = tries.key == Some(course.arriving);
    if !work.rotation.is_own || is_tried && tries.wrong.is_none() && tries.successes > 0 {
        return Ok(());
    }
    let is_rejected = matches!(failures.last, Some(Failure::NotAccepted | Failure::NotFound));
    let is_refused = tries.wrong.is_some() || is_rejected && failures.count >= OWN_TRIES_MAX;
    if is_tried && is_refused && !course.is_back {
        return Err(work.roll_back(RollbackReason::OwnUseFailed));
    }
    Err(work.perform(Effect::VerifyKey { key: course.arriving, place: None }))
}

/// Everything that must hold at the moment of deactivation; the sentence says what was found.
pub(super) fn check_proof(work: &mut Work<'_>, course: Course) -> Result<String, Action> {
    work.targets()?;
    let source = work.evidence()?.source.clone();
    delivering::pass_over_refused(work, course);
    check_delivery(work, course)?;
    let silent_since = silent_since(work, course);
    let quiet = quiet_needed(work);
    check_cadence(work, course)?;
    let lease_until = relevant(work, course).filter_map(|(_, c)| c.lease_until(course.leaving)).max();
    let safe_at = silent_since.plus(quiet).max(lease_until.unwrap_or_default());
    if work.now() < safe_at {
        return Err(wait_for_silence(work, course, safe_at));
    }
    check_seen(work, course)?;
    if work.rotation.is_unseen {
        return Ok(format!(
            "{source}: every consumer has the arriving key, and no lease on the other is left"
        ));
    }
    let silence = work.now().since(silent_since);
    Ok(format!(
        "{source}: the leaving key was silent for {silence:?} of {quiet:?} needed; no lease on it is left"
    ))
}

fn relevant<'w>(work: &'w Work<'_>, course: Course) -> impl Iterator<Item = (&'w String, &'w Consumer)> {
    let matters = move |c: &Consumer| !c.exempt && (c.kind.is_registered() || c.ever_had(course.leaving));
    work.rotation.consumers.iter().filter(move |(_, c)| matters(c))
}

/// Somebody may have been registered meanwhile, or have been passed over and still be served.
fn check_delivery(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    if work.rotation.consumers.values().any(|c| is_pending(c, course)) {
        return Err(work.enter_phase(Phase::Delivering, "a consumer is not served as it should be"));
    }
    let served = relevant(work, course).filter(|(_, c)| c.serving == Some(course.leaving));
    let consumers: Vec<_> = served.map(|(name, _)| name.clone()).collect();
    if consumers.is_empty() { Ok(()) } else { Err(work.ask(Question::StillServed { consumers })) }
}

/// Since when the leaving key is known to be silent. DEACTIVATING reads the same proof once more; the
/// silence it rests on began before it was entered.
fn silent_since(work: &Work<'_>, course: Course) -> Steady {
    let last_use = relevant(work, course).filter_map(|(_, c)| c.last_learned(course.leaving)).max();
    let entered = match work.rotation.state.phase() {
        Some((Phase::Proving, _)) => work.rotation.entered,
        _ => Steady::default(),
    };
    work.rotation.evidence.blind_at.max(entered).max(last_use.unwrap_or_default())
}

/// How long the leaving key must be silent.
pub(super) fn quiet_needed(work: &Work<'_>) -> Duration {
    let profile = &work.rotation.profile;
    let Some((_, course)) = work.course() else {
        return profile.quiet_min;
    };
    if !work.rotation.was_ever_delivered(course.leaving) {
        // Nobody ever had it.
        return profile.settle;
    }
    let of_consumer = |c: &Consumer| {
        let cadence =
            c.cadence.unwrap_or_default().saturating_mul(2).max(c.batch_interval.unwrap_or_default());
        if c.accepted { cadence.min(profile.cadence_cap) } else { cadence }
    };
    let slowest = relevant(work, course).map(|(_, c)| of_consumer(c)).max().unwrap_or_default();
    slowest.max(profile.quiet_min + profile.reporting_lag).max(work.rotation.presigned_urls)
}

fn check_cadence(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    let cap = work.rotation.profile.cadence_cap;
    let too_slow = |c: &Consumer| c.cadence.filter(|d| !c.accepted && d.saturating_mul(2) > cap);
    let slow = relevant(work, course).filter_map(|(name, c)| Some((name.clone(), too_slow(c)?)));
    let consumers: Vec<_> = slow.collect();
    if consumers.is_empty() { Ok(()) } else { Err(work.ask(Question::SlowCadence { consumers })) }
}

/// Whoever was not seen with the arriving key must be proven in another way: by a lease that ran out, or
/// by a silence longer than its rhythm. Without either, nobody can know.
fn check_seen(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    let is_unseen = work.rotation.is_unseen;
    let is_unproven = |c: &Consumer| {
        // Where nothing is seen there is no rhythm: it counts that the key was read back where it was brought.
        let has_rhythm = c.cadence.is_some() || c.batch_interval.is_some();
        let is_known = if is_unseen { c.applied == Some(course.arriving) } else { has_rhythm };
        let is_bounded = c.kind == ConsumerKind::Pull || is_known;
        !is_bounded && !c.accepted && !c.was_seen_with(course.arriving)
    };
    let unproven = relevant(work, course).filter(|(_, c)| is_unproven(c));
    let consumers: Vec<_> = unproven.map(|(name, _)| name.clone()).collect();
    if consumers.is_empty() { Ok(()) } else { Err(work.ask(Question::NotSeen { consumers })) }
}

fn wait_for_silence(work: &mut Work<'_>, course: Course, safe_at: Steady) -> Action {
    let entered = work.rotation.entered;
    let quiet = quiet_needed(work);
    let is_late = work.rotation.age_of_state() > work.rotation.profile.deadline.max(quiet);
    // Whoever has been silent for long enough since is not in the way.
    let is_using = |at: Steady| at > entered && work.now().since(at) < quiet;
    let users = relevant(work, course).filter(|(_, c)| c.last_learned(course.leaving).is_some_and(is_using));
    let consumers: Vec<_> = users.map(|(name, _)| name.clone()).collect();
    if is_late && !consumers.is_empty() {
        return work.ask(Question::StillUsed { consumers });
    }
    name_those_still_using(work, course, quiet);
    work.wait_until(safe_at)
}

/// Long before the deadline it is told who goes on a whole quiet time after it could have switched, once of each.
fn name_those_still_using(work: &mut Work<'_>, course: Course, quiet: Duration) {
    if course.is_back {
        return;
    }
    let entered = work.rotation.entered;
    let is_using = |c: &Consumer| {
        // With an answer that may be kept the old key may be used.
        let could_switch_at = c.lease_until(course.leaving).unwrap_or_default().max(entered);
        c.last_learned(course.leaving) > Some(could_switch_at.plus(quiet))
    };
    let users = relevant(work, course).filter(|(_, c)| is_using(c));
    let consumers: Vec<_> = users.map(|(name, _)| name.clone()).collect();
    if consumers.iter().any(|name| !work.rotation.still_using.contains(name)) {
        work.rotation.still_using.extend(consumers.iter().cloned());
        work.write_down(Happening::StillUsed { key: course.leaving, consumers });
    }
}

/// Somebody else deleted the leaving key: there is nothing left to protect, and who used it is named.
pub(super) fn leaving_is_gone(work: &mut Work<'_>, course: Course) -> Action {
    let quiet = quiet_needed(work);
    let is_recent = |at: Option<Steady>| at.is_some_and(|at| work.now().since(at) < quiet);
    let users = relevant(work, course).filter(|(_, c)| is_recent(c.last_learned(course.leaving)));
    let users: Vec<_> = users.map(|(name, _)| format!("`{name}`")).collect();
    if !users.is_empty() {
        let finding = format!("somebody else deleted the leaving key while {} used it", users.join(", "));
        work.note("key list", finding);
    }
    work.enter_phase(Phase::Deleting, "somebody else deleted the leaving key")
}
