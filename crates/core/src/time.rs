//! Instants as arguments. One request has one `now`, read at the edge by a [`Clock`].

use std::fmt;
use std::time::Duration;

/// An instant in microseconds since 1970-01-01T00:00:00Z, as it is stored.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// Where the edges get `now` from. Nothing but the command line makes a real one.
pub trait Clock: Send + Sync {
    /// The present instant of the wall clock.
    fn now(&self) -> Timestamp;
}

/// Calendar fields of an instant, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year, 0 to 9999.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
}

const MICROS: i64 = 1_000_000;

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs * MICROS)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// This instant with its fraction of a second cut off, as AWS prints it.
    pub const fn whole_second(self) -> Self {
        Self(self.secs() * MICROS)
    }

    /// The time from `earlier` to here; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }

    /// The instant `duration` later, at most the last one there is.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The instant `duration` earlier, at least the first one there is.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The calendar fields, in UTC.
    pub fn civil(self) -> Civil {
        let days = self.secs().div_euclid(86_400);
        let second_of_day = self.secs().rem_euclid(86_400);
        // Days to date after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let mp = (5 * day_of_year + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        Civil {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: month as u8,
            day: (day_of_year - (153 * mp + 2) / 5 + 1) as u8,
            hour: (second_of_day / 3600) as u8,
            minute: (second_of_day / 60 % 60) as u8,
            second: (second_of_day % 60) as u8,
        }
    }

    /// From calendar fields in UTC; `None` where a field is out of range.
    pub fn from_civil(civil: Civil) -> Option<Self> {
        let Civil { year, month, day, hour, minute, second } = civil;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days_in_month = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        if day == 0 || day > days_in_month || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let y = year - i64::from(month <= 2);
        let era = y.div_euclid(400);
        let month = i64::from(month);
        let day_of_year =
            (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + i64::from(day) - 1;
        let year_of_era = y.rem_euclid(400);
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        let secs = days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        Some(Self::from_secs(secs))
    }

    /// ISO 8601 in whole seconds, as IAM prints it: `2014-10-10T14:37:51Z`.
    pub fn to_iso8601(self) -> String {
        let c = self.civil();
        format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)
    }

    /// ISO 8601 basic format, as SigV4 signs it: `20141010T143751Z`.
    pub fn to_basic(self) -> String {
        let c = self.civil();
        format!("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)
    }

    /// The date alone in basic format, as a credential scope carries it: `20141010`.
    pub fn to_basic_date(self) -> String {
        let c = self.civil();
        format!("{:04}{:02}{:02}", c.year, c.month, c.day)
    }

    /// Parses `20141010T143751Z`.
    pub fn parse_basic(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [y1, y2, y3, y4, m1, m2, d1, d2, b'T', h1, h2, n1, n2, s1, s2, b'Z'] => {
                let number = |digits: &[u8]| {
                    digits
                        .iter()
                        .try_fold(0_i64, |sum, d| d.is_ascii_digit().then(|| sum * 10 + i64::from(d - b'0')))
                };
                let two = |a: &u8, b: &u8| number(&[*a, *b]).map(|n| n as u8);
                Self::from_civil(Civil {
                    year: number(&[*y1, *y2, *y3, *y4])?,
                    month: two(m1, m2)?,
                    day: two(d1, d2)?,
                    hour: two(h1, h2)?,
                    minute: two(n1, n2)?,
                    second: two(s1, s2)?,
                })
            }
            _ => None,
        }
    }

    /// Parses an RFC 3339 time in any offset, with or without a fraction.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_microsecond()))
    }

    /// Parses the time of a web server's log, as in `15/Jan/2027:08:00:00 +0000`.
    pub fn parse_log(text: &str) -> Option<Self> {
        jiff::Timestamp::strptime("%d/%b/%Y:%H:%M:%S %z", text).ok().map(|t| Self(t.as_microsecond()))
    }

    /// Parses the date of an HTTP `Date` header (RFC 9110, the IMF-fixdate form).
    pub fn parse_http_date(text: &str) -> Option<Self> {
        jiff::fmt::rfc2822::parse(text).ok().map(|z| Self(z.timestamp().as_microsecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_iso8601())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_iso_forms_round_trip() {
        for secs in [0, 951_782_400, 951_868_799, 1_412_951_871, 4_102_444_799, 1_709_164_800] {
            let t = Timestamp::from_secs(secs);
            assert_eq!(Timestamp::parse_basic(&t.to_basic()), Some(t), "{t}");
            assert_eq!(Timestamp::parse_rfc3339(&t.to_iso8601()), Some(t), "{t}");
        }
        assert_eq!(Timestamp::from_secs(1_412_951_871).to_iso8601(), "2014-10-10T14:37:51Z");
        assert_eq!(Timestamp::from_secs(951_782_400).to_basic(), "20000229T000000Z");
    }

    #[test]
    fn impossible_dates_are_refused() {
        for text in [
            "20230229T000000Z",
            "20231301T000000Z",
            "20230101T240000Z",
            "20230101T000000",
            "2023010aT000000Z",
        ] {
            assert_eq!(Timestamp::parse_basic(text), None, "{text}");
        }
    }

    #[test]
    fn http_dates_are_read() {
        let t = Timestamp::parse_http_date("Fri, 10 Oct 2014 14:37:51 GMT");
        assert_eq!(t, Some(Timestamp::from_secs(1_412_951_871)));
    }
}
