//! `keystead rotate …`: replacing a managed credential's key, and answering what a rotation asks.
//!
//! - `fleet`: which of many comes first, and which keys keep to a rule.
//! - `page`: the receipt as a page, and checking one.
//! - `rehearse`: a rotation of a key that nobody needs.
//! - `view`: a rotation as a person reads it.
//! - `watch`: the same, followed to its end.

mod fleet;
mod page;
mod rehearse;
mod view;
mod watch;

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::{Value, json};

use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/rotations";

/// Rotations.
#[derive(Debug, Subcommand)]
pub(crate) enum Rotate {
    /// Begin to replace a managed credential's key. Both keys work until nobody needs the old one any more.
    #[command(
        after_help = "Example:\n  keystead rotate start orders --dry-run\n  keystead rotate start orders"
    )]
    Start(Start),
    /// Rotate a key that nobody needs, in a minute, with this command as the application that uses it: what happens here
    /// before a key that matters is rotated. Nothing of it is left.
    #[command(after_help = "Example:\n  keystead rotate rehearse")]
    Rehearse(rehearse::Rehearse),
    /// List the rotations.
    #[command(
        after_help = "Example:\n  keystead rotate list --query \"rotations[?state=='blocked'].rotation_id\""
    )]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Show how a rotation stands: what it waits for, who has the new key, who still uses the old one.
    #[command(after_help = "Example:\n  keystead rotate status 6f1c… --watch\n\n\
                            With --watch the exit code is 0 when it is done, and 7 when it waits for somebody or \
                            went back to the old key.")]
    Status {
        #[command(flatten)]
        remote: Remote,
        /// The rotation's id.
        rotation_id: String,
        /// Follow it until it is done, waits for somebody, or has gone back.
        #[arg(long)]
        watch: bool,
    },
    /// Say yes to what a rotation asks; `rotate status` tells what happens then.
    #[command(after_help = "Example:\n  keystead rotate approve 6f1c…")]
    Approve(Named),
    /// Go back to the old key, which is possible until it is deleted.
    #[command(after_help = "Example:\n  keystead rotate rollback 6f1c…")]
    Rollback(Named),
    /// Hold a rotation where it is.
    #[command(after_help = "Example:\n  keystead rotate pause 6f1c…")]
    Pause(Named),
    /// Let a held rotation go on.
    #[command(after_help = "Example:\n  keystead rotate resume 6f1c…")]
    Resume(Named),
    /// Do not give a consumer the new key: it keeps the old one, and the rotation does not end before it is
    /// gone or exempt.
    #[command(after_help = "Example:\n  keystead rotate skip 6f1c… nightly-report")]
    Skip(NamedConsumer),
    /// Let a consumer's use of the old key not count: it will be interrupted.
    #[command(after_help = "Example:\n  keystead rotate exempt 6f1c… forgotten-script")]
    Exempt(NamedConsumer),
    /// Give a consumer the old key back; it is passed over from then on.
    #[command(after_help = "Example:\n  keystead rotate return 6f1c… billing")]
    Return(NamedConsumer),
    /// Make the inactive old key active again, and prove its silence anew.
    #[command(after_help = "Example:\n  keystead rotate put-back 6f1c…")]
    PutBack(Named),
    /// Watch the inactive old key for longer before it is deleted; attempts until now do not count.
    #[command(after_help = "Example:\n  keystead rotate extend 6f1c… 7d")]
    Extend {
        #[command(flatten)]
        rotation: Named,
        /// How much longer, such as 36h or 7d.
        lasts: Lasts,
    },
    /// Switch the old key off for some minutes to see who needs it; it is put back by itself.
    #[command(after_help = "Example:\n  keystead rotate brownout 6f1c…")]
    Brownout(Named),
    /// Remind whoever still uses the old key, and wait once more.
    #[command(after_help = "Example:\n  keystead rotate remind 6f1c…")]
    Remind(Named),
    /// Deactivate the old key though it is in use: whoever uses it is interrupted.
    #[command(after_help = "Example:\n  keystead rotate hard-stop 6f1c… --typed 7Q2A")]
    HardStop {
        #[command(flatten)]
        rotation: Named,
        /// The last four characters of the old key's id, to be sure that it is this one.
        #[arg(long)]
        typed: String,
    },
    /// Deactivate, watch and delete another key of the principal, so that a second one has room. Given again,
    /// the watch ends.
    #[command(after_help = "Example:\n  keystead rotate make-room 6f1c… AKIA…")]
    MakeRoom {
        #[command(flatten)]
        rotation: Named,
        /// The key to give up, in full.
        key: String,
    },
    /// The old key has leaked: end its sessions, replace it as fast as can be, and switch it off.
    #[command(after_help = "Example:\n  keystead rotate emergency 6f1c… --contain-now")]
    Emergency {
        #[command(flatten)]
        rotation: Named,
        /// Switch it off at once, whoever uses it, and replace it then.
        #[arg(long)]
        contain_now: bool,
    },
    /// Say that a consumer no longer uses the old key. Weak evidence, kept with your name.
    #[command(
        after_help = "Example:\n  keystead rotate attest 6f1c… --consumer till --note 'replaced it myself'"
    )]
    Attest {
        #[command(flatten)]
        rotation: Named,
        /// The consumer, as the rotation names it.
        #[arg(long, value_name = "NAME")]
        consumer: String,
        /// How you know.
        #[arg(long)]
        note: String,
    },
    /// Tell which managed credentials come first, and why.
    #[command(after_help = "Example:\n  keystead rotate next --only unplanned")]
    Next(fleet::Next),
    /// Tell which access keys keep to a rule of age. A rotation keeps to it from its first to its last day.
    #[command(after_help = "Example:\n  keystead rotate compliance --rule cis --csv > keys.csv\n\n\
                            The exit code is 0 when every key does, and 7 when one does not.")]
    Compliance(fleet::Compliance),
    /// Print the receipt: every piece of evidence with its time, chained by hash.
    #[command(after_help = "Examples:\n  keystead rotate receipt 6f1c… -o json > receipt.json\n  \
                            keystead rotate receipt 6f1c… --html receipt.html")]
    Receipt {
        #[command(flatten)]
        rotation: Named,
        /// Write it as a page that stands alone.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Check a receipt that was written to a file, as JSON or as a page. No server is asked.
    #[command(after_help = "Example:\n  keystead rotate verify-receipt receipt.html")]
    VerifyReceipt {
        /// The file.
        file: PathBuf,
    },
}

/// What to rotate, and how carefully.
#[derive(Debug, clap::Args)]
pub(crate) struct Start {
    #[command(flatten)]
    remote: Remote,
    /// The managed credential.
    credential: String,
    /// The durations it keeps to; the credential's own when left out.
    #[arg(long, value_enum)]
    profile: Option<Profile>,
    /// Only look whether a rotation could be finished; nothing is changed.
    #[arg(long)]
    dry_run: bool,
    /// Switch the old key off for some minutes, for trial, before it is deactivated.
    #[arg(long)]
    brownout: bool,
    /// Wait for your yes before this step; may be given more than once.
    #[arg(long, value_enum, value_name = "STEP")]
    approve_each: Vec<Step>,
    /// The old key has leaked: freezes, approvals and proofs do not hold it.
    #[arg(long, value_enum, value_name = "WHEN")]
    emergency: Option<Containment>,
    /// For how long presigned URLs made with the old key are good, such as 7d; the proof lasts as long.
    #[arg(long)]
    presigned_urls: Option<Lasts>,
}

/// A step that may wait for a yes.
#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// A second key is created.
    Create,
    /// The first consumer is given it.
    Deliver,
    /// The old key is deactivated.
    Deactivate,
    /// The old key is deleted.
    Delete,
}

/// When a leaked key is switched off.
#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Containment {
    /// At once: whoever uses it is interrupted.
    AtOnce,
    /// As soon as everybody has been given the new one.
    WhenReplaced,
}

/// A duration as people write it: `90s`, `15m`, `36h`, `7d`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lasts(u64);

impl FromStr for Lasts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = text.split_at(text.len().saturating_sub(1));
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            _ => 0,
        };
        let lasts = number.parse().ok().and_then(|number: u64| number.checked_mul(seconds));
        lasts.filter(|lasts| *lasts > 0).map(Self).ok_or_else(|| "such as 90s, 15m, 36h or 7d".to_owned())
    }
}

impl Start {
    fn run(self, style: &Style) -> Result<(), Failure> {
        let body = json!({
            "credential": self.credential,
            "profile": self.profile,
            "dry_run": self.dry_run,
            "brownout": self.brownout,
            "approve_each": self.approve_each,
            "emergency": self.emergency,
            "presigned_urls_s": self.presigned_urls.map(|lasts| lasts.0),
        });
        let started = self.remote.connect()?.post(PATH, &body)?;
        if self.dry_run { style.print_as(&started, view::text) } else { print_started(style, &started) }
    }
}

/// Prints a rotation that has begun, and how to follow it.
pub(crate) fn print_started(style: &Style, started: &Value) -> Result<(), Failure> {
    style.print_as(started, view::text)?;
    if let Some(id) = started["rotation_id"].as_str() {
        eprintln!("Follow it: keystead rotate status {id} --watch");
    }
    Ok(())
}

/// One rotation at one server.
#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    #[command(flatten)]
    remote: Remote,
    /// The rotation's id.
    rotation_id: String,
}

/// One consumer of one rotation.
#[derive(Debug, clap::Args)]
pub(crate) struct NamedConsumer {
    #[command(flatten)]
    rotation: Named,
    /// The consumer's name.
    consumer: String,
}

/// The durations a rotation keeps to.
#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    /// For keys that matter: days.
    Standard,
    /// A whole rotation in under a minute, to be looked at.
    Demo,
}

impl Rotate {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Start(start) => start.run(style),
            Self::Rehearse(rehearse) => rehearse.run(style),
            Self::List { remote } => {
                let columns = ["rotation_id", "credential", "state", "started_at", "finished_at"];
                style.print(&remote.connect()?.list(PATH, "rotations")?, &columns)
            }
            Self::Status { remote, rotation_id, watch: false } => {
                style.print_as(&remote.connect()?.get(&path(&rotation_id)?)?, view::text)
            }
            Self::Status { remote, rotation_id, watch: true } => {
                let (connection, path) = (remote.connect()?, path(&rotation_id)?);
                watch::follow(|| connection.get(&path), style)
            }
            Self::Approve(named) => named.order(&json!({ "command": "approve" }), style),
            Self::Rollback(named) => named.order(&json!({ "command": "rollback" }), style),
            Self::Pause(named) => named.order(&json!({ "command": "pause" }), style),
            Self::Resume(named) => named.order(&json!({ "command": "resume" }), style),
            Self::Skip(named) => named.order("skip", style),
            Self::Exempt(named) => named.order("exempt", style),
            Self::Return(named) => named.order("return", style),
            Self::PutBack(named) => named.order(&json!({ "command": "put_back" }), style),
            Self::Extend { rotation, lasts } => {
                rotation.order(&json!({ "command": "extend", "lasts_s": lasts.0 }), style)
            }
            Self::Brownout(named) => named.order(&json!({ "command": "brownout" }), style),
            Self::Remind(named) => named.order(&json!({ "command": "remind" }), style),
            Self::HardStop { rotation, typed } => {
                rotation.order(&json!({ "command": "hard_stop", "typed": typed }), style)
            }
            Self::MakeRoom { rotation, key } => {
                rotation.order(&json!({ "command": "make_room", "key": key }), style)
            }
            Self::Emergency { rotation, contain_now } => {
                let command = if contain_now { "emergency_contain_now" } else { "emergency" };
                rotation.order(&json!({ "command": command }), style)
            }
            Self::Attest { rotation: Named { remote, rotation_id }, consumer, note } => {
                let body = json!({ "consumer": consumer, "note": note });
                let path = format!("{}/attestations", path(&rotation_id)?);
                style.print_as(&remote.connect()?.post(&path, &body)?, view::text)
            }
            Self::Next(next) => next.run(style),
            Self::Compliance(compliance) => compliance.run(style),
            Self::VerifyReceipt { file } => page::verify(&file),
            Self::Receipt { rotation: Named { remote, rotation_id }, html } => {
                let answer = remote.connect()?.get(&format!("{}/receipt", path(&rotation_id)?))?;
                if let Some(file) = html {
                    return page::write(&file, &answer["receipt"]);
                }
                style.print_as(&answer["receipt"], |_| answer["text"].as_str().unwrap_or_default().to_owned())
            }
        }
    }
}

impl Named {
    fn order(&self, body: &Value, style: &Style) -> Result<(), Failure> {
        let answer = self.remote.connect()?.post(&format!("{}/commands", path(&self.rotation_id)?), body)?;
        style.print_as(&answer, view::text)
    }
}

impl NamedConsumer {
    fn order(&self, command: &str, style: &Style) -> Result<(), Failure> {
        self.rotation.order(&json!({ "command": command, "consumer": self.consumer }), style)
    }
}

fn path(rotation_id: &str) -> Result<String, Failure> {
    Ok(format!("{PATH}/{}", segment(rotation_id)?))
}
