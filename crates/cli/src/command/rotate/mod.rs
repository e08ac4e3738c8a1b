//! `keystead rotate …`: replacing a managed credential's key, and answering what a rotation asks.
//!
//! - `view`: a rotation as a person reads it.
//! - `watch`: the same, followed to its end.

mod view;
mod watch;

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
    #[command(after_help = "Example:\n  keystead rotate start orders")]
    Start {
        #[command(flatten)]
        remote: Remote,
        /// The managed credential.
        credential: String,
        /// The durations it keeps to; the credential's own when left out.
        #[arg(long, value_enum)]
        profile: Option<Profile>,
    },
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
    /// Print the receipt: every piece of evidence with its time, chained by hash.
    #[command(after_help = "Example:\n  keystead rotate receipt 6f1c… -o json > receipt.json")]
    Receipt(Named),
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
            Self::Start { remote, credential, profile } => {
                let mut body = json!({ "credential": credential });
                if let Some(profile) = profile {
                    body["profile"] = json!(profile);
                }
                let started = remote.connect()?.post(PATH, &body)?;
                style.print_as(&started, view::text)?;
                if let Some(id) = started["rotation_id"].as_str() {
                    eprintln!("Follow it: keystead rotate status {id} --watch");
                }
                Ok(())
            }
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
            Self::Receipt(Named { remote, rotation_id }) => {
                let answer = remote.connect()?.get(&format!("{}/receipt", path(&rotation_id)?))?;
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
