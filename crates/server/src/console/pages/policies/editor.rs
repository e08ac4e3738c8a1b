//! The text of a policy document, with the line where it is wrong.

use keystead_aws::percent_decode;
use keystead_policy::{Mistake, Purpose, find_mistake};

/// What a new document begins as.
pub(in super::super) const EMPTY: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \
                                         \"Effect\": \"Allow\",\n      \"Action\": [],\n      \"Resource\": \"*\"\n    \
                                         }\n  ]\n}\n";

/// A document in a form.
pub(in super::super) struct Editor {
    /// As it is typed.
    pub(in super::super) text: String,
    /// Whether it was looked at.
    pub(in super::super) is_checked: bool,
    /// Where it is wrong.
    pub(in super::super) mistake: Option<Mistake>,
    purpose: Purpose,
}

impl Editor {
    /// A document that grants permissions.
    pub(in super::super) fn of(text: &str) -> Self {
        Self {
            text: text.replace("\r\n", "\n"),
            is_checked: false,
            mistake: None,
            purpose: Purpose::Identity,
        }
    }

    /// A document that serves another purpose.
    pub(in super::super) fn for_purpose(text: &str, purpose: Purpose) -> Self {
        Self { purpose, ..Self::of(text) }
    }

    /// The same, looked at.
    pub(in super::super) fn checked(mut self) -> Self {
        self.mistake = find_mistake(&self.text, self.purpose);
        self.is_checked = true;
        self
    }

    /// Its lines, and whether each is where the mistake is.
    pub(in super::super) fn lines(&self) -> Vec<(&str, bool)> {
        let wrong = self.mistake.as_ref().map_or(0, |mistake| mistake.line);
        self.text.lines().enumerate().map(|(at, line)| (line, at + 1 == wrong)).collect()
    }
}

/// A document as IAM's answers hold it, escaped, as text for people: indented where it is in one line.
pub(in super::super) fn unescape(document: &str) -> String {
    let text = percent_decode(document);
    if text.contains('\n') {
        return text;
    }
    let pretty = serde_json::from_str::<serde_json::Value>(&text)
        .and_then(|value| serde_json::to_string_pretty(&value));
    pretty.unwrap_or(text)
}
