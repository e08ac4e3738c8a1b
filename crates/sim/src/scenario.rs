//! What is drawn from a seed before a run begins: the endpoint, its faults, the consumers.

use std::time::Duration;

use keystead_rotation::Profile;

use crate::rng::SeededRng;

/// The fixed facts of one run.
#[derive(Clone, Debug)]
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
#[derive(Clone, Debug)]
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
        let count = rng.between(1, 5);
        // Where everybody works rarely, nothing but leases tells who still holds the old key.
        let is_rare = rng.chance(150);
        Self {
            profile: profile(),
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
        }
    }
}

/// How long the source of evidence watched before the rotation began.
const WATCHED_FOR: Duration = Duration::from_hours(24);

impl Behaviour {
    fn draw(rng: &mut SeededRng, number: u64, is_rare: bool) -> Self {
        let habit = match if is_rare { 0 } else { rng.between(0, 9) } {
            0..=4 => Habit::Pull { refresh_early: rng.seconds(0, 900) },
            5 => Habit::PullOnce { restarted_after: rng.seconds(HOUR, 20 * HOUR) },
            6 | 7 => Habit::File { reload_after: rng.seconds(1, HOUR) },
            _ => Habit::Hidden { gone_after: rng.seconds(HOUR, 20 * HOUR) },
        };
        let period = match if is_rare { 9 } else { rng.between(0, 9) } {
            0..=3 => rng.seconds(300, 900),
            4..=7 => rng.seconds(900, HOUR),
            8 => rng.seconds(HOUR, 3 * HOUR),
            _ => rng.seconds(20 * HOUR, 60 * HOUR),
        };
        Self { name: format!("consumer-{number}"), habit, period }
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
        ..Profile::standard()
    }
}
