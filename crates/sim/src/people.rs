//! Operators who answer late, contradict each other and have ideas, and outsiders who change keys.

use std::time::Duration;

use keystead_core::{KeyId, KeyStatus};
use keystead_rotation::State;
use keystead_rotation::machine::{Command, Order, Question};

use crate::model::{BEGINNING, Change, Event, Model};

/// After so many questions an operator has had enough and goes back.
const PATIENCE: u64 = 8;
/// After so many nobody answers any more.
const QUESTIONS_ANSWERED: u64 = 16;

/// Plans what people will do whatever happens.
pub fn plan(model: &mut Model) {
    if model.scenario.is_scripted {
        for number in 0..model.script.len() {
            let (when, _) = model.scripted_at(number);
            model.schedule(when, Event::Scripted(number));
        }
        return;
    }
    let hours = 3600;
    for (per_mille, event) in
        [(150, Event::Order), (60, Event::Order), (120, Event::Outsider), (40, Event::Outsider)]
    {
        if model.rng.chance(per_mille) {
            let when = model.rng.seconds(0, 8 * hours);
            model.schedule(when, event);
        }
    }
}

/// Whether the open question, if any, will never be answered.
pub fn has_given_up(model: &Model) -> bool {
    if model.scenario.is_scripted {
        let is_waiting = model.rotation().is_some_and(|r| matches!(r.state, State::Blocked { .. }));
        let last = model.script.iter().map(|(when, _)| *when).max().unwrap_or_default();
        return is_waiting && model.now.since(BEGINNING) > last + Duration::from_hours(30);
    }
    model
        .rotation()
        .is_some_and(|r| matches!(r.state, State::Blocked { number, .. } if number > QUESTIONS_ANSWERED))
}

/// Somebody notices a question.
pub fn notice(model: &mut Model) {
    let Some(State::Blocked { number, .. }) = model.rotation().map(|r| &r.state) else { return };
    let number = *number;
    if number <= model.questions_seen || number > QUESTIONS_ANSWERED {
        return;
    }
    model.questions_seen = number;
    if model.scenario.is_scripted {
        return;
    }
    let when = model.rng.seconds(60, 1800);
    model.schedule(when, Event::Answer(number));
    if model.rng.chance(100) {
        // Two operators at once.
        let also = when + model.rng.seconds(0, 60);
        let event = if model.rng.chance(500) { Event::Answer(number) } else { Event::Order };
        model.schedule(also, event);
    }
}

/// An operator answers question `number`, if it is still open.
pub fn answer(model: &mut Model, number: u64) {
    let open = match model.rotation().map(|r| &r.state) {
        Some(State::Blocked { question, number: open, .. }) if *open == number => Some(question.clone()),
        _ => None,
    };
    let order = match open {
        None => Order::Approve { question: number },
        Some(_) if number > PATIENCE && !is_going_back(model) => Order::RollBack,
        Some(question) => {
            // What was ordered may be declined: then somebody looks again.
            let again = model.rng.seconds(1800, 7200);
            model.schedule(again, Event::Answer(number));
            decide(model, number, question)
        }
    };
    give(model, order);
}

fn is_going_back(model: &Model) -> bool {
    model.rotation().is_some_and(|r| matches!(r.state.underlying(), State::RollingBack { .. }))
}

fn decide(model: &mut Model, number: u64, question: Question) -> Order {
    let approve = Order::Approve { question: number };
    let is_going_back = is_going_back(model);
    match question {
        Question::SlotTaken { others } if model.rng.chance(600) => {
            let key = others.first().map(|(key, _)| key.id);
            key.map_or(approve, |key| Order::MakeRoom { key })
        }
        Question::SlotTaken { others } => {
            // Somebody makes room, having looked.
            for (key, _) in others {
                let _ = model.apply(Change::Delete(key.id), None);
            }
            approve
        }
        Question::CurrentKeyMissing | Question::CurrentKeyInactive => Order::RollBack,
        Question::StillTried { consumers } if !is_going_back => match model.rng.between(0, 4) {
            0 | 1 => Order::PutBack,
            2 => Order::RollBack,
            3 => Order::Extend { lasts: Duration::from_hours(1) },
            _ => exempt_first(consumers, approve),
        },
        Question::FoundByBrownout { consumers } if number > 2 => exempt_first(consumers, approve),
        Question::StillUsed { .. } if number <= 3 && model.rng.chance(500) => {
            if model.rng.chance(500) {
                Order::Brownout
            } else {
                Order::Remind
            }
        }
        Question::StillUsed { .. } if !is_going_back && model.rng.chance(100) => hard_stop(model),
        Question::StillUsed { consumers } | Question::DeliveryBehind { consumers, .. } if number > 3 => {
            match (model.rng.between(0, 2), consumers.into_iter().next()) {
                (0, Some(consumer)) => Order::Exempt { consumer },
                (1, Some(consumer)) => Order::Skip { consumer },
                _ if is_going_back => approve,
                _ => Order::RollBack,
            }
        }
        _ => approve,
    }
}

/// An operator has an idea of their own.
pub fn order(model: &mut Model) {
    let consumer = model.consumers.first().map(|a| a.behaviour.name.clone()).unwrap_or_default();
    let order = match model.rng.between(0, 13) {
        0..=2 => Order::RollBack,
        6 => Order::PutBack,
        7 => Order::Return { consumer },
        8 => Order::Brownout,
        9 => Order::Extend { lasts: Duration::from_mins(30) },
        10 => Order::Emergency { contain_now: model.rng.chance(500) },
        11 => hard_stop(model),
        3 => Order::Pause { lasts: Some(Duration::from_mins(model.rng.between(1, 120))) },
        4 => Order::Resume,
        _ => Order::Skip { consumer },
    };
    give(model, order);
}

fn exempt_first(consumers: Vec<String>, otherwise: Order) -> Order {
    consumers.into_iter().next().map_or(otherwise, |consumer| Order::Exempt { consumer })
}

fn hard_stop(model: &Model) -> Order {
    let key = model.rotation().map(|r| r.old_key.to_string()).unwrap_or_default();
    Order::HardStop { typed: key.get(key.len().saturating_sub(4)..).unwrap_or_default().to_owned() }
}

/// An operator gives an order of the script.
pub fn follow_script(model: &mut Model, number: usize) {
    let Some((_, order)) = model.script.get(number).cloned() else { return };
    let order = match order {
        Order::Approve { question: 0 } => {
            Order::Approve { question: model.rotation().map_or(0, |r| r.questions) }
        }
        Order::HardStop { typed } if typed.is_empty() => hard_stop(model),
        order => order,
    };
    give(model, order);
}

fn give(model: &mut Model, order: Order) {
    let number = model.commands.len() as u64 + 1;
    let by = format!("operator-{}", number % 2);
    model.tell(|| format!("{by} orders {order:?}"));
    model.commands.push(Command { number, by, order });
}

/// Somebody else creates, deactivates, reactivates or deletes a key.
pub fn meddle(model: &mut Model) {
    let keys = model.keys_at(model.now);
    let pick = model.rng.next() as usize;
    let Some(key) = keys.get(pick % keys.len().max(1)).cloned() else { return };
    let is_active = key.status == KeyStatus::Active;
    let change = match model.rng.between(0, 3) {
        0 => Change::Create,
        1 | 2 => Change::SetActive(key.id, !is_active),
        _ => Change::Delete(key.id),
    };
    let _: Result<Option<KeyId>, _> = model.apply(change, None);
}
