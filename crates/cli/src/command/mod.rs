//! What each command does, one file a command.

pub(crate) mod admin;
pub(crate) mod init;
pub(crate) mod server;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs the command that was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let style = &arguments.style;
    match arguments.command {
        Command::Init(init) => init.run(style),
        Command::Server(server) => server.run(),
        Command::Admin(admin) => admin.run(style),
    }
}
