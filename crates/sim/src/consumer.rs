//! The applications: how they get a key, how long they keep it, and what it means when it is refused.

use std::rc::Rc;
use std::time::Duration;

use keystead_core::{KeyId, KeyStatus, Timestamp};

use crate::check::Checker;
use crate::model::{Application, Event, Model, Recorded};
use crate::scenario::{Behaviour, Habit};

/// Puts an application into the world as it is when the rotation begins.
pub fn settle_in(model: &mut Model, number: usize, behaviour: Behaviour, key: KeyId) {
    let lease = model.rng.seconds(0, model.scenario.profile.lease.as_secs());
    let until = model.now.plus(lease);
    let is_registered = behaviour.habit.is_registered();
    let mut application = Application {
        serving: is_registered.then_some(key),
        applied: is_registered.then_some(key),
        held: Some((key, until)),
        leases: std::collections::BTreeMap::new(),
        is_gone: false,
        behaviour: Rc::new(behaviour),
    };
    if matches!(application.behaviour.habit, Habit::Pull { .. } | Habit::PullOnce { .. }) {
        let lasts = model.scenario.profile.lease;
        application.leases.insert(key, (until.minus(lasts), lasts, until));
    }
    remember_past_uses(model, &application.behaviour, key);
    let first = model.rng.seconds(0, application.behaviour.period.as_secs());
    model.schedule(first, Event::Use(number));
    if model.rng.chance(500) {
        let soon = model.rng.seconds(0, 3600);
        model.schedule(soon, Event::UseAgain(number));
    }
    match application.behaviour.habit {
        Habit::PullOnce { restarted_after: after } | Habit::Hidden { gone_after: after } => {
            model.schedule(after, Event::Restart(number));
        }
        _ => {}
    }
    model.consumers.push(application);
}

/// The source of evidence watched before: it knows the rhythm of whoever it saw more than once.
fn remember_past_uses(model: &mut Model, behaviour: &Behaviour, key: KeyId) {
    if !behaviour.is_observable() {
        return;
    }
    let ago = model.rng.seconds(0, behaviour.period.as_secs());
    let slowest_interval =
        Some(behaviour.period * u32::try_from(model.rng.between(100, 120)).unwrap_or(100) / 100);
    let row = Recorded { last_at: model.now.minus(ago), count: 9, refused: 0, slowest_interval };
    model.uses.insert((behaviour.name.clone(), key), row);
}

/// From now on the application is answered with `key`.
pub fn serve(model: &mut Model, name: &str, key: KeyId) {
    let agent_asks_after = model.rng.seconds(0, model.scenario.profile.lease_rotating.as_secs());
    let Some(number) = model.consumers.iter().position(|a| a.behaviour.name == name) else { return };
    let Some(application) = model.consumers.get_mut(number) else { return };
    application.serving = Some(key);
    match application.behaviour.habit {
        Habit::File { reload_after } => {
            model.schedule(agent_asks_after + reload_after, Event::Reload(number, key));
        }
        Habit::Push { apply_after } => model.schedule(apply_after, Event::Reload(number, key)),
        Habit::Manual { carried_after } => model.schedule(carried_after, Event::Reload(number, key)),
        _ => {}
    }
}

/// The application reads its credentials file again, and its agent reports it.
pub fn reload(model: &mut Model, number: usize, key: KeyId) {
    let Some(application) = model.consumers.get_mut(number) else { return };
    if application.serving == Some(key) {
        application.held = Some((key, Timestamp::from_micros(i64::MAX)));
        if !matches!(application.behaviour.habit, Habit::Manual { .. }) {
            application.applied = Some(key);
        }
    }
}

/// The application is restarted and forgets its key; one that was never registered is switched off.
pub fn restart(model: &mut Model, number: usize) {
    let Some(application) = model.consumers.get_mut(number) else { return };
    match application.behaviour.habit {
        Habit::Hidden { .. } => application.is_gone = true,
        _ => application.held = None,
    }
}

/// The application works, and plans when it will again: by its rhythm, and sometimes once more soon.
pub fn work(model: &mut Model, number: usize) {
    let Some(application) = model.consumers.get(number) else { return };
    let period = application.behaviour.period.as_secs();
    let next = model.rng.seconds(period * 8 / 10, period * 12 / 10);
    model.schedule(next, Event::Use(number));
    if model.rng.chance(200) {
        let soon = model.rng.seconds(1, 3600);
        model.schedule(soon, Event::UseAgain(number));
    }
    sign(model, number);
}

/// The application signs one request with the key it holds.
pub fn sign(model: &mut Model, number: usize) {
    let Some(application) = model.consumers.get(number).filter(|a| !a.is_gone) else { return };
    let (behaviour, held) = (Rc::clone(&application.behaviour), application.held);
    let Some(key) = key_to_use(model, number, behaviour.habit, held) else { return };
    let status = model.status_at(key, model.now.minus(model.scenario.effect_lag));
    let is_old = model.rotation().is_none_or(|r| r.old_key == key);
    let is_unusable = behaviour.is_pinned && !is_old;
    let is_refused = status != Some(KeyStatus::Active) || is_unusable;
    let name = &behaviour.name;
    model.tell(|| format!("{name} uses {key}{}", if is_refused { ": refused" } else { "" }));
    // Of a key that was deleted no secret is left, so nobody can tell whose attempt it was.
    if !model.is_blind && model.status_at(key, model.now).is_some() {
        record(model, name, key, is_refused);
    }
    if !is_refused {
        model.check_contained(key);
    }
    if is_refused && !is_unusable && !is_excused(model, &behaviour, key) {
        model.violate(Checker::LiveConsumer, format!("`{name}` was refused with {key}, {status:?}"));
    }
}

fn key_to_use(
    model: &mut Model,
    number: usize,
    habit: Habit,
    held: Option<(KeyId, Timestamp)>,
) -> Option<KeyId> {
    let early = match habit {
        Habit::Pull { refresh_early } => Some(refresh_early),
        _ => None,
    };
    match (held, early) {
        (Some((key, _)), None) => Some(key),
        (Some((key, until)), Some(early)) if model.now.plus(early) < until => Some(key),
        _ => pull(model, number),
    }
}

/// Asks for the key, as an SDK does through `credential_process`.
fn pull(model: &mut Model, number: usize) -> Option<KeyId> {
    let profile = &model.scenario.profile;
    let lasts = model.rotation().map_or(profile.lease, keystead_rotation::Rotation::lease);
    let (now, wall) = (model.now, model.wall());
    let application = model.consumers.get_mut(number)?;
    let key = application.serving?;
    let until = now.plus(lasts);
    application.held = Some((key, until));
    application.applied = Some(key);
    if application.leases.get(&key).is_none_or(|(_, _, before)| *before < until) {
        application.leases.insert(key, (wall, lasts, until));
    }
    Some(key)
}

fn record(model: &mut Model, name: &str, key: KeyId, is_refused: bool) {
    let now = model.now;
    let last: Option<(Timestamp, Option<Duration>)> =
        model.uses.iter().filter(|((n, _), _)| n == name).map(|(_, r)| (r.last_at, r.slowest_interval)).max();
    let slowest = last.and_then(|(last_at, slowest)| slowest.max(Some(now.since(last_at))));
    let row = model.uses.entry((name.to_owned(), key)).or_insert(Recorded {
        last_at: now,
        count: 0,
        refused: 0,
        slowest_interval: None,
    });
    row.last_at = now;
    row.count += 1;
    row.refused += u64::from(is_refused);
    row.slowest_interval = slowest;
}

/// The cases in which a refusal breaks no rule: see [`crate::check`].
fn is_excused(model: &mut Model, behaviour: &Behaviour, key: KeyId) -> bool {
    let is_meddled_with = model.keys.get(&key).is_none_or(|k| k.is_meddled_with);
    let known = model.rotation().and_then(|r| r.consumers.get(&behaviour.name));
    let is_released = known.is_some_and(|c| c.exempt || c.accepted);
    let is_ordered =
        model.rotation().is_some_and(|r| key == r.old_key && (r.emergency.is_some() || r.hard_stop));
    if is_released || is_ordered {
        let name = if is_ordered { String::new() } else { behaviour.name.clone() };
        model.given_up.insert((key, name));
    }
    let is_given_up = |name: &str| model.given_up.contains(&(key, name.to_owned()));
    let keeps_contract =
        behaviour.habit.is_registered() && !matches!(behaviour.habit, Habit::PullOnce { .. });
    is_meddled_with
        || is_given_up("")
        || is_given_up(&behaviour.name)
        || model.is_off_for_trial(key)
        || !keeps_contract && !behaviour.is_observable()
}
