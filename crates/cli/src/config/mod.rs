//! The server's configuration: a file in TOML, one struct a section in a file of its own. The same structs are
//! the flags and the environment variables, which win over the file, and the text of `config example`.

pub(crate) mod clouds;
pub(crate) mod console;
mod database;
pub(crate) mod federation;
mod leaks;
pub(crate) mod listen;
pub(crate) mod mail;
pub(crate) mod rotation;
pub(crate) mod verify;

use std::path::Path;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Kind};

use clouds::Clouds;
use console::Console;
use database::Database;
use federation::Federation;
use leaks::Leaks;
use listen::Listen;
use mail::Mail;
use rotation::Rotation;
use verify::Verify;

/// All sections. What is `None` was not said.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) verify: Verify,
    #[command(flatten)]
    pub(crate) console: Console,
    #[command(flatten)]
    pub(crate) rotation: Rotation,
    #[command(flatten)]
    pub(crate) federation: Federation,
    #[command(flatten)]
    pub(crate) clouds: Clouds,
    #[command(flatten)]
    pub(crate) mail: Mail,
    #[command(flatten)]
    pub(crate) leaks: Leaks,
}

impl Config {
    /// Reads a file; a mistake is told with its line.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::new(Kind::Usage, format!("{}: {}", path.display(), error.to_string().trim_end()))
        };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        let config: Self = toml::from_str(&text).map_err(|error| wrong(&error))?;
        config.listen.tls()?;
        Ok(config)
    }

    /// What is said here, and where nothing is, what `other` says.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            database: self.database.or(other.database),
            verify: self.verify.or(other.verify),
            console: self.console.or(other.console),
            rotation: self.rotation.or(other.rotation),
            federation: self.federation.or(other.federation),
            clouds: self.clouds.or(other.clouds),
            mail: self.mail.or(other.mail),
            leaks: self.leaks.or(other.leaks),
        }
    }

    /// What holds where nothing is said.
    pub(crate) fn defaults() -> Self {
        Self {
            listen: Listen::defaults(),
            database: Database::defaults(),
            verify: Verify::defaults(),
            console: Console::defaults(),
            rotation: Rotation::defaults(),
            federation: Federation::defaults(),
            clouds: Clouds::defaults(),
            mail: Mail::defaults(),
            leaks: Leaks::defaults(),
        }
    }
}

/// A file with every setting, its meaning and its default.
pub(crate) fn example() -> String {
    let defaults = toml::Table::try_from(Config::defaults()).unwrap_or_default();
    let section = |name: &str, text: &str, command: clap::Command| {
        let settings = command.get_arguments().map(|setting| {
            let key = setting.get_id().as_str();
            let help = setting.get_help().map(ToString::to_string).unwrap_or_default();
            match defaults.get(name).and_then(|section| section.get(key)) {
                Some(value) => format!("\n{}{key} = {value}\n", comment(&help)),
                None => format!("\n{}# {key} = …\n", comment(&help)),
            }
        });
        format!("{}[{name}]\n{}", comment(text), settings.collect::<Vec<_>>().concat())
    };
    let empty = || clap::Command::new("");
    [
        "# Flags and KEYSTEAD_* variables win over this file.\n".to_owned(),
        section("listen", "Where Keystead is reached.", Listen::augment_args(empty())),
        section("database", "Where the data is.", Database::augment_args(empty())),
        section("verify", "How far a signature's date is believed.", Verify::augment_args(empty())),
        section("console", "Who is let in at the console.", Console::augment_args(empty())),
        section("rotation", "Whose keys may be rotated.", Rotation::augment_args(empty())),
        section(
            "federation",
            "Where the keys of other issuers come from.",
            Federation::augment_args(empty()),
        ),
        section("clouds", "How other clouds are asked.", Clouds::augment_args(empty())),
        section("mail", "How letters leave.", Mail::augment_args(empty())),
        section("leaks", "What is believed of reports of leaked keys.", Leaks::augment_args(empty())),
    ]
    .join("\n")
}

/// Text as comment lines of a readable width.
fn comment(text: &str) -> String {
    let mut lines = vec![String::from("#")];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < 100 => line.extend([" ", word]),
            _ => lines.push(format!("# {word}")),
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, Failure> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, text).unwrap();
        Config::load(file.path())
    }

    #[test]
    fn the_example_says_the_defaults() {
        assert_eq!(load(&example()).unwrap(), Config::defaults(), "{}", example());
    }

    #[test]
    fn every_setting_tells_its_default_where_it_has_one() {
        let defaults = toml::Table::try_from(Config::defaults()).unwrap();
        let command = Config::augment_args(clap::Command::new(""));
        for setting in command.get_arguments() {
            let key = setting.get_id().as_str();
            let help = setting.get_help().unwrap().to_string();
            let default = defaults.values().find_map(|section| section.get(key));
            let default = default
                .map_or_else(|| "none".to_owned(), |value| value.to_string().replace(['"', '[', ']'], ""));
            let default = if default.is_empty() { "none".to_owned() } else { default };
            assert!(help.contains(&format!("Default: {default}")), "{key}: {help}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_field() {
        for (text, line, field) in [
            ("[listen]\nadress = \"127.0.0.1:1\"\n", "line 2", "adress"),
            ("[listen]\n\naddress = \"localhost\"\n", "line 3", "address"),
            ("[verify]\nclock_window_seconds = \"900\"\n", "line 2", "clock_window_seconds"),
            ("[listening]\n", "line 1", "listening"),
            ("[listen]\ntls_certificate = \"a.pem\"\n", "", "private key"),
        ] {
            let failure = load(text).unwrap_err();
            assert_eq!(failure.kind, Kind::Usage);
            assert!(failure.text.contains(line) && failure.text.contains(field), "{failure}");
        }
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_defaults() {
        let flags = Config {
            verify: Verify { clock_window_seconds: Some(1), ..Verify::default() },
            ..Config::default()
        };
        let file = load("[verify]\nclock_window_seconds = 2\nverify_window_seconds = 3\n").unwrap();
        let config = flags.or(file).or(Config::defaults());
        assert_eq!(config.verify, Verify { clock_window_seconds: Some(1), verify_window_seconds: Some(3) });
        assert_eq!(config.listen, Listen::defaults());
    }
}
