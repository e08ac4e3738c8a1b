//! What a key is put into on this machine: files, which are read again by whom they are for, and commands.
//!
//! Each output is remembered with the hash of what was put there, so that nothing is done twice, what was broken off
//! is done again, and what somebody else has changed since is seen.

mod file;
mod process;
mod structured;
mod variables;

use keystead_core::Secret;
use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::held::Pair;
use super::settings::{ConsumerSettings, ExecSettings, FileSettings, Form};
use crate::failure::{Failure, Kind};
use crate::shared_credentials::{self, Keys};

/// One output of a consumer.
#[derive(Debug)]
pub(crate) enum Output {
    /// A place in a file.
    File(FileSettings),
    /// A command.
    Exec(ExecSettings),
}

/// What was put where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The key's id, for people.
    pub(crate) access_key_id: String,
    /// The hash of id and secret.
    pub(crate) hash: String,
    /// Whether whoever reads it was told, and took it.
    pub(crate) applied: bool,
}

impl Output {
    /// The outputs of a consumer, in the order of its settings.
    pub(crate) fn of(settings: &ConsumerSettings) -> Vec<Self> {
        let files = settings.files.iter().cloned().map(Self::File);
        files.chain(settings.commands.iter().cloned().map(Self::Exec)).collect()
    }

    /// What tells it from others, for people and for the state folder.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(file) => format!("file {}", file.place()),
            Self::Exec(exec) => format!("exec {}", exec.command.join(" ")),
        }
    }

    /// Puts a key in place where it is not there yet, and has it taken up.
    pub(crate) fn apply(&self, consumer: &str, key: &Pair, record: &mut Record) -> Result<(), Failure> {
        let hash = hash(&key.access_key_id, key.secret.expose());
        if let Self::File(settings) = self {
            file::write(settings, key, record)?;
        }
        if record.hash != hash {
            *record = Record { access_key_id: key.access_key_id.clone(), hash, applied: false };
        }
        if !record.applied {
            match self {
                Self::File(settings) => file::reload(settings)?,
                Self::Exec(settings) => run(settings, consumer, key)?,
            }
            record.applied = true;
        }
        Ok(())
    }
}

/// Gives a command the key on its standard input; what it is called with and its environment hold no secret.
fn run(settings: &ExecSettings, consumer: &str, key: &Pair) -> Result<(), Failure> {
    let [program, arguments @ ..] = &settings.command[..] else {
        return Err(Failure::new(Kind::Usage, "`command` of exec needs a program."));
    };
    let mut command = std::process::Command::new(program);
    command.args(arguments).env("KEYSTEAD_CONSUMER", consumer).env("KEYSTEAD_VERSION", &key.access_key_id);
    process::run(command, Some(text(Form::Json, key)?))
        .map_err(|reason| Failure::new(Kind::Partial, format!("`{program}` did not take the key: {reason}.")))
}

/// A key as a text.
pub(crate) fn text(form: Form, key: &Pair) -> Result<Secret<String>, Failure> {
    let (id, secret) = (&key.access_key_id, key.secret.expose());
    let text = match form {
        Form::Json => json!({ "access_key_id": id, "secret_access_key": secret }).to_string(),
        Form::Env => format!("AWS_ACCESS_KEY_ID={id}\nAWS_SECRET_ACCESS_KEY={secret}\n"),
        Form::Credentials => shared_credentials::edit("", "default", &Keys { access_key_id: id, secret })
            .map_err(|error| Failure::new(Kind::Local, format!("The key cannot be written: {error}.")))?,
    };
    Ok(text.into())
}

fn hash(access_key_id: &str, secret: &str) -> String {
    hex::encode(Sha256::digest(format!("{access_key_id}\0{secret}")))
}

/// The signal of that name.
pub(crate) fn signal_of(name: &str) -> Result<Signal, String> {
    match name {
        "HUP" => Ok(Signal::HUP),
        "INT" => Ok(Signal::INT),
        "TERM" => Ok(Signal::TERM),
        "USR1" => Ok(Signal::USR1),
        "USR2" => Ok(Signal::USR2),
        _ => Err(format!("`signal` is HUP, INT, TERM, USR1 or USR2, not `{name}`.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(id: &str) -> Pair {
        Pair { access_key_id: id.to_owned(), secret: format!("secret/of+{id}").into() }
    }

    #[test]
    fn a_command_gets_each_key_once_on_standard_input() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        let script =
            format!("cat >> {0}; echo \" $KEYSTEAD_CONSUMER $KEYSTEAD_VERSION\" >> {0}", taken.display());
        let output = Output::Exec(ExecSettings { command: vec!["sh".to_owned(), "-c".to_owned(), script] });
        let mut record = Record::default();
        for id in ["AKIA1", "AKIA1", "AKIA2"] {
            output.apply("web", &pair(id), &mut record).unwrap();
        }
        let lines: Vec<String> = ["AKIA1", "AKIA2"]
            .map(|id| format!(r#"{{"access_key_id":"{id}","secret_access_key":"secret/of+{id}"}} web {id}"#))
            .into();
        assert_eq!(std::fs::read_to_string(taken).unwrap().lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn a_command_that_fails_is_run_again() {
        let output = Output::Exec(ExecSettings { command: vec!["false".to_owned()] });
        let mut record = Record::default();
        for _ in 0..2 {
            let failure = output.apply("web", &pair("AKIA1"), &mut record).unwrap_err();
            assert_eq!((failure.kind, record.applied), (Kind::Partial, false));
            assert!(!failure.text.contains("secret"));
        }
    }
}
