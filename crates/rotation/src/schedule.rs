//! When a credential is rotated unasked: at a key's age, or at the times of a cron expression.
//!
//! By age a rotation begins early enough for the old key to be gone by the age that is allowed, so that whoever
//! looks at ages sees none that is over. Every time is moved by a jitter drawn from the credential's id: credentials
//! that are due on the same day do not begin in the same minute, and each begins at the same time every time.

use std::time::Duration;

use cronexpr::{Crontab, FallbackTimezoneOption, MakeTimestamp, ParseOptions, parse_crontab_with};
use keystead_core::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

const DAY: Duration = Duration::from_hours(24);
const EVERY_DAYS: u32 = 90;
const EVERY_DAYS_MAX: u32 = 3650;
const JITTER_MINUTES: u32 = 360;
const JITTER_MINUTES_MAX: u32 = 7 * 24 * 60;
const CRON_MAX: usize = 200;

/// By which rule a credential is rotated. Without any member: every 90 days, begun 15 days early.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// The age in days that no key is to reach; 90 when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_days: Option<u32>,
    /// How many days before a rotation begins; a sixth of `every_days` when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_days: Option<u32>,
    /// Instead of an age: a cron expression of five fields in UTC. `H` in a field is a value drawn from the
    /// credential's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// Up to how many minutes later it may begin, so that not all do at once; 360 when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_minutes: Option<u32>,
}

impl Schedule {
    /// Says what is wrong with it, naming the field and the fix.
    pub fn check(&self) -> Result<(), String> {
        if self.jitter_minutes.is_some_and(|minutes| minutes > JITTER_MINUTES_MAX) {
            return Err(format!("`jitter_minutes` is at most {JITTER_MINUTES_MAX}, a week."));
        }
        if let Some(cron) = &self.cron {
            if self.every_days.is_some() || self.early_days.is_some() {
                return Err("`cron` stands alone: leave `every_days` and `early_days` out.".to_owned());
            }
            return crontab(cron, 0).map(|_| ());
        }
        let every = self.every();
        if !(1..=EVERY_DAYS_MAX).contains(&every) {
            return Err(format!("`every_days` is 1 to {EVERY_DAYS_MAX}."));
        }
        if self.early() >= every {
            return Err(format!("`early_days` is less than `every_days`, which is {every}."));
        }
        Ok(())
    }

    /// The age that no key is to reach; none for a cron expression.
    pub fn age_max(&self) -> Option<Duration> {
        self.cron.is_none().then(|| DAY * self.every())
    }

    /// When the next rotation begins of a credential whose key was made at `made_at`. What should have begun long
    /// ago begins now, moved by the jitter.
    pub fn next(&self, credential_id: &str, made_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let draw = draw(credential_id);
        let at = match &self.cron {
            Some(cron) => next_of(cron, draw, now)?,
            None => made_at.plus(DAY * (self.every() - self.early())).max(now),
        };
        Some(at.plus(self.jitter(draw)))
    }

    /// By how much a time of this credential is moved.
    pub fn jitter_of(&self, credential_id: &str) -> Duration {
        self.jitter(draw(credential_id))
    }

    fn jitter(&self, draw: u64) -> Duration {
        let most = u64::from(self.jitter_minutes.unwrap_or(JITTER_MINUTES)) * 60;
        Duration::from_secs(draw % (most + 1))
    }

    fn every(&self) -> u32 {
        self.every_days.unwrap_or(EVERY_DAYS)
    }

    fn early(&self) -> u32 {
        self.early_days.unwrap_or(self.every() / 6)
    }
}

/// A number that is a credential's own and always the same.
fn draw(credential_id: &str) -> u64 {
    let hash: [u8; 32] = Sha256::digest(credential_id).into();
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn crontab(cron: &str, draw: u64) -> Result<Crontab, String> {
    if cron.len() > CRON_MAX || cron.split_whitespace().count() != 5 {
        return Err(
            "`cron` has five fields: minute, hour, day, month, weekday; for example `0 3 * * 2`.".to_owned()
        );
    }
    let mut options = ParseOptions::default();
    options.fallback_timezone_option = FallbackTimezoneOption::UTC;
    options.hashed_value = Some(draw);
    parse_crontab_with(cron, options).map_err(|error| format!("`cron` cannot be read: {error}."))
}

fn next_of(cron: &str, draw: u64, now: Timestamp) -> Option<Timestamp> {
    let next = crontab(cron, draw).ok()?.find_next(MakeTimestamp::from_second(now.secs()).ok()?).ok()?;
    Some(Timestamp::from_secs(next.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn cron(text: &str) -> Schedule {
        Schedule { cron: Some(text.to_owned()), jitter_minutes: Some(0), ..Schedule::default() }
    }

    #[test]
    fn a_key_of_90_days_is_begun_to_be_replaced_at_75() {
        let next = Schedule::default().next("c-1", MADE, MADE).unwrap();
        let early = MADE.plus(75 * DAY);
        assert!(next >= early && next <= early.plus(Duration::from_hours(6)), "{next}");
        assert_eq!(Schedule::default().next("c-1", MADE, MADE), Some(next), "the jitter does not change");
    }

    #[test]
    fn what_is_overdue_is_spread_over_the_jitter() {
        let now = MADE.plus(400 * DAY);
        let nexts: std::collections::BTreeSet<_> =
            (0..100).map(|n| Schedule::default().next(&format!("c-{n}"), MADE, now).unwrap()).collect();
        assert!(nexts.len() > 90);
        assert!(nexts.iter().all(|&at| at >= now && at <= now.plus(Duration::from_hours(6))));
    }

    #[test]
    fn a_cron_expression_names_times_in_utc_after_now() {
        // A Friday, 08:00.
        let next = |text: &str| cron(text).next("c-1", MADE, MADE).unwrap().to_iso8601();
        assert_eq!(MADE.to_iso8601(), "2027-01-15T08:00:00Z");
        assert_eq!(next("0 3 * * 2"), "2027-01-19T03:00:00Z");
        assert_eq!(next("0 8 * * *"), "2027-01-16T08:00:00Z", "not the very minute it is now");
    }

    #[test]
    fn a_rule_that_cannot_be_kept_is_refused_with_its_field() {
        let days = |every, early| Schedule {
            every_days: Some(every),
            early_days: Some(early),
            ..Schedule::default()
        };
        for (schedule, field) in [
            (days(0, 0), "every_days"),
            (days(4000, 1), "every_days"),
            (days(30, 30), "early_days"),
            (cron("0 3 * *"), "cron"),
            (cron("0 25 * * 2"), "cron"),
            (cron("0 3 * * 2 Europe/Berlin"), "cron"),
            (Schedule { every_days: Some(30), ..cron("0 3 * * 2") }, "cron"),
            (Schedule { jitter_minutes: Some(20_000), ..Schedule::default() }, "jitter_minutes"),
        ] {
            assert!(schedule.check().unwrap_err().contains(field), "{schedule:?}");
        }
        for right in [Schedule::default(), days(1, 0), days(90, 15), cron("H H * * 1-5")] {
            assert_eq!(right.check(), Ok(()));
        }
    }
}
