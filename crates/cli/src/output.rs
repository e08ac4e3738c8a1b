//! What commands print: a table for people, JSON for programs, cut to what `--query` asks for.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
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
    /// Prints a value.
    pub(crate) fn print(&self, value: &Value) -> Result<(), Failure> {
        let picked = self.pick(value)?;
        let text = match self.output {
            Format::Json => serde_json::to_string_pretty(&picked).unwrap_or_default(),
            Format::Table => table(&picked),
        };
        match writeln!(io::stdout().lock(), "{text}") {
            // The reader has what it wanted, as `head` does.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn pick(&self, value: &Value) -> Result<Value, Failure> {
        let Some(query) = &self.query else { return Ok(value.clone()) };
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::new(Kind::Usage, format!("--query is not a JMESPath expression: {error}"))
        };
        let expression = jmespath::compile(query).map_err(|error| wrong(&error))?;
        let data = jmespath::Variable::from_json(&value.to_string()).map_err(|error| wrong(&error))?;
        let found = expression.search(data).map_err(|error| wrong(&error))?;
        serde_json::from_str(&found.to_string()).map_err(|error| wrong(&error))
    }
}

/// A value as a table: a list of objects by column, an object by row, anything else as it is.
fn table(value: &Value) -> String {
    match value {
        Value::Object(members) => match members.iter().find(|(_, inner)| inner.is_array()) {
            Some((_, list)) if members.len() <= 2 => table(list),
            _ => rows(members.iter().map(|(name, value)| vec![title(name), cell(value)]), None),
        },
        Value::Array(items) if items.is_empty() => "Nothing to show.".to_owned(),
        Value::Array(items) => match items.first() {
            Some(Value::Object(first)) => {
                let names: Vec<&String> = first.keys().collect();
                let header = names.iter().map(|name| title(name)).collect();
                let lines = items.iter().map(|item| names.iter().map(|name| cell(&item[name.as_str()])).collect());
                rows(lines, Some(header))
            }
            _ => items.iter().map(cell).collect::<Vec<_>>().join("\n"),
        },
        other => cell(other),
    }
}

fn rows(lines: impl Iterator<Item = Vec<String>>, header: Option<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(header) = header {
        table.set_header(header);
    }
    for line in lines {
        table.add_row(line);
    }
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// `access_key_id` as people read it.
fn title(name: &str) -> String {
    name.replace('_', " ")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
