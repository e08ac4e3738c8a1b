//! Chores of this workspace.
//!
//! `cargo xtask codegen` writes what is generated, `cargo xtask tidy` holds the tree against its own rules,
//! `cargo xtask sim` plays rotations in the simulator.

mod codegen;
mod tidy;

use std::path::Path;
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask codegen [--check | --refresh BOTOCORE_DATA_DIR]
       cargo xtask tidy
       cargo xtask sim [--seeds N] [--from FIRST] | --seed N";

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
    let mut cargo = Command::new("cargo");
    cargo
        .args(["run", "--quiet", "--release", "--package", "keystead-sim", "--"])
        .args(arguments)
        .current_dir(root);
    let status = cargo.status().map_err(|error| format!("cargo could not be started: {error}"))?;
    if status.success() { Ok(()) } else { Err("the simulator found a broken rule".to_owned()) }
}
