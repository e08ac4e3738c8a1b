//! Chores of this workspace.
//!
//! `cargo xtask codegen` writes what is generated, `cargo xtask tidy` holds the tree against its own rules.

mod codegen;
mod tidy;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask codegen [--check | --refresh BOTOCORE_DATA_DIR]
       cargo xtask tidy";

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
