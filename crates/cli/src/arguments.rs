//! The command line's grammar; what each command does stands in `command/`.

use clap::{Parser, Subcommand};

use crate::command::{
    admin, agent, audit, bench_fill, cloud, completions, config, consumer, credential, credential_process,
    credentials_file, deployment, doctor, enroll, evidence, exec, freeze, init, input, inputs, invitation,
    key, leak, managed, password_policy, root, rotate, scan, server, sessions, target, verifier, workload,
};
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
    Server(Box<server::Server>),
    /// Work on the installation itself, on its own machine, while the server is stopped.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Let other services ask who signed a request.
    #[command(subcommand)]
    Verifier(verifier::Verifier),
    /// See who uses an access key, and take over keys from elsewhere.
    #[command(subcommand)]
    Key(key::Key),
    /// Read the record of what was done, and verify it.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Connect accounts at clouds, prove them, look through them, and change their credentials.
    #[command(subcommand)]
    Cloud(cloud::Cloud),
    /// Keep values under names, for workloads to be given.
    #[command(subcommand)]
    Credential(credential::Credential),
    /// Group workloads that share inputs.
    #[command(subcommand)]
    Deployment(deployment::Deployment),
    /// Say which processes are given inputs.
    #[command(subcommand)]
    Workload(workload::Workload),
    /// Set where the values of inputs come from.
    #[command(subcommand)]
    Input(input::Input),
    /// Make this machine a workload's, with a token that is good once.
    Enroll(enroll::Enroll),
    /// Run a command with a workload's inputs in its environment.
    Exec(exec::Exec),
    /// Print a workload's inputs, or write them to files.
    Inputs(inputs::Inputs),
    /// Keep credentials in custody, to be given to their consumers and rotated.
    #[command(subcommand)]
    Managed(managed::Managed),
    /// Say who is given a credential, and in which way.
    #[command(subcommand)]
    Consumer(consumer::Consumer),
    /// Say where Keystead itself brings a credential, and look after those places.
    #[command(subcommand)]
    Target(target::Target),
    /// Invite people to become users of the account, and accept an invitation.
    #[command(subcommand)]
    Invitation(invitation::Invitation),
    /// See and set what passwords have to be.
    #[command(subcommand)]
    PasswordPolicy(password_policy::PasswordPolicy),
    /// Change the root user's address, password and MFA devices.
    #[command(subcommand)]
    Root(root::Root),
    /// Replace a credential's key without interrupting those who use it.
    #[command(subcommand)]
    Rotate(rotate::Rotate),
    /// Report keys that were seen where they do not belong, and answer such reports.
    #[command(subcommand)]
    Leak(leak::Leak),
    /// Find this installation's keys in files and in what was committed.
    Scan(scan::Scan),
    /// Bring logs of other authorities as evidence of who uses which key.
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    /// Let rotations rest for a time.
    #[command(subcommand)]
    Freeze(freeze::Freeze),
    /// End temporary credentials early.
    #[command(subcommand)]
    Sessions(sessions::Sessions),
    /// Print a consumer's credential in the form that AWS SDKs read.
    CredentialProcess(credential_process::CredentialProcess),
    /// Keep a profile of an AWS shared credentials file current.
    CredentialsFile(credentials_file::CredentialsFile),
    /// Give this machine's applications their credentials and keep them current through rotations.
    Agent(agent::Agent),
    /// Check an installation's folder, or with --url a running server.
    Doctor(doctor::Doctor),
    /// Compute the number that the console takes in place of a picture of letters.
    #[command(after_help = "Example:\n  keystead proof 3f0c9d1e-5a52-4f0e-9f66-0a7d6c2f1b11")]
    Proof {
        /// What the page says.
        task: String,
    },
    /// Write and check the server's configuration file.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print a completion script for a shell.
    Completions(completions::Completions),
    /// Fill an installation with users, to measure with.
    #[command(hide = true)]
    BenchFill(bench_fill::BenchFill),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_sentence_and_an_example() {
        let mut waiting = vec![Arguments::command()];
        while let Some(command) = waiting.pop() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            let needs_example = !command.has_subcommands() && !command.is_hide_set();
            let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(!needs_example || example.contains("keystead "), "{}", command.get_name());
            waiting.extend(command.get_subcommands().cloned());
        }
    }
}
