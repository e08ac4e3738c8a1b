//! The regular expressions of the service models, without an engine.
//!
//! Nearly all of them are one character class with `+` or `*`, which is read here as it stands. The few
//! others are written out below, under their own text. A test holds every pattern of the models against
//! this: one that is new and neither is a failed test, not a constraint that is never checked.

/// Whether a text as a whole matches a pattern. A pattern that is not known matches nothing.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    match (class(pattern), special(pattern)) {
        (Some((class, Count::Some)), _) => !text.is_empty() && text.chars().all(|c| holds(class, c)),
        (Some((class, Count::Any)), _) => text.chars().all(|c| holds(class, c)),
        (None, Some(special)) => special(text),
        (None, None) => false,
    }
}

enum Count {
    Some,
    Any,
}

/// The inside of `[…]+` or `[…]*`.
fn class(pattern: &str) -> Option<(&str, Count)> {
    let anchored = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'));
    let rest = anchored.unwrap_or(pattern).strip_prefix('[')?;
    let (class, count) = match (rest.strip_suffix("]+"), rest.strip_suffix("]*")) {
        (Some(class), _) => (class, Count::Some),
        (None, Some(class)) => (class, Count::Any),
        (None, None) => return None,
    };
    (!class.contains(['[', ']'])).then_some((class, count))
}

/// Whether a character class, written as in Java, holds a character.
fn holds(class: &str, c: char) -> bool {
    let mut rest = class;
    while let Some((item, tail)) = item(rest) {
        rest = tail;
        let held = match item {
            Item::Char(from) => match range_end(rest) {
                Some((to, tail)) => {
                    rest = tail;
                    (from..=to).contains(&c)
                }
                None => from == c,
            },
            Item::Word => c.is_ascii_alphanumeric() || c == '_',
            Item::Digit => c.is_ascii_digit(),
            Item::Letter => c.is_alphabetic(),
            Item::Number => c.is_numeric(),
            Item::Separator => is_separator(c),
        };
        if held {
            return true;
        }
    }
    false
}

enum Item {
    Char(char),
    Word,
    Digit,
    Letter,
    Number,
    Separator,
}

fn item(class: &str) -> Option<(Item, &str)> {
    let mut chars = class.chars();
    let first = chars.next()?;
    if first != '\\' {
        return Some((Item::Char(first), chars.as_str()));
    }
    let escaped = chars.next()?;
    let rest = chars.as_str();
    let properties = [("{L}", Item::Letter), ("{N}", Item::Number), ("{Z}", Item::Separator)];
    match escaped {
        'w' => Some((Item::Word, rest)),
        'd' => Some((Item::Digit, rest)),
        'p' => properties.into_iter().find_map(|(name, item)| Some((item, rest.strip_prefix(name)?))),
        'u' => {
            let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
            let (digits, rest) = rest.split_at_checked(end)?;
            Some((Item::Char(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?), rest))
        }
        other => Some((Item::Char(other), rest)),
    }
}

/// The end of a range whose start has just been read.
fn range_end(rest: &str) -> Option<(char, &str)> {
    match item(rest.strip_prefix('-')?)? {
        (Item::Char(to), tail) => Some((to, tail)),
        _ => None,
    }
}

/// `\p{Z}`: the Unicode general categories Zs, Zl and Zp.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

type Special = fn(&str) -> bool;

fn special(pattern: &str) -> Option<Special> {
    let special: Special = match pattern {
        r"^o-[a-z0-9]{10,32}$" => |text| prefixed(text, "o-", 10..=32, is_lower_or_digit),
        r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$" => is_account_alias,
        r"\d{12}" => |text| prefixed(text, "", 12..=12, |c| c.is_ascii_digit()),
        r"^[A-Za-z][A-Za-z0-9/_-]*$" => |text| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.chars().all(|c| holds("A-Za-z0-9/_-", c))
        },
        r"^o-[0-9a-z]{10,32}\/r-[0-9a-z]{4,32}[0-9a-z-\/]*" => is_organization_path,
        r"^p-[0-9a-zA-Z_]{8,128}$" => {
            |text| prefixed(text, "p-", 8..=128, |c| c.is_ascii_alphanumeric() || c == '_')
        }
        r"\u002F[\u0021-\u007F]*" => |text| {
            text.strip_prefix('/').is_some_and(|rest| rest.chars().all(|c| ('!'..='\u{7f}').contains(&c)))
        },
        r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)" => |text| {
            text == "/"
                || enclosed(text)
                    .is_some_and(|inner| !inner.is_empty() && inner.chars().all(|c| c.is_ascii_graphic()))
        },
        r"((/[A-Za-z0-9\.,\+@=_-]+)*)/" => |text| {
            text == "/"
                || enclosed(text).is_some_and(|inner| {
                    inner
                        .split('/')
                        .all(|part| !part.is_empty() && part.chars().all(|c| holds(r"A-Za-z0-9.,+@=_\-", c)))
                })
        },
        r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?" => is_version_id,
        r"^http(s?)://[a-zA-Z0-9._/-]*(\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$" => is_web_address,
        r"/[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*/" => |text| {
            enclosed(text).is_some_and(|inner| {
                inner.chars().all(|c| holds(r"\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF", c))
            })
        },
        _ => return None,
    };
    Some(special)
}

/// A prefix and then a number of characters of one kind.
fn prefixed(
    text: &str,
    prefix: &str,
    count: std::ops::RangeInclusive<usize>,
    kind: fn(char) -> bool,
) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| count.contains(&rest.chars().count()) && rest.chars().all(kind))
}

/// What stands between the first and the last slash.
fn enclosed(text: &str) -> Option<&str> {
    text.strip_prefix('/')?.strip_suffix('/')
}

fn is_lower_or_digit(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn is_account_alias(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text.chars().all(|c| is_lower_or_digit(c) || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

fn is_organization_path(text: &str) -> bool {
    let Some((organization, root)) = text.split_once('/') else { return false };
    let Some(root) = root.strip_prefix("r-") else { return false };
    let head = root.chars().take_while(|c| is_lower_or_digit(*c)).count();
    prefixed(organization, "o-", 10..=32, is_lower_or_digit)
        && head >= 4
        && root.chars().all(|c| is_lower_or_digit(c) || matches!(c, '-' | '/'))
}

fn is_version_id(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else { return false };
    let (number, suffix) = rest.split_once('.').unwrap_or((rest, ""));
    number.starts_with(|c: char| matches!(c, '1'..='9'))
        && number.chars().all(|c| c.is_ascii_digit())
        && suffix.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn is_web_address(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let all = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    all(path, "._/-") && all(query, "._=&-") && all(fragment, "._/-")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_pattern_of_the_models_is_known() {
        let mut patterns = BTreeSet::new();
        for model in
            [include_str!("../../model/iam-2010-05-08.json"), include_str!("../../model/sts-2011-06-15.json")]
        {
            let model: serde_json::Value = serde_json::from_str(model).unwrap();
            for shape in model["shapes"].as_object().unwrap().values() {
                patterns.extend(shape["pattern"].as_str().map(str::to_owned));
            }
        }
        assert!(patterns.len() > 40);
        for pattern in patterns {
            assert!(class(&pattern).is_some() != special(&pattern).is_some(), "{pattern}");
        }
    }

    #[test]
    fn classes_are_read_as_java_reads_them() {
        let cases = [
            (r"[\w+=,.@-]+", "a_B9+=,.@-", "a b"),
            (r"[\w+=,.@-]+", "a", ""),
            (r"[\w+=,.@-]*", "", "é"),
            (r"[\d]+", "0123456789", "a"),
            ("[ -~]+", " a~", "\u{7f}"),
            (r"[\u0009\u000A\u000D\u0020-\u00FF]+", "\t\n\r ÿ", "\u{b}"),
            (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", "aé中٣ \u{a0}_.:/=+-@", "a*"),
            (r"[\u0020-\u007E\uE000-\uFFFD\u10000-\u10FFFF]+", "a\u{e000}😀", "\u{9}"),
            ("^[a-zA-Z0-9:_.-]+$", "a:_.-Z", "a/"),
        ];
        for (pattern, good, bad) in cases {
            assert!(matches(pattern, good), "{pattern} {good}");
            assert!(!matches(pattern, bad), "{pattern} {bad}");
        }
    }

    #[test]
    fn the_other_patterns_hold_at_their_edges() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            (r"^o-[a-z0-9]{10,32}$", &["o-0123456789"], &["o-012345678", "o-012345678A", "0123456789"]),
            (
                r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
                &["a-b", "abc", "a-b-c"],
                &["ab", "-ab", "ab-", "a--b", "aBc"],
            ),
            (r"\d{12}", &["123456789012"], &["12345678901", "1234567890123", "12345678901a"]),
            (r"^[A-Za-z][A-Za-z0-9/_-]*$", &["a", "a/_-9"], &["", "9a", "a.b"]),
            (
                r"^o-[0-9a-z]{10,32}\/r-[0-9a-z]{4,32}[0-9a-z-\/]*",
                &["o-0123456789/r-abcd", "o-0123456789/r-abcd/ou-x/"],
                &["o-0123456789/r-abc", "o-0123456789", "o-0123456789/r-abcd_"],
            ),
            (r"^p-[0-9a-zA-Z_]{8,128}$", &["p-aB3_aB3_"], &["p-aB3_aB3", "p-aB3_aB3-", "aB3_aB3_"]),
            (r"\u002F[\u0021-\u007F]*", &["/", "/a/b"], &["", "a", "/a b"]),
            (
                r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
                &["/", "/a/", "///", "/a//b/"],
                &["", "//", "/a", "/a b/"],
            ),
            (
                r"((/[A-Za-z0-9\.,\+@=_-]+)*)/",
                &["/", "/a/", "/a.,+@=_-/b/"],
                &["", "//", "/a", "/a//b/", "/a*/"],
            ),
            (r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?", &["v1", "v10.", "v1.a-B"], &["v0", "1", "v1a", "v1.a.b"]),
            (
                r"^http(s?)://[a-zA-Z0-9._/-]*(\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$",
                &["https://a.b/c?d=e&f#g/h", "http://", "http://a#b"],
                &["ftp://a", "http://a:80", "http://a#b?c", "http://a?b?c"],
            ),
            (r"/[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*/", &["//", "/a b/"], &["/", "a/", "/\u{b}/"]),
        ];
        for (pattern, good, bad) in cases {
            good.iter().for_each(|text| assert!(matches(pattern, text), "{pattern} {text}"));
            bad.iter().for_each(|text| assert!(!matches(pattern, text), "{pattern} {text}"));
        }
    }
}
