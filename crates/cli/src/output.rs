//! What commands print: a table for people, JSON for programs, cut to what `--query` asks for.

use std::io::{self, Write};

use comfy_table::{Table, presets};
use serde_json::Value;

use crate::failure::{Failure, Kind};

/// The form of what is printed on standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A table for people.
    #[default]
    Table,
    /// JSON for programs.
    Json,
    /// Shell commands that set variables; for `keystead inputs` only.
    #[value(hide = true)]
    Env,
    /// Files in a folder; for `keystead inputs` only.
    #[value(hide = true)]
    Files,
}

/// How to print.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Style {
    /// The form of the output.
    #[arg(short, long, global = true, env = "KEYSTEAD_OUTPUT", value_enum, default_value = "table")]
    pub(crate) output: Format,
    /// A JMESPath expression that picks what to print, for example 'rotations[].state'.
    #[arg(long, global = true, value_name = "EXPRESSION")]
    pub(crate) query: Option<String>,
}

impl Style {
    /// Prints a value. A table has these columns, in this order; `a.b` is the member `b` of `a`. What a
    /// query picked has columns of its own.
    pub(crate) fn print(&self, value: &Value, columns: &[&str]) -> Result<(), Failure> {
        let Some(query) = &self.query else { return self.write(value, columns) };
        self.write(&pick(value, query)?, &[])
    }

    /// Prints a value, or for people a text that says the same.
    pub(crate) fn print_as(&self, value: &Value, text: impl FnOnce(&Value) -> String) -> Result<(), Failure> {
        if self.output == Format::Table && self.query.is_none() {
            say(&text(value))
        } else {
            self.print(value, &[])
        }
    }

    fn write(&self, value: &Value, columns: &[&str]) -> Result<(), Failure> {
        say(&match self.output {
            Format::Json => serde_json::to_string_pretty(value).unwrap_or_default(),
            Format::Table | Format::Env | Format::Files => table(value, columns),
        })
    }
}

/// Writes lines to standard output.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    match writeln!(io::stdout().lock(), "{text}") {
        // The reader has what it wanted, as `head` does.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn pick(value: &Value, query: &str) -> Result<Value, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::new(Kind::Usage, format!("--query is not a JMESPath expression: {error}"))
    };
    let expression = jmespath::compile(query).map_err(|error| wrong(&error))?;
    let data = jmespath::Variable::from_json(&value.to_string()).map_err(|error| wrong(&error))?;
    let found = expression.search(data).map_err(|error| wrong(&error))?;
    serde_json::from_str(&found.to_string()).map_err(|error| wrong(&error))
}

/// A value as a table: a list of objects by column, an object by row, anything else as it is.
pub(crate) fn table(value: &Value, columns: &[&str]) -> String {
    match value {
        Value::Object(members) => match members.values().next() {
            Some(list @ Value::Array(_)) if members.len() == 1 => table(list, columns),
            _ => {
                let shown = chosen(value, columns);
                rows(shown.map(|name| vec![title(name), cell(member(value, name))]), None)
            }
        },
        Value::Array(items) => match items.first() {
            None => "Nothing to show.".to_owned(),
            Some(first @ Value::Object(_)) => {
                let names: Vec<&str> = chosen(first, columns).collect();
                let line = |item: &Value| {
                    names.iter().map(|name| cell(member(item, name)).replace('\n', " ")).collect()
                };
                let lines = items.iter().map(line);
                rows(lines, Some(names.iter().map(|name| title(name).to_uppercase()).collect()))
            }
            Some(_) => items.iter().map(cell).collect::<Vec<_>>().join("\n"),
        },
        other => cell(other),
    }
}

/// The columns asked for, or all there are.
fn chosen<'a>(object: &'a Value, columns: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    let all = object.as_object().filter(|_| columns.is_empty());
    let all = all.into_iter().flat_map(|members| members.keys().map(String::as_str));
    columns.iter().copied().filter(|name| !member(object, name).is_null() || !name.contains('.')).chain(all)
}

/// A member by its path.
fn member<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(object, |value, name| &value[name])
}

/// Lines in columns.
pub(crate) fn rows(lines: impl Iterator<Item = Vec<String>>, header: Option<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if let Some(header) = header {
        table.set_header(header);
    }
    table.add_rows(lines);
    for column in table.column_iter_mut() {
        column.set_padding((0, 3));
    }
    table.trim_fmt()
}

/// `root_access_key.access_key_id` as people read it.
fn title(path: &str) -> String {
    path.rsplit('.').next().unwrap_or(path).replace('_', " ")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => printable(text),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => printable(&other.to_string()),
    }
}

/// A text as a terminal may be sent it: what would move its cursor, colour it or turn the direction of writing is
/// replaced, because names come from whoever gave them.
pub(crate) fn printable(text: &str) -> String {
    let acts = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if acts(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_has_the_columns_asked_for_in_their_order() {
        let list = json!({ "verifiers": [
            { "name": "envoy", "hosts": ["a:1", "b:2"], "trusts_forwarded": true, "id": "v-1" },
            { "name": "x", "hosts": [], "trusts_forwarded": false, "id": "v-22" },
        ] });
        let shown = table(&list, &["name", "id", "trusts_forwarded", "hosts"]);
        let wanted = "NAME    ID     TRUSTS FORWARDED   HOSTS\n\
                      envoy   v-1    yes                a:1, b:2\n\
                      x       v-22   no";
        assert_eq!(shown, wanted);
    }

    #[test]
    fn an_object_is_shown_by_row_and_an_inner_one_by_path() {
        let object = json!({ "b": 1, "a": null, "key": { "secret": "s" } });
        assert_eq!(
            table(&object, &["b", "key.secret", "a", "key.gone"]),
            "b        1\nsecret   s\na        -"
        );
        assert_eq!(table(&json!({ "b": 1, "a_c": [] }), &[]), "a c\nb     1");
    }

    #[test]
    fn an_empty_list_says_so() {
        assert_eq!(table(&json!({ "uses": [] }), &["name"]), "Nothing to show.");
    }

    #[test]
    fn a_name_cannot_act_on_the_terminal_or_look_like_another_row() {
        let list = json!({ "resources": [{ "name": "a\u{1b}[31m\r\nb  fake\u{202e}" }] });
        assert_eq!(table(&list, &["name"]), "NAME\na\u{fffd}[31m\u{fffd} b  fake\u{fffd}");
    }

    #[test]
    fn a_query_picks_and_a_wrong_one_is_a_mistake_in_the_command() {
        let value = json!({ "rotations": [{ "state": "DONE" }, { "state": "BLOCKED" }] });
        assert_eq!(pick(&value, "rotations[].state").unwrap(), json!(["DONE", "BLOCKED"]));
        assert_eq!(pick(&value, "rotations[").unwrap_err().kind, Kind::Usage);
    }
}
