//! Where the value of an input comes from, in the notation people set it in: `text:v`, `cred:NAME` and so on. Pure.
//!
//! An input that is not right is never repeated in what is said of it: what somebody pastes by mistake is as likely
//! as not a secret.

use std::fmt;
use std::str::FromStr;

use crate::stored::VALUE_BYTES_MAX;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// This text, which everybody may see who may list inputs.
    Text(String),
    /// Nothing, but set.
    Blank,
    /// Not set, whatever the deployment says.
    Ignore,
    /// What the deployment says.
    Inherit,
    /// A variable of the machine that the workload runs on.
    Machine(String),
    /// The text of an input of another workload of the same deployment.
    Neighbour {
        /// The other workload.
        workload: String,
        /// Its input.
        input: String,
    },
    /// A stored credential, by its exact name.
    Credential(String),
    /// The private key of an EC2 SSH key.
    Key {
        /// Its id.
        id: String,
        /// The cloud account it is in, where that is said.
        cloud_account: Option<String>,
    },
    /// Several values in a JSON array.
    Array(Vec<Self>),
}

/// What is wrong with a notation and what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misnoted(&'static str);

const UNPREFIXED: Misnoted = Misnoted(
    "it begins with none of text:, cred:, env:, key:, array: and is none of blank, ignore, inherit. For a plain text \
     write text: before it; put a secret into a stored credential and write cred: and its name",
);
const NAME: Misnoted = Misnoted(
    "after cred: comes the exact name of a stored credential: 1 to 128 letters, digits or characters of +=,.@_-",
);
const VARIABLE: Misnoted = Misnoted(
    "after env: comes a variable of the machine (env:VAR), or a workload and its input (env:WORKLOAD:VAR)",
);
const KEY: Misnoted =
    Misnoted("after key: comes the id of an SSH key (key:ID), or also its cloud (key:ID:CLOUD)");
const ARRAY: Misnoted = Misnoted(
    "after array: comes a JSON array of texts in this notation, for example array:[\"text:a\",\"cred:B\"]",
);
const ELEMENT: Misnoted = Misnoted("an array holds text:, cred:, key: and env:WORKLOAD:VAR only");
const LARGE: Misnoted = Misnoted("a text has at most 65,504 bytes");
const ZERO: Misnoted = Misnoted("a text has no zero byte, which no environment variable can hold");
/// The most elements of an array.
const ELEMENTS_MAX: usize = 100;
const ELEMENTS: Misnoted = Misnoted("an array has at most 100 elements");

impl FromStr for Source {
    type Err = Misnoted;

    fn from_str(notation: &str) -> Result<Self, Misnoted> {
        match notation {
            "blank" => return Ok(Self::Blank),
            "ignore" => return Ok(Self::Ignore),
            "inherit" => return Ok(Self::Inherit),
            _ => {}
        }
        let (prefix, rest) = notation.split_once(':').ok_or(UNPREFIXED)?;
        match prefix {
            "text" => text(rest),
            "cred" if is_name(rest) => Ok(Self::Credential(rest.to_owned())),
            "cred" => Err(NAME),
            "env" => variable(rest),
            "key" => key(rest),
            "array" => array(rest),
            _ => Err(UNPREFIXED),
        }
    }
}

fn text(rest: &str) -> Result<Source, Misnoted> {
    match rest {
        "" => Ok(Source::Blank),
        _ if rest.len() > VALUE_BYTES_MAX => Err(LARGE),
        _ if rest.contains('\0') => Err(ZERO),
        _ => Ok(Source::Text(rest.to_owned())),
    }
}

fn variable(rest: &str) -> Result<Source, Misnoted> {
    match rest.split_once(':') {
        None if is_variable(rest) => Ok(Source::Machine(rest.to_owned())),
        Some((workload, input)) if is_name(workload) && is_variable(input) => {
            Ok(Source::Neighbour { workload: workload.to_owned(), input: input.to_owned() })
        }
        _ => Err(VARIABLE),
    }
}

fn key(rest: &str) -> Result<Source, Misnoted> {
    let (id, cloud_account) = match rest.split_once(':') {
        None => (rest, None),
        Some((id, cloud_account)) => (id, Some(cloud_account)),
    };
    if !is_name(id) || cloud_account.is_some_and(|cloud_account| !is_name(cloud_account)) {
        return Err(KEY);
    }
    Ok(Source::Key { id: id.to_owned(), cloud_account: cloud_account.map(str::to_owned) })
}

fn array(rest: &str) -> Result<Source, Misnoted> {
    let elements: Vec<String> = serde_json::from_str(rest).map_err(|_| ARRAY)?;
    if elements.len() > ELEMENTS_MAX {
        return Err(ELEMENTS);
    }
    let element = |notation: &String| match notation.parse()? {
        Source::Array(_) | Source::Ignore | Source::Inherit | Source::Machine(_) => Err(ELEMENT),
        source => Ok(source),
    };
    elements.iter().map(element).collect::<Result<_, _>>().map(Source::Array)
}

/// Whether this can be the name of a stored credential, a workload or a cloud account.
pub fn is_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
        && !matches!(name, "." | "..")
}

/// Whether this can be the name of an environment variable, which is what an input becomes.
pub fn is_variable(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

impl Source {
    /// The names of the stored credentials it selects.
    pub fn credentials(&self) -> Vec<&str> {
        match self {
            Self::Credential(name) => vec![name],
            Self::Array(elements) => elements.iter().flat_map(Self::credentials).collect(),
            _ => Vec::new(),
        }
    }

    /// The connected accounts whose SSH keys it selects; `*` where it does not say whose.
    pub fn ssh_keys(&self) -> Vec<&str> {
        match self {
            Self::Key { cloud_account, .. } => vec![cloud_account.as_deref().unwrap_or("*")],
            Self::Array(elements) => elements.iter().flat_map(Self::ssh_keys).collect(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "text:{text}"),
            Self::Blank => f.write_str("blank"),
            Self::Ignore => f.write_str("ignore"),
            Self::Inherit => f.write_str("inherit"),
            Self::Machine(variable) => write!(f, "env:{variable}"),
            Self::Neighbour { workload, input } => write!(f, "env:{workload}:{input}"),
            Self::Credential(name) => write!(f, "cred:{name}"),
            Self::Key { id, cloud_account: None } => write!(f, "key:{id}"),
            Self::Key { id, cloud_account: Some(cloud_account) } => write!(f, "key:{id}:{cloud_account}"),
            Self::Array(elements) => {
                let elements: Vec<String> = elements.iter().map(Self::to_string).collect();
                write!(f, "array:{}", serde_json::Value::from(elements))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_read() {
        let text = |text: &str| Source::Text(text.to_owned());
        let cases = [
            ("text:v", text("v")),
            ("text:a:b c", text("a:b c")),
            ("text:", Source::Blank),
            ("blank", Source::Blank),
            ("ignore", Source::Ignore),
            ("inherit", Source::Inherit),
            ("env:HOME", Source::Machine("HOME".to_owned())),
            ("env:db:ADDRESS", Source::Neighbour { workload: "db".to_owned(), input: "ADDRESS".to_owned() }),
            ("cred:db.password", Source::Credential("db.password".to_owned())),
            ("key:key-1", Source::Key { id: "key-1".to_owned(), cloud_account: None }),
            ("key:key-1:aws", Source::Key { id: "key-1".to_owned(), cloud_account: Some("aws".to_owned()) }),
            (
                r#"array:["text:x","cred:B"]"#,
                Source::Array(vec![text("x"), Source::Credential("B".to_owned())]),
            ),
        ];
        for (notation, source) in cases {
            assert_eq!(notation.parse(), Ok(source), "{notation}");
        }
    }

    #[test]
    fn what_is_not_right_is_told_without_repeating_it() {
        let cases = [
            ("s3cr3t", UNPREFIXED),
            ("", UNPREFIXED),
            ("Text:v", UNPREFIXED),
            ("password:s3cr3t", UNPREFIXED),
            ("cred:", NAME),
            ("cred:two words", NAME),
            ("cred:ПАРОЛЬ", NAME),
            ("env:", VARIABLE),
            ("env:1A", VARIABLE),
            ("env:a:b:C", VARIABLE),
            ("key:", KEY),
            ("key:a:", KEY),
            ("array:x,y", ARRAY),
            ("array:[1]", ARRAY),
            (r#"array:["s3cr3t"]"#, UNPREFIXED),
            (r#"array:["array:[]"]"#, ELEMENT),
            (r#"array:["env:HOME"]"#, ELEMENT),
            ("text:\0", ZERO),
        ];
        for (notation, wrong) in cases {
            assert_eq!(notation.parse::<Source>(), Err(wrong), "{notation}");
            assert!(!wrong.to_string().contains("s3cr3t"));
        }
        assert_eq!(format!("text:{}", "x".repeat(VALUE_BYTES_MAX + 1)).parse::<Source>(), Err(LARGE));
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(notation in r#"(text|cred|env|key|array|x):[ -~ä"\[\],:]{0,40}"#) {
            if let Ok(source) = notation.parse::<Source>() {
                prop_assert_eq!(source.to_string().parse(), Ok(source));
            }
        }

        #[test]
        fn any_text_can_be_an_input_and_an_element(text in "[^\0]{1,200}") {
            let source = Source::Text(text);
            let array = Source::Array(vec![source.clone(), source.clone()]);
            prop_assert_eq!(source.to_string().parse(), Ok(source));
            prop_assert_eq!(array.to_string().parse(), Ok(array));
        }
    }
}
