//! The `keystead` binary: commands, configuration and wiring. Only here are the system's clock, its source
//! of chance and the storage drivers made; everything below takes them as arguments.

mod arguments;
mod clock;
mod command;
mod failure;
mod installation;
mod output;
mod random;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    match command::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
