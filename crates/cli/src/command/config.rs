//! `keystead config …`: the server's configuration file.

use std::path::PathBuf;

use clap::Subcommand;

use crate::config::{self, Config};
use crate::failure::Failure;
use crate::output::say;

/// The configuration file.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print a file with every setting, its meaning and its default.
    #[command(after_help = "Example:\n  keystead config example > keystead.toml")]
    Example,
    /// Say what is wrong with a file.
    #[command(after_help = "Example:\n  keystead config check keystead.toml")]
    Check {
        /// The file.
        file: PathBuf,
    },
}

impl ConfigCommand {
    /// Does it.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Example => say(config::example().trim_end()),
            Self::Check { file } => {
                Config::load(&file)?;
                say(&format!("{} is right.", file.display()))
            }
        }
    }
}
