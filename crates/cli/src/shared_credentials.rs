//! The text of an AWS shared credentials file: one profile's keys are put in, everything else stays to the
//! byte.
//!
//! SDKs do not agree on the finer points of this format (AWS SDKs and Tools Reference Guide, "Shared config
//! and credentials files"). A file that they could read in two ways is refused rather than guessed at.

use std::fmt;

/// The keys of a long-lived credential.
pub(crate) struct Keys<'a> {
    /// The access key id.
    pub(crate) access_key_id: &'a str,
    /// Its secret.
    pub(crate) secret: &'a str,
}

/// Why a file is not touched.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum EditError {
    /// A profile cannot have that name.
    ProfileName(String),
    /// A value that cannot stand in such a file.
    Value,
    /// A line that SDKs do not read alike.
    Line {
        /// Its number, from 1.
        number: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProfileName(name) => write!(f, "`{name}` cannot be the name of a profile"),
            Self::Value => f.write_str("the key has characters that cannot stand in a credentials file"),
            Self::Line { number, reason } => write!(f, "line {number} {reason}"),
        }
    }
}

const ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";
/// A long-lived key has none, and one left over from before would break it.
const TOKEN: &str = "aws_session_token";

/// What a line is, as far as it matters here.
pub(crate) enum Line<'a> {
    /// `[name]`.
    Header(&'a str),
    /// `name = value`; how much of the line stands before the value.
    Entry { name: String, value_at: usize },
    /// It continues the value of the line before.
    Continuation,
    /// A comment, or nothing.
    Other,
}

/// The file's text with the keys of a profile put in; the same text where they are there already.
pub(crate) fn edit(text: &str, profile: &str, keys: &Keys<'_>) -> Result<String, EditError> {
    check(profile, keys)?;
    let mut edited = Edited::new(text, profile, keys);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        edited.take(line).map_err(|reason| EditError::Line { number: index + 1, reason })?;
    }
    Ok(edited.finish())
}

/// The id and the secret that a profile has, as far as it has them.
pub(crate) fn find(text: &str, profile: &str) -> (Option<String>, Option<String>) {
    let (mut id, mut secret, mut is_ours) = (None, None, false);
    for line in text.lines() {
        match read_line(line) {
            Ok(Line::Header(name)) => is_ours = name == profile,
            Ok(Line::Entry { name, value_at }) if is_ours => {
                let value = || line.get(value_at..).map(|value| value.trim().to_owned());
                match name.as_str() {
                    ID => id = value(),
                    SECRET => secret = value(),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    (id, secret)
}

/// Whether SDKs will read these keys for the profile.
pub(crate) fn holds(text: &str, profile: &str, keys: &Keys<'_>) -> bool {
    edit(text, profile, keys).is_ok_and(|edited| edited == text)
}

/// The new text as it grows, line by line.
struct Edited<'a> {
    out: String,
    line_end: &'static str,
    profile: &'a str,
    keys: &'a Keys<'a>,
    /// Which profile the lines belong to.
    section: Option<String>,
    /// Where the profile's first line begins, if there is the profile.
    first_line_at: Option<usize>,
    /// Which of the keys it had.
    found: Vec<String>,
    /// Whether an indented line here would belong to one of the keys, as it is now or as it will be.
    follows_key: bool,
}

impl<'a> Edited<'a> {
    fn new(text: &str, profile: &'a str, keys: &'a Keys<'a>) -> Self {
        let is_windows = text.split_inclusive('\n').next().is_some_and(|line| line.ends_with("\r\n"));
        Self {
            out: String::with_capacity(text.len() + 128),
            line_end: if is_windows { "\r\n" } else { "\n" },
            profile,
            keys,
            section: None,
            first_line_at: None,
            found: Vec::new(),
            follows_key: false,
        }
    }

    /// Takes the next line over, as it is or with another value.
    fn take(&mut self, line: &str) -> Result<(), &'static str> {
        match read_line(line)? {
            Line::Header(name) => self.take_header(line, name),
            Line::Entry { .. } if self.section.is_none() => Err("stands before any profile"),
            Line::Entry { name, value_at }
                if self.is_ours() && [ID, SECRET, TOKEN].contains(&name.as_str()) =>
            {
                self.take_key(line, name, value_at)
            }
            Line::Continuation if self.follows_key => {
                Err("is indented, so that it belongs to the line before")
            }
            read => {
                self.follows_key &= matches!(read, Line::Other);
                self.out.push_str(line);
                Ok(())
            }
        }
    }

    fn take_header(&mut self, line: &str, name: &str) -> Result<(), &'static str> {
        if name.trim() == self.profile && (name != self.profile || self.first_line_at.is_some()) {
            return Err("names the profile a second time, or with spaces around it");
        }
        self.section = Some(name.to_owned());
        self.follows_key = self.is_ours();
        self.out.push_str(line);
        if self.is_ours() {
            self.end_line();
            self.first_line_at = Some(self.out.len());
        }
        Ok(())
    }

    fn take_key(&mut self, line: &str, name: String, value_at: usize) -> Result<(), &'static str> {
        if self.found.contains(&name) {
            return Err("gives a key a second time");
        }
        let value = if name == ID { self.keys.access_key_id } else { self.keys.secret };
        // The line of a session token goes.
        if name != TOKEN {
            let (before, rest) = line.split_at(value_at);
            let end = &rest[rest.trim_end_matches(['\r', '\n']).len()..];
            self.out.extend([before, value, end]);
        }
        self.found.push(name);
        self.follows_key = true;
        Ok(())
    }

    fn is_ours(&self) -> bool {
        self.section.as_deref() == Some(self.profile)
    }

    /// Ends the last line, where the file ends without a line break.
    fn end_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push_str(self.line_end);
        }
    }

    /// Adds what was not there.
    fn finish(mut self) -> String {
        let missing: String = [(ID, self.keys.access_key_id), (SECRET, self.keys.secret)]
            .into_iter()
            .filter(|(name, _)| !self.found.iter().any(|found| found == name))
            .flat_map(|(name, value)| [name, " = ", value, self.line_end])
            .collect();
        if let Some(place) = self.first_line_at {
            self.out.insert_str(place, &missing);
        } else {
            self.end_line();
            let gap = if self.out.is_empty() { "" } else { self.line_end };
            self.out.extend([gap, "[", self.profile, "]", self.line_end, &missing]);
        }
        self.out
    }
}

fn check(profile: &str, keys: &Keys<'_>) -> Result<(), EditError> {
    let is_name = !profile.is_empty()
        && profile.trim() == profile
        && !profile.contains(|c: char| c.is_control() || "[]#;\"'".contains(c));
    if !is_name {
        return Err(EditError::ProfileName(profile.to_owned()));
    }
    let is_value =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#' && b != b';');
    if is_value(keys.access_key_id) && is_value(keys.secret) { Ok(()) } else { Err(EditError::Value) }
}

/// Reads one line.
pub(crate) fn read_line(line: &str) -> Result<Line<'_>, &'static str> {
    let content = line.trim_end_matches(['\r', '\n']);
    if content.contains(|c: char| (c.is_control() && c != '\t') || c == '\u{feff}') {
        return Err("has control characters");
    }
    let trimmed = content.trim();
    if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
        return Ok(Line::Other);
    }
    if content.starts_with([' ', '\t']) {
        return if trimmed.starts_with('[') {
            Err("is a profile's name, but indented")
        } else {
            Ok(Line::Continuation)
        };
    }
    if let Some(rest) = content.strip_prefix('[') {
        let (name, after) = rest.split_once(']').ok_or("opens a bracket and does not close it")?;
        let after = after.trim();
        let is_whole = after.is_empty() || after.starts_with(['#', ';']);
        return if is_whole { Ok(Line::Header(name)) } else { Err("goes on after a profile's name") };
    }
    let separator =
        content.find(['=', ':']).ok_or("is neither a profile, nor a key and its value, nor a comment")?;
    let value = content[separator + 1..].trim_start();
    Ok(Line::Entry {
        name: content[..separator].trim().to_ascii_lowercase(),
        value_at: content.len() - value.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: Keys<'_> = Keys { access_key_id: "AKIANEW", secret: "new/secret+" };

    fn edited(text: &str) -> Result<String, EditError> {
        edit(text, "default", &KEYS)
    }

    #[test]
    fn only_the_profiles_own_keys_change() {
        let before = "# mine\n[other]\naws_access_key_id = KEPT\n\n[default]\n; note\nregion=eu-west-1\n\
                      aws_access_key_id=OLD\nAWS_Secret_Access_Key : old\naws_session_token = gone\n\n[last]\nx = 1";
        let after = "# mine\n[other]\naws_access_key_id = KEPT\n\n[default]\n; note\nregion=eu-west-1\n\
                     aws_access_key_id=AKIANEW\nAWS_Secret_Access_Key : new/secret+\n\n[last]\nx = 1";
        assert_eq!(edited(before).unwrap(), after);
        assert_eq!(edited(after).unwrap(), after, "a second time changes nothing");
        assert!(holds(after, "default", &KEYS) && !holds(before, "default", &KEYS));
    }

    #[test]
    fn a_missing_profile_is_appended() {
        let profile = "[default]\naws_access_key_id = AKIANEW\naws_secret_access_key = new/secret+\n";
        assert_eq!(edited("").unwrap(), profile);
        assert_eq!(edited("[other]\nx = 1").unwrap(), format!("[other]\nx = 1\n\n{profile}"));
        assert_eq!(edited("# [default]\n").unwrap(), format!("# [default]\n\n{profile}"));
    }

    #[test]
    fn missing_keys_follow_the_profiles_name() {
        let lines = "aws_access_key_id = AKIANEW\naws_secret_access_key = new/secret+\n";
        assert_eq!(edited("[default]").unwrap(), format!("[default]\n{lines}"));
        assert_eq!(
            edited("[default] # note\ns3 =\n  max = 1\n[b]\n").unwrap(),
            format!("[default] # note\n{lines}s3 =\n  max = 1\n[b]\n")
        );
        assert_eq!(
            edited("[default]\naws_secret_access_key =\n").unwrap(),
            "[default]\naws_access_key_id = AKIANEW\naws_secret_access_key =new/secret+\n"
        );
    }

    #[test]
    fn windows_line_ends_are_kept() {
        assert_eq!(
            edited("[default]\r\naws_access_key_id = OLD\r\n").unwrap(),
            "[default]\r\naws_secret_access_key = new/secret+\r\naws_access_key_id = AKIANEW\r\n"
        );
    }

    #[test]
    fn a_file_that_could_be_read_in_two_ways_is_refused() {
        let cases = [
            ("[default]\n[default]\n", 2),
            ("[ default ]\n", 1),
            ("[default]\n[b]\n  [default]\n", 3),
            ("[default]\naws_access_key_id = a\naws_access_key_id = b\n", 3),
            ("[default]\naws_access_key_id = a\n  aws_secret_access_key = b\n", 3),
            ("[default]\naws_access_key_id = a\n# note\n  more\n", 4),
            ("[default]\n  aws_access_key_id = a\n", 2),
            ("aws_access_key_id = a\n[default]\n", 1),
            ("[default\n", 1),
            ("[default] x = 1\n", 1),
            ("[default]\nnonsense\n", 2),
            ("[default]\nx = \0\n", 2),
            ("[default]\rx = 1\n", 1),
            ("\u{feff}[default]\n", 1),
        ];
        for (text, line) in cases {
            match edited(text) {
                Err(EditError::Line { number, .. }) => assert_eq!(number, line, "{text:?}"),
                other => panic!("{text:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn names_and_values_that_would_break_the_file_are_refused() {
        for name in ["", " a", "a]", "[a", "a\nb", "a#b"] {
            assert_eq!(edit("", name, &KEYS), Err(EditError::ProfileName(name.to_owned())));
        }
        for secret in ["", "a b", "a\nb", "a#b"] {
            assert_eq!(
                edit("", "a", &Keys { access_key_id: "A", secret }),
                Err(EditError::Value),
                "{secret:?}"
            );
        }
    }
}
