//! That documents name files that exist.

use super::File;

/// The folders a path of this repository begins with.
const FOLDERS: [&str; 8] =
    ["bench/", "crates/", "docs/", "fuzz/", "scripts/", "tests/", "xtask/", ".github/"];

/// The paths in backticks that are not there.
pub(crate) fn named(file: &File, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    for (nth, line) in file.text.lines().enumerate() {
        let quoted = line.split('`').skip(1).step_by(2);
        for path in quoted.filter(|text| is_path(text) && !exists(text)) {
            problems.push(format!("{}:{}: `{path}` does not exist", file.path, nth + 1));
        }
    }
    problems
}

fn is_path(text: &str) -> bool {
    FOLDERS.iter().any(|folder| text.starts_with(folder))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "./_-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::file;

    #[test]
    fn a_path_that_is_gone_is_found() {
        let text = "See `crates/gone/src/a.rs`, `crates/here/`, `crates/*/x`, `a/b` and `cargo xtask`.";
        let problems = named(&file("README.md", text), |path| path == "crates/here/");
        assert_eq!(problems, ["README.md:1: `crates/gone/src/a.rs` does not exist"]);
    }
}
