//! BROWNOUT, for who wishes it: the leaving key is inactive for some minutes, and whoever still needs it
//! shows. It is put back by itself at the end, and at once when somebody is found, when nobody is looking,
//! when the process was away, when the rotation is held, or when an operator has an order.

use std::time::Duration;

use keystead_core::KeyStatus;

use super::course::{Course, Work};
use super::document::{TRIES_MAX, Verdict};
use super::effect::{Action, Effect};
use super::explain;
use super::observation::{Answer, Failure, Order};
use super::proving;
use super::state::{Phase, Question, Stage, State};

/// Trials that had to be broken off before an operator is asked.
const TRIALS_MAX: u32 = 3;
/// How often a trial is looked at: a consumer that was found should not wait.
const LOOK_MAX: Duration = Duration::from_secs(15);

/// Whether a trial comes before the leaving key is deactivated.
pub(super) fn is_next(work: &Work<'_>, course: Course) -> bool {
    let rotation = &work.rotation;
    // A trial of what nobody sees the use of would show nothing.
    let is_agreed = rotation.profile.brownout.is_some() && !rotation.brownout.passed && !rotation.is_unseen;
    let is_urgent = rotation.hard_stop || rotation.emergency.is_some();
    (is_agreed || rotation.brownout.wished) && !is_urgent && !course.is_back
}

/// Switches the leaving key off for trial. The proof holds, unless an operator did not wish to wait for it.
pub(super) fn advance(work: &mut Work<'_>, course: Course) -> Action {
    match begin(work, course) {
        Ok(action) | Err(action) => action,
    }
}

fn begin(work: &mut Work<'_>, course: Course) -> Result<Action, Action> {
    if work.rotation.brownout.passed && !work.rotation.brownout.wished {
        return Ok(work.enter_phase(Phase::Deactivating, "no trial is needed"));
    }
    work.check_keys(course, Some(KeyStatus::Active))?;
    if work.rotation.find_listed(course.leaving).is_none() {
        return Err(proving::leaving_is_gone(work, course));
    }
    work.evidence()?;
    if !work.rotation.brownout.wished {
        if let Err(action) = proving::check_proof(work, course) {
            let is_wait = matches!(action, Action::Wait { .. });
            return Err(if is_wait {
                work.enter_phase(Phase::Proving, "the proof does not hold any more")
            } else {
                action
            });
        }
        let count = work.rotation.brownout.count;
        if count >= TRIALS_MAX {
            return Err(work.ask(Question::BrownoutInconclusive { count }));
        }
    }
    work.permit(Stage::Deactivate)?;
    let (number, length) = (work.rotation.brownout.count + 1, explain::duration(length(work)));
    let key = course.leaving;
    work.note("brownout", format!("trial {number}: {key} is inactive for {length}, then it is put back"));
    Ok(work.perform(Effect::Deactivate { key }))
}

fn length(work: &Work<'_>) -> Duration {
    let profile = &work.rotation.profile;
    profile.brownout.or(profile.clone().with_brownout().brownout).unwrap_or_default()
}

/// Looks after a trial that has begun, before anything else is done.
pub(super) fn attend(work: &mut Work<'_>) -> Option<Action> {
    work.rotation.brownout.off_at?;
    let last = work.rotation.orders;
    let mut orders = work.observation.commands.iter().filter(|c| c.number > last);
    if orders.any(|c| matches!(c.order, Order::Emergency { .. })) {
        return None;
    }
    let key = work.rotation.old_key;
    if work.rotation.brownout.verdict.is_none() {
        let Some(verdict) = judge(work) else {
            let pause = LOOK_MAX.min(length(work) / 8);
            let next = work.now().plus(pause);
            return Some(Action::Wait { until: work.rotation.clock.expected_at(next) });
        };
        work.note("brownout", verdict_sentence(&verdict));
        work.rotation.brownout.verdict = Some(verdict);
    }
    if !work.rotation.brownout.is_put_back {
        return Some(put_back(work, Effect::Reactivate { key }));
    }
    match work.rotation.find_listed(key).map(|k| k.status) {
        _ if !work.is_freshly_settled() => Some(work.wait_patiently()),
        Some(KeyStatus::Inactive) => {
            work.rotation.brownout.is_put_back = false;
            Some(put_back(work, Effect::Reactivate { key }))
        }
        Some(KeyStatus::Active) | None => Some(end(work)),
    }
}

/// Never given up: an operator is told after some failures, and it goes on being tried.
fn put_back(work: &mut Work<'_>, effect: Effect) -> Action {
    let failures = &work.rotation.failures;
    if failures.count >= TRIES_MAX && !matches!(work.rotation.state, State::Blocked { .. }) {
        let failure = failures.last.clone().unwrap_or(Failure::Unavailable);
        return work.ask(Question::KeepsFailing { effect: explain::effect(&effect), failure });
    }
    if failures.retry_at > work.now() {
        let until = work.rotation.failures.retry_at;
        return Action::Wait { until: work.rotation.clock.expected_at(until) };
    }
    Action::Perform(effect)
}

/// How the trial ends, if it does now.
fn judge(work: &Work<'_>) -> Option<Verdict> {
    let rotation = &work.rotation;
    let (key, off_at) = (rotation.old_key, rotation.brownout.off_at?);
    let is_found = |c: &crate::consumer::Consumer| !c.exempt && c.last_learned(key) > Some(off_at);
    let found: Vec<_> =
        rotation.consumers.iter().filter(|(_, c)| is_found(c)).map(|(name, _)| name.clone()).collect();
    if !found.is_empty() {
        return Some(Verdict::Found { consumers: found });
    }
    let is_looking = matches!(&work.observation.evidence, Answer::Known(report) if report.healthy)
        && rotation.evidence.blind_at <= off_at;
    let last = rotation.orders;
    let because = if !is_looking {
        "nobody was looking"
    } else if work.has_leapt {
        "the clock leapt, or the process was away"
    } else if matches!(rotation.state, State::Paused { .. } | State::Blocked { .. }) {
        "the rotation was held"
    } else if work.observation.commands.iter().any(|c| c.number > last) {
        "an operator has an order"
    } else {
        return (work.now().since(off_at) >= length(work)).then_some(Verdict::Passed);
    };
    Some(Verdict::BrokenOff { because: because.to_owned() })
}

fn verdict_sentence(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed => "the trial went by and nobody used the key; it is put back".to_owned(),
        Verdict::Found { consumers } => {
            format!("{} used the key during the trial; it is put back at once", explain::list(consumers))
        }
        Verdict::BrokenOff { because } => {
            format!("the trial was broken off because {because}; the key is put back")
        }
    }
}

/// The key was read back as active.
fn end(work: &mut Work<'_>) -> Action {
    let brownout = &mut work.rotation.brownout;
    let was_wished = std::mem::take(&mut brownout.wished);
    (brownout.off_at, brownout.is_put_back) = (None, false);
    match brownout.verdict.take() {
        Some(Verdict::Passed) => {
            brownout.passed = true;
            let next = if was_wished { Phase::Proving } else { Phase::Deactivating };
            work.enter_phase(next, "nobody was found by the trial")
        }
        Some(Verdict::Found { consumers }) => {
            work.enter_phase(Phase::Proving, "the trial found somebody; the key was put back");
            work.ask(Question::FoundByBrownout { consumers })
        }
        Some(Verdict::BrokenOff { .. }) | None => {
            work.enter_phase(Phase::Proving, "the trial was broken off; the key was put back")
        }
    }
}
