//! `keystead scan`: finds this installation's access keys in files and in the history of a repository, without a
//! server and without false alarms: a secret carries a checksum over the installation and its id.

mod git;
mod report;
mod walk;

use std::io::Read;
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use keystead_core::AccessKeyId;
use keystead_core::leak::{find_ids, find_secrets};
use serde_json::{Value, json};

use self::report::{Owners, sarif};
use crate::connection::Remote;
use crate::failure::{Failure, Kind};
use crate::installation::Location;
use crate::output::{Style, say, table};

/// Larger files are not read; no file of configuration is.
const FILE_MAX: u64 = 8 * 1024 * 1024;
/// What is read of standard input.
const INPUT_MAX: u64 = 256 * 1024 * 1024;
/// Ids that are tried in one file.
const IDS_MAX: usize = 500;
const COLUMNS: &[&str] = &["path", "line", "access_key_id", "next"];
const COLUMNS_OWNED: &[&str] = &["path", "line", "access_key_id", "owner", "status", "last_used_at", "next"];

/// Find this installation's access keys in a folder, a Git repository's history, or standard input.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  keystead scan . --installation MARKER\n  \
                        keystead scan --history path/to/repository\n  \
                        keystead scan --staged      (as a pre-commit hook)\n  \
                        keystead scan . --owners     (asks the server whose they are)\n  \
                        some-command | keystead scan -\n\n\
                        The marker is printed by: keystead admin marker\n\
                        The exit code is 0 where no key was found and 1 where one was.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(crate) struct Scan {
    /// A folder or file, or - for standard input.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Look through everything that was ever committed in this repository, besides its files.
    #[arg(long, conflicts_with = "staged")]
    history: bool,
    /// Look only through what is about to be committed.
    #[arg(long)]
    staged: bool,
    /// The installation's marker; without it, it is read from the data folder.
    #[arg(long, env = "KEYSTEAD_INSTALLATION", value_name = "MARKER")]
    installation: Option<String>,
    /// Ask the server whose the found keys are, whether they work, and when they were last used.
    #[arg(long)]
    owners: bool,
    /// Print a SARIF log, as code hosts take it.
    #[arg(long)]
    sarif: bool,
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    location: Location,
}

/// What was found so far.
struct Scanner {
    installation: String,
    found: Vec<Found>,
    files: u64,
    skipped: u64,
    progress: ProgressBar,
}

/// A key in a file.
struct Found {
    path: String,
    line: usize,
    id: AccessKeyId,
}

impl Scan {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        let installation = match self.installation {
            Some(marker) => marker,
            None => self.location.open().map_err(without_marker)?.store.installation().to_owned(),
        };
        let progress = ProgressBar::new_spinner().with_message("files looked through");
        let mut scanner = Scanner { installation, found: Vec::new(), files: 0, skipped: 0, progress };
        if self.path == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::stdin().lock().take(INPUT_MAX).read_to_end(&mut bytes)?;
            scanner.look_at("-", &bytes);
        } else if self.staged {
            git::staged(&self.path, &mut scanner)?;
        } else {
            walk::files(&self.path, &mut scanner)?;
            if self.history {
                git::history(&self.path, &mut scanner)?;
            }
        }
        let is_asked = self.owners && !scanner.found.is_empty();
        let owners = is_asked.then(|| Owners::ask(&self.remote)).transpose()?;
        scanner.report(style, owners.as_ref(), self.sarif)
    }
}

impl Scanner {
    fn look_at(&mut self, path: &str, bytes: &[u8]) {
        self.files += 1;
        self.progress.inc(1);
        let text = String::from_utf8_lossy(bytes);
        let ids = find_ids(&text, IDS_MAX);
        for found in find_secrets(&text, &self.installation, &ids) {
            let line = text.get(..found.secret_at).unwrap_or_default().matches('\n').count() + 1;
            self.found.push(Found { path: path.to_owned(), line, id: found.id });
        }
    }

    fn skip(&mut self) {
        self.skipped += 1;
    }

    fn report(self, style: &Style, owners: Option<&Owners>, as_sarif: bool) -> Result<(), Failure> {
        self.progress.finish_and_clear();
        let keys: Vec<Value> = self.found.iter().map(|found| found.to_json(owners)).collect();
        let count = keys.len();
        if as_sarif {
            say(&format!("{:#}", sarif(&keys)))?;
            return found(count);
        }
        let result = json!({ "keys": keys, "files": self.files, "skipped": self.skipped });
        if count == 0 {
            return style
                .print_as(&result, |_| format!("No key of this installation in {} files.", self.files));
        }
        let columns = if owners.is_some() { COLUMNS_OWNED } else { COLUMNS };
        style.print_as(&result, |result| table(&result["keys"], columns))?;
        found(count)
    }
}

/// How the command ends.
fn found(count: usize) -> Result<(), Failure> {
    let text = match count {
        0 => return Ok(()),
        1 => "A key of this installation was found.".to_owned(),
        _ => format!("Keys of this installation were found, in {count} places."),
    };
    Err(Failure::new(Kind::Local, text))
}

/// A server that runs holds the folder.
fn without_marker(failure: Failure) -> Failure {
    let text = format!("{} Or give --installation; see: keystead admin marker --help", failure.text);
    Failure::new(failure.kind, text)
}
