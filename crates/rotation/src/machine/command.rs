//! What operators order. Each order is obeyed or declined once, by its number, and written down.

use std::time::Duration;

use keystead_core::KeyStatus;

use super::course::Work;
use super::document::Verification;
use super::effect::{Action, Effect, Happening};
use super::explain::{duration, list};
use super::observation::{Command, Order};
use super::state::{PauseReason, Phase, Question, RollbackReason, Stage, State};
use super::{emergency, room};
use crate::strength::HUMAN;

/// Obeys the next order, if there is one that can be decided now.
pub(super) fn obey(work: &mut Work<'_>) -> Option<Action> {
    let last = work.rotation.orders;
    let command = work.observation.commands.iter().find(|c| c.number > last)?.clone();
    // While it is not known whether the second key exists there is nothing that could be gone back from.
    let is_creating =
        *work.rotation.state.underlying() == State::Creating && work.rotation.creation.is_some();
    let is_blocked = matches!(work.rotation.state, State::Blocked { .. });
    if command.order == Order::RollBack && is_creating && !is_blocked {
        return None;
    }
    work.rotation.orders = command.number;
    match decide(work, &command) {
        Ok(action) => {
            write_down(work, command, "done");
            Some(action)
        }
        Err(why) => {
            write_down(work, command, why);
            Some(Action::Advance)
        }
    }
}

fn write_down(work: &mut Work<'_>, command: Command, answer: &str) {
    work.write_down(Happening::Ordered { by: command.by, order: command.order, answer: answer.to_owned() });
}

fn decide(work: &mut Work<'_>, command: &Command) -> Result<Action, &'static str> {
    let state = work.rotation.state.clone();
    match &command.order {
        Order::Approve { question: asked } => match state {
            State::Blocked { question, number, .. } if number == *asked => Ok(approve(work, question)),
            _ => Err("declined: that question is not open any more"),
        },
        Order::RollBack => roll_back(work, &command.by),
        Order::Pause { lasts } => match state {
            State::Paused { .. } | State::Blocked { .. } => Err("declined: it is held already"),
            _ => Ok(work.pause(PauseReason::Operator { by: command.by.clone() }, *lasts)),
        },
        Order::Resume => match state {
            State::Paused { .. } => Ok(work.resume(format!("ordered by {}", command.by))),
            _ => Err("declined: it is not paused"),
        },
        Order::Skip { consumer } => set_consumer(work, consumer, |c| c.skipped = true),
        Order::Attest { consumer, note } => {
            let action = set_consumer(work, consumer, |c| c.accepted = true)?;
            let said = format!("`{consumer}` no longer uses the leaving key: {note}");
            work.note(&format!("{HUMAN}{}", command.by), said);
            Ok(action)
        }
        Order::Emergency { contain_now } => raise(work, *contain_now),
        Order::Return { consumer } => give_back(work, consumer),
        Order::PutBack => put_back(work),
        Order::Extend { lasts } => extend(work, *lasts),
        Order::Brownout => in_proving(work, |work| work.rotation.brownout.wished = true),
        Order::Remind => remind(work, &command.by),
        Order::HardStop { typed } => hard_stop(work, typed),
        Order::MakeRoom { key } => room::order(work, *key, &command.by),
        Order::Exempt { consumer } => set_consumer(work, consumer, |c| c.exempt = true),
    }
}

fn roll_back(work: &mut Work<'_>, by: &str) -> Result<Action, &'static str> {
    match work.rotation.state.underlying() {
        State::RollingBack { .. } => Err("declined: it is on the way back already"),
        // An orphan must be dealt with by whoever can see it; the operator was asked and chose to end.
        _ => Ok(work.roll_back(RollbackReason::Operator { by: by.to_owned() })),
    }
}

/// The old key has leaked.
fn raise(work: &mut Work<'_>, contain_now: bool) -> Result<Action, &'static str> {
    if work.rotation.emergency.as_ref().is_some_and(|e| e.contain_now || !contain_now) {
        return Err("declined: it is an emergency already");
    }
    work.rotation.emergency.get_or_insert_default().contain_now = contain_now;
    Ok(emergency::begin(work))
}

/// Gives one consumer the leaving key back, as long as that one works.
fn give_back(work: &mut Work<'_>, name: &str) -> Result<Action, &'static str> {
    let key = work.rotation.old_key;
    let is_active = work.rotation.find_listed(key).is_some_and(|k| k.status == KeyStatus::Active);
    match work.rotation.state.underlying().phase() {
        Some((Phase::Delivering | Phase::Proving, false))
            if is_active && work.rotation.emergency.is_none() =>
        {
            set_consumer(work, name, |c| c.skipped = true)
        }
        _ => Err("declined: the old key is not there to be given back; put it back first"),
    }
}

/// Makes the inactive leaving key active again; its silence is proved anew.
fn put_back(work: &mut Work<'_>) -> Result<Action, &'static str> {
    let key = work.rotation.old_key;
    let phase = work.rotation.state.underlying().phase();
    let Some((Phase::Deactivating | Phase::Watching | Phase::Deleting, false)) = phase else {
        return Err("declined: the old key is not switched off");
    };
    if work.rotation.emergency.is_some() {
        return Err("declined: the old key has leaked");
    }
    if work.rotation.find_listed(key).is_none() {
        return Err("declined: the old key is deleted");
    }
    let rotation = &mut work.rotation;
    (rotation.off_since, rotation.put_back) = (None, true);
    (rotation.hard_stop, rotation.brownout.passed) = (false, false);
    rotation.approved.retain(|stage| !matches!(stage, Stage::Deactivate | Stage::Delete));
    work.enter(State::Proving, "the old key is put back");
    Ok(work.perform(Effect::Reactivate { key }))
}

fn extend(work: &mut Work<'_>, lasts: Duration) -> Result<Action, &'static str> {
    let phase = work.rotation.state.underlying().phase();
    if !matches!(phase, Some((Phase::Watching | Phase::Deleting, _))) {
        return Err("declined: nothing is watched just now");
    }
    let now = work.now();
    work.rotation.watch_extended += lasts;
    work.rotation.off_since = Some(now);
    let because = format!("the watch lasts {} longer", duration(lasts));
    Ok(work.enter_phase(Phase::Watching, because))
}

/// What is only ordered while the silence of the leaving key is proved, on the way forward.
fn in_proving(work: &mut Work<'_>, set: impl FnOnce(&mut Work<'_>)) -> Result<Action, &'static str> {
    let phase = work.rotation.state.underlying().phase();
    if !matches!(phase, Some((Phase::Proving | Phase::Brownout, false))) || work.rotation.emergency.is_some()
    {
        return Err("declined: only while the silence of the old key is proved");
    }
    set(work);
    Ok(work.enter_phase(Phase::Proving, "ordered by an operator"))
}

fn remind(work: &mut Work<'_>, by: &str) -> Result<Action, &'static str> {
    let State::Blocked { question: Question::StillUsed { consumers }, .. } = work.rotation.state.clone()
    else {
        return Err("declined: nobody is known to hold it up");
    };
    work.note("reminder", format!("{by} reminds the owners of {}", list(&consumers)));
    Ok(work.resume("the owners are reminded"))
}

fn hard_stop(work: &mut Work<'_>, typed: &str) -> Result<Action, &'static str> {
    if typed.len() != 4 || !work.rotation.old_key.to_string().ends_with(typed) {
        return Err("declined: those are not the last four characters of the old key's id");
    }
    in_proving(work, |work| work.rotation.hard_stop = true)
}

/// Marks a consumer; an open question about it is asked again if it still stands.
fn set_consumer(
    work: &mut Work<'_>,
    name: &str,
    mark: impl FnOnce(&mut crate::consumer::Consumer),
) -> Result<Action, &'static str> {
    mark(work.rotation.consumers.get_mut(name).ok_or("declined: there is no such consumer")?);
    match work.rotation.state {
        State::Blocked { .. } => Ok(work.resume("an operator decided about a consumer")),
        _ => Ok(Action::Advance),
    }
}

/// What an operator's yes means; `Question::on_approval` says the same in words.
fn approve(work: &mut Work<'_>, question: Question) -> Action {
    work.rotation.failures.count = 0;
    match question {
        Question::ShortBaseline { .. } => work.rotation.baseline_accepted = true,
        Question::ChangedBySomeoneElse { keys } => work.rotation.tolerated.extend(keys),
        Question::DeactivatedOutside => work.rotation.put_back = true,
        Question::StillServed { consumers } | Question::DeliveryBehind { consumers, .. } => {
            each(work, &consumers, |c| c.skipped = false);
        }
        Question::SlowCadence { consumers } => {
            let names: Vec<_> = consumers.into_iter().map(|(name, _)| name).collect();
            each(work, &names, |c| c.accepted = true);
        }
        Question::NotSeen { consumers } => each(work, &consumers, |c| c.accepted = true),
        Question::StillTried { consumers } => each(work, &consumers, |c| c.exempt = true),
        Question::CurrentKeyElsewhere { .. } => work.rotation.verification.key = None,
        Question::ReactivatedOutside => {
            work.rotation.off_since = None;
            return work.enter_phase(Phase::Proving, "approved: the leaving key is in use again");
        }
        Question::NothingToReturnTo => {
            return work.enter(State::Delivering, "approved: the new key is the only one left");
        }
        Question::TargetConflict { consumer } => each(work, &[consumer], |c| c.trouble = None),
        Question::Approval { stage, .. } => {
            work.rotation.approved.insert(stage);
        }
        Question::BrownoutInconclusive { .. } => work.rotation.brownout.passed = true,
        Question::SessionsNotCut { .. } => {
            if let Some(emergency) = &mut work.rotation.emergency {
                emergency.sessions_cut = true;
            }
        }
        Question::CannotReplace { .. } => work.rotation.verification = Verification::default(),
        Question::CurrentKeyMissing
        | Question::CurrentKeyInactive
        | Question::SlotTaken { .. }
        | Question::FoundByBrownout { .. }
        | Question::Quarantined { .. }
        | Question::RoomStillUsed { .. }
        | Question::KeepsFailing { .. }
        | Question::StillUsed { .. }
        | Question::Overdue { .. } => {}
    }
    work.resume("approved")
}

fn each(work: &mut Work<'_>, names: &[String], mark: impl Fn(&mut crate::consumer::Consumer)) {
    for name in names {
        if let Some(consumer) = work.rotation.consumers.get_mut(name) {
            mark(consumer);
        }
    }
}
