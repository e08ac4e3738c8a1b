//! What may stand in string literals: SQL parameters in order, and error codes in one place.

use super::File;

/// SQL is bound by position on both engines: `$1` appears before `$2`, in each literal of the store.
pub(crate) fn parameter_order(file: &File) -> Vec<String> {
    if !file.path.starts_with("crates/store/") {
        return Vec::new();
    }
    let out_of_order = literals(&file.text).into_iter().filter(|(_, text)| {
        let mut highest = 0;
        parameters(text).any(|number| {
            let skips = number > highest + 1;
            highest = highest.max(number);
            skips
        })
    });
    out_of_order
        .map(|(line, _)| format!("{}:{line}: parameters do not first appear in ascending order", file.path))
        .collect()
}

/// The numbers of the parameters of an SQL text, in the order they appear.
fn parameters(sql: &str) -> impl Iterator<Item = usize> {
    sql.split('$').skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

/// Nothing but the table of faults names an AWS error code.
pub(crate) fn error_codes(file: &File, codes: &[String]) -> Vec<String> {
    let product = file.path.starts_with("crates/") && !file.is_test();
    if !product || file.path == "crates/aws/src/error.rs" || file.is_generated() {
        return Vec::new();
    }
    let (product, _) = file.text.split_once("#[cfg(test)]\nmod ").unwrap_or((&file.text, ""));
    literals(product)
        .into_iter()
        .filter(|(_, text)| codes.contains(text))
        .map(|(line, text)| {
            format!("{}:{line}: the error code `{text}` belongs into crates/aws/src/error.rs", file.path)
        })
        .collect()
}

/// The string literals of a Rust source, as written, each with the line it begins on.
fn literals(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '\'', '/', 'r']) {
        let after_word = rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        rest = &rest[at..];
        let line = source[..source.len() - rest.len()].lines().count().max(1);
        let raw = if after_word { None } else { raw_literal(rest) };
        let length = if let Some((literal, length)) = raw {
            found.push((line, literal.to_owned()));
            length
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with('"') {
            let end = literal_end(rest, '"');
            found.push((line, rest[1..end].to_owned()));
            (end + 1).min(rest.len())
        } else if rest.starts_with('\'') {
            char_length(rest)
        } else {
            1
        };
        rest = &rest[length..];
    }
    found
}

/// A raw literal at the start of `rest`: its text, and the length of the whole.
fn raw_literal(rest: &str) -> Option<(&str, usize)> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let end = body.find(&format!("\"{}", "#".repeat(hashes)))?;
    Some((&body[..end], 1 + hashes + 1 + end + 1 + hashes))
}

/// Where the closing quote of a literal stands.
fn literal_end(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character literal, or of the mark of a lifetime.
fn char_length(rest: &str) -> usize {
    let mut chars = rest.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => (literal_end(rest, '\'') + 1).min(rest.len()),
        (Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    #[test]
    fn literals_are_told_from_comments_characters_and_lifetimes() {
        let source = r##"// "no"
fn a<'a>(b: &'a str) -> char { '"' } /* "no" */
let c = "one \" two"; let d = r#"three "#; let e = '\''; let f = b"four";
let for_r = br"five";"##;
        let texts: Vec<_> = literals(source).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["one \\\" two", "three ", "four", "five"]);
        assert_eq!(literals("a\nb \"c\"")[0].0, 2);
    }

    #[test]
    fn parameters_out_of_order_are_found_in_the_store() {
        let source = |sql: &str| file("crates/store/src/a.rs", &format!("f(\"{sql}\")"));
        assert_eq!(parameter_order(&source("where a = $2 and b = $1")).len(), 1);
        assert_eq!(parameter_order(&source("where a = $1 and b = $3")).len(), 1);
        assert_eq!(parameter_order(&source("where a = $1 and b = $2 and c = $1 and d = $3")).len(), 0);
        assert_eq!(parameter_order(&file("crates/gate/src/a.rs", "f(\"$2\")")).len(), 0);
    }

    #[test]
    fn an_error_code_outside_its_table_is_found() {
        let codes = ["NoSuchEntity".to_owned()];
        let source = "//! A.\nfn f() { g(\"NoSuchEntity\", \"the NoSuchEntity\") }\n";
        assert_eq!(error_codes(&file("crates/gate/src/a.rs", source), &codes).len(), 1);
        assert_eq!(error_codes(&file("crates/aws/src/error.rs", source), &codes).len(), 0);
        assert_eq!(error_codes(&file("crates/gate/tests/it/a.rs", source), &codes).len(), 0);
        let in_test = format!("#[cfg(test)]\nmod tests {{ {source} }}");
        assert_eq!(error_codes(&file("crates/gate/src/a.rs", &in_test), &codes).len(), 0);
    }
}
