//! Dates of conditions: the ISO 8601 forms of W3C, as freely as AWS was seen to take them, or seconds
//! since 1970.

use std::ops::RangeInclusive;

use keystead_core::Timestamp;
use keystead_core::time::Civil;

/// A point in time: whole seconds since 1970 and the nanoseconds behind them. Years that the calendar
/// of [`Timestamp`] does not have are all before or all after those it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant {
    secs: i64,
    nanos: u32,
}

/// The years that AWS takes.
const YEARS: RangeInclusive<i64> = -292_275_054..=292_278_993;

impl Instant {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.contains(['-', 't', 'T']) {
            return parse_iso(text);
        }
        let secs = number(text, 19)?;
        Some(Self { secs, nanos: 0 })
    }
}

/// `2019`, `2019-07`, `2019-07-01`, `2019-07-01T13:20:15.5+02:00` and what lies between.
fn parse_iso(text: &str) -> Option<Instant> {
    let (date, time) = match text.split_once(['t', 'T']) {
        Some((date, time)) => (date, time),
        None => (text, ""),
    };
    let (year, month, day) = parse_date(date)?;
    let (time, offset_secs) = split_offset(time)?;
    let (hour, minute, second, nanos) = parse_time(time)?;
    // The calendar is asked in any case, so that no date passes that is in no year.
    let leap_year_or_own = if (0..=9999).contains(&year) { year } else { 2000 };
    let civil = Civil { year: leap_year_or_own, month, day, hour, minute, second };
    let secs = Timestamp::from_civil(civil)?.secs() - offset_secs;
    Some(match year {
        ..0 => Instant { secs: i64::MIN, nanos: 0 },
        0..=9999 => Instant { secs, nanos },
        _ => Instant { secs: i64::MAX, nanos: 0 },
    })
}

fn parse_date(text: &str) -> Option<(i64, u8, u8)> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let mut parts = digits.split('-');
    let year = sign * number(parts.next()?, 9)?;
    let month = parts.next().map_or(Some(1), |month| number(month, 2))?;
    let day = parts.next().map_or(Some(1), |day| number(day, 2))?;
    if parts.next().is_some() || !YEARS.contains(&year) {
        return None;
    }
    Some((year, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

/// The time without its offset, and the offset in seconds: `Z`, `+HH` or `-HH:MM`.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['z', 'Z']) {
        return Some((time, 0));
    }
    let Some(at) = text.find(['+', '-']) else { return Some((text, 0)) };
    let (time, offset) = text.split_at_checked(at)?;
    let (sign, offset) = match offset.strip_prefix('-') {
        Some(offset) => (-1, offset),
        None => (1, offset.strip_prefix('+')?),
    };
    let (hours, minutes) = offset.split_once(':').unwrap_or((offset, "00"));
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some((time, sign * (hours * 3600 + minutes * 60)))
}

/// Hour, minute, second and nanosecond; what is not written is zero.
fn parse_time(text: &str) -> Option<(u8, u8, u8, u32)> {
    if text.is_empty() {
        return Some((0, 0, 0, 0));
    }
    let (clock, nanos) = match text.split_once('.') {
        Some((clock, fraction)) if fraction.len() <= 9 => {
            let scale = 10_i64.checked_pow(9 - fraction.len() as u32)?;
            (clock, number(fraction, 9)? * scale)
        }
        Some(_) => return None,
        None => (text, 0),
    };
    let mut parts = clock.split(':').map(|part| number(part, 2));
    let (hour, minute, second) =
        (parts.next()??, parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((hour as u8, minute as u8, second as u8, nanos as u32))
}

/// A number of one to `digits_max` digits.
fn number(text: &str, digits_max: usize) -> Option<i64> {
    let digits =
        !text.is_empty() && text.len() <= digits_max && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_aws_reads_them() {
        let at = |secs, nanos| Some(Instant { secs, nanos });
        let cases = [
            ("0", at(0, 0)),
            ("9223372036854775807", at(i64::MAX, 0)),
            ("9223372036854775808", None),
            ("1970-01-01", at(0, 0)),
            ("1970-01-01T00:00:01Z", at(1, 0)),
            ("1970-01-01T00:00:01.25Z", at(1, 250_000_000)),
            ("1970-01-01T02:00:00+02:00", at(0, 0)),
            ("1969-12-31T19:00-05", at(0, 0)),
            ("2016-12-13t2:00:00.593194+23", at(1_481_511_600, 593_194_000)),
            ("2016-12-13t2:00:00.593194+1", None),
            ("2016-12-13t2:00:00.1999999999+10:59", None),
            ("2019", at(2019, 0)),
            ("2019-07", at(1_561_939_200, 0)),
            ("234-13", None),
            ("2023-02-29", None),
            ("01T", at(-62_135_596_800, 0)),
            ("-292275054", at(i64::MIN, 0)),
            ("-292275055", None),
            ("292278993-01", at(i64::MAX, 0)),
            ("2019-07-01T24:00:00Z", None),
            ("2019-07-01-01", None),
            ("sdfdsf", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Instant::parse(text), expected, "{text}");
        }
    }
}
