//! A rotation as a person reads it.

use serde_json::Value;

use crate::output::rows;

/// How many of the newest entries are shown.
const ENTRIES_SHOWN: usize = 5;

/// Where a rotation stands, in one screen.
pub(super) fn text(rotation: &Value) -> String {
    let mut blocks = vec![heading(rotation)];
    blocks.extend(question(rotation));
    blocks.extend(block("Looked at", findings(&rotation["findings"])));
    blocks.extend(block("Consumers", consumers(rotation)));
    blocks.extend(block("Told", notices(&rotation["notices"])));
    blocks.extend(block("Latest", entries(&rotation["entries"])));
    blocks.join("\n\n")
}

/// One line that changes whenever something worth telling did.
pub(super) fn line(rotation: &Value) -> String {
    format!("{}  {}", string(&rotation["state"]).to_uppercase(), string(&rotation["sentence"]))
}

fn heading(rotation: &Value) -> String {
    let of = |name: &str| string(&rotation[name]);
    let new_key = rotation["new_access_key_id"].as_str().unwrap_or("none yet");
    format!(
        "{}  {}  rotation {}, profile {}\n{}\n\nold key  {}\nnew key  {new_key}",
        of("state").to_uppercase(),
        of("credential"),
        of("rotation_id"),
        of("profile"),
        of("sentence"),
        of("old_access_key_id"),
    )
}

/// What is asked, what each answer does and how to give it, and what happens without one.
fn question(rotation: &Value) -> Option<String> {
    let question = &rotation["question"];
    let text = question["text"].as_str()?;
    let mut lines = vec![format!("Asked: {text}\nIf you approve, {}.", string(&question["if_approved"]))];
    if let Some(silence) = question["if_nobody_answers"].as_str() {
        lines.push(format!("If nobody answers, {silence}."));
    }
    let answers: Vec<_> = list(&question["answers"])
        .map(|answer| {
            let (command, rest) =
                string(&answer["command"]).split_once(' ').unwrap_or((string(&answer["command"]), ""));
            let typed = format!("keystead rotate {command} {} {rest}", string(&rotation["rotation_id"]));
            vec![typed.trim_end().to_owned(), string(&answer["consequence"]).to_owned()]
        })
        .collect();
    if !answers.is_empty() {
        lines.push(rows(answers.into_iter(), None));
    }
    Some(lines.join("\n"))
}

/// What a dry run looked at, ticked when it is as it must be.
fn findings(findings: &Value) -> Vec<Vec<String>> {
    let mark = |ok: &Value| match ok.as_bool() {
        Some(true) => "✓",
        Some(false) => "✗",
        None => "?",
    };
    list(findings)
        .map(|finding| vec![mark(&finding["ok"]).to_owned(), string(&finding["sentence"]).to_owned()])
        .collect()
}

/// A line a consumer, ticked when it was seen with the new key.
fn consumers(rotation: &Value) -> Vec<Vec<String>> {
    let new_key = rotation["new_access_key_id"].as_str();
    let lines = list(&rotation["consumers"]).map(|consumer| {
        let is_given = new_key.is_some()
            && [&consumer["serving"], &consumer["applied"]].map(Value::as_str).contains(&new_key);
        let mark = match (seen(&consumer["on_new"]).is_some(), is_given) {
            (true, _) => "✓",
            (false, true) => "→",
            (false, false) => "·",
        };
        let last_used = |key: &str, uses: &Value| {
            format!("{key} key {}", seen(uses).unwrap_or_else(|| "not seen".to_owned()))
        };
        let note = match (consumer["exempt"] == true, consumer["skipped"] == true) {
            (true, _) => "exempt",
            (false, true) => "skipped",
            (false, false) => "",
        };
        vec![
            mark.to_owned(),
            string(&consumer["name"]).to_owned(),
            delivery(string(&consumer["kind"])).to_owned(),
            last_used("old", &consumer["on_old"]),
            last_used("new", &consumer["on_new"]),
            note.to_owned(),
        ]
    });
    lines.collect()
}

/// When a key was last used, and how often.
fn seen(uses: &Value) -> Option<String> {
    let at = time_of_day(&uses["last_used_at"])?;
    Some(format!("{at} ({}×)", uses["uses"]))
}

/// How a consumer gets its key.
fn delivery(kind: &str) -> &str {
    match kind {
        "pull" => "credential process",
        "file" => "credentials file",
        "push" => "written by Keystead",
        "manual" => "carried by hand",
        "observed" => "not enrolled",
        other => other,
    }
}

fn entries(entries: &Value) -> Vec<Vec<String>> {
    let all: Vec<&Value> = list(entries).collect();
    let newest = all.iter().rev().take(ENTRIES_SHOWN).rev();
    newest
        .map(|entry| vec![time_of_day(&entry["at"]).unwrap_or_default(), string(&entry["text"]).to_owned()])
        .collect()
}

/// What was told, and what could not be.
fn notices(notices: &Value) -> Vec<Vec<String>> {
    let state = |notice: &Value| match notice["failure"].as_str() {
        Some(failure) => format!("{}: {failure}", string(&notice["state"]).replace('_', " ")),
        None => string(&notice["state"]).to_owned(),
    };
    let line = |notice: &Value| {
        let at = time_of_day(&notice["at"]).unwrap_or_default();
        vec![at, string(&notice["topic"]).replace('_', " "), string(&notice["way"]).to_owned(), state(notice)]
    };
    list(notices).map(line).collect()
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
mod tests {
    use serde_json::json;

    use super::*;

    fn rotation() -> Value {
        let consumer = |name: &str, kind: &str, serving: Value, on_old: Value, on_new: Value| {
            json!({ "name": name, "kind": kind, "serving": serving, "applied": null, "on_old": on_old,
                    "on_new": on_new, "skipped": name == "nightly", "exempt": false })
        };
        let used = |at: &str, uses: u64| json!({ "last_used_at": at, "uses": uses, "refused": 0 });
        json!({
            "rotation_id": "r-1", "credential": "orders", "state": "proving", "profile": "demo",
            "sentence": "Nothing is interrupted; both keys work.",
            "old_access_key_id": "AKIAOLD", "new_access_key_id": "AKIANEW",
            "started_at": "2026-11-22T07:41:00Z", "finished_at": null,
            "question": { "text": "the leaving key is still used by `x`.", "if_approved": "it is waited for once more" },
            "consumers": [
                consumer("web", "pull", "AKIANEW".into(), used("2026-11-22T07:41:01Z", 3), used("2026-11-22T07:41:09.5Z", 1)),
                consumer("worker", "file", "AKIANEW".into(), Value::Null, Value::Null),
                consumer("nightly", "observed", Value::Null, used("2026-11-22T07:41:02Z", 12), Value::Null),
            ],
            "notices": [
                { "topic": "started", "way": "mail", "at": "2026-11-22T07:41:00Z", "state": "sent", "failure": null },
                { "topic": "still_used", "way": "webhook", "at": "2026-11-22T07:41:09Z", "state": "given_up",
                  "failure": "no answer" },
            ],
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

Asked: the leaving key is still used by `x`.
If you approve, it is waited for once more.

Consumers
✓   web       credential process   old key 07:41:01 (3×)    new key 07:41:09 (1×)
→   worker    credentials file     old key not seen         new key not seen
·   nightly   not enrolled         old key 07:41:02 (12×)   new key not seen        skipped

Told
07:41:00   started      mail      sent
07:41:09   still used   webhook   given up: no answer

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
        let bare = json!({ "rotation_id": "r-1", "credential": "c", "state": "creating", "sentence": "Creating.",
                           "profile": "demo", "old_access_key_id": "AKIAOLD" });
        let wanted =
            "CREATING  c  rotation r-1, profile demo\nCreating.\n\nold key  AKIAOLD\nnew key  none yet";
        assert_eq!(text(&bare), wanted);
    }
}
