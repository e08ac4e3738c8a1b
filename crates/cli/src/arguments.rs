//! The command line's grammar; what each command does stands in `command/`.

use clap::{Parser, Subcommand};

use crate::command::{admin, init, server};
use crate::output::Style;

/// Keystead: the whole life of cloud credentials in one binary.
#[derive(Debug, Parser)]
#[command(name = "keystead", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Arguments {
    /// How to print.
    #[command(flatten)]
    pub(crate) style: Style,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an installation: a data folder, a master key, and the first account.
    Init(init::Init),
    /// Serve: the IAM and STS APIs, the REST API, and verification for other services.
    Server(server::Server),
    /// Work on the installation itself, on its own machine, while the server is stopped.
    #[command(subcommand)]
    Admin(admin::Admin),
}
