//! DELIVERING: one consumer first; the others when it has taken the key. Both keys work meanwhile.

use std::cmp::Reverse;
use std::time::Duration;

use keystead_core::{AccessKeyId, KeyStatus};

use super::course::{Course, Work};
use super::document::Rotation;
use super::effect::{Action, Effect};
use super::state::{Phase, Question};
use crate::consumer::{Consumer, ConsumerKind};

pub(super) fn advance(work: &mut Work<'_>, course: Course) -> Action {
    match deliver(work, course) {
        Ok(()) => work.enter_phase(Phase::Proving, "every consumer is served the arriving key"),
        Err(action) => action,
    }
}

fn deliver(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    work.check_keys(course, Some(KeyStatus::Active))?;
    work.targets()?;
    pass_over_refused(work, course);
    if let Some(consumer) = find_conflict(&work.rotation, course) {
        return Err(work.ask(Question::TargetConflict { consumer }));
    }
    // With the leaving key gone nobody can wait for the first one.
    let is_urgent = course.is_back || work.rotation.find_listed(course.leaving).is_none();
    match next_consumer(work, course, is_urgent) {
        Next::Deliver(consumer, key) => Err(work.perform(Effect::Deliver { consumer, key })),
        Next::Wait => Err(wait_for_delivery(work, course)),
        Next::Nobody => Ok(()),
    }
}

enum Next {
    Deliver(String, AccessKeyId),
    Wait,
    Nobody,
}

/// The key a consumer should be served with: one that is passed over keeps the leaving key.
fn desired(consumer: &Consumer, course: Course) -> AccessKeyId {
    if consumer.skipped && !course.is_back { course.leaving } else { course.arriving }
}

/// Whether a consumer must still be given another key.
pub(super) fn is_pending(consumer: &Consumer, course: Course) -> bool {
    consumer.kind.is_registered() && consumer.serving != Some(desired(consumer, course))
}

fn next_consumer(work: &Work<'_>, course: Course, is_urgent: bool) -> Next {
    let rotation = &work.rotation;
    let canary = if is_urgent { None } else { find_canary(rotation) };
    let mut pending: Vec<_> = rotation.consumers.iter().filter(|(_, c)| is_pending(c, course)).collect();
    if pending.is_empty() {
        let is_waiting = rotation.consumers.values().any(|c| !c.skipped && !has_applied(c, course));
        return if is_waiting { Next::Wait } else { Next::Nobody };
    }
    // On the way back the last to have been switched comes first.
    pending.sort_by_key(|(_, c)| {
        (
            c.attempts,
            course.is_back.then(|| Reverse(c.traces.get(&course.leaving).and_then(|t| t.answered_at))),
        )
    });
    if let Some((name, canary)) = canary {
        let is_canary = |(n, _): &(&String, &Consumer)| *n == name;
        if is_pending(canary, course) {
            pending.retain(is_canary);
        } else if !has_taken(work, canary, course) {
            return Next::Wait;
        }
    }
    match pending.iter().find(|(_, c)| c.retry_at <= work.now()) {
        Some((name, c)) => Next::Deliver((*name).clone(), desired(c, course)),
        None => Next::Wait,
    }
}

/// The first to be switched: the one that runs most often, because it shows soonest whether it works.
fn find_canary(rotation: &Rotation) -> Option<(&String, &Consumer)> {
    let may_lead = |c: &Consumer| c.kind.is_registered() && !c.skipped;
    let registered = rotation.consumers.iter().filter(|(_, c)| may_lead(c));
    registered.min_by_key(|(_, c)| c.cadence.unwrap_or(Duration::MAX))
}

/// Whether a consumer was seen with the arriving key, or cannot hold the leaving one any more.
fn has_taken(work: &Work<'_>, consumer: &Consumer, course: Course) -> bool {
    let lease_is_over = consumer.lease_until(course.leaving).is_none_or(|until| until <= work.now());
    consumer.was_seen_with(course.arriving)
        || consumer.applied == Some(course.arriving)
        || consumer.kind == ConsumerKind::Pull && lease_is_over
}

/// A pulling consumer needs no report: its lease bounds what it holds, and PROVING waits for that.
fn has_applied(consumer: &Consumer, course: Course) -> bool {
    consumer.kind != ConsumerKind::File || consumer.applied == Some(course.arriving)
}

/// Gives a consumer that is refused with the arriving key the leaving one back.
fn pass_over_refused(work: &mut Work<'_>, course: Course) {
    if course.is_back {
        return;
    }
    let is_refused = |c: &Consumer| {
        !c.skipped && c.traces.get(&course.arriving).is_some_and(|t| t.refused > 0 && t.refused == t.count)
    };
    let refused: Vec<_> =
        work.rotation.consumers.iter().filter(|(_, c)| is_refused(c)).map(|(name, _)| name.clone()).collect();
    for name in refused {
        if let Some(consumer) = work.rotation.consumers.get_mut(&name) {
            consumer.skipped = true;
        }
        work.note("delivery", format!("`{name}` is refused with the arriving key and keeps the leaving one"));
    }
}

fn find_conflict(rotation: &Rotation, course: Course) -> Option<String> {
    let ours = [Some(course.leaving), Some(course.arriving)];
    let is_foreign = |c: &Consumer| c.kind.is_registered() && !c.exempt && !ours.contains(&c.serving);
    rotation.consumers.iter().find(|(_, c)| is_foreign(c)).map(|(name, _)| name.clone())
}

fn wait_for_delivery(work: &mut Work<'_>, course: Course) -> Action {
    if work.rotation.age_of_state() <= work.rotation.profile.deadline {
        return work.wait();
    }
    let is_behind = |c: &Consumer| {
        !c.skipped && c.kind.is_registered() && (is_pending(c, course) || !has_applied(c, course))
    };
    let behind = work.rotation.consumers.iter().filter(|(_, c)| is_behind(c));
    let consumers: Vec<_> = behind.map(|(name, _)| name.clone()).collect();
    work.ask(Question::DeliveryBehind { consumers })
}
