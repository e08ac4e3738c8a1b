//! Where the statements of a document stand in its text.
//!
//! A decision does not need it, so it is found from the text when somebody asks, and no compiled policy
//! carries it.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A place in a text. Lines and columns are counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// From where to where a statement stands, as AWS's policy simulator tells it: from the end of what stands
/// before it, which is the bracket of the list, the statement before, or the brace of the only one; and up to the
/// character after its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub start: Position,
    /// Where it has ended.
    pub end: Position,
}

#[derive(Deserialize)]
struct Document<'t> {
    #[serde(borrow, rename = "Statement")]
    statement: &'t RawValue,
}

/// The spans of the statements of a document, in their order; none for a text that is no document.
pub fn statement_spans(text: &str) -> Vec<Span> {
    let Ok(Document { statement }) = serde_json::from_str::<Document<'_>>(text) else { return Vec::new() };
    let offset = |part: &str| part.as_ptr().addr() - text.as_ptr().addr();
    let mut start = offset(statement.get()) + 1;
    let statements =
        serde_json::from_str::<Vec<&RawValue>>(statement.get()).unwrap_or_else(|_| vec![statement]);
    let span = |statement: &RawValue| {
        let end = offset(statement.get()) + statement.get().len();
        let span = Span { start: position(text, start), end: position(text, end) };
        start = end;
        span
    };
    statements.into_iter().map(span).collect()
}

fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    Position { line: before.matches('\n').count() + 1, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(text: &str) -> Vec<[usize; 4]> {
        let span = |span: Span| [span.start.line, span.start.column, span.end.line, span.end.column];
        statement_spans(text).into_iter().map(span).collect()
    }

    #[test]
    fn statements_are_found_where_aws_finds_them() {
        // These two are AWS's own answers: of its command line's example, and of AdministratorAccess.
        let one = concat!(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","#,
            r#""Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}"#
        );
        assert_eq!(spans(one), [[1, 38, 1, 167]]);
        let lines = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \
                     \"Action\": \"*\",\n      \"Resource\": \"*\"\n    }\n  ]\n}";
        assert_eq!(spans(lines), [[3, 17, 8, 6]]);
    }

    #[test]
    fn columns_are_characters_and_statements_follow_one_another() {
        assert_eq!(spans("{\"Id\":\"é\",\"Statement\":[{},\n{}]}"), [[1, 24, 1, 26], [1, 26, 2, 3]]);
        assert_eq!(spans("no document"), [[0; 4]; 0]);
    }
}
