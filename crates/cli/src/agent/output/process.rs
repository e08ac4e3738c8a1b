//! Running what the configuration names, for a bounded time.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use keystead_core::{Clock, Secret};

use crate::clock::{SystemClock, pause};

/// How long a command may take.
const TIME_MAX: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Runs a command to its end. What it prints goes to standard error, where our own log goes.
pub(super) fn run(mut command: Command, input: Option<Secret<String>>) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child = command.stdin(stdin).stdout(std::io::stderr()).spawn().map_err(text)?;
    if let (Some(input), Some(mut pipe)) = (input, child.stdin.take()) {
        // One that does not read its input says by its exit code whether it needed it.
        let _ = pipe.write_all(input.expose().as_bytes());
    }
    wait(&mut child)
}

fn wait(child: &mut Child) -> Result<(), String> {
    let end = SystemClock.now().plus(TIME_MAX);
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(status.to_string()),
            None if SystemClock.now() < end => pause(LOOK_EVERY),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it took longer than {} s", TIME_MAX.as_secs()));
            }
        }
    }
}
