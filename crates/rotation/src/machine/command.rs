//! What operators order. Each order is obeyed or declined once, by its number, and written down.

use super::course::Work;
use super::effect::{Action, Happening};
use super::observation::{Command, Order};
use super::state::{PauseReason, Phase, Question, RollbackReason, State};

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
        Question::StillServed { consumers } | Question::DeliveryBehind { consumers } => {
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
        Question::CurrentKeyMissing
        | Question::CurrentKeyInactive
        | Question::SlotTaken { .. }
        | Question::TargetConflict { .. }
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
