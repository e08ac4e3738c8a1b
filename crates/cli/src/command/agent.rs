//! `keystead agent`: gives this machine's applications their credentials and keeps them current.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use crate::agent::folder::Folder;
use crate::agent::output::Output;
use crate::agent::settings::{EXAMPLE, Settings};
use crate::agent::supervise;
use crate::failure::{Failure, Kind};
use crate::output::{Style, say};

const COLUMNS: &[&str] = &["consumer", "access_key_id", "outputs", "trouble", "since"];

/// Give this machine's applications their credentials and keep them current through rotations.
///
/// SDKs ask it as a container credentials endpoint or as an instance metadata service; it keeps files current, runs
/// commands and answers systemd. It goes on with what it last had while the server does not answer.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "Example:\n  keystead agent example > /etc/keystead/agent.toml\n  \
                        keystead agent check /etc/keystead/agent.toml\n  \
                        keystead agent --config /etc/keystead/agent.toml")]
pub(crate) struct Agent {
    /// The configuration file.
    #[arg(long, value_name = "FILE", required = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<AgentCommand>,
}

/// What there is besides running it.
#[derive(Debug, Subcommand)]
pub(crate) enum AgentCommand {
    /// Print a configuration file with every kind of output.
    #[command(after_help = "Example:\n  keystead agent example > agent.toml")]
    Example,
    /// Say what is wrong with a configuration file.
    #[command(after_help = "Example:\n  keystead agent check /etc/keystead/agent.toml")]
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Say which key each consumer has, and what is wrong.
    #[command(after_help = "Example:\n  keystead agent status /etc/keystead/agent.toml")]
    Status {
        /// The configuration file.
        file: PathBuf,
    },
}

impl Agent {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match (self.command, self.config) {
            (Some(AgentCommand::Example), _) => say(EXAMPLE.trim_end()),
            (Some(AgentCommand::Check { file }), _) => {
                Settings::load(&file)?;
                say(&format!("{} is right.", file.display()))
            }
            (Some(AgentCommand::Status { file }), _) => status(&file, style),
            (None, Some(config)) => {
                super::server::start_log();
                super::server::keep_memory_private()?;
                supervise::run(&config)
            }
            (None, None) => Err(Failure::new(Kind::Usage, "Give --config.")),
        }
    }
}

/// How each consumer stands; the exit code says whether all is well.
fn status(file: &Path, style: &Style) -> Result<(), Failure> {
    let settings = Settings::load(file)?;
    let folder = Folder::open(&settings.state)?;
    let is_running = folder.is_locked()?;
    let mut troubled = 0;
    let consumers: Vec<_> = settings
        .consumers
        .iter()
        .map(|consumer| {
            let kept = folder.load(&consumer.name);
            let outputs = Output::of(consumer);
            let done = outputs
                .iter()
                .filter(|output| kept.outputs.get(&output.name()).is_some_and(|one| one.applied));
            troubled += usize::from(kept.standing.trouble.is_some() || kept.standing.reported.is_none());
            json!({
                "consumer": consumer.name,
                "access_key_id": kept.standing.reported,
                "outputs": format!("{} of {}", done.count(), outputs.len()),
                "trouble": kept.standing.trouble,
                "since": kept.standing.since,
            })
        })
        .collect();
    style.print(&json!({ "consumers": consumers }), COLUMNS)?;
    if !is_running {
        return Err(Failure::new(Kind::Partial, "The agent is not running."));
    }
    if troubled > 0 {
        return Err(Failure::new(
            Kind::Partial,
            format!("{troubled} of {} consumers are not up to date.", consumers.len()),
        ));
    }
    Ok(())
}
