//! A rotation as a person reads it.

use serde_json::Value;

use crate::output::rows;

/// How many of the newest entries are shown.
const ENTRIES_SHOWN: usize = 5;

/// Where a rotation stands, in one screen.
pub(super) fn text(rotation: &Value) -> String {
    let mut blocks = vec![heading(rotation)];
    blocks.extend(question(&rotation["question"]));
    blocks.extend(block("Consumers", consumers(rotation)));
    blocks.extend(block("Seen in use", uses(&rotation["uses"])));
    blocks.extend(block("Latest", entries(&rotation["entries"])));
    blocks.join("\n\n")
}

/// One line that changes whenever something worth telling did.
pub(super) fn line(rotation: &Value) -> String {
    format!("{}  {}", string(&rotation["state"]), string(&rotation["sentence"]))
}

fn heading(rotation: &Value) -> String {
    let of = |name: &str| string(&rotation[name]);
    let new_key = if rotation["new_access_key_id"].is_null() { "none yet" } else { of("new_access_key_id") };
    format!(
        "{}  {}  rotation {}, profile {}\n{}\n\nold key  {}\nnew key  {new_key}",
        of("state"),
        of("credential"),
        of("rotation_id"),
        of("profile"),
        of("sentence"),
        of("old_access_key_id"),
    )
}

fn question(question: &Value) -> Option<String> {
    let text = question["text"].as_str()?;
    let choices: Vec<&str> = list(&question["choices"]).filter_map(Value::as_str).collect();
    let choices =
        if choices.is_empty() { String::new() } else { format!("\nchoices: {}", choices.join(", ")) };
    let default = question["default"].as_str().map(|text| format!("\nwithout an answer: {text}"));
    Some(format!("? {text}{choices}{}", default.unwrap_or_default()))
}

/// A line a consumer, ticked when it was seen with the new key.
fn consumers(rotation: &Value) -> Vec<Vec<String>> {
    let lines = list(&rotation["consumers"]).map(|consumer| {
        let seen = time_of_day(&consumer["seen_on_new_at"]);
        let is_given = !consumer["key"].is_null() && consumer["key"] == rotation["new_access_key_id"];
        let (mark, note) = match seen {
            Some(at) => ("✓", format!("seen with the new key at {at}")),
            None if is_given => ("→", "given the new key".to_owned()),
            None => ("·", string(&consumer["state"]).replace('_', " ")),
        };
        let kind = string(&consumer["kind"]).replace('_', " ");
        vec![mark.to_owned(), string(&consumer["name"]).to_owned(), kind, note]
    });
    lines.collect()
}

fn uses(uses: &Value) -> Vec<Vec<String>> {
    let seen = |side: &Value| match time_of_day(&side["last_used_at"]) {
        Some(at) => format!("{at} ({} times)", side["uses"]),
        None => "never".to_owned(),
    };
    let lines = list(uses).map(|used| {
        let name = string(&used["consumer"]).to_owned();
        vec![name, format!("old key {}", seen(&used["on_old"])), format!("new key {}", seen(&used["on_new"]))]
    });
    lines.collect()
}

fn entries(entries: &Value) -> Vec<Vec<String>> {
    let all: Vec<&Value> = list(entries).collect();
    let newest = all.iter().rev().take(ENTRIES_SHOWN).rev();
    newest
        .map(|entry| vec![time_of_day(&entry["at"]).unwrap_or_default(), string(&entry["text"]).to_owned()])
        .collect()
}

fn block(title: &str, lines: Vec<Vec<String>>) -> Option<String> {
    (!lines.is_empty()).then(|| format!("{title}\n{}", rows(lines.into_iter(), None)))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The time in `2026-11-22T07:41:02Z`; what has another form is shown as it is.
fn time_of_day(at: &Value) -> Option<String> {
    let at = at.as_str()?;
    let time = at.split_once('T').and_then(|(_, time)| time.get(..8));
    Some(time.unwrap_or(at).to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) fn rotation() -> Value {
        json!({
            "rotation_id": "r-1", "credential": "orders", "state": "PROVING", "profile": "demo",
            "sentence": "Nothing is interrupted; both keys work.",
            "old_access_key_id": "AKIAOLD", "new_access_key_id": "AKIANEW",
            "started_at": "2026-11-22T07:41:00Z", "finished_at": null,
            "question": { "text": "`x` still use the leaving key.", "choices": ["wait", "skip"], "default": "wait" },
            "consumers": [
                { "name": "web", "kind": "credential_process", "state": "served", "key": "AKIANEW",
                  "seen_on_new_at": "2026-11-22T07:41:09.5Z", "lease_until": null },
                { "name": "worker", "kind": "credentials_file", "state": "served", "key": "AKIANEW",
                  "seen_on_new_at": null, "lease_until": null },
                { "name": "nightly", "kind": "credentials_file", "state": "not_served", "key": "AKIAOLD",
                  "seen_on_new_at": null, "lease_until": null },
            ],
            "uses": [{ "consumer": "web", "on_old": { "last_used_at": "2026-11-22T07:41:01Z", "uses": 3 },
                       "on_new": { "last_used_at": null, "uses": 0 } }],
            "entries": (1..=7).map(|n| json!({ "number": n, "at": format!("2026-11-22T07:41:0{n}Z"), "kind": "moved",
                                              "text": format!("entry {n}") })).collect::<Vec<_>>(),
        })
    }

    #[test]
    fn one_screen_says_what_matters() {
        let wanted = "\
PROVING  orders  rotation r-1, profile demo
Nothing is interrupted; both keys work.

old key  AKIAOLD
new key  AKIANEW

? `x` still use the leaving key.
choices: wait, skip
without an answer: wait

Consumers
✓   web       credential process   seen with the new key at 07:41:09
→   worker    credentials file     given the new key
·   nightly   credentials file     not served

Seen in use
web   old key 07:41:01 (3 times)   new key never

Latest
07:41:03   entry 3
07:41:04   entry 4
07:41:05   entry 5
07:41:06   entry 6
07:41:07   entry 7";
        assert_eq!(text(&rotation()), wanted);
    }

    #[test]
    fn what_is_not_there_is_not_shown() {
        let bare = json!({ "rotation_id": "r-1", "credential": "c", "state": "CREATING", "sentence": "Creating.",
                           "profile": "demo", "old_access_key_id": "AKIAOLD" });
        let wanted =
            "CREATING  c  rotation r-1, profile demo\nCreating.\n\nold key  AKIAOLD\nnew key  none yet";
        assert_eq!(text(&bare), wanted);
    }
}
