//! Whom trust policies name: users, roles and accounts, as `AWS` principals.

use serde_json::Value;

/// A trust policy in which `rename` gives the names it knows another name; `None` where that changes nothing.
pub fn renamed(document: &str, mut rename: impl FnMut(&str) -> Option<String>) -> Option<String> {
    let mut document: Value = serde_json::from_str(document).ok()?;
    let mut changed = false;
    for name in document.get_mut("Statement").into_iter().flat_map(each).flat_map(principals) {
        if let Some(other) = name.as_str().and_then(&mut rename)
            && *name != other
        {
            *name = Value::from(other);
            changed = true;
        }
    }
    changed.then(|| document.to_string())
}

/// The names in a trust policy.
pub fn names(document: &str) -> Vec<String> {
    let mut names = Vec::new();
    renamed(document, |name| {
        names.push(name.to_owned());
        None
    });
    names
}

/// What stands in a list, or alone without one.
fn each(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(values) => values,
        value => std::slice::from_mut(value),
    }
}

fn principals(statement: &mut Value) -> impl Iterator<Item = &mut Value> {
    let elements = statement.as_object_mut().into_iter().flatten();
    let principals = elements.filter(|(name, _)| matches!(name.as_str(), "Principal" | "NotPrincipal"));
    principals.filter_map(|(_, principal)| principal.get_mut("AWS")).flat_map(each)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"Version": "2012-10-17", "Statement": [
        {"Principal": {"AWS": ["a", "b"], "Service": "a"}, "Condition": {"StringEquals": {"k": "a"}}},
        {"Principal": "*"}, {"Principal": {"AWS": "c"}}]}"#;

    #[test]
    fn names_are_found_and_replaced_where_they_are_principals() {
        assert_eq!(names(DOCUMENT), ["a", "b", "c"]);
        let renamed = renamed(DOCUMENT, |name| (name != "b").then(|| format!("{name}{name}"))).unwrap();
        assert_eq!(names(&renamed), ["aa", "b", "cc"]);
        assert!(renamed.contains(r#""Service":"a""#) && renamed.contains(r#"{"k":"a"}"#), "{renamed}");
    }

    #[test]
    fn a_document_that_stays_as_it_is_is_not_written_anew() {
        assert_eq!(renamed(DOCUMENT, |name| Some(name.to_owned())), None);
        assert_eq!(renamed("no document", |_| Some(String::new())), None);
    }
}
