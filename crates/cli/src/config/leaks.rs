//! `[leaks]`: what is believed of reports of leaked keys, and what is done about them unasked.

use keystead_gate::{LeakSettings, PublicKeys};
use keystead_rotation::leaks::github;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Kind};

/// `[leaks]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Leaks {
    /// Where the keys are with which GitHub signs its reports: an https address, such as
    /// https://api.github.com/meta/public_keys/secret_scanning, or a file with what is answered there, which pins
    /// them. Without it GitHub is believed no more than anybody. Default: none.
    #[arg(long, env = "KEYSTEAD_GITHUB_PUBLIC_KEYS", value_name = "URL|FILE")]
    github_public_keys: Option<String>,
    /// What is done about a key whose secret was in a report. ask: its owner is told and decides; emergency: it is
    /// contained at once, as `keystead leak respond` does where nothing more is said. A report with the id alone
    /// never does more than tell. Default: ask.
    #[arg(long, env = "KEYSTEAD_ON_PROVEN", value_name = "ACTION")]
    on_proven: Option<OnProven>,
}

/// What is done about a key whose secret was in a report.
#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OnProven {
    Ask,
    Emergency,
}

impl Leaks {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            github_public_keys: self.github_public_keys.or(other.github_public_keys),
            on_proven: self.on_proven.or(other.on_proven),
        }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self { github_public_keys: None, on_proven: Some(OnProven::Ask) }
    }

    /// The address of GitHub's keys, where they are fetched.
    pub(crate) fn address(&self) -> Option<String> {
        self.github_public_keys.clone().filter(|place| place.starts_with("https://"))
    }

    /// The settings; keys in a file are read now.
    pub(crate) fn open(self) -> Result<LeakSettings, Failure> {
        let github_public_keys = match (self.address(), self.github_public_keys) {
            (Some(address), _) => Some(PublicKeys::At(address)),
            (None, Some(file)) => Some(PublicKeys::Pinned(read(&file)?)),
            (None, None) => None,
        };
        let contains_proven = self.on_proven == Some(OnProven::Emergency);
        Ok(LeakSettings { github_public_keys, contains_proven })
    }
}

fn read(file: &str) -> Result<String, Failure> {
    let wrong = |why: String| Failure::new(Kind::Usage, format!("`github_public_keys`: {file}: {why}."));
    let document = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    github::check_document(&document).map_err(wrong)?;
    Ok(document)
}
