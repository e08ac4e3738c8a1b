//! The credential report of an account: a line for the root user and for each user, written by a job to a file
//! in the data folder and handed out from there for four hours.
//!
//! The file is all there is to it: it appears whole, under its name, with the time of the report as its own,
//! so a crash leaves no half of one and a new start finds what was there. Writing it takes the memory of a page
//! of users, however many there are. [`row`] has the columns.

mod row;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use keystead_aws::error::{Fault, Result};
use keystead_core::user::fold_name;
use keystead_core::{AccountId, Arn, Timestamp};
use keystead_gate::{Context, Gate};
use keystead_store::Tx;
use keystead_store::user_pages::UserSpan;

use crate::credentials::Credentials;

/// How long a report is handed out, and not made anew.
const FRESH_FOR: Duration = Duration::from_hours(4);
/// The users that are read at once.
const PAGE: i64 = 1000;

/// Where an account's report stands.
pub(crate) enum State {
    /// There is none.
    Missing,
    /// It is being written.
    UnderWay,
    /// There is one of less than four hours ago.
    Fresh(Report),
    /// There is one of four hours ago or more.
    Expired,
}

/// What asking for a report came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is being written from now on.
    Started,
    /// It has been for a while.
    UnderWay,
    /// There is a fresh one.
    Complete,
}

/// A report that was written.
pub(crate) struct Report {
    file: File,
    /// When it was asked for: what was done before is in it.
    pub(crate) made_at: Timestamp,
}

impl Report {
    /// Its text.
    pub(crate) fn read(mut self) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        self.file.read_to_end(&mut text).map_err(Fault::internal)?;
        Ok(text)
    }
}

/// The report of the caller's account.
pub(crate) struct CredentialReport<'c> {
    gate: &'c Arc<Gate>,
    account: AccountId,
    now: Timestamp,
}

impl<'c> CredentialReport<'c> {
    pub(crate) fn of(cx: &'c Context) -> Self {
        Self { gate: cx.gate(), account: cx.account(), now: cx.now }
    }

    /// Where it stands.
    pub(crate) fn state(&self) -> Result<State> {
        // Asked first: one that ends in between is found as a file.
        let is_under_way = self.gate.jobs().is_under_way(&self.job());
        Ok(match open(&self.path()).map_err(Fault::internal)? {
            Some(report) if self.now.since(report.made_at) < FRESH_FOR => State::Fresh(report),
            _ if is_under_way => State::UnderWay,
            Some(_) => State::Expired,
            None => State::Missing,
        })
    }

    /// Has it written, unless there is a fresh one.
    pub(crate) fn generate(&self) -> Result<Outcome> {
        if self.is_fresh()? {
            return Ok(Outcome::Complete);
        }
        let Some(claim) = self.gate.jobs().claim(&self.job()) else { return Ok(Outcome::UnderWay) };
        // One that was under way a moment ago may be complete by now.
        if self.is_fresh()? {
            return Ok(Outcome::Complete);
        }
        let (gate, account, now, path) = (Arc::clone(self.gate), self.account, self.now, self.path());
        let work = move || {
            if let Err(fault) = write(&gate, account, now, &path) {
                tracing::error!(%account, ?fault, "the credential report could not be written");
            }
        };
        claim.start(work).map_err(Fault::internal)?;
        Ok(Outcome::Started)
    }

    fn is_fresh(&self) -> Result<bool> {
        self.state().map(|state| matches!(state, State::Fresh(_)))
    }

    fn path(&self) -> PathBuf {
        self.gate.store().folder().join("reports").join(format!("{}.csv", self.account))
    }

    fn job(&self) -> String {
        format!("credential report of {}", self.account)
    }
}

/// The report in a file, which carries the report's time as its own.
fn open(path: &Path) -> io::Result<Option<Report>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let since_epoch = file.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Some(Report { file, made_at: Timestamp::default().plus(since_epoch) }))
}

/// Writes the report beside its place and then puts it there.
fn write(gate: &Gate, account: AccountId, now: Timestamp, path: &Path) -> Result<()> {
    // What is still in memory of the use of keys is read from the store with the rest.
    gate.flush_uses(true)?;
    let part = path.with_extension("part");
    let mut lines = csv::Writer::from_writer(create(&part).map_err(Fault::internal)?);
    gate.store().read(|tx| write_lines(tx, account, &mut lines))?;
    let finish = || {
        let file = lines.into_inner().map_err(|error| error.into_error())?;
        file.set_modified(UNIX_EPOCH + now.whole_second().since(Timestamp::default()))?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    finish().map_err(Fault::internal)
}

/// A new file that nobody else may read, in a folder of the same kind.
fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// All lines, from one snapshot of the store: a user renamed meanwhile is in it once.
fn write_lines(tx: &mut Tx<'_>, account: AccountId, lines: &mut csv::Writer<impl io::Write>) -> Result<()> {
    let mut write = |line: &row::Row| {
        lines.write_record(line.iter().map(|value| value.as_bytes())).map_err(Fault::internal)
    };
    write(&row::COLUMNS.map(Into::into).to_vec())?;
    if let Some(stored) = tx.accounts().find(account)? {
        let arn = Arn::root(account).to_string();
        write(&row::of_root(arn, stored.created_at, &Credentials::of_root(tx, account)?))?;
    }
    let max_age = None;
    let mut after = String::new();
    loop {
        let users = tx.users().list(account, "/", Some(&after), PAGE)?;
        let Some(last) = users.last() else { return Ok(()) };
        let span = UserSpan { account, after, through: fold_name(&last.name) };
        let credentials = Credentials::of_users(tx, &span)?;
        let none = Credentials::default();
        for user in &users {
            write(&row::of_user(user, max_age, credentials.get(&user.id).unwrap_or(&none)))?;
        }
        after = span.through;
    }
}
