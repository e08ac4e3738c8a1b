//! What is drawn from a seed before a run begins: the endpoint, its faults, the consumers.

use std::collections::BTreeSet;
use std::time::Duration;

use keystead_rotation::Profile;
use keystead_rotation::calendar::{Calendar, Freeze, Window};
use keystead_rotation::machine::{Failure, Stage};

use crate::model::BEGINNING;
use crate::rng::SeededRng;

/// The fixed facts of one run.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a misfortune of its own")]
pub struct Scenario {
    /// The durations of the rotation.
    pub profile: Profile,
    /// Where the keys live.
    pub endpoint: Endpoint,
    /// How late a listing may be.
    pub listing_lag: Duration,
    /// How late a change of a key takes effect.
    pub effect_lag: Duration,
    /// Faults per thousand calls.
    pub faults: Faults,
    /// A second runner steps the same rotation now and then, in the middle of the first one's step.
    pub has_second_runner: bool,
    /// How the consumers behave.
    pub consumers: Vec<Behaviour>,
    /// How long the source of evidence watched before.
    pub watched_for: Duration,
    /// The new key answers for another principal.
    pub is_mixed_up: bool,
    /// When keys may be changed.
    pub calendar: Calendar,
    /// The steps that an operator wishes to approve.
    pub approvals: BTreeSet<Stage>,
    /// The old key has leaked before the rotation began; whether it is to be contained at once.
    pub leaked: Option<bool>,
    /// Whose the second slot is.
    pub slot: Slot,
    /// Where the old key was last used beside its own region, and how long that region takes to know a key.
    pub elsewhere: Option<Duration>,
    /// The process dies before or after the effect of this number.
    pub crash_at: Option<(u64, Moment)>,
    /// What goes wrong for certain, for a while.
    pub strikes: Vec<Strike>,
    /// People do what is scripted and nothing else.
    pub is_scripted: bool,
    /// What somebody else does to the keys for certain, and when.
    pub outsiders: Vec<(Duration, Outside)>,
    /// When the runner's clock leaps for certain, and by how many seconds.
    pub leaps: Vec<(Duration, i64)>,
    /// When the source of evidence is blind for certain, and until when.
    pub blind: Option<(Duration, Duration)>,
    /// The key is the one Keystead itself signs with.
    pub is_own: bool,
    /// The journal takes what a stale runner writes.
    pub is_unfenced: bool,
}

/// Before or after an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing has happened yet.
    Before,
    /// It has happened, and nobody has written down that it did.
    After,
}

/// Whose the second slot is when the rotation begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Nobody's.
    Free,
    /// This credential's own, inactive, left over.
    Leftover,
    /// Somebody else's, inactive.
    ForeignInactive,
    /// Somebody else's, active, used long ago.
    ForeignUnused,
    /// Somebody else's, active and in use.
    ForeignUsed,
    /// There are two keys more.
    Many,
}

/// What somebody else does to the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Makes a key.
    Create,
    /// Deletes the key the rotation made.
    DeleteNew,
    /// Makes the key the rotation made inactive.
    DeactivateNew,
    /// Deletes the key the rotation began with.
    DeleteOld,
}

/// A call that goes wrong whenever it is made in a certain time after the beginning.
#[derive(Clone, Debug)]
pub struct Strike {
    /// Which calls.
    pub call: Call,
    /// From when after the beginning.
    pub from: Duration,
    /// Until when.
    pub until: Duration,
    /// How.
    pub failure: Failure,
    /// How often at most.
    pub times: u64,
    /// It happens all the same.
    pub happens: bool,
}

/// The calls a world is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Any call of the endpoint.
    Endpoint,
    /// A key is created.
    Create,
    /// A secret is put into custody.
    Store,
    /// Whether there is room for a secret.
    Disk,
    /// A key is tried.
    Verify,
    /// A key is made inactive or active.
    SetStatus,
    /// A key is deleted.
    Delete,
    /// Sessions are ended.
    CutSessions,
    /// A consumer is given a key.
    Deliver,
    /// The evidence is read.
    Evidence,
    /// The journal is written.
    Journal,
}

/// Where the keys live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The embedded authority: creation and custody are one transaction, and nothing lags.
    Embedded,
    /// Another one, with a quota of two.
    Remote,
    /// Another one, whose quota lags: a third key can be made.
    RemoteLax,
}

/// How often calls go wrong, per thousand.
#[derive(Clone, Copy, Debug)]
pub struct Faults {
    /// Nothing happens and the caller is told so.
    pub throttled: u64,
    /// Nothing happens and the caller is not told.
    pub unavailable: u64,
    /// It happens and the answer is lost.
    pub lost_answer: u64,
    /// It happens some seconds after the caller gave up.
    pub delayed: u64,
    /// The process dies at a call.
    pub crash: u64,
    /// A write of the journal fails, before or after it took effect.
    pub journal: u64,
    /// A secret cannot be stored after its key was created.
    pub custody: u64,
}

/// How one consumer behaves.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// Its name.
    pub name: String,
    /// How it gets and keeps its key.
    pub habit: Habit,
    /// The mean time between two uses.
    pub period: Duration,
    /// It works with the old key only: somebody pinned it to that id.
    pub is_pinned: bool,
}

/// How a consumer gets and keeps its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Pulls when its lease is nearly over, as the SDKs do.
    Pull {
        /// How long before its lease ends.
        refresh_early: Duration,
    },
    /// Pulls once and ignores the lease, until somebody restarts it.
    PullOnce {
        /// When that happens, after the beginning.
        restarted_after: Duration,
    },
    /// An agent writes a file; the application reloads it later, and then the agent reports it.
    File {
        /// How much later.
        reload_after: Duration,
    },
    /// Keystead writes it where it is read from; the application takes it up later.
    Push {
        /// How much later.
        apply_after: Duration,
    },
    /// A person carries it there.
    Manual {
        /// How much later.
        carried_after: Duration,
    },
    /// Not registered: somebody pasted the old key into it.
    Hidden {
        /// When somebody notices and switches it off, after the beginning.
        gone_after: Duration,
    },
}

impl Habit {
    /// Whether Keystead knows of it.
    pub fn is_registered(self) -> bool {
        !matches!(self, Self::Hidden { .. })
    }
}

const HOUR: u64 = 3600;

impl Scenario {
    /// Draws the scenario of a seed.
    pub fn draw(rng: &mut SeededRng) -> Self {
        let is_embedded = rng.chance(400);
        let is_calm = rng.chance(300);
        let rate = |rng: &mut SeededRng, most: u64| if is_calm { 0 } else { rng.between(0, most) };
        let faults = Faults {
            throttled: rate(rng, 60),
            unavailable: rate(rng, 40),
            lost_answer: rate(rng, 150),
            delayed: rate(rng, 60),
            crash: rate(rng, 4),
            journal: rate(rng, 20),
            custody: if is_embedded { 0 } else { rate(rng, 300) },
        };
        let lag = |rng: &mut SeededRng, most| if is_embedded { Duration::ZERO } else { rng.seconds(0, most) };
        let count = rng.between(1, 8);
        // Where everybody works rarely, nothing but leases tells who still holds the old key.
        let is_rare = rng.chance(150);
        Self {
            profile: draw_profile(rng),
            endpoint: match (is_embedded, rng.chance(500)) {
                (true, _) => Endpoint::Embedded,
                (false, false) => Endpoint::Remote,
                (false, true) => Endpoint::RemoteLax,
            },
            listing_lag: lag(rng, 15),
            effect_lag: lag(rng, 10),
            faults,
            has_second_runner: rng.chance(150),
            consumers: (0..count).map(|n| Behaviour::draw(rng, n, is_rare)).collect(),
            watched_for: WATCHED_FOR,
            is_mixed_up: rng.chance(10),
            calendar: draw_calendar(rng),
            approvals: draw_approvals(rng),
            leaked: rng.chance(50).then(|| rng.chance(500)),
            slot: draw_slot(rng),
            elsewhere: (!is_embedded && rng.chance(200)).then(|| rng.seconds(0, 90)),
            crash_at: None,
            strikes: draw_strikes(rng, is_calm),
            is_scripted: false,
            outsiders: Vec::new(),
            leaps: Vec::new(),
            blind: None,
            is_own: rng.chance(30),
            is_unfenced: false,
        }
    }

    /// A world in which nothing goes wrong, with one pulling consumer of that period.
    pub fn calm(endpoint: Endpoint) -> Self {
        let habit = Habit::Pull { refresh_early: Duration::from_mins(10) };
        Self {
            profile: profile(),
            endpoint,
            listing_lag: Duration::ZERO,
            effect_lag: Duration::ZERO,
            faults: Faults {
                throttled: 0,
                unavailable: 0,
                lost_answer: 0,
                delayed: 0,
                crash: 0,
                journal: 0,
                custody: 0,
            },
            has_second_runner: false,
            consumers: vec![Behaviour::new("web", habit, Duration::from_mins(5))],
            watched_for: WATCHED_FOR,
            is_mixed_up: false,
            calendar: Calendar::default(),
            approvals: BTreeSet::new(),
            leaked: None,
            slot: Slot::Free,
            elsewhere: None,
            crash_at: None,
            strikes: Vec::new(),
            is_scripted: true,
            outsiders: Vec::new(),
            leaps: Vec::new(),
            blind: None,
            is_own: false,
            is_unfenced: false,
        }
    }

    /// Whether nothing goes wrong by chance or plan.
    pub fn is_calm(&self) -> bool {
        let f = &self.faults;
        let rates = [f.throttled, f.unavailable, f.lost_answer, f.delayed, f.crash, f.journal, f.custody];
        rates.iter().all(|rate| *rate == 0) && self.strikes.is_empty() && self.crash_at.is_none()
    }
}

fn draw_profile(rng: &mut SeededRng) -> Profile {
    let profile = profile();
    if rng.chance(250) { profile.with_brownout() } else { profile }
}

fn draw_calendar(rng: &mut SeededRng) -> Calendar {
    let mut calendar = Calendar::default();
    if rng.chance(120) {
        let from = BEGINNING.plus(rng.seconds(0, 10 * HOUR));
        calendar.freezes.push(Freeze { from, until: from.plus(rng.seconds(HOUR, 30 * HOUR)) });
    }
    if rng.chance(80) {
        calendar.windows.push(Window {
            weekdays: (0..7).filter(|_| rng.chance(600)).chain([2]).collect(),
            from_minute: rng.between(0, 1439) as u16,
            until_minute: rng.between(0, 1439) as u16,
            utc_offset_minutes: rng.between(0, 1440) as i16 - 720,
        });
    }
    calendar
}

fn draw_approvals(rng: &mut SeededRng) -> BTreeSet<Stage> {
    if !rng.chance(120) {
        return BTreeSet::new();
    }
    let all = [Stage::Create, Stage::Deliver, Stage::Deactivate, Stage::Delete];
    all.into_iter().filter(|_| rng.chance(500)).collect()
}

fn draw_slot(rng: &mut SeededRng) -> Slot {
    match rng.between(0, 99) {
        0..=1 => Slot::Leftover,
        2..=3 => Slot::ForeignInactive,
        4..=5 => Slot::ForeignUnused,
        6..=7 => Slot::ForeignUsed,
        _ => Slot::Free,
    }
}

/// An endpoint that is down for a day, throttles for an hour, a database that changes over.
fn draw_strikes(rng: &mut SeededRng, is_calm: bool) -> Vec<Strike> {
    let mut strikes = Vec::new();
    let mut add = |rng: &mut SeededRng, call, failure, lasts: u64| {
        let from = rng.seconds(0, 8 * HOUR);
        let until = from + rng.seconds(lasts / 2, lasts);
        strikes.push(Strike { call, from, until, failure, times: u64::MAX, happens: false });
    };
    if is_calm {
        return strikes;
    }
    for (per_mille, call, failure, lasts) in [
        (30, Call::Endpoint, Failure::Unavailable, 24 * HOUR),
        (80, Call::Endpoint, Failure::Throttled, HOUR),
        (80, Call::Journal, Failure::Unavailable, 300),
        (60, Call::Deliver, Failure::Conflict, 6 * HOUR),
        (60, Call::Deliver, Failure::Failed { what: "the reload failed".to_owned() }, 6 * HOUR),
        (20, Call::CutSessions, Failure::Failed { what: "not here".to_owned() }, 24 * HOUR),
    ] {
        if rng.chance(per_mille) {
            add(rng, call, failure, lasts);
        }
    }
    strikes
}

/// How long the source of evidence watched before the rotation began.
const WATCHED_FOR: Duration = Duration::from_hours(24);

impl Behaviour {
    fn draw(rng: &mut SeededRng, number: u64, is_rare: bool) -> Self {
        let habit = match if is_rare { 0 } else { rng.between(0, 9) } {
            0..=4 => Habit::Pull { refresh_early: rng.seconds(0, 900) },
            5 => Habit::PullOnce { restarted_after: rng.seconds(HOUR, 20 * HOUR) },
            6 => Habit::File { reload_after: rng.seconds(1, HOUR) },
            7 if rng.chance(300) => Habit::Manual { carried_after: rng.seconds(60, 2 * HOUR) },
            7 => Habit::Push { apply_after: rng.seconds(1, 600) },
            _ => Habit::Hidden { gone_after: rng.seconds(HOUR, 20 * HOUR) },
        };
        let period = match if is_rare { 9 } else { rng.between(0, 9) } {
            0..=3 => rng.seconds(300, 900),
            4..=7 => rng.seconds(900, HOUR),
            8 => rng.seconds(HOUR, 3 * HOUR),
            _ => rng.seconds(20 * HOUR, 60 * HOUR),
        };
        Self { is_pinned: rng.chance(20), ..Self::new(&format!("consumer-{number}"), habit, period) }
    }

    /// A consumer that works with every key.
    pub fn new(name: &str, habit: Habit, period: Duration) -> Self {
        Self { name: name.to_owned(), habit, period, is_pinned: false }
    }

    /// Whether the source of evidence knows its rhythm: it was seen more than once before the rotation.
    pub fn is_observable(&self) -> bool {
        self.period * 2 < WATCHED_FOR
    }
}

/// The standard profile with its long times cut, so that a run is short.
fn profile() -> Profile {
    Profile {
        name: "simulated".to_owned(),
        cadence_cap: Duration::from_hours(4),
        watch: Duration::from_hours(2),
        deadline: Duration::from_hours(4),
        notice: Duration::from_hours(2),
        ..Profile::standard()
    }
}
