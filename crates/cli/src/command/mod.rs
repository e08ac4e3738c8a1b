//! What each command does, one file a command.

pub(crate) mod admin;
pub(crate) mod agent;
pub(crate) mod audit;
pub(crate) mod bench_fill;
pub(crate) mod cloud;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod consumer;
mod consumer_fetch;
pub(crate) mod credential;
pub(crate) mod credential_process;
pub(crate) mod credentials_file;
pub(crate) mod deployment;
pub(crate) mod doctor;
mod endpoint;
pub(crate) mod enroll;
pub(crate) mod evidence;
pub(crate) mod exec;
pub(crate) mod freeze;
mod honey_key;
pub(crate) mod init;
pub(crate) mod input;
pub(crate) mod inputs;
pub(crate) mod invitation;
mod issuer;
pub(crate) mod key;
pub(crate) mod leak;
pub(crate) mod managed;
pub(crate) mod notify;
pub(crate) mod password_policy;
mod quota;
pub(crate) mod root;
pub(crate) mod rotate;
pub(crate) mod scan;
mod secret_input;
pub(crate) mod server;
pub(crate) mod sessions;
pub(crate) mod target;
pub(crate) mod verifier;
pub(crate) mod workload;

use crate::arguments::Command;
use crate::failure::{Failure, Kind};
use crate::output::{Format, Style};

/// Runs the command that was asked for.
pub(crate) fn run(command: Command, style: &Style) -> Result<(), Failure> {
    if matches!(style.output, Format::Env | Format::Files) && !matches!(command, Command::Inputs(_)) {
        return Err(Failure::new(
            Kind::Usage,
            "The output forms env and files are those of keystead inputs.",
        ));
    }
    match command {
        Command::Init(init) => init.run(style),
        Command::Server(server) => server.run(),
        Command::Admin(admin) => admin.run(style),
        Command::Verifier(verifier) => verifier.run(style),
        Command::Key(key) => key.run(style),
        Command::Audit(audit) => audit.run(style),
        Command::Leak(leak) => leak.run(style),
        Command::Scan(scan) => scan.run(style),
        Command::Managed(managed) => managed.run(style),
        Command::Credential(credential) => credential.run(style),
        Command::Deployment(deployment) => deployment.run(style),
        Command::Workload(workload) => workload.run(style),
        Command::Input(input) => input.run(style),
        Command::Enroll(enroll) => enroll.run(style),
        Command::Exec(exec) => exec.run(),
        Command::Inputs(inputs) => inputs.run(style),
        Command::Invitation(invitation) => invitation.run(style),
        Command::Consumer(consumer) => consumer.run(style),
        Command::Target(target) => target.run(style),
        Command::PasswordPolicy(policy) => policy.run(style),
        Command::Root(root) => root.run(style),
        Command::Evidence(evidence) => evidence.run(style),
        Command::Freeze(freeze) => freeze.run(style),
        Command::Rotate(rotate) => rotate.run(style),
        Command::Sessions(sessions) => sessions.run(style),
        Command::CredentialProcess(process) => process.run(),
        Command::CredentialsFile(file) => file.run(),
        Command::Agent(agent) => agent.run(style),
        Command::Doctor(doctor) => doctor.run(style),
        Command::Proof { task } => {
            let number = keystead_authority::challenge::compute(&task);
            style.print_as(&serde_json::json!({ "number": number }), |_| number.to_string())
        }
        Command::Config(config) => config.run(),
        Command::Cloud(cloud) => cloud.run(style),
        Command::Completions(completions) => completions.run(),
        Command::BenchFill(fill) => fill.run(),
    }
}
