//! Text with variables in it: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.

use crate::context::Context;
use crate::document::Version;
use crate::glob;

/// How long a text may become when its variables are filled in, in bytes.
pub(crate) const EXPANDED_MAX: usize = 2048;

/// A variable that the request has no single value for, or a text that became too long with it. AWS
/// then takes the whole statement as not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unresolved;

/// What the `*` and `?` of a text mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wildcards {
    /// Themselves.
    Plain,
    /// Any characters, one character.
    Active,
}

/// Text whose variables are known and not yet filled in.
#[derive(Clone, Debug)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Fixed(Vec<u8>),
    Variable { key: String, default: Option<String> },
}

impl Template {
    /// Reads a text. Variables came with version 2012-10-17; before, `${…}` is plain text.
    pub(crate) fn compile(text: &str, version: Version, wildcards: Wildcards) -> Self {
        let mut pieces = Vec::new();
        let mut fixed = Vec::new();
        let push = |text: &str, fixed: &mut Vec<u8>| match wildcards {
            Wildcards::Plain => fixed.extend_from_slice(text.as_bytes()),
            Wildcards::Active => glob::push_wildcards(text, fixed),
        };
        let mut rest = text;
        while version == Version::V2012
            && let Some((before, inside, after)) = next_variable(rest)
        {
            push(before, &mut fixed);
            if matches!(inside, "*" | "?" | "$") {
                fixed.extend_from_slice(inside.as_bytes());
            } else {
                pieces.push(Piece::Fixed(std::mem::take(&mut fixed)));
                pieces.push(variable(inside));
            }
            rest = after;
        }
        push(rest, &mut fixed);
        pieces.push(Piece::Fixed(fixed));
        pieces.retain(|piece| !matches!(piece, Piece::Fixed(text) if text.is_empty()));
        Self(pieces)
    }

    /// The whole text, where it has no variables.
    pub(crate) fn fixed(&self) -> Option<&[u8]> {
        match self.0.as_slice() {
            [] => Some(&[]),
            [Piece::Fixed(text)] => Some(text),
            _ => None,
        }
    }

    /// The keys its variables stand for.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key.as_str()),
            Piece::Fixed(_) => None,
        })
    }

    /// The text with its variables filled in. What comes out of a variable has no wildcards.
    pub(crate) fn expand(&self, context: &Context<'_>) -> Result<Vec<u8>, Unresolved> {
        let mut text = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Fixed(fixed) => text.extend_from_slice(fixed),
                Piece::Variable { key, default } => match (context.find(key), default) {
                    (Some([value]), _) => text.extend_from_slice(value.as_bytes()),
                    (None, Some(default)) => text.extend_from_slice(default.as_bytes()),
                    _ => return Err(Unresolved),
                },
            }
            if text.len() > EXPANDED_MAX {
                return Err(Unresolved);
            }
        }
        Ok(text)
    }
}

/// What stands before the next variable, in its braces, and behind it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = text.split_once("${")?;
    let (inside, after) = opened.split_once('}')?;
    Some((before, inside, after))
}

/// `key` or `key, 'default'`. A default without its quotes is part of a key that no request has.
fn variable(inside: &str) -> Piece {
    let with_default = inside.split_once(',').and_then(|(key, default)| {
        let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        Some((key, default.to_owned()))
    });
    match with_default {
        Some((key, default)) => Piece::Variable { key: key.trim().to_owned(), default: Some(default) },
        None => Piece::Variable { key: inside.trim().to_owned(), default: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str, version: Version) -> Result<String, Unresolved> {
        let context = Context::new().with("aws:username", "Ann*").with_many("aws:TagKeys", &["a", "b"]);
        let text = Template::compile(text, version, Wildcards::Plain).expand(&context)?;
        Ok(String::from_utf8(text).expect("expanded text is UTF-8"))
    }

    #[test]
    fn variables_are_filled_in() {
        let cases = [
            ("user/${aws:username}", Ok("user/Ann*")),
            ("${AWS:UserName}/${aws:username}", Ok("Ann*/Ann*")),
            ("${aws:nobody, 'some one'}", Ok("some one")),
            ("${aws:username, 'some one'}", Ok("Ann*")),
            ("${*}${?}${$}{}", Ok("*?${}")),
            ("${aws:nobody}", Err(Unresolved)),
            ("${aws:nobody, unquoted}", Err(Unresolved)),
            ("${aws:TagKeys}", Err(Unresolved)),
            ("${aws:TagKeys, 'many'}", Err(Unresolved)),
            ("${unclosed", Ok("${unclosed")),
        ];
        for (text, expected) in cases {
            assert_eq!(expanded(text, Version::V2012), expected.map(str::to_owned), "{text}");
            assert_eq!(expanded(text, Version::V2008).as_deref(), Ok(text), "{text} under 2008-10-17");
        }
    }

    #[test]
    fn b12_expansion_is_limited() {
        let name = "n".repeat(1024);
        let context = Context::new().with("aws:username", &name);
        let of = |text: &str| Template::compile(text, Version::V2012, Wildcards::Active).expand(&context);
        assert_eq!(of("${aws:username}${aws:username}").map(|text| text.len()), Ok(EXPANDED_MAX));
        assert_eq!(of("${aws:username}${aws:username}!"), Err(Unresolved));
    }
}
