//! `keystead exec`: a command with a workload's inputs in its environment, and nowhere else.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::signal::unix::SignalKind;

use crate::failure::{Failure, Kind};
use crate::interrupt::Interrupt;
use crate::mask::Mask;
use crate::variables::{Variable, WorkloadArguments};

/// Run a command with a workload's inputs in its environment.
///
/// The command takes this process's place. With --log or --mask it runs beside it instead, and in all that it prints
/// <hidden input NAME> stands for the values of credentials.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keystead exec -- /usr/bin/orders --port 8080\n  \
                        keystead exec --log /var/log/orders.log -- /usr/bin/orders")]
pub(crate) struct Exec {
    #[command(flatten)]
    workload: WorkloadArguments,
    /// Also append what the command prints to this file, with the values hidden.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Hide the values in what the command prints.
    #[arg(long)]
    mask: bool,
    /// The command.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// What this process may have been given to sign with, and the command is not to inherit.
const OWN_SECRETS: [&str; 3] =
    ["KEYSTEAD_ACCESS_KEY_ID", "KEYSTEAD_SECRET_ACCESS_KEY", "KEYSTEAD_SESSION_TOKEN"];
/// How often to look whether the command has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

impl Exec {
    /// Does it; returns only where it could not.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let [program, arguments @ ..] = &self.command[..] else {
            return Err(Failure::new(Kind::Usage, "Give a command after --."));
        };
        let log = self.log.as_deref().map(open_log).transpose()?;
        let variables = self.workload.fetch()?;
        let mut command = Command::new(program);
        command.args(arguments);
        for name in OWN_SECRETS {
            command.env_remove(name);
        }
        for Variable { name, value, .. } in &variables {
            command.env(name, value.expose());
        }
        let failed = |error: io::Error| {
            Failure::new(Kind::Local, format!("{} cannot be run: {error}.", program.display()))
        };
        if log.is_none() && !self.mask {
            return Err(failed(command.exec()));
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        let status = attend(&mut child, &Mask::new(&variables), log)?;
        std::process::exit(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default()))
    }
}

fn open_log(path: &Path) -> Result<File, Failure> {
    let opened = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    opened.map_err(|error| {
        Failure::new(Kind::Local, format!("The log {} cannot be written: {error}.", path.display()))
    })
}

/// Passes on what the command prints until it ends, and SIGTERM to it. Ctrl-C reaches it by itself.
fn attend(child: &mut Child, mask: &Mask, log: Option<File>) -> Result<ExitStatus, Failure> {
    let mut interrupt = Interrupt::listen()?;
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let log = &Mutex::new(log);
    thread::scope(|scope| {
        if let Some(output) = output {
            scope.spawn(move || pass_on(output, &mut io::stdout(), mask, log));
        }
        if let Some(errors) = errors {
            scope.spawn(move || pass_on(errors, &mut io::stderr(), mask, log));
        }
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if interrupt.next_within(LOOK_EVERY) == Some(SignalKind::terminate()) {
                // It may just have ended.
                let _ = kill_process(Pid::from_child(child), Signal::TERM);
            }
        }
    })
}

/// Copies what is printed, masked, to where this process prints and to the log. Where one of them is closed, the
/// other goes on.
fn pass_on(mut from: impl Read, to: &mut impl Write, mask: &Mask, log: &Mutex<Option<File>>) {
    let mut stream = mask.stream();
    let mut piece = [0; 16 * 1024];
    let mut put = |shown: &[u8]| {
        let _ = to.write_all(shown).and_then(|()| to.flush());
        if let Some(log) = log.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            let _ = log.write_all(shown);
        }
    };
    loop {
        match from.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
            Ok(length) => put(&stream.pass(&piece[..length])),
        }
    }
    put(&stream.finish());
}
