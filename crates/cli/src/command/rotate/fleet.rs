//! `keystead rotate next` and `keystead rotate compliance`: many credentials at a glance.

use serde_json::Value;

use crate::connection::Remote;
use crate::failure::{Failure, Kind};
use crate::output::{Style, say};

const NEXT_COLUMNS: &[&str] = &["score", "credential", "user_name", "state", "next_rotation_at", "why"];
const KEY_COLUMNS: &[&str] =
    &["compliant", "access_key_id", "user_name", "status", "created_at", "last_used_at", "credential", "why"];

/// Which credentials, and how many.
#[derive(Debug, clap::Args)]
pub(crate) struct Next {
    #[command(flatten)]
    remote: Remote,
    /// Only those that stand so.
    #[arg(long, value_parser = ["blocked", "running", "unplanned", "due"])]
    only: Option<String>,
    /// At most so many; all when left out.
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
}

/// Which rule, and which form.
#[derive(Debug, clap::Args)]
pub(crate) struct Compliance {
    #[command(flatten)]
    remote: Remote,
    /// `cis`, `90d` or a number of days.
    #[arg(long, default_value = "90d")]
    rule: String,
    /// Only keys that do not keep to it.
    #[arg(long)]
    failing: bool,
    /// Print comma-separated values.
    #[arg(long)]
    csv: bool,
}

impl Next {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let only = self.only.map(|only| format!("?only={only}")).unwrap_or_default();
        let path = format!("/api/v1/due-rotations{only}");
        let mut found = self.remote.connect()?.list(&path, "credentials")?;
        if let (Some(limit), Some(list)) = (self.limit, found["credentials"].as_array_mut()) {
            list.truncate(limit);
        }
        style.print(&found, NEXT_COLUMNS)
    }
}

impl Compliance {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let rule = keystead_aws::percent_encode(&self.rule);
        let mut found =
            self.remote.connect()?.list(&format!("/api/v1/key-compliance?rule={rule}"), "keys")?;
        let failing = count_failing(&found);
        if let (true, Some(list)) = (self.failing, found["keys"].as_array_mut()) {
            list.retain(|key| key["compliant"] == false);
        }
        if self.csv {
            say(csv(&found)?.trim_end())?;
        } else {
            style.print(&found, KEY_COLUMNS)?;
        }
        match failing {
            0 => Ok(()),
            1 => Err(Failure::new(Kind::Partial, "1 key does not keep to the rule.")),
            count => Err(Failure::new(Kind::Partial, format!("{count} keys do not keep to the rule."))),
        }
    }
}

fn count_failing(found: &Value) -> usize {
    found["keys"].as_array().into_iter().flatten().filter(|key| key["compliant"] == false).count()
}

fn csv(found: &Value) -> Result<String, Failure> {
    let unwritten = |error: &dyn std::fmt::Display| Failure::new(Kind::Local, format!("No CSV: {error}."));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(KEY_COLUMNS).map_err(|error| unwritten(&error))?;
    for key in found["keys"].as_array().into_iter().flatten() {
        let fields = KEY_COLUMNS.iter().map(|name| field(&key[*name]));
        writer.write_record(fields).map_err(|error| unwritten(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| unwritten(&error))?;
    String::from_utf8(bytes).map_err(|error| unwritten(&error))
}

/// A spreadsheet must not take a name for a formula.
fn field(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_is_no_formula() {
        let found = json!({ "keys": [
            { "compliant": false, "access_key_id": "AKIA", "user_name": "=cmd|' /C calc'!A0", "why": "a, b" },
            { "compliant": true },
        ]});
        let text = csv(&found).unwrap();
        assert!(text.contains(",'=cmd|' /C calc'!A0,"), "{text}");
        assert!(text.contains("\"a, b\"") && text.starts_with("compliant,access_key_id,"), "{text}");
        assert_eq!(count_failing(&found), 1);
    }
}
