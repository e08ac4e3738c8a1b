//! One run: a seed, its events in order, and what was found.

use std::time::Duration;

use keystead_core::Timestamp;
use keystead_rotation::receipt::Receipt;
use keystead_rotation::runner::{self, Tick};
use keystead_rotation::{Observation, Rotation, step};

use crate::check::{Checker, Violation};
use crate::model::{BEGINNING, Change, Event, Model};
use crate::ports::{ROTATION, World, principal, true_delay};
use crate::rng::SeededRng;
use crate::sabotage::Sabotage;
use crate::scenario::Scenario;
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

/// How long a rotation may take, operators included, before it is called stuck.
const LONGEST: Duration = Duration::from_hours(24 * 20);
/// How long the applications go on after its end, to find out whether all still works.
const AFTERMATH: Duration = Duration::from_hours(3);

const AGE_OF_OLD_KEY: Duration = Duration::from_hours(24 * 61);

/// Plays the scenario of `seed`, with the policy as it is or broken on purpose.
pub fn run(seed: u64, sabotage: Option<Sabotage>, is_traced: bool) -> Report {
    let policy = move |r: &Rotation, o: &Observation, now: Timestamp| match sabotage {
        None => step(r, o, now),
        Some(sabotage) => sabotage.step(r, o, now),
    };
    let mut rng = SeededRng::new(seed);
    let scenario = Scenario::draw(&mut rng);
    let world = World::new(Model::new(scenario, rng, is_traced), &policy);
    begin(&world);
    let ticks = play(&world);
    finish(world.model.into_inner(), ticks)
}

fn begin(world: &World<'_>) {
    let mut model = world.model.borrow_mut();
    model.now = BEGINNING.minus(AGE_OF_OLD_KEY);
    let Ok(Some(old_key)) = model.apply(Change::Create, Some(BEGINNING)) else { return };
    model.custody.insert(old_key);
    model.now = BEGINNING;
    if model.rng.chance(80) {
        // The slot for a second key is somebody else's.
        let _ = model.apply(Change::Create, None);
    }
    for (number, behaviour) in model.scenario.consumers.clone().into_iter().enumerate() {
        consumer::settle_in(&mut model, number, behaviour, old_key);
    }
    people::plan(&mut model);
    plan_trouble(&mut model);
    model.schedule(Duration::ZERO, Event::Tick);
    let profile = model.scenario.profile.clone();
    drop(model);
    let rotation = Rotation::new(ROTATION.to_owned(), "credential".to_owned(), principal(), old_key, profile);
    while runner::start(world, rotation.clone(), BEGINNING).is_err() {
        let mut model = world.model.borrow_mut();
        model.is_dead = false;
        if model.document.is_some() {
            break;
        }
    }
}

fn plan_trouble(model: &mut Model) {
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
        Event::Outsider => people::meddle(model),
    }
}

fn finish(mut model: Model, ticks: u64) -> Report {
    let entries = std::mem::take(&mut model.entries);
    let receipt = model.rotation().map(|rotation| Receipt::new(rotation, entries));
    if let Some(Err(error)) = receipt.map(|receipt| receipt.check()) {
        model.violate(Checker::Explained, error.to_string());
    }
    Report {
        ended_in: model.rotation().map_or("nothing", |r| r.state.name()),
        violation: model.violation,
        ticks,
        trace: model.trace.unwrap_or_default(),
    }
}
