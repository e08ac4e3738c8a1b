//! Instants as people read them: how long ago, or the day; the exact one is the title.

use std::fmt;

use askama::filters::HtmlSafe;
use keystead_core::Timestamp;

/// An instant in a page.
pub(crate) struct When {
    at: Timestamp,
    text: String,
}

impl HtmlSafe for When {}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = self.at.to_iso8601();
        write!(f, "<time datetime=\"{exact}\" title=\"{exact}\">{}</time>", self.text)
    }
}

/// How long ago it was, or how long it is until then.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> When {
    let text = if at.micros() > now.micros() {
        span(at.since(now).as_secs()).map_or_else(|| "in a moment".to_owned(), |span| format!("in {span}"))
    } else {
        span(now.since(at).as_secs()).map_or_else(|| "just now".to_owned(), |span| format!("{span} ago"))
    };
    When { at, text }
}

/// How long ago it was, as text.
pub(crate) fn relative_text(at: Timestamp, now: Timestamp) -> String {
    relative(at, now).text
}

/// Its day, as text.
pub(crate) fn day_text(at: Timestamp) -> String {
    day(at).text
}

/// How old something is.
pub(crate) fn age(at: Timestamp, now: Timestamp) -> When {
    let text = span(now.since(at).as_secs()).unwrap_or_else(|| "new".to_owned());
    When { at, text }
}

/// Its day.
pub(crate) fn day(at: Timestamp) -> When {
    let civil = at.civil();
    let month = MONTHS.get(civil.month as usize - 1).copied().unwrap_or_default();
    When { at, text: format!("{} {month} {}", civil.day, civil.year) }
}

/// Its day and minute in UTC.
pub(crate) fn minute(at: Timestamp) -> When {
    let civil = at.civil();
    let month = MONTHS.get(civil.month as usize - 1).copied().unwrap_or_default();
    let text = format!("{} {month} {} {:02}:{:02} UTC", civil.day, civil.year, civil.hour, civil.minute);
    When { at, text }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A length of time in its largest unit; nothing where it is less than ten seconds.
pub(crate) fn span(secs: u64) -> Option<String> {
    let (count, unit) = match secs {
        0..10 => return None,
        10..60 => (secs, "second"),
        60..3_600 => (secs / 60, "minute"),
        3_600..86_400 => (secs / 3_600, "hour"),
        _ => (secs / 86_400, "day"),
    };
    Some(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
}
