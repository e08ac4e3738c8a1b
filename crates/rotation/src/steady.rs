//! Time that only passes while somebody looks.
//!
//! Durations of a rotation are not differences of wall clock times: a clock that jumps forward would end
//! an overlap that consumers still rely on. Each look credits at most one stride; when the clock went back,
//! or more than two strides on, nothing: it leapt, or nobody was looking. A leap too short to be told from
//! a late look costs at most one stride, which leases are given as a margin.

use std::time::Duration;

use keystead_core::Timestamp;
use serde::{Deserialize, Serialize};

/// An instant on the steady clock of one rotation: microseconds witnessed since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steady(u64);

impl Steady {
    /// The instant `duration` later.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }

    /// The time from `earlier` to here; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// The steady clock of one rotation, kept in its document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteadyClock {
    /// How much time was witnessed.
    pub now: Steady,
    /// The wall clock when it was last looked at.
    pub seen_at: Option<Timestamp>,
    /// The wall clock when it was first looked at.
    #[serde(default)]
    pub began_at: Option<Timestamp>,
}

impl SteadyClock {
    /// Credits the time since the last look, and a microsecond at least, so that two looks are never at
    /// the same instant. Returns the size of a leap that was not credited.
    pub fn advance(&mut self, now: Timestamp, stride: Duration) -> Option<Duration> {
        let seen_at = self.seen_at.replace(now).unwrap_or(now);
        self.began_at.get_or_insert(now);
        let passed = now.since(seen_at);
        let leap = if now < seen_at { seen_at.since(now) } else { passed };
        let is_leap = leap > stride.saturating_mul(2);
        let credit = if is_leap { Duration::ZERO } else { passed.min(stride) };
        self.now = self.now.plus(credit.max(Duration::from_micros(1)));
        is_leap.then_some(leap)
    }

    /// A time that is not after the present one, whatever the wall clock did since the first look.
    pub fn no_later_than_now(&self) -> Timestamp {
        let witnessed = self.began_at.unwrap_or_default().plus(self.now.since(Steady::default()));
        witnessed.min(self.seen_at.unwrap_or_default())
    }

    /// The wall clock time at which `instant` is expected, if the clock runs evenly from here.
    pub fn expected_at(&self, instant: Steady) -> Timestamp {
        self.seen_at.unwrap_or_default().plus(instant.since(self.now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRIDE: Duration = Duration::from_mins(1);

    #[test]
    fn a_leap_is_not_credited_and_a_late_look_at_most_one_stride() {
        let mut clock = SteadyClock::default();
        let mut look = |secs| {
            let leap = clock.advance(Timestamp::from_secs(secs), STRIDE).map(|d| d.as_secs());
            (leap, clock.now.since(Steady::default()).as_secs())
        };
        assert_eq!(look(1000), (None, 0));
        assert_eq!(look(1030), (None, 30));
        assert_eq!(look(1130), (None, 90));
        assert_eq!(look(87_530), (Some(86_400), 90));
        assert_eq!(look(1060), (Some(86_470), 90));
        assert_eq!(look(1070), (None, 100));
    }
}
