//! `keystead inputs`: a workload's inputs, printed or written to files.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::failure::{Failure, Kind};
use crate::output::{Format, Style, say};
use crate::replace::Replacement;
use crate::variables::{Variable, WorkloadArguments};

/// Print a workload's inputs, or write them to files.
///
/// In the form env, which is the default, each line sets a variable in a shell; in json it is an object; in files
/// each input is a file in --dir that only its owner may read.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  eval \"$(keystead inputs -o env)\"\n  keystead inputs -o files --dir /run/orders"
)]
pub(crate) struct Inputs {
    #[command(flatten)]
    workload: WorkloadArguments,
    /// The folder for -o files; it is made where it is not there.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl Inputs {
    /// Does it.
    pub(crate) fn run(&self, style: &Style) -> Result<(), Failure> {
        match (style.output, &self.dir) {
            (Format::Files, None) => {
                Err(Failure::new(Kind::Usage, "Give the folder for the files with --dir."))
            }
            (Format::Files | Format::Table, Some(dir)) => write_files(dir, &self.workload.fetch()?),
            (Format::Json, None) => {
                let variables = self.workload.fetch()?;
                let object = variables.iter().map(|v| (v.name.clone(), json!(v.value.expose())));
                style.print(&Value::Object(object.collect()), &[])
            }
            (Format::Env | Format::Table, None) => {
                let variables = self.workload.fetch()?;
                variables
                    .iter()
                    .try_for_each(|v| say(&format!("export {}={}", v.name, quote(v.value.expose()))))
            }
            (Format::Env | Format::Json, Some(_)) => {
                Err(Failure::new(Kind::Usage, "--dir goes with -o files."))
            }
        }
    }
}

/// A value as one word of a shell, whatever is in it.
fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

fn write_files(dir: &Path, variables: &[Variable]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Kind::Local, format!("{} cannot be used: {error}.", dir.display()))
    };
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made.map_err(failed)?,
    }
    let mode = std::fs::metadata(dir).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Failure::new(
            Kind::Local,
            format!(
                "Others than its owner can get into {}. Close it with chmod 700, then try again.",
                dir.display()
            ),
        ));
    }
    for Variable { name, value, .. } in variables {
        let replacement = Replacement::begin(&dir.join(name)).map_err(failed)?;
        replacement.finish(value.expose()).map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_what_was_quoted() {
        for value in ["plain", "", "it's $HOME `id` \"x\" \\ \n!", "''"] {
            let shell = std::process::Command::new("sh");
            let script = format!("printf %s {}", quote(value));
            let printed = { shell }.args(["-c", &script]).output().unwrap().stdout;
            assert_eq!(String::from_utf8(printed).unwrap(), value);
        }
    }

    #[test]
    fn files_are_their_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("inputs");
        let variables = [Variable { name: "A".to_owned(), value: "a\n".to_owned().into(), sensitive: true }];
        for _ in 0..2 {
            write_files(&dir, &variables).unwrap();
        }
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&dir.join("A"))), (0o700, 0o600));
        assert_eq!(std::fs::read_to_string(dir.join("A")).unwrap(), "a\n");
        std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(write_files(&dir, &variables).unwrap_err().text.contains("chmod 700"));
    }
}
