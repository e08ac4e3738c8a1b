//! Where a document is wrong, for whoever is writing it: AWS's sentence says only what, and often not even that.

use serde_json::Value;

use crate::policy::Policy;
use crate::position::{Position, statement_spans};
use crate::validate::{PolicyError, Purpose};

/// A mistake in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Its line, from one.
    pub line: usize,
    /// A sentence.
    pub sentence: String,
}

/// The elements a document may have. Source: IAM JSON policy element reference.
const OF_DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];
/// The elements a statement may have.
const OF_STATEMENT: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// The first mistake in a document that is to serve `purpose`; none where there is none.
pub fn find_mistake(text: &str, purpose: Purpose) -> Option<Mistake> {
    let document = match serde_json::from_str::<Value>(text) {
        Ok(document) => document,
        Err(error) => {
            let what = error.to_string();
            let what = what.split(" at line").next().unwrap_or_default().to_owned();
            return Some(Mistake {
                line: error.line().max(1),
                sentence: format!("This is not JSON: {what}."),
            });
        }
    };
    let Err(error) = Policy::compile("document", text, purpose, usize::MAX) else { return None };
    let sentence = match error {
        PolicyError::Malformed(sentence) => sentence,
        PolicyError::TooLong { .. } => error.to_string(),
    };
    if let Some(name) = unknown(&document, &OF_DOCUMENT) {
        let line = line_of(text, &name, 1);
        return Some(Mistake { line, sentence: format!("“{name}” is no element of a policy document.") });
    }
    let starts: Vec<Position> = statement_spans(text).into_iter().map(|span| span.start).collect();
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement) => vec![statement.clone()],
        None => {
            return Some(Mistake { line: 1, sentence: "The document has no “Statement”.".to_owned() });
        }
    };
    let wrong = statements.iter().zip(&starts).find_map(|(statement, start)| {
        if let Some(name) = unknown(statement, &OF_STATEMENT) {
            let sentence = format!("“{name}” is no element of a statement.");
            return Some(Mistake { line: line_of(text, &name, start.line), sentence });
        }
        let alone = serde_json::json!({
            "Version": document.get("Version").unwrap_or(&Value::Null), "Statement": [statement],
        });
        let alone = alone.to_string();
        let refused = Policy::compile("document", &alone, purpose, usize::MAX).err()?;
        Some(Mistake { line: first_line(text, *start), sentence: refused.to_string() })
    });
    Some(wrong.unwrap_or(Mistake { line: 1, sentence }))
}

/// The first member of an object that it may not have.
fn unknown(value: &Value, known: &[&str]) -> Option<String> {
    let object = value.as_object()?;
    object.keys().find(|name| !known.contains(&name.as_str())).cloned()
}

/// The line at or after `from` where a member of that name stands.
fn line_of(text: &str, name: &str, from: usize) -> usize {
    let quoted = format!("\"{name}\"");
    let lines = text.lines().enumerate().skip(from.saturating_sub(1));
    lines.filter(|(_, line)| line.contains(&quoted)).map(|(at, _)| at + 1).next().unwrap_or(from)
}

/// The line on which a statement opens: what stands before it may end on another.
fn first_line(text: &str, start: Position) -> usize {
    let mut lines = text.lines().enumerate().skip(start.line.saturating_sub(1));
    let opens = |line: &str, skip: usize| line.chars().skip(skip).any(|letter| letter == '{');
    let mut skip = start.column.saturating_sub(1);
    lines
        .find_map(|(at, line)| {
            let found = opens(line, skip).then_some(at + 1);
            skip = 0;
            found
        })
        .unwrap_or(start.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(usize, String)> {
        find_mistake(text, Purpose::Managed).map(|mistake| (mistake.line, mistake.sentence))
    }

    #[test]
    fn a_mistake_is_on_its_line() {
        let good = "{\n\"Version\": \"2012-10-17\",\n\"Statement\": [\n{\"Effect\": \"Allow\", \"Action\": \"s3:*\", \
                    \"Resource\": \"*\"}\n]}";
        assert_eq!(found(good), None);
        let second = good
            .replace("\n]}", ",\n{\n\"Effect\": \"Allow\",\n\"Actions\": \"s3:*\",\n\"Resource\": \"*\"}]}");
        assert_eq!(found(&second), Some((7, "“Actions” is no element of a statement.".to_owned())));
        let cut = good.replace("\n]}", "\n}");
        assert_eq!(found(&cut).map(|(line, _)| line), Some(5));
        let twice =
            good.replace("\n]}", ",\n{\"Effect\": \"Allow\", \"Action\": \"s3\", \"Resource\": \"*\"}]}");
        let (line, sentence) = found(&twice).unwrap();
        assert_eq!(line, 5);
        assert!(sentence.contains("vendor"), "{sentence}");
    }
}
