//! DELIVERING: one consumer first; the others when it has taken the key. Both keys work meanwhile.

use std::cmp::Reverse;
use std::time::Duration;

use keystead_core::{KeyId, KeyStatus};

use super::course::{Course, Work};
use super::document::Rotation;
use super::effect::{Action, Effect};
use super::emergency;
use super::observation::Failure;
use super::state::{Phase, Question, Stage};
use crate::consumer::{Consumer, ConsumerKind};

pub(super) fn advance(work: &mut Work<'_>, course: Course) -> Action {
    match deliver(work, course) {
        Ok(()) if work.rotation.emergency.is_some() => {
            work.enter_phase(Phase::Deactivating, "the leaked key is replaced, or its time is over")
        }
        Ok(()) => work.enter_phase(Phase::Proving, "every consumer is served the arriving key"),
        Err(action) => action,
    }
}

fn deliver(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    work.check_keys(course, Some(KeyStatus::Active))?;
    switch_self(work, course)?;
    work.targets()?;
    pass_over_refused(work, course);
    if let Some(consumer) = find_conflict(&work.rotation, course) {
        return Err(work.ask(Question::TargetConflict { consumer }));
    }
    let is_emergency = work.rotation.emergency.is_some();
    let is_contained = work.rotation.emergency.as_ref().is_some_and(|e| e.contain_now);
    if is_emergency && !is_contained && emergency::is_replaced(work, course) {
        return Ok(());
    }
    // With the leaving key gone nobody can wait for the first one.
    let is_urgent = course.is_back || is_emergency || work.rotation.find_listed(course.leaving).is_none();
    match next_consumer(work, course, is_urgent) {
        Next::Deliver(consumer, key) => {
            if !work.rotation.was_ever_delivered(course.arriving) {
                work.permit(Stage::Deliver)?;
            }
            Err(work.perform(Effect::Deliver { consumer, key }))
        }
        Next::Wait => Err(wait_for_delivery(work, course)),
        Next::Nobody => Ok(()),
    }
}

/// Keystead itself signs with the arriving key first, where it is its own: whoever looks after the others must not
/// be the last to hold the key that leaves.
fn switch_self(work: &mut Work<'_>, course: Course) -> Result<(), Action> {
    let is_switched = work.rotation.switched_self != course.is_back && !work.rotation.is_switching;
    if !work.rotation.is_own || is_switched {
        return Ok(());
    }
    if !course.is_back {
        work.permit(Stage::Deliver)?;
    }
    Err(work.perform(Effect::SwitchSelf { key: course.arriving }))
}

/// Once the leaked key is off: the next delivery, or a question about who cannot be reached.
pub(super) fn deliver_or_ask(work: &mut Work<'_>, course: Course) -> Action {
    match next_consumer(work, course, true) {
        Next::Deliver(consumer, key) => work.perform(Effect::Deliver { consumer, key }),
        Next::Wait | Next::Nobody => wait_for_delivery(work, course),
    }
}

enum Next {
    Deliver(String, KeyId),
    Wait,
    Nobody,
}

/// The key a consumer should be served with: one that is passed over keeps the leaving key.
fn desired(consumer: &Consumer, course: Course) -> KeyId {
    if consumer.skipped && !course.is_back { course.leaving } else { course.arriving }
}

/// Whether a consumer must still be given another key.
pub(super) fn is_pending(consumer: &Consumer, course: Course) -> bool {
    consumer.kind.is_registered()
        && !is_let_go(consumer)
        && consumer.serving != Some(desired(consumer, course))
}

/// An optional consumer that nobody waits for any more.
fn is_let_go(consumer: &Consumer) -> bool {
    consumer.is_optional && consumer.exempt
}

fn next_consumer(work: &Work<'_>, course: Course, is_urgent: bool) -> Next {
    let rotation = &work.rotation;
    let canary = if is_urgent { None } else { find_canary(rotation) };
    let mut pending: Vec<_> = rotation.consumers.iter().filter(|(_, c)| is_pending(c, course)).collect();
    if pending.is_empty() {
        let is_waiting =
            rotation.consumers.values().any(|c| !c.skipped && !is_let_go(c) && !has_applied(c, course));
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
        } else if !has_led(work, canary, course) {
            return Next::Wait;
        }
    }
    // What somebody else wrote into a target is asked about, and not tried again meanwhile.
    pending.retain(|(_, c)| c.trouble != Some(Failure::Conflict));
    if !is_urgent && is_wave_full(work, course) {
        pending.retain(|(_, c)| desired(c, course) == course.leaving);
    }
    match pending.iter().find(|(_, c)| c.retry_at <= work.now()) {
        Some((name, c)) => Next::Deliver((*name).clone(), desired(c, course)),
        None => Next::Wait,
    }
}

/// Whether as many have been given the key since the last pause as a wave has, and some have yet to take it.
fn is_wave_full(work: &Work<'_>, course: Course) -> bool {
    let registered = || work.rotation.consumers.values().filter(|c| c.kind.is_registered() && !c.skipped);
    let wave = registered().count() * work.rotation.profile.wave_percent.clamp(1, 100) as usize;
    let wave = wave.div_ceil(100).max(1);
    let given = || registered().filter(|c| c.serving == Some(course.arriving));
    // The first one was a wave of its own.
    let is_boundary = given().count().saturating_sub(1) % wave == 0;
    is_boundary && given().any(|c| !has_taken(work, c, course))
}

/// The first to be switched: the one that runs most often, because it shows soonest whether it works.
fn find_canary(rotation: &Rotation) -> Option<(&String, &Consumer)> {
    let may_lead = |c: &Consumer| c.kind.is_registered() && !c.skipped;
    let registered = rotation.consumers.iter().filter(|(_, c)| may_lead(c));
    registered.min_by_key(|(_, c)| c.cadence.unwrap_or(Duration::MAX))
}

/// Whether the first consumer shows that the others may follow: it was seen with the arriving key, or its lease
/// on the leaving one is over. Of one that was never seen, that it has applied the key is all there is.
fn has_led(work: &Work<'_>, canary: &Consumer, course: Course) -> bool {
    let is_held = canary.lease_until(course.leaving).is_some_and(|until| work.now() < until);
    let is_let_go = canary.kind == ConsumerKind::Pull && !is_held;
    canary.was_seen_with(course.arriving)
        || is_let_go
        || canary.cadence.is_none() && has_taken(work, canary, course)
}

/// Whether a consumer was seen with the arriving key, or cannot hold the leaving one any more.
fn has_taken(work: &Work<'_>, consumer: &Consumer, course: Course) -> bool {
    let lease_is_over = consumer.lease_until(course.leaving).is_none_or(|until| until <= work.now());
    consumer.was_seen_with(course.arriving)
        || consumer.applied == Some(course.arriving)
        || consumer.kind == ConsumerKind::Pull && lease_is_over
}

/// A pulling consumer needs no report: its lease bounds what it holds, and PROVING waits for that. What a
/// person carried is there when it is seen in use.
fn has_applied(consumer: &Consumer, course: Course) -> bool {
    match consumer.kind {
        ConsumerKind::Pull | ConsumerKind::Observed => true,
        ConsumerKind::File | ConsumerKind::Push => consumer.applied == Some(course.arriving),
        ConsumerKind::Manual => consumer.was_seen_with(course.arriving),
    }
}

/// Gives a consumer that is refused with the arriving key the leaving one back.
pub(super) fn pass_over_refused(work: &mut Work<'_>, course: Course) {
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
    let is_former = |c: &Consumer| c.serving.is_some_and(|key| rotation.former_keys.contains(&key));
    let is_foreign =
        |c: &Consumer| c.kind.is_registered() && !c.exempt && !ours.contains(&c.serving) && !is_former(c);
    rotation.consumers.iter().find(|(_, c)| is_foreign(c)).map(|(name, _)| name.clone())
}

fn wait_for_delivery(work: &mut Work<'_>, course: Course) -> Action {
    let conflict = work
        .rotation
        .consumers
        .iter()
        .find(|(_, c)| is_pending(c, course) && c.trouble == Some(Failure::Conflict));
    if let Some(consumer) = conflict.map(|(name, _)| name.clone()) {
        return work.ask(Question::TargetConflict { consumer });
    }
    if work.rotation.age_of_state() <= work.rotation.profile.deadline {
        return work.wait();
    }
    if pass_over_optional(work, course) {
        return Action::Advance;
    }
    let behind = work.rotation.consumers.iter().filter(|(_, c)| is_stuck(c, course));
    let troubles = behind.clone().filter_map(|(name, c)| Some((name.clone(), c.trouble.clone()?))).collect();
    let consumers: Vec<_> = behind.map(|(name, _)| name.clone()).collect();
    if consumers.is_empty() {
        work.wait()
    } else {
        work.ask(Question::DeliveryBehind { consumers, troubles })
    }
}

fn is_stuck(consumer: &Consumer, course: Course) -> bool {
    let is_behind = is_pending(consumer, course) || !has_applied(consumer, course);
    !consumer.skipped && !is_let_go(consumer) && consumer.kind.is_registered() && is_behind
}

/// Whether a registered consumer has yet to take the arriving key. A pulling one that has not asked since may
/// hold the leaving one until its lease is over.
pub(super) fn is_behind(work: &Work<'_>, consumer: &Consumer, course: Course) -> bool {
    let is_held = consumer.kind == ConsumerKind::Pull && !has_taken(work, consumer, course);
    is_stuck(consumer, course) || is_held && !consumer.skipped
}

/// Whoever is optional and behind does not hold the others; its use of the leaving key does not count.
fn pass_over_optional(work: &mut Work<'_>, course: Course) -> bool {
    let behind = work.rotation.consumers.iter().filter(|(_, c)| c.is_optional && is_stuck(c, course));
    let names: Vec<_> = behind.map(|(name, _)| name.clone()).collect();
    for name in &names {
        if let Some(consumer) = work.rotation.consumers.get_mut(name) {
            consumer.exempt = true;
        }
        work.note(
            "delivery",
            format!("`{name}` is optional and did not take the key in time: it is passed over"),
        );
    }
    !names.is_empty()
}
