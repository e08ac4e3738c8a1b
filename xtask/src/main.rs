//! Chores of this workspace.
//!
//! `cargo xtask codegen` writes what is generated, `cargo xtask tidy` holds the tree against its own rules,
//! `cargo xtask sim` plays rotations in the simulator, `cargo xtask conform` runs the tests that are too large
//! for every change.

mod codegen;
mod tidy;

use std::path::Path;
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask codegen [--check | --refresh BOTOCORE_DATA_DIR]
       cargo xtask tidy
       cargo xtask sim [--seeds N] [--from FIRST] | --seed N
       cargo xtask conform [PART_OF_A_TEST'S_NAME]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let outcome = match args[..] {
        ["codegen"] => codegen::write(root),
        ["codegen", "--check"] => codegen::check(root),
        ["codegen", "--refresh", data] => {
            codegen::refresh(root, Path::new(data)).and_then(|()| codegen::write(root))
        }
        ["tidy"] => tidy::run(root),
        ["sim", ref rest @ ..] => sim(root, rest),
        ["conform", ref rest @ ..] => conform(root, rest),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the simulator, optimised.
fn sim(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let run = ["run", "--quiet", "--release", "--package", "keystead-sim", "--"];
    cargo(root, &[&run, arguments].concat(), "the simulator found a broken rule")
}

/// Runs the tests that are marked as too large for `make test`; each has a small form there.
fn conform(root: &Path, names: &[&str]) -> Result<(), String> {
    let test = ["test", "--workspace", "--no-fail-fast", "--", "--ignored"];
    cargo(root, &[&test, names].concat(), "a test failed")
}

fn cargo(root: &Path, arguments: &[&str], failure: &str) -> Result<(), String> {
    let status = Command::new("cargo").args(arguments).current_dir(root).status();
    let status = status.map_err(|error| format!("cargo could not be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(failure.to_owned()) }
}
