//! Chores of this workspace.
//!
//! `cargo xtask codegen` writes what is generated, `cargo xtask tidy` holds the tree against its own rules,
//! `cargo xtask sim` plays rotations in the simulator, `cargo xtask conform` runs the tests that are too large
//! for every change, `cargo xtask screenshots` makes pictures of every page of the console.

mod codegen;
mod tidy;

use std::path::Path;
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask codegen [--check | --refresh BOTOCORE_DATA_DIR]
       cargo xtask tidy
       cargo xtask sim [--seeds N] [--from FIRST] | --seed N
       cargo xtask conform policy [CASES]
       cargo xtask conform prowler
       cargo xtask conform timing
       cargo xtask conform attack
       cargo xtask conform [PART_OF_A_TEST'S_NAME]
       cargo xtask screenshots [--docs]";

/// How many policy decisions are compared where the command does not say.
const POLICY_CASES: &str = "10000000";

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
        ["conform", "policy"] => conform_policy(root, POLICY_CASES),
        ["conform", "policy", cases] => conform_policy(root, cases),
        ["conform", "prowler"] => conform_prowler(root),
        ["conform", "timing"] => conform_sign_in(root, "times", "the time of a refusal tells something"),
        ["conform", "attack"] => {
            conform_sign_in(root, "attack", "the owner of a password was not as safe as it should be")
        }
        ["conform", ref rest @ ..] => conform(root, rest),
        ["screenshots"] => screenshots(root, &["target/screenshots"]),
        ["screenshots", "--docs"] => screenshots(root, &["--docs", "docs/images"]),
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

/// Holds the policy engine, optimised, against the other readings of the language in `tests/policy`.
fn conform_policy(root: &Path, cases: &str) -> Result<(), String> {
    let package = ["--release", "--package", "keystead-policy"];
    let ignored = [["test"].as_slice(), &package, &["--test", "it", "--", "--ignored"]].concat();
    cargo(root, &ignored, "a test failed")?;
    let example = [["build"].as_slice(), &package, &["--example", "decide"]].concat();
    cargo(root, &example, "the engine could not be built")?;
    let compare = ["tests/policy/compare.py", "--release", "--cases", cases];
    run(root, ".venv/bin/python", &compare, "two readings of the policy language differ")
}

/// Has Prowler look for faults in an account that has them.
fn conform_prowler(root: &Path) -> Result<(), String> {
    run(root, "scripts/setup", &["prowler"], "Prowler could not be installed")?;
    cargo(root, &["build", "--package", "keystead"], "Keystead could not be built")?;
    let test = ["-m", "pytest", "tests/conform/test_prowler.py"];
    run(root, ".venv/bin/python", &test, "Prowler saw something else than it should")
}

/// Asks whether the time that a refused sign-in takes tells who exists, or attacks one for ten minutes. Wants a machine
/// with nothing else to do.
fn conform_sign_in(root: &Path, what: &str, failure: &str) -> Result<(), String> {
    cargo(root, &["build", "--release", "--package", "keystead"], "Keystead could not be built")?;
    let test = ["KEYSTEAD_BIN=target/release/keystead", ".venv/bin/python", "-m", "pytest", "-s"];
    let file = format!("tests/conform/test_sign_in_{what}.py");
    run(root, "env", &[test.as_slice(), &[&file]].concat(), failure)
}

/// Makes pictures of the console's pages, of an installation that is full of things.
fn screenshots(root: &Path, arguments: &[&str]) -> Result<(), String> {
    run(root, "scripts/setup", &["clients"], "the browser could not be installed")?;
    cargo(root, &["build", "--package", "keystead"], "Keystead could not be built")?;
    run(root, "scripts/screenshots", arguments, "not every page could be shown")
}

fn cargo(root: &Path, arguments: &[&str], failure: &str) -> Result<(), String> {
    run(root, "cargo", arguments, failure)
}

fn run(root: &Path, program: &str, arguments: &[&str], failure: &str) -> Result<(), String> {
    let status = Command::new(program).args(arguments).current_dir(root).status();
    let status = status.map_err(|error| format!("{program} could not be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(failure.to_owned()) }
}
