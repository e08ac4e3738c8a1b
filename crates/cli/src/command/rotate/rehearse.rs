//! `keystead rotate rehearse`: a whole rotation at this very installation, of a key that nobody needs. A user is made for
//! it, this command is the application that uses its key all the while, and nothing of either is left in the end.

use std::time::Duration;

use keystead_core::rng::uuid;
use keystead_core::{Clock, Timestamp};
use serde_json::{Value, json};

use super::{PATH, view};
use crate::clock::SystemClock;
use crate::connection::{Connection, Remote};
use crate::failure::{Failure, Kind};
use crate::interrupt::Interrupt;
use crate::output::Style;
use crate::random::SystemRng;

/// How often the key is used.
const PERIOD: Duration = Duration::from_millis(300);
/// How long going back may take, where somebody ends the rehearsal before its time.
const WAY_BACK: Duration = Duration::from_mins(1);

/// A rehearsal.
#[derive(Debug, clap::Args)]
pub(crate) struct Rehearse {
    #[command(flatten)]
    remote: Remote,
}

/// What is made for a rehearsal: a user, a managed credential and a consumer, all of one name.
struct Stage {
    connection: Connection,
    name: String,
    /// The keys that were seen, to be deleted in the end.
    keys: Vec<String>,
}

/// This command as an application: it fetches its key with its token, as `credential_process` does.
struct Application {
    consumer: Connection,
    name: String,
    signer: Option<Connection>,
    fetch_at: Timestamp,
    requests: u64,
    failures: Vec<String>,
}

impl Rehearse {
    /// Plays it, and clears everything away whatever came of it.
    pub(crate) fn run(&self, style: &Style) -> Result<(), Failure> {
        let mut interrupt = Interrupt::listen()?;
        let name = format!("rehearsal-{}", uuid(&SystemRng).get(..8).unwrap_or_default());
        let mut stage = Stage { connection: self.remote.connect()?, name, keys: Vec::new() };
        let played = stage.play(&mut interrupt);
        let cleared = stage.clear();
        let told = played?;
        cleared?;
        style.print_as(&told, |told| told["sentence"].as_str().unwrap_or_default().to_owned())?;
        if told["state"] == "done" && told["failed"] == 0 {
            return Ok(());
        }
        Err(Failure::new(Kind::Partial, "The rehearsal did not go as it should have."))
    }
}

impl Stage {
    fn play(&mut self, interrupt: &mut Interrupt) -> Result<Value, Failure> {
        let name = self.name.clone();
        self.iam("CreateUser", &[("Path", "/rehearsal/")])?;
        let body = json!({ "name": name, "user_name": name, "profile": "demo" });
        let made = self.connection.post("/api/v1/credentials", &body)?;
        self.keys.extend(made["access_key_id"].as_str().map(str::to_owned));
        let body = json!({ "name": name, "kind": "credential_process", "required": true, "app_id": name });
        let enrolled = self.connection.post(&format!("/api/v1/credentials/{name}/consumers"), &body)?;
        let mut application =
            Application::new(&self.connection, &name, enrolled["token"].as_str().unwrap_or_default());
        application.work()?;

        let begun_at = SystemClock.now();
        let started = self.connection.post(PATH, &json!({ "credential": name }))?;
        let path = format!("{PATH}/{}", started["rotation_id"].as_str().unwrap_or_default());
        let (mut told, mut has_turned) = (String::new(), false);
        let rotation = loop {
            let rotation = self.connection.get(&path)?;
            self.keys.extend(rotation["new_access_key_id"].as_str().map(str::to_owned));
            let line = view::line(&rotation);
            if line != told {
                eprintln!("{line}");
                told = line;
            }
            if matches!(rotation["state"].as_str(), Some("done" | "rolled back" | "blocked")) {
                break rotation;
            }
            if has_turned && SystemClock.now().since(begun_at) > WAY_BACK * 3 {
                break rotation;
            }
            if interrupt.comes_within(PERIOD) && !has_turned {
                eprintln!("Going back and clearing away; this takes some seconds.");
                has_turned = true;
                self.connection.post(&format!("{path}/commands"), &json!({ "command": "rollback" }))?;
            }
            application.work()?;
        };
        let state = rotation["state"].as_str().unwrap_or_default();
        let (requests, failed) = (application.requests, application.failures.len());
        let outcome =
            if state == "done" { "The rehearsal ended as it should." } else { "The rehearsal did not end." };
        let first =
            application.failures.first().map_or_else(String::new, |first| format!(" The first: {first}"));
        Ok(json!({
            "rotation_id": rotation["rotation_id"],
            "state": state,
            "requests": requests,
            "failed": failed,
            "seconds": SystemClock.now().since(begun_at).as_secs(),
            "sentence": format!(
                "{outcome} {requests} requests were made with the key while it was replaced; {failed} failed.{first}"
            ),
        }))
    }

    fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Result<(), Failure> {
        let named = [("Action", action), ("Version", "2010-05-08"), ("UserName", self.name.as_str())];
        self.connection.query("iam", &[&named, parameters].concat(), &self.name)
    }

    /// Deletes all that was made; what is not there needs no deleting.
    fn clear(&mut self) -> Result<(), Failure> {
        let unless_missing = |outcome: Result<(), Failure>| match outcome {
            Err(failure) if failure.kind == Kind::NotFound => Ok(()),
            outcome => outcome,
        };
        unless_missing(self.connection.delete(&format!("/api/v1/credentials/{}", self.name)).map(drop))?;
        self.keys.sort_unstable();
        self.keys.dedup();
        for key in &self.keys {
            unless_missing(self.iam("DeleteAccessKey", &[("AccessKeyId", key)]))?;
        }
        unless_missing(self.iam("DeleteUser", &[]))
    }
}

impl Application {
    fn new(connection: &Connection, name: &str, token: &str) -> Self {
        Self {
            consumer: connection.with_token(token),
            name: name.to_owned(),
            signer: None,
            fetch_at: Timestamp::default(),
            requests: 0,
            failures: Vec::new(),
        }
    }

    /// Makes one request with the key it has, which it fetches anew before it runs out.
    fn work(&mut self) -> Result<(), Failure> {
        let now = SystemClock.now();
        if now >= self.fetch_at {
            let credential = self.consumer.get("/api/v1/consumer/credential")?;
            let member = |name: &str| credential[name].as_str().unwrap_or_default();
            self.signer = Some(self.consumer.with_key(member("access_key_id"), member("secret_access_key")));
            let lease = Duration::from_secs(credential["lease_seconds"].as_u64().unwrap_or_default());
            self.fetch_at = now.plus(lease / 2);
        }
        let asked = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
        let Some(signer) = &self.signer else { return Ok(()) };
        self.requests += 1;
        if let Err(failure) = signer.query("sts", &asked, &self.name) {
            self.failures.push(failure.text);
        }
        Ok(())
    }
}
