//! The forms in which leaks are reported: our own, GitHub's secret scanning partner payload, TruffleHog's JSON
//! lines, GitGuardian's webhook, or any text. What the form does not say is searched for in all of it.

use keystead_core::Timestamp;
use serde_json::Value;

use super::github::Alert;

/// Findings that are read of one report.
pub(super) const PARTS_MAX: usize = 100;

/// A report in one of the forms.
#[derive(Debug, PartialEq, Eq)]
pub struct Payload {
    /// Which form.
    pub source: &'static str,
    /// Each place at which something was found.
    pub parts: Vec<Part>,
}

/// What was found at one place.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// A text with ids and perhaps secrets in it.
    pub text: String,
    /// The place.
    pub url: String,
    /// Since when it lies open.
    pub exposed_at: Option<Timestamp>,
}

/// Reads a report; whatever it is, it is one.
pub fn read(body: &str) -> Payload {
    if let Ok(alerts) = serde_json::from_str::<Vec<Alert>>(body) {
        let part = |alert: Alert| Part { text: alert.token, url: alert.url, exposed_at: None };
        return Payload { source: "github", parts: alerts.into_iter().take(PARTS_MAX).map(part).collect() };
    }
    let lines: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(body).into_iter().collect();
    let objects = lines.unwrap_or_default();
    if !objects.is_empty() && objects.iter().all(|object| object.get("DetectorName").is_some()) {
        return Payload {
            source: "trufflehog",
            parts: objects.iter().take(PARTS_MAX).map(trufflehog).collect(),
        };
    }
    match objects.as_slice() {
        [event] if event["source"] == "GitGuardian" || event.get("incident").is_some() => {
            Payload { source: "gitguardian", parts: vec![gitguardian(event)] }
        }
        [object @ Value::Object(_)] => Payload { source: "plain", parts: vec![plain(object)] },
        _ => Payload { source: "plain", parts: vec![Part { text: body.to_owned(), ..Part::default() }] },
    }
}

/// A line of `trufflehog --json`. Where it was found stands under the name of what was looked through.
fn trufflehog(line: &Value) -> Part {
    let data = line.pointer("/SourceMetadata/Data").and_then(Value::as_object);
    let place = data.and_then(|data| data.values().next()).unwrap_or(&Value::Null);
    let url = match text(&place["link"]) {
        link if !link.is_empty() => link,
        _ => ["repository", "commit", "file"]
            .into_iter()
            .map(|name| text(&place[name]))
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
    };
    Part { text: strings(line), url, exposed_at: None }
}

fn gitguardian(event: &Value) -> Part {
    let places = ["/occurrence/url", "/incident/share_url", "/incident/gitguardian_url", "/gitguardian_url"];
    let urls = places.into_iter().filter_map(|place| event.pointer(place)).map(text);
    let url = urls.into_iter().find(|url| !url.is_empty()).unwrap_or_default();
    let exposed_at = event.pointer("/incident/date").and_then(time);
    Part { text: strings(event), url, exposed_at }
}

fn plain(object: &Value) -> Part {
    Part { text: strings(object), url: text(&object["url"]), exposed_at: time(&object["exposed_at"]) }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn time(value: &Value) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(value.as_str()?)
}

/// Every string within, one a line.
fn strings(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(strings).collect::<Vec<_>>().join("\n"),
        Value::Object(members) => members.values().map(strings).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_says_what_was_found_and_where() {
        let github = r#"[{"token":"AKIA1","type":"keystead_key","url":"https://g/1","source":"content"}]"#;
        let trufflehog = "{\"DetectorName\":\"AWS\",\"Raw\":\"AKIA1\",\"SourceMetadata\":{\"Data\":{\"Git\":\
                          {\"repository\":\"r\",\"commit\":\"c\",\"file\":\"f\"}}}}\n{\"DetectorName\":\"AWS\"}";
        let gitguardian =
            r#"{"source":"GitGuardian","incident":{"gitguardian_url":"https://gg/1"},"matches":["AKIA1"]}"#;
        let plain = r#"{"ids":["AKIA1"],"url":"https://p/1","exposed_at":"2026-01-01T00:00:00Z"}"#;
        for (body, source, url, parts) in [
            (github, "github", "https://g/1", 1),
            (trufflehog, "trufflehog", "r c f", 2),
            (gitguardian, "gitguardian", "https://gg/1", 1),
            (plain, "plain", "https://p/1", 1),
            ("found AKIA1 in a chat", "plain", "", 1),
            ("[1, 2] AKIA1", "plain", "", 1),
        ] {
            let read = read(body);
            assert_eq!((read.source, read.parts.len()), (source, parts), "{body}");
            assert!(read.parts[0].text.contains("AKIA1"), "{body}");
            assert_eq!(read.parts[0].url, url, "{body}");
        }
    }
}
