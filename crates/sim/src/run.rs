//! One run: a seed, its events in order, and what was found.

use std::time::Duration;

use keystead_core::{KeyId, KeyStatus, Timestamp};
use keystead_rotation::machine::{Emergency, Order};
use keystead_rotation::receipt::Receipt;
use keystead_rotation::runner::{self, Policy, Tick};
use keystead_rotation::{Observation, Rotation, Step, step};

use crate::check::{Checker, Violation};
use crate::model::{BEGINNING, Change, Event, Model, Recorded};
use crate::ports::{ROTATION, World, principal, true_delay};
use crate::rng::SeededRng;
use crate::sabotage::Sabotage;
use crate::scenario::{Scenario, Slot};
use crate::{consumer, people};

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// The first rule that was broken.
    pub violation: Option<Violation>,
    /// The state at the end.
    pub ended_in: &'static str,
    /// The steps taken.
    pub ticks: u64,
    /// What happened, if it was to be traced.
    pub trace: Vec<String>,
}

/// How many steps there may be without time going by.
const STEPS_AT_ONCE_MAX: u64 = 500;
/// How long a rotation may take, operators included, before it is called stuck: to create, to deactivate and
/// to delete it may each wait a week for a maintenance window.
const LONGEST: Duration = Duration::from_hours(24 * (20 + 3 * 7));
/// How long the applications go on after its end, to find out whether all still works.
const AFTERMATH: Duration = Duration::from_hours(3);

const AGE_OF_OLD_KEY: Duration = Duration::from_hours(24 * 61);

/// Plays the scenario of `seed`, with the policy as it is or broken on purpose.
pub fn run(seed: u64, sabotage: Option<Sabotage>, is_traced: bool) -> Report {
    let mut rng = SeededRng::new(seed);
    let scenario = Scenario::draw(&mut rng);
    report(play_scenario(Model::new(scenario, rng, is_traced), &policy_of(sabotage)))
}

/// Plays a scenario with what operators order for certain, and returns what is true in the end.
pub fn run_scenario(
    scenario: Scenario,
    seed: u64,
    script: Vec<(Duration, Order)>,
    sabotage: Option<Sabotage>,
) -> Model {
    let mut model = Model::new(scenario, SeededRng::new(seed), true);
    model.script = script;
    play_scenario(model, &policy_of(sabotage)).0
}

fn policy_of(sabotage: Option<Sabotage>) -> impl Fn(&Rotation, &Observation, Timestamp) -> Step {
    move |r: &Rotation, o: &Observation, now: Timestamp| match sabotage {
        None => step(r, o, now),
        Some(sabotage) => sabotage.step(r, o, now),
    }
}

fn play_scenario(model: Model, policy: Policy<'_>) -> (Model, u64) {
    let world = World::new(model, policy);
    begin(&world);
    let ticks = play(&world);
    let mut model = world.model.into_inner();
    check_receipt(&mut model);
    (model, ticks)
}

fn begin(world: &World<'_>) {
    let mut model = world.model.borrow_mut();
    model.now = BEGINNING.minus(AGE_OF_OLD_KEY);
    let Ok(Some(old_key)) = model.apply(Change::Create, Some(BEGINNING)) else { return };
    model.custody.insert(old_key);
    fill_slot(&mut model);
    model.now = BEGINNING;
    for (number, behaviour) in model.scenario.consumers.clone().into_iter().enumerate() {
        consumer::settle_in(&mut model, number, behaviour, old_key);
    }
    people::plan(&mut model);
    plan_trouble(&mut model);
    model.schedule(Duration::ZERO, Event::Tick);
    let scenario = model.scenario.clone();
    drop(model);
    let mut rotation =
        Rotation::new(ROTATION.to_owned(), "credential".to_owned(), principal(), old_key, scenario.profile);
    (rotation.calendar, rotation.approvals) = (scenario.calendar, scenario.approvals);
    rotation.is_own = scenario.is_own;
    rotation.emergency = scenario.leaked.map(|contain_now| Emergency { contain_now, ..Emergency::default() });
    if scenario.leaked.is_some() {
        world.model.borrow_mut().leaked_at = Some(BEGINNING);
    }
    while runner::start(world, rotation.clone(), BEGINNING).is_err() {
        let mut model = world.model.borrow_mut();
        model.is_dead = false;
        if model.document.is_some() {
            break;
        }
    }
}

/// Gives the second slot to whose it is.
fn fill_slot(model: &mut Model) {
    let slot = model.scenario.slot;
    if slot == Slot::Free {
        return;
    }
    let is_own = slot == Slot::Leftover;
    let Ok(Some(other)) = model.apply(Change::Create, is_own.then_some(BEGINNING)) else { return };
    let last_at = match slot {
        Slot::ForeignUsed | Slot::Many => BEGINNING.minus(Duration::from_mins(10)),
        _ => BEGINNING.minus(Duration::from_hours(24 * 30)),
    };
    if slot == Slot::Many {
        let _ = model.apply(Change::Create, None);
    }
    let row = Recorded { last_at, count: 9, refused: 0, slowest_interval: None };
    model.uses.insert(("somebody".to_owned(), other), row);
    if is_own {
        model.custody.insert(other);
    }
    if matches!(slot, Slot::Leftover | Slot::ForeignInactive) {
        let _ = model.apply(Change::SetActive(other, false), None);
    }
}

fn plan_trouble(model: &mut Model) {
    let scenario = model.scenario.clone();
    for (number, (when, _)) in scenario.outsiders.iter().enumerate() {
        model.schedule(*when, Event::Outside(number));
    }
    for (when, seconds) in scenario.leaps {
        model.schedule(when, Event::Leap(seconds));
    }
    if let Some((from, until)) = scenario.blind {
        model.schedule(from, Event::Blind(true));
        model.schedule(until, Event::Blind(false));
    }
    if scenario.is_scripted {
        return;
    }
    let hours = 3600;
    for (per_mille, is_gap) in [(200, true), (100, true), (150, false)] {
        if model.rng.chance(per_mille) {
            let from = model.rng.seconds(0, 8 * hours);
            let until = from + model.rng.seconds(1, 2 * hours);
            let event = |ends: bool| if is_gap { Event::Blind(!ends) } else { Event::Reachable(ends) };
            model.schedule(from, event(false));
            model.schedule(until, event(true));
        }
    }
    if model.rng.chance(200) {
        let when = model.rng.seconds(0, 8 * hours);
        let size = match model.rng.between(0, 2) {
            0 => model.rng.between(1, 600) as i64,
            1 => model.rng.between(3600, 400_000) as i64,
            _ => -(model.rng.between(1, 400_000) as i64),
        };
        model.schedule(when, Event::Leap(size));
        let back = when + model.rng.seconds(60, 10 * hours);
        if model.rng.chance(500) {
            model.schedule(back, Event::Leap(-size));
        }
    }
}

/// Plays events until the rotation has ended, has been left unanswered, or takes too long.
fn play(world: &World<'_>) -> u64 {
    let mut ticks = 0;
    let mut ended_at: Option<Timestamp> = None;
    let mut steps_at_once = (BEGINNING, 0_u64);
    loop {
        let mut model = world.model.borrow_mut();
        let Some(event) = model.next_event() else { return ticks };
        let now = model.now;
        let is_over = ended_at.is_some_and(|at| now.since(at) > AFTERMATH);
        let is_stuck = ended_at.is_none() && now.since(BEGINNING) > LONGEST;
        if is_stuck {
            let state = model.rotation().map_or("nothing", |r| r.state.name());
            model.violate(Checker::EndsOrAsks, format!("it is {state} for ever"));
        }
        if is_over || model.violation.is_some() || people::has_given_up(&model) {
            return ticks;
        }
        if event == Event::Tick {
            steps_at_once = if steps_at_once.0 == now { (now, steps_at_once.1 + 1) } else { (now, 0) };
            if steps_at_once.1 > STEPS_AT_ONCE_MAX {
                model.violate(Checker::EndsOrAsks, "it steps without end and time stands still".to_owned());
            }
            drop(model);
            ticks += 1;
            if tick(world) {
                ended_at = Some(now);
            }
        } else {
            happen(&mut model, event);
        }
    }
}

/// One step of the runner and the time of the next. Returns whether the rotation has ended.
fn tick(world: &World<'_>) -> bool {
    let result = world.tick();
    let mut model = world.model.borrow_mut();
    people::notice(&mut model);
    let died = std::mem::take(&mut model.is_dead);
    let delay = match result {
        Ok(Tick::Ended) => return true,
        Ok(Tick::Again) => Duration::ZERO,
        Ok(Tick::Next(until)) => true_delay(&model, until),
        Err(_) if died => model.rng.seconds(1, 1800),
        Err(_) => model.rng.seconds(1, 30),
    };
    model.schedule(delay, Event::Tick);
    false
}

fn happen(model: &mut Model, event: Event) {
    match event {
        Event::Tick => {}
        Event::Use(number) => consumer::work(model, number),
        Event::UseAgain(number) => consumer::sign(model, number),
        Event::Reload(number, key) => consumer::reload(model, number, key),
        Event::Restart(number) => consumer::restart(model, number),
        Event::Late(change) => {
            let asked_at = model.now.minus(Duration::from_secs(20));
            let _ = model.apply(change, Some(asked_at));
        }
        Event::Blind(is_blind) => {
            model
                .tell(|| format!("the source of evidence is {}", if is_blind { "blind" } else { "looking" }));
            model.gaps += u64::from(model.is_blind && !is_blind);
            model.is_blind = is_blind;
        }
        Event::Reachable(is_reachable) => model.is_evidence_reachable = is_reachable,
        Event::Leap(seconds) => {
            model.tell(|| format!("the clock leaps by {seconds} s"));
            model.skew_micros += seconds * 1_000_000;
            let now = model.now;
            model.leaps.push(now);
        }
        Event::Answer(number) => people::answer(model, number),
        Event::Order => people::order(model),
        Event::Scripted(number) => people::follow_script(model, number),
        Event::Outsider => people::meddle(model),
        Event::Outside(number) => model.meddle_as_planned(number),
    }
}

fn check_receipt(model: &mut Model) {
    let entries = model.entries.clone();
    let receipt = model.rotation().map(|rotation| Receipt::new(rotation, entries));
    if let Some(Err(error)) = receipt.map(|receipt| receipt.check()) {
        model.violate(Checker::Explained, error.to_string());
    }
    let is_off = |(key, _, until): &(KeyId, Timestamp, Option<Timestamp>)| {
        until.is_none() && {
            model.status_at(*key, model.now) == Some(KeyStatus::Inactive)
                && !model.keys.get(key).is_some_and(|k| k.is_meddled_with)
        }
    };
    let is_leaked = model.rotation().is_some_and(|r| r.emergency.is_some());
    let is_asked = model.rotation().is_some_and(|r| r.questions > 0);
    if model.trials.iter().any(is_off) && !is_leaked && !is_asked {
        model.violate(Checker::Brownout, "a key was never put back".to_owned());
    }
}

fn report((model, ticks): (Model, u64)) -> Report {
    Report {
        ended_in: model.rotation().map_or("nothing", |r| r.state.name()),
        violation: model.violation,
        ticks,
        trace: model.trace.unwrap_or_default(),
    }
}
