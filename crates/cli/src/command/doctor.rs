//! `keystead doctor`: whether an installation, or a server, is well, and what to do where it is not.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Method;
use http::header::DATE;
use keystead_authority::account;
use keystead_core::{AccountId, Clock, Timestamp};
use keystead_store::audit::{AuditPlace, ChainState};
use keystead_store::{Store, StoreError};
use serde_json::{Value, json};

use crate::clock::SystemClock;
use crate::connection::{Connection, Remote};
use crate::failure::{Failure, Kind, sentence};
use crate::installation::{Installation, Location};
use crate::output::{Style, rows};

/// Check an installation's folder, or with --url a running server.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  keystead doctor --data /var/lib/keystead\n  \
                        keystead doctor --url https://keystead.example:7360\n\n\
                        The exit code is 1 where a check fails.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    location: Location,
    /// Check the server at this address instead of a folder.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A file of certificates in PEM to trust besides the system's.
    #[arg(long, env = "KEYSTEAD_CACERT", value_name = "FILE", requires = "url")]
    cacert: Option<PathBuf>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// A finished check: what was looked at, what was found, and what to do about it.
struct Finding {
    verdict: Verdict,
    check: &'static str,
    text: String,
}

/// A clock that is this far off is worth a word; at the second, signatures for verifiers are refused.
const SKEW_WARN: Duration = Duration::from_secs(30);
const SKEW_FAIL: Duration = Duration::from_mins(5);
/// Links of the audit chain that are checked in one transaction.
const LINKS: i64 = 1000;
/// How much room is tried for, in bytes.
const ROOM: usize = 4 * 1024 * 1024;

impl Doctor {
    /// Checks everything, whatever fails first.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        let findings = match self.url {
            Some(url) => check_server(&Remote { url, cacert: self.cacert }.connect()?),
            None => check_folder(&self.location),
        };
        let checks: Vec<Value> = findings.iter().map(Finding::to_json).collect();
        style.print_as(&json!({ "checks": checks }), |_| {
            let line = |f: &Finding| vec![f.verdict.as_str().to_owned(), f.check.to_owned(), f.text.clone()];
            rows(findings.iter().map(line), None)
        })?;
        match findings.iter().filter(|finding| finding.verdict == Verdict::Fail).count() {
            0 => Ok(()),
            1 => Err(Failure::new(Kind::Local, "One check failed.")),
            count => Err(Failure::new(Kind::Local, format!("{count} checks failed."))),
        }
    }
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl Finding {
    fn to_json(&self) -> Value {
        json!({ "check": self.check, "verdict": self.verdict.as_str(), "text": self.text })
    }
}

fn ok(check: &'static str, text: String) -> Finding {
    Finding { verdict: Verdict::Ok, check, text }
}

fn warn(check: &'static str, text: String) -> Finding {
    Finding { verdict: Verdict::Warn, check, text }
}

fn fail(check: &'static str, text: String) -> Finding {
    Finding { verdict: Verdict::Fail, check, text }
}

/// What could be found out, or why it could not.
fn told<E: std::fmt::Display>(check: &'static str, outcome: Result<Finding, E>) -> Finding {
    outcome.unwrap_or_else(|error| fail(check, sentence(&error.to_string())))
}

fn check_folder(location: &Location) -> Vec<Finding> {
    let folder = &location.data;
    let mut findings = vec![
        check_mode("folder", folder, warn),
        check_mode("master key", &folder.join("master.key"), fail),
        told("room", check_room(folder).map_err(|error| format!("{}: {error}", folder.display()))),
    ];
    match location.open() {
        Err(failure) if failure.kind == Kind::Conflict => {
            let advice = "Stop it to have the database checked, or check the server with --url.";
            findings.push(warn("database", format!("{} {advice}", failure.text)));
        }
        Err(failure) => findings.push(fail("database", failure.text)),
        Ok(Installation { store, clock, .. }) => findings.extend(check_store(&store, clock.now())),
    }
    findings
}

/// Whether only its owner may read something; `open` is what to say where not.
fn check_mode(check: &'static str, path: &Path, open: fn(&'static str, String) -> Finding) -> Finding {
    let shown = path.display();
    match fs::metadata(path).map(|found| found.permissions().mode() & 0o777) {
        Err(error) => fail(check, format!("{shown}: {error}.")),
        Ok(mode) if mode == mode & 0o700 => ok(check, format!("{shown} is its owner's alone.")),
        Ok(mode) => open(check, format!("{shown} is open to others (mode {mode:o}): chmod go= {shown}")),
    }
}

/// Whether there is room to write, by writing.
fn check_room(folder: &Path) -> io::Result<Finding> {
    let path = folder.join("doctor.tmp");
    let outcome = fs::File::create(&path).and_then(|mut file| {
        io::Write::write_all(&mut file, &vec![0; ROOM])?;
        file.sync_all()
    });
    let removed = fs::remove_file(&path);
    outcome.and(removed)?;
    Ok(ok("room", format!("{} MiB could be written.", ROOM / 1024 / 1024)))
}

fn check_store(store: &Store, now: Timestamp) -> Vec<Finding> {
    let setup = store.read(|tx| {
        let migration = tx.newest_migration()?;
        Ok::<_, StoreError>(ok("database", format!("{}, migration {migration}.", tx.engine_version()?)))
    });
    let integrity = store.read(|tx| {
        Ok::<_, StoreError>(match tx.check_integrity()?.as_slice() {
            [] => ok("integrity", "The stored data is whole.".to_owned()),
            wrong => fail("integrity", format!("Restore a backup: {}.", wrong.join("; "))),
        })
    });
    let mut findings = vec![told("database", setup), told("integrity", integrity)];
    match account::list(store) {
        Err(fault) => findings.push(fail("accounts", Failure::from(fault).text)),
        Ok(accounts) => {
            let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
            findings.push(told("clock", check_clock(store, &ids, now)));
            findings.push(told("audit", check_audit(store, &ids)));
        }
    }
    findings
}

/// A clock before the newest event was put back, or was wrong then.
fn check_clock(store: &Store, accounts: &[AccountId], now: Timestamp) -> Result<Finding, StoreError> {
    let newest = store.read(|tx| {
        accounts.iter().try_fold(Timestamp::default(), |newest, account| {
            let last = tx.audit().list(*account, &AuditPlace::newest(), 1)?;
            Ok::<_, StoreError>(last.first().map_or(newest, |record| newest.max(record.event.at)))
        })
    })?;
    Ok(if now < newest {
        fail("clock", format!("It is {now} here, but the newest event is of {newest}: set the clock."))
    } else {
        ok("clock", format!("It is {now}, after the newest event."))
    })
}

/// What to do where the trail is broken.
const ADVICE: &str = "Keep this folder as evidence and restore a backup.";

fn check_audit(store: &Store, accounts: &[AccountId]) -> Result<Finding, StoreError> {
    let mut links = 0;
    for account in accounts {
        let mut last = None;
        loop {
            match store.read(|tx| tx.audit().check_chain(*account, last.as_ref(), LINKS))? {
                ChainState::Broken { number, why } => {
                    let text = format!("Link {number} of account {account} is broken: {why}.");
                    return Ok(fail("audit", format!("{text} {ADVICE}")));
                }
                ChainState::Whole(end) if end == last => break,
                ChainState::Whole(end) => last = end,
            }
        }
        let totals = store.read(|tx| tx.audit().totals(*account))?;
        if totals.chained > totals.links {
            let text = format!("The end of the chain of account {account} was cut off.");
            return Ok(fail("audit", format!("{text} {ADVICE}")));
        }
        links += totals.links;
    }
    Ok(ok("audit", format!("The chain is whole: {links} events of {} accounts.", accounts.len())))
}

/// Whether a server answers, knows the key, and goes by the same clock.
fn check_server(connection: &Connection) -> Vec<Finding> {
    let answer = match connection.send(Method::GET, "/api/v1/verifiers", None) {
        Err(failure) => return vec![fail("server", failure.text)],
        Ok(answer) => answer,
    };
    let date =
        answer.headers().get(DATE).and_then(|date| date.to_str().ok()).and_then(Timestamp::parse_http_date);
    let problem = serde_json::from_slice(answer.body()).unwrap_or_default();
    let access = match answer.status().as_u16() {
        200 => ok("access", "The access key is known and allowed.".to_owned()),
        status => warn("access", Failure::from_problem(status, &problem).text),
    };
    vec![ok("server", "It answers.".to_owned()), compare_clocks(date, SystemClock.now()), access]
}

fn compare_clocks(theirs: Option<Timestamp>, ours: Timestamp) -> Finding {
    let Some(theirs) = theirs else {
        return warn("clock", "The server does not tell its time.".to_owned());
    };
    let skew = ours.since(theirs).max(theirs.since(ours));
    let text = format!("This clock and the server's are {} s apart", skew.as_secs());
    match skew {
        skew if skew >= SKEW_FAIL => {
            fail("clock", format!("{text}: signatures are refused. Set the clocks."))
        }
        skew if skew >= SKEW_WARN => {
            warn("clock", format!("{text}: set the clocks before signatures are refused."))
        }
        _ => ok("clock", format!("{text}.")),
    }
}

#[cfg(test)]
mod tests {
    use crate::random::SystemRng;
    use keystead_core::rng::uuid;
    use keystead_store::Command;
    use keystead_store::audit::AuditEvent;

    use super::*;

    fn verdict(findings: &[Finding], check: &str) -> Verdict {
        findings.iter().find(|finding| finding.check == check).unwrap().verdict
    }

    /// A folder with one account, and an event of `at` in its audit.
    fn installation(folder: &Path, at: Timestamp) -> Location {
        let location = Location { data: folder.to_owned(), database: None };
        let Installation { store, clock, rng } = location.open_or_make().unwrap();
        let new = account::NewAccount {
            id: None,
            name: "main".to_owned(),
            root_email: "r@example.com".to_owned(),
            root_key: false,
        };
        let account = account::create(&store, new, clock.now(), &*rng).unwrap().account.id;
        let command = || Command { id: uuid(&SystemRng), account: None, invocation_id: None };
        let event = AuditEvent { id: uuid(&SystemRng), account, at, event: "{}".to_owned() };
        store.write(command(), move |tx| tx.audit().insert(&event)).unwrap();
        store.write(command(), |tx| tx.chain_audit(10).map(|_| ())).unwrap();
        location
    }

    #[test]
    fn a_sound_folder_passes_every_check() {
        let folder = tempfile::tempdir().unwrap();
        let findings = check_folder(&installation(&folder.path().join("data"), SystemClock.now()));
        let failed: Vec<_> = findings.iter().filter(|f| f.verdict != Verdict::Ok).map(|f| &f.text).collect();
        assert_eq!((failed, findings.len()), (vec![], 7));
    }

    #[test]
    fn an_open_key_file_a_running_server_and_a_clock_put_back_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let location = installation(folder.path(), SystemClock.now().plus(Duration::from_hours(1)));
        let running = location.open().unwrap();
        assert_eq!(verdict(&check_folder(&location), "database"), Verdict::Warn);
        drop(running);
        assert_eq!(verdict(&check_folder(&location), "clock"), Verdict::Fail);
        let key = folder.path().join("master.key");
        fs::set_permissions(key, fs::Permissions::from_mode(0o640)).unwrap();
        let findings = check_folder(&location);
        assert_eq!(verdict(&findings, "master key"), Verdict::Fail);
        assert_eq!(verdict(&findings, "database"), Verdict::Fail);
    }

    #[test]
    fn clocks_apart_are_told_by_how_much() {
        let now = Timestamp::from_secs(1_412_951_871);
        for (seconds, verdict) in
            [(0, Verdict::Ok), (29, Verdict::Ok), (30, Verdict::Warn), (300, Verdict::Fail)]
        {
            let apart = Duration::from_secs(seconds);
            assert_eq!(compare_clocks(Some(now.plus(apart)), now).verdict, verdict, "{seconds}");
            assert_eq!(compare_clocks(Some(now.minus(apart)), now).verdict, verdict, "{seconds}");
        }
        assert_eq!(compare_clocks(None, now).verdict, Verdict::Warn);
    }
}
