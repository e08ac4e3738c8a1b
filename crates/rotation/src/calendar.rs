//! When keys may be changed: freezes, and windows that come back every week. Pure arithmetic on instants.
//! A calendar only permits. What goes back, puts back or contains a leak never asks it.

use std::collections::BTreeSet;
use std::time::Duration;

use keystead_core::Timestamp;
use serde::{Deserialize, Serialize};

const MINUTE_MICROS: i64 = 60_000_000;
const DAY_MINUTES: i64 = 24 * 60;
const WEEK_DAYS: i64 = 7;
/// The first day of 1970 was a Thursday, the fourth day of the week counted from Monday as 0.
const EPOCH_WEEKDAY: i64 = 3;
/// How many closings in a row are looked past before the last one is taken for the answer.
const CLOSINGS_MAX: usize = 64;

/// When a rotation may create, deliver, deactivate and delete. The default is always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Times in which nothing is begun.
    #[serde(default)]
    pub freezes: Vec<Freeze>,
    /// The only times of the week in which something is; without any, the whole week.
    #[serde(default)]
    pub windows: Vec<Window>,
}

/// A time in which nothing is begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// From this instant, RFC 3339.
    #[serde(with = "instant")]
    pub from: Timestamp,
    /// Until just before this one.
    #[serde(with = "instant")]
    pub until: Timestamp,
}

/// A window that comes back every week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The days on which it opens; Monday is 0.
    pub weekdays: BTreeSet<u8>,
    /// The minute of the day at which it opens.
    pub from_minute: u16,
    /// The minute at which it closes; the next day's when it is not later than the opening.
    pub until_minute: u16,
    /// How many minutes its clock is ahead of UTC.
    pub utc_offset_minutes: i16,
}

/// What closes a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// A freeze.
    Frozen,
    /// No window is open.
    OutsideWindow,
}

/// Instants as people write them.
mod instant {
    use keystead_core::Timestamp;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        at.to_iso8601().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(from)?;
        Timestamp::parse_rfc3339(&text)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no time, as 2026-12-24T00:00:00Z is")))
    }
}

impl Calendar {
    /// Whether it makes sense; what does not is said in a sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.freezes.iter().any(|freeze| freeze.from >= freeze.until) {
            return Err("A freeze of `calendar` ends before it begins.".to_owned());
        }
        let is_wrong = |window: &Window| {
            window.weekdays.is_empty()
                || window.weekdays.iter().any(|&day| i64::from(day) >= WEEK_DAYS)
                || i64::from(window.from_minute.max(window.until_minute)) > DAY_MINUTES
                || i64::from(window.utc_offset_minutes).abs() > DAY_MINUTES
        };
        if self.windows.iter().any(is_wrong) {
            return Err(
                "A window of `calendar` has `weekdays` from 0 (Monday) to 6, minutes of the day up to \
                        1440, and `utc_offset_minutes` within a day."
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// What closes it at `now` and when it is open again; `None` while it is open.
    pub fn closed(&self, now: Timestamp) -> Option<(Closed, Timestamp)> {
        let (closed, mut until) = self.closing(now)?;
        for _ in 0..CLOSINGS_MAX {
            match self.closing(until) {
                Some((_, later)) if later > until => until = later,
                _ => break,
            }
        }
        Some((closed, until))
    }

    /// The closing that `at` lies in, and its end.
    fn closing(&self, at: Timestamp) -> Option<(Closed, Timestamp)> {
        let freezes = self.freezes.iter().filter(|freeze| freeze.from <= at && at < freeze.until);
        if let Some(until) = freezes.map(|freeze| freeze.until).max() {
            return Some((Closed::Frozen, until));
        }
        if self.windows.is_empty() || self.windows.iter().any(|window| window.is_open(at)) {
            return None;
        }
        let opening = self.windows.iter().filter_map(|window| window.next_opening(at)).min();
        Some((Closed::OutsideWindow, opening.unwrap_or_else(|| at.plus(Duration::from_hours(24 * 7)))))
    }
}

impl Window {
    fn is_open(&self, at: Timestamp) -> bool {
        let (day, minute) = self.local(at);
        let (from, until) = (i64::from(self.from_minute), i64::from(self.until_minute));
        let opened_today = self.opens_on(day) && minute >= from && (minute < until || until <= from);
        let opened_yesterday = self.opens_on(day - 1) && until <= from && minute < until;
        opened_today || opened_yesterday
    }

    fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        let (today, _) = self.local(at);
        let openings = (today..=today + WEEK_DAYS).filter(|day| self.opens_on(*day)).map(|day| {
            let minute = day * DAY_MINUTES + i64::from(self.from_minute) - i64::from(self.utc_offset_minutes);
            Timestamp::from_micros(minute * MINUTE_MICROS)
        });
        openings.filter(|opening| *opening > at).min()
    }

    fn opens_on(&self, day: i64) -> bool {
        let weekday = (day + EPOCH_WEEKDAY).rem_euclid(WEEK_DAYS);
        u8::try_from(weekday).is_ok_and(|weekday| self.weekdays.contains(&weekday))
    }

    /// The day since 1970 and the minute of that day, by the window's own clock.
    fn local(&self, at: Timestamp) -> (i64, i64) {
        let minute = at.micros().div_euclid(MINUTE_MICROS) + i64::from(self.utc_offset_minutes);
        (minute.div_euclid(DAY_MINUTES), minute.rem_euclid(DAY_MINUTES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn window(weekdays: &[u8], from_minute: u16, until_minute: u16) -> Window {
        let weekdays = weekdays.iter().copied().collect();
        Window { weekdays, from_minute, until_minute, utc_offset_minutes: 60 }
    }

    #[test]
    fn a_window_opens_by_its_own_clock_and_may_last_past_midnight() {
        // 22 November 2026 is a Sunday. The window is Saturday 22:00 to Sunday 02:00, an hour ahead of UTC.
        let calendar = Calendar { freezes: Vec::new(), windows: vec![window(&[5], 22 * 60, 2 * 60)] };
        let outside = |until: &str| Some((Closed::OutsideWindow, at(until)));
        for (now, expected) in [
            ("2026-11-21T20:59:00Z", outside("2026-11-21T21:00:00Z")),
            ("2026-11-21T21:00:00Z", None),
            ("2026-11-22T00:59:59Z", None),
            ("2026-11-22T01:00:00Z", outside("2026-11-28T21:00:00Z")),
        ] {
            assert_eq!(calendar.closed(at(now)), expected, "{now}");
        }
    }

    #[test]
    fn a_freeze_ends_just_before_its_last_instant_and_a_window_in_it_does_not_count() {
        let freeze = Freeze { from: at("2026-11-20T00:00:00Z"), until: at("2026-11-22T12:00:00Z") };
        let open = Calendar { freezes: vec![freeze.clone()], windows: Vec::new() };
        assert_eq!(
            open.closed(at("2026-11-21T00:00:00Z")),
            Some((Closed::Frozen, at("2026-11-22T12:00:00Z")))
        );
        assert_eq!(open.closed(at("2026-11-22T12:00:00Z")), None);
        let both = Calendar { freezes: vec![freeze], windows: vec![window(&[6], 60, 120)] };
        let sunday_after = at("2026-11-29T00:00:00Z");
        assert_eq!(both.closed(at("2026-11-21T00:00:00Z")), Some((Closed::Frozen, sunday_after)));
    }
}
