//! `cargo xtask tidy`: the rules of this tree that no compiler knows. Each rule is a function from what it
//! looks at to the problems it finds.
//!
//! - `arrows`: which crate may depend on which.
//! - `sources`: heads, lengths, names and leftovers of source files.
//! - `literals`: string literals: the order of SQL parameters, and where error codes may stand.
//! - `paths`: that documents name files that exist.

mod arrows;
mod literals;
mod paths;
mod sources;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::codegen::{self, Model, SERVICES};

/// Error codes that are in no model: those of reading, authenticating and refusing a request.
const COMMON_CODES: [&str; 16] = [
    "AccessDenied",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidAction",
    "InvalidClientTokenId",
    "InvalidURIPath",
    "MalformedQueryString",
    "MisdirectedRequest",
    "MissingAction",
    "MissingAuthenticationToken",
    "RequestEntityTooLarge",
    "RequestExpired",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "Throttling",
    "ValidationError",
];

/// A text file: its path below the root, with slashes, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_generated(&self) -> bool {
        self.text.starts_with("//! @generated")
    }

    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.starts_with("tests/")
    }
}

/// Holds the tree against every rule.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let mut sources = Vec::new();
    for folder in ["crates", "xtask", "bench", "tests"] {
        collect(root, Path::new(folder), "rs", &mut sources)?;
    }
    let mut documents = Vec::new();
    collect(root, Path::new("docs"), "md", &mut documents)?;
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        documents.extend(
            fs::read_to_string(root.join(name)).ok().map(|text| File { path: name.to_owned(), text }),
        );
    }
    let codes = error_codes(root)?;

    let mut problems = arrows::check(&metadata(root)?)?;
    for file in &sources {
        problems.extend(sources::head(file));
        problems.extend(sources::length(file));
        problems.extend(sources::name(file));
        problems.extend(sources::leftovers(file));
        problems.extend(literals::parameter_order(file));
        problems.extend(literals::error_codes(file, &codes));
    }
    for file in &documents {
        problems.extend(paths::named(file, |path| root.join(path).exists()));
    }
    problems.extend(codegen::check(root).err());
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn collect(root: &Path, folder: &Path, extension: &str, files: &mut Vec<File>) -> Result<(), String> {
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return Ok(()) };
    let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            if entry.file_name() != "target" {
                collect(root, &path, extension, files)?;
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            let text =
                fs::read_to_string(entry.path()).map_err(|error| format!("{}: {error}", path.display()))?;
            files.push(File { path: path.to_string_lossy().replace('\\', "/"), text });
        }
    }
    Ok(())
}

fn error_codes(root: &Path) -> Result<Vec<String>, String> {
    let mut codes: Vec<String> = COMMON_CODES.map(str::to_owned).to_vec();
    for (service, version) in SERVICES {
        codes.extend(Model::load(root, service, version)?.error_codes().map(str::to_owned));
    }
    Ok(codes)
}

fn metadata(root: &Path) -> Result<serde_json::Value, String> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

#[cfg(test)]
fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}
