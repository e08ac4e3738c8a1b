//! Operators who answer late, contradict each other and have ideas, and outsiders who change keys.

use std::time::Duration;

use keystead_core::{AccessKeyId, KeyStatus};
use keystead_rotation::State;
use keystead_rotation::machine::{Command, Order, Question};

use crate::model::{Change, Event, Model};

/// After so many questions an operator has had enough and goes back.
const PATIENCE: u64 = 8;
/// After so many nobody answers any more.
const QUESTIONS_ANSWERED: u64 = 16;

/// Plans what people will do whatever happens.
pub fn plan(model: &mut Model) {
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
        Some(question) => decide(model, number, question),
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
        Question::SlotTaken { others } => {
            // Somebody makes room, having looked.
            for (key, _) in others {
                let _ = model.apply(Change::Delete(key.id), None);
            }
            approve
        }
        Question::CurrentKeyMissing | Question::CurrentKeyInactive => Order::RollBack,
        Question::StillTried { .. } if !is_going_back && model.rng.chance(700) => Order::RollBack,
        Question::StillUsed { consumers } | Question::DeliveryBehind { consumers } if number > 3 => {
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
    let order = match model.rng.between(0, 5) {
        0..=2 => Order::RollBack,
        3 => Order::Pause { lasts: Some(Duration::from_mins(model.rng.between(1, 120))) },
        4 => Order::Resume,
        _ => Order::Skip { consumer },
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
    let _: Result<Option<AccessKeyId>, _> = model.apply(change, None);
}
