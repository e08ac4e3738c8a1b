//! `keystead rotate status --watch`: a rotation followed until it ends or waits for somebody.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use keystead_core::Clock;
use serde_json::Value;

use super::view;
use crate::clock::{SystemClock, pause};
use crate::failure::{Failure, Kind};
use crate::output::{Format, Style, say};

const PERIOD: Duration = Duration::from_secs(1);
/// How long a server may be away before this gives up; the rotation goes on without it.
const AWAY_MAX: Duration = Duration::from_mins(1);

/// Looks once a second until the rotation ends or waits.
pub(super) fn follow(look: impl Fn() -> Result<Value, Failure>, style: &Style) -> Result<(), Failure> {
    let mut picture = Picture::new(style);
    let mut seen_at = SystemClock.now();
    loop {
        match look() {
            Ok(rotation) => {
                seen_at = SystemClock.now();
                picture.show(&rotation)?;
                if let Some(outcome) = outcome(&rotation) {
                    picture.end();
                    return outcome;
                }
            }
            // A restart, of the server or on the way to it, is no reason to stop watching.
            Err(failure)
                if failure.kind == Kind::Unreachable && SystemClock.now().since(seen_at) < AWAY_MAX => {}
            Err(failure) => {
                picture.end();
                return Err(failure);
            }
        }
        pause(PERIOD);
    }
}

/// Success or failure once there is nothing more to wait for.
fn outcome(rotation: &Value) -> Option<Result<(), Failure>> {
    let state = rotation["state"].as_str().unwrap_or_default().to_uppercase().replace(' ', "_");
    let sentence = rotation["sentence"].as_str().unwrap_or_default();
    match state.as_str() {
        "DONE" => Some(Ok(())),
        "BLOCKED" | "ROLLED_BACK" => Some(Err(Failure::new(Kind::Partial, sentence))),
        _ => None,
    }
}

/// How it is shown: on a terminal as a screen that changes in place, elsewhere as a line a change.
enum Picture {
    Screen(ProgressBar),
    Lines { format: Format, last: String },
}

impl Picture {
    fn new(style: &Style) -> Self {
        if style.output == Format::Table && io::stdout().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
            if let Ok(template) = ProgressStyle::with_template("{msg}") {
                bar.set_style(template);
            }
            Self::Screen(bar)
        } else {
            Self::Lines { format: style.output, last: String::new() }
        }
    }

    fn show(&mut self, rotation: &Value) -> Result<(), Failure> {
        match self {
            Self::Screen(bar) => {
                bar.set_message(view::text(rotation));
                bar.tick();
                Ok(())
            }
            Self::Lines { format, last } => {
                let line = match format {
                    Format::Table | Format::Env | Format::Files => view::line(rotation),
                    Format::Json => rotation.to_string(),
                };
                if line == *last {
                    return Ok(());
                }
                last.clone_from(&line);
                say(&line)
            }
        }
    }

    /// Leaves the last picture standing.
    fn end(&self) {
        if let Self::Screen(bar) = self {
            bar.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_and_a_question_have_different_exit_codes() {
        let of = |state: &str| outcome(&json!({ "state": state, "sentence": "Why." }));
        assert_eq!(of("DONE"), Some(Ok(())));
        for state in ["BLOCKED", "ROLLED_BACK", "rolled back"] {
            assert_eq!(of(state).unwrap().unwrap_err(), Failure::new(Kind::Partial, "Why."), "{state}");
        }
        for state in ["PROVING", "PAUSED", "ROLLING_BACK"] {
            assert_eq!(of(state), None, "{state}");
        }
    }

    #[test]
    fn a_restart_of_the_server_does_not_end_the_watch() {
        let looked = Cell::new(0);
        let style = Style { output: Format::Json, query: None };
        let look = || {
            looked.set(looked.get() + 1);
            match looked.get() {
                1 => Err(Failure::new(Kind::Unreachable, "Gone.")),
                _ => Ok(json!({ "state": "DONE" })),
            }
        };
        assert_eq!(follow(look, &style), Ok(()));
        assert_eq!(looked.get(), 2);
        let refused = || Err(Failure::new(Kind::NotFound, "None."));
        assert_eq!(follow(refused, &style).unwrap_err().kind, Kind::NotFound);
    }
}
