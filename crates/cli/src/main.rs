//! The `keystead` binary: commands, configuration and wiring. Only here are the system's clock, its source
//! of chance and the storage drivers made; everything below takes them as arguments.

mod agent;
mod arguments;
mod aws_profile;
mod clock;
mod command;
mod config;
mod connection;
mod environment;
mod failure;
mod following;
mod installation;
mod interrupt;
mod mask;
mod output;
mod random;
mod replace;
mod shared_credentials;
mod token_file;
mod variables;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    match command::run(arguments.command, &arguments.style) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(arguments.style.output),
    }
}
