//! The durations a rotation keeps to. Time alone never proves anything here: it only permits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A named set of durations; the receipt shows the name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Successes in a row the new key needs before anyone is given it.
    pub verify_successes: u32,
    /// Over how long those successes are spread at least.
    pub verify_span: Duration,
    /// How long the new key may go unaccepted before it is given up.
    pub verify_limit: Duration,
    /// How long three or more equal listings must agree before anything is concluded from them.
    pub settle: Duration,
    /// The most time one step credits, and so the longest time between two steps.
    pub stride: Duration,
    /// How long the source must have been watching before a rotation starts unasked.
    pub baseline: Duration,
    /// How long the leaving key must be silent at least.
    pub quiet_min: Duration,
    /// How late a use may be reported.
    pub reporting_lag: Duration,
    /// The longest silence to wait for unasked.
    pub cadence_cap: Duration,
    /// How long the inactive key is watched before it is deleted.
    pub watch: Duration,
    /// How long a consumer may keep an answer when nothing is being rotated.
    pub lease: Duration,
    /// How long it may during a rotation. Never under 20 minutes with real SDKs: see [`Profile::standard`].
    pub lease_rotating: Duration,
    /// How long a state may last before a person is asked.
    pub deadline: Duration,
    /// How far our clock and the endpoint's may be apart.
    pub clock_tolerance: Duration,
    /// How long the leaving key is switched off for trial before it is deactivated; not at all when left out.
    #[serde(default)]
    pub brownout: Option<Duration>,
    /// How many of the consumers are given the new key at a time, in percent, once the first has taken it.
    #[serde(default = "default_wave_percent")]
    pub wave_percent: u32,
    /// How long a key that is not ours stays inactive before it is deleted to make room, once that is ordered.
    #[serde(default = "default_notice")]
    pub notice: Duration,
}

/// Profiles of rotations that began before there were waves.
fn default_wave_percent() -> u32 {
    25
}

/// Profiles of rotations that began before room could be made.
fn default_notice() -> Duration {
    DAY
}

impl Profile {
    /// The profile of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "standard" => Some(Self::standard()),
            "demo" => Some(Self::demo()),
            _ => None,
        }
    }

    /// What is used unless somebody chooses otherwise.
    ///
    /// AWS records only the first use in 15 minutes, hence a silence of 16. The AWS SDKs refresh when 15
    /// minutes are left, so with a lease under 20 minutes some of them would ask at every request.
    pub fn standard() -> Self {
        Self {
            name: "standard".to_owned(),
            verify_successes: 3,
            verify_span: Duration::from_secs(10),
            verify_limit: 30 * MINUTE,
            settle: MINUTE,
            stride: 5 * MINUTE,
            baseline: DAY,
            quiet_min: 16 * MINUTE,
            reporting_lag: MINUTE,
            cadence_cap: 14 * DAY,
            watch: 7 * DAY,
            lease: HOUR,
            lease_rotating: 20 * MINUTE,
            deadline: DAY,
            clock_tolerance: 5 * MINUTE,
            brownout: None,
            wave_percent: default_wave_percent(),
            notice: default_notice(),
        }
    }

    /// The same with a trial switch-off of a length that fits: three minutes in real life.
    #[must_use]
    pub fn with_brownout(self) -> Self {
        let length = (self.watch / 4).min(3 * MINUTE);
        Self { brownout: Some(length), ..self }
    }

    /// A whole rotation in under a minute, to be looked at. Not for keys that matter.
    pub fn demo() -> Self {
        let seconds = Duration::from_secs;
        Self {
            name: "demo".to_owned(),
            verify_successes: 3,
            verify_span: seconds(1),
            verify_limit: seconds(30),
            settle: Duration::from_millis(500),
            stride: seconds(2),
            baseline: Duration::ZERO,
            quiet_min: seconds(8),
            reporting_lag: seconds(1),
            cadence_cap: seconds(60),
            watch: seconds(12),
            lease: seconds(10),
            lease_rotating: seconds(5),
            deadline: seconds(120),
            clock_tolerance: 5 * MINUTE,
            brownout: None,
            wave_percent: default_wave_percent(),
            notice: seconds(20),
        }
    }
}
