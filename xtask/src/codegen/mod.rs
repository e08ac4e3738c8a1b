//! `cargo xtask codegen`: everything that is generated, from models and from folders.
//!
//! - `model`: the service models, stripped, as they are committed.
//! - `shapes`: from a model to Rust.
//! - `operations`: the tables of operations, and the page that says which there are.

mod model;
mod operations;
mod shapes;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) use model::Model;

/// The services that have a model: name and version.
pub(crate) const SERVICES: [(&str, &str); 2] = [("iam", "2010-05-08"), ("sts", "2011-06-15")];

/// A generated file: its path below the root, and its text.
type Generated = (PathBuf, String);

/// Writes every generated file anew.
pub(crate) fn write(root: &Path) -> Result<(), String> {
    for (path, text) in generate(root)? {
        let path = root.join(path);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        println!("writing {}", path.display());
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Fails if a generated file is not what would be written.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let stale: Vec<String> = generate(root)?
        .into_iter()
        .filter(|(path, text)| fs::read_to_string(root.join(path)).is_ok_and(|old| old == *text).eq(&false))
        .map(|(path, _)| format!("{}: not fresh, run `cargo xtask codegen`", path.display()))
        .collect();
    if stale.is_empty() { Ok(()) } else { Err(stale.join("\n")) }
}

/// Strips the service models of botocore's data folder anew.
pub(crate) fn refresh(root: &Path, data: &Path) -> Result<(), String> {
    for (service, version) in SERVICES {
        let folder = data.join(service).join(version);
        let model = Model::read_botocore(&folder)?;
        let path = root.join(Model::path(service, version));
        fs::write(&path, model.to_json()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn generate(root: &Path) -> Result<Vec<Generated>, String> {
    let mut files = Vec::new();
    for (service, version) in SERVICES {
        let path = PathBuf::from(format!("crates/aws/src/model/{service}/generated.rs"));
        let text = shapes::render(&Model::load(root, service, version)?, service, version)?;
        files.push((path, format_rust(root, &text)?));
    }
    for folder in operations::FOLDERS {
        if let Some((path, text)) = operations::table(root, folder)? {
            files.push((path, format_rust(root, &text)?));
        }
    }
    files.push(operations::page(root)?);
    Ok(files)
}

/// Formats as `cargo fmt` would, so that it finds nothing to change.
fn format_rust(root: &Path, text: &str) -> Result<String, String> {
    let fail = |error: std::io::Error| format!("rustfmt: {error}");
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(fail)?;
    }
    let output = child.wait_with_output().map_err(fail)?;
    if !output.status.success() {
        return Err("rustfmt refused generated code".to_owned());
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
