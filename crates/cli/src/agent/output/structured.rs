//! Values in JSON and YAML, found by their path and replaced where they stand, so that order, comments and white space
//! of the rest stay. JSON is read as the YAML that it is.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::de::IgnoredAny;

/// A value in the text.
struct Found {
    bytes: Range<usize>,
    value: String,
}

/// What the walk is inside of.
enum Inside {
    /// A mapping, and the key whose value is next; `None` where the next is a key.
    Mapping(Option<String>),
    /// A sequence, and the place of the next item.
    Sequence(usize),
}

/// Whether it is JSON and nothing more.
pub(super) fn check_json(text: &str) -> Result<(), String> {
    serde_json::from_str::<IgnoredAny>(text).map(|_| ()).map_err(|error| format!("it is not JSON: {error}"))
}

/// The text with these values at their paths, which must have values already.
pub(super) fn edit(text: &str, members: &[(&str, &str)]) -> Result<String, String> {
    let mut new = text.to_owned();
    for (path, value) in members {
        let found = locate(&new, path)?.ok_or_else(|| {
            format!("it has no value at {path}: put a text in quotes there, and it will be replaced")
        })?;
        if found.value != *value {
            let quoted = serde_json::to_string(value).map_err(|error| error.to_string())?;
            new.replace_range(found.bytes, &quoted);
            if locate(&new, path)?.is_none_or(|found| found.value != *value) {
                return Err(format!("the value at {path} cannot be replaced in place: write it in quotes"));
            }
        }
    }
    Ok(new)
}

/// The value at a path.
pub(super) fn find(text: &str, path: &str) -> Result<Option<String>, String> {
    Ok(locate(text, path)?.map(|found| found.value))
}

fn locate(text: &str, path: &str) -> Result<Option<Found>, String> {
    let wanted: Vec<&str> = path.split('.').collect();
    let mut inside: Vec<Inside> = Vec::new();
    let mut found = None;
    for event in Parser::new_from_str(text) {
        // The parser's message may quote the text.
        let (event, span) =
            event.map_err(|error| format!("line {} cannot be read", error.marker().line()))?;
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                if let Some(Inside::Mapping(key @ None)) = inside.last_mut() {
                    *key = Some(value.into_owned());
                    continue;
                }
                if is_at(&inside, &wanted) {
                    let start = byte_at(text, span.start.index());
                    let rest = text.get(start..byte_at(text, span.end.index())).unwrap_or_default();
                    let length = length(rest, style).filter(|_| anchor == 0 && tag.is_none());
                    let bytes = length.map(|length| start..start + length).ok_or_else(|| {
                        format!("the value at {path} cannot be replaced in place: write it in quotes")
                    })?;
                    if found.replace(Found { bytes, value: value.into_owned() }).is_some() {
                        return Err(format!("there are two values at {path}"));
                    }
                }
                pass(&mut inside);
            }
            Event::MappingStart(..) => inside.push(Inside::Mapping(None)),
            Event::SequenceStart(..) => inside.push(Inside::Sequence(0)),
            Event::Alias(_) => pass(&mut inside),
            Event::MappingEnd | Event::SequenceEnd => {
                inside.pop();
                pass(&mut inside);
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
    }
    Ok(found)
}

/// Whether the value that begins is the one at the path.
fn is_at(inside: &[Inside], wanted: &[&str]) -> bool {
    inside.len() == wanted.len()
        && inside.iter().zip(wanted).all(|(one, wanted)| match one {
            Inside::Mapping(key) => key.as_deref() == Some(*wanted),
            Inside::Sequence(place) => place.to_string() == *wanted,
        })
}

/// A value is over.
fn pass(inside: &mut [Inside]) {
    match inside.last_mut() {
        // What is no text cannot be named in a path, but its value still has to be passed over.
        Some(Inside::Mapping(key)) => *key = if key.is_none() { Some(String::new()) } else { None },
        Some(Inside::Sequence(place)) => *place += 1,
        None => {}
    }
}

/// How long the value is that a text begins with; the parser takes what follows it for part of it. None where it is
/// not written on its line.
fn length(text: &str, style: ScalarStyle) -> Option<usize> {
    let quoted = |quote: char, escapes: bool| {
        let mut is_escaped = false;
        let end = text.char_indices().skip(1).find(|(_, letter)| {
            let ends = *letter == quote && !is_escaped;
            is_escaped = escapes && *letter == '\\' && !is_escaped;
            ends
        });
        end.map(|(at, _)| at + 1)
    };
    match style {
        ScalarStyle::DoubleQuoted => quoted('"', true),
        // A quote is doubled within, so that the text up to it is not the whole of it.
        ScalarStyle::SingleQuoted => {
            let inner = text.get(1..)?.replace("''", "  ");
            inner.find('\'').map(|at| at + 2)
        }
        ScalarStyle::Plain => Some(text.trim_end().len()).filter(|length| *length > 0),
        ScalarStyle::Literal | ScalarStyle::Folded => None,
    }
}

fn byte_at(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [(&str, &str); 2] = [("a.id", "NEW"), ("a.list.1.secret", "s/+=")];

    #[test]
    fn only_the_values_at_the_paths_change() {
        for (before, after) in [
            (
                "# ü\na:\n  id: old # mine\n  list:\n  - {x: 1}\n  - secret: 'ol''d'\n    other: &b [1,  2]\nb: *b\n",
                "# ü\na:\n  id: \"NEW\" # mine\n  list:\n  - {x: 1}\n  - secret: \"s/+=\"\n    other: &b [1,  2]\nb: *b\n",
            ),
            (
                "{ \"a\":{\"list\": [0,{\"secret\":\"\"}], \"id\":\"\\u00fc\"},\n \"id\": 1}",
                "{ \"a\":{\"list\": [0,{\"secret\":\"s/+=\"}], \"id\":\"NEW\"},\n \"id\": 1}",
            ),
            (
                "? [x]\n: y\na: {id: 1, list: [0, {secret: x}]}",
                "? [x]\n: y\na: {id: \"NEW\", list: [0, {secret: \"s/+=\"}]}",
            ),
        ] {
            assert_eq!(edit(before, &VALUES).as_deref(), Ok(after));
            assert_eq!(edit(after, &VALUES).as_deref(), Ok(after), "a second time changes nothing");
            assert_eq!(find(after, "a.id"), Ok(Some("NEW".to_owned())));
        }
    }

    #[test]
    fn what_cannot_be_replaced_in_place_is_refused() {
        for (text, part) in [
            ("a:\n  list: [0, 1]\n", "no value at a.id"),
            ("a:\n  id:\n", "in quotes"),
            ("a:\n  id: |\n    x\n", "in quotes"),
            ("a:\n  id: !!str x\n", "in quotes"),
            ("a: {id: x}\na: {id: y}\n", ""),
            ("a: {id: top-secret\n", "line "),
        ] {
            let reason = edit(text, &VALUES).unwrap_err();
            assert!(reason.contains(part) && !reason.contains("top-secret"), "{text}: {reason}");
        }
        assert!(check_json("{\"a\": 1,}").is_err() && check_json("{\"a\": 1}").is_ok());
    }
}
