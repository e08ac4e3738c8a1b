//! `keystead cloud discover|discoveries|changes|resources|requery-resource`: what there is in connected accounts.

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use keystead_aws::percent_encode;
use keystead_core::Clock;
use serde_json::{Value, json};

use super::path;
use crate::clock::{SystemClock, pause};
use crate::connection::{Connection, Remote, segment};
use crate::failure::{Failure, Kind};
use crate::output::Style;

/// How often progress is asked for.
const PERIOD: Duration = Duration::from_millis(500);
/// How long a server may be away before this gives up; the discovery goes on by itself.
const AWAY_MAX: Duration = Duration::from_mins(1);

const DISCOVERY: &[&str] =
    &["discovery_id", "state", "created_at", "finished_at", "found", "added", "changed", "removed", "calls"];
const CHANGE: &[&str] = &["change", "kind", "region", "resource_id", "name", "members"];
const RESOURCE: &[&str] = &["kind", "region", "resource_id", "name", "state", "last_seen_at"];

/// What there is in connected accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum CloudResources {
    /// Look through a connected account for what there is in it, now.
    #[command(after_help = "Example:\n  keystead cloud discover aws --wait\n  \
                            keystead cloud discover aws --region eu-west-1 --kind instances")]
    Discover {
        #[command(flatten)]
        remote: Remote,
        /// The connected account's name.
        name: String,
        /// Only this region, `global` for what the account has once. Can be given several times.
        #[arg(long, value_name = "REGION")]
        region: Vec<String>,
        /// Only resources of this kind, for example instances. Can be given several times.
        #[arg(long, value_name = "KIND")]
        kind: Vec<String>,
        /// Wait until it is done, and show how far it is.
        #[arg(long)]
        wait: bool,
    },
    /// List the discoveries of a connected account, the newest first.
    #[command(after_help = "Example:\n  keystead cloud discoveries aws")]
    Discoveries {
        #[command(flatten)]
        remote: Remote,
        /// The connected account's name.
        name: String,
    },
    /// Show what a discovery found to have been added, changed and removed.
    #[command(after_help = "Example:\n  keystead cloud changes aws")]
    Changes {
        #[command(flatten)]
        remote: Remote,
        /// The connected account's name.
        name: String,
        /// Which discovery. Default: the newest.
        #[arg(long, value_name = "ID")]
        discovery: Option<String>,
    },
    /// List what there is in a connected account, as it was last seen.
    #[command(after_help = "Example:\n  keystead cloud resources aws --kind instances --search web")]
    Resources {
        #[command(flatten)]
        remote: Remote,
        /// The connected account's name.
        name: String,
        /// Only resources of this kind, for example instances.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// Only in this region, `global` for what the account has once.
        #[arg(long, value_name = "REGION")]
        region: Option<String>,
        /// Only with this text somewhere in the id, the name, the state or the attributes.
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Ask the cloud first, for this kind and region or for everything.
        #[arg(long)]
        requery: bool,
    },
    /// Ask the cloud once more about one resource.
    #[command(after_help = "Example:\n  keystead cloud requery-resource aws instances i-0123456789abcdef0")]
    RequeryResource {
        #[command(flatten)]
        remote: Remote,
        /// The connected account's name.
        name: String,
        /// The resource's kind, for example instances.
        kind: String,
        /// What the cloud knows it by.
        id: String,
        /// Where it is, if it is not known yet.
        #[arg(long, value_name = "REGION")]
        region: Option<String>,
    },
}

impl CloudResources {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Discover { remote, name, region, kind, wait } => {
                let connection = remote.connect()?;
                let started = discover(&connection, &name, region, kind)?;
                if !wait {
                    return style.print(&started, DISCOVERY);
                }
                let done = follow(&connection, &name, &started)?;
                style.print_as(&done, summary)?;
                outcome(&done)
            }
            Self::Discoveries { remote, name } => {
                let found = remote.connect()?.list(&below(&name, "discoveries")?, "discoveries")?;
                style.print(&found, DISCOVERY)
            }
            Self::Changes { remote, name, discovery } => {
                let connection = remote.connect()?;
                let id = match discovery {
                    Some(id) => id,
                    None => newest(&connection, &name)?,
                };
                let path = format!("{}/{}/changes", below(&name, "discoveries")?, segment(&id)?);
                style.print(&connection.list(&path, "changes")?, CHANGE)
            }
            Self::Resources { remote, name, kind, region, search, requery } => {
                let connection = remote.connect()?;
                if requery {
                    let one = |name: &Option<String>| name.iter().cloned().collect();
                    let started = discover(&connection, &name, one(&region), one(&kind))?;
                    outcome(&follow(&connection, &name, &started)?)?;
                }
                let wanted = [("kind", kind), ("region", region), ("search", search)];
                let wanted: Vec<String> = wanted
                    .into_iter()
                    .filter_map(|(name, value)| Some(format!("{name}={}", percent_encode(&value?))))
                    .collect();
                let path = format!("{}?{}", below(&name, "resources")?, wanted.join("&"));
                style.print(&connection.list(&path, "resources")?, RESOURCE)
            }
            Self::RequeryResource { remote, name, kind, id, region } => {
                let mut body = json!({ "kind": kind, "resource_id": id });
                if let Some(region) = region {
                    body["region"] = region.into();
                }
                let path = format!("{}/requery", below(&name, "resources")?);
                let found = remote.connect()?.post(&path, &body)?;
                style.print_as(&found, |found| match &found["resource"] {
                    Value::Null => "The cloud has no such resource; it is forgotten here.".to_owned(),
                    resource => crate::output::table(resource, &[]),
                })
            }
        }
    }
}

/// A path below a connected account.
fn below(name: &str, rest: &str) -> Result<String, Failure> {
    Ok(format!("{}/{rest}", path(name)?))
}

fn discover(
    connection: &Connection,
    name: &str,
    regions: Vec<String>,
    kinds: Vec<String>,
) -> Result<Value, Failure> {
    connection.post(&below(name, "discoveries")?, &json!({ "regions": regions, "kinds": kinds }))
}

fn newest(connection: &Connection, name: &str) -> Result<String, Failure> {
    let found = connection.get(&below(name, "discoveries")?)?;
    let id = found["discoveries"][0]["discovery_id"].as_str().map(str::to_owned);
    id.ok_or_else(|| Failure::new(Kind::NotFound, format!("{name} has not been looked through yet.")))
}

/// Shows how far a discovery is until it is done. One that was broken off has been begun again: that one is
/// followed.
fn follow(connection: &Connection, name: &str, started: &Value) -> Result<Value, Failure> {
    let mut id = started["discovery_id"].as_str().unwrap_or_default().to_owned();
    let bar = bar();
    let mut seen_at = SystemClock.now();
    loop {
        let path = format!("{}/{}", below(name, "discoveries")?, segment(&id)?);
        match connection.get(&path) {
            Ok(discovery) if discovery["state"] == "broken_off" && newest(connection, name)? != id => {
                id = newest(connection, name)?;
            }
            Ok(discovery) => {
                seen_at = SystemClock.now();
                show(&bar, &discovery);
                if !discovery["finished_at"].is_null() {
                    bar.finish_and_clear();
                    return Ok(discovery);
                }
            }
            Err(failure)
                if failure.kind == Kind::Unreachable && SystemClock.now().since(seen_at) < AWAY_MAX => {}
            Err(failure) => return Err(failure),
        }
        pause(PERIOD);
    }
}

/// A bar on standard error, where that is a terminal.
fn bar() -> ProgressBar {
    let hidden = !io::stderr().is_terminal();
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(0), target);
    if let Ok(template) = ProgressStyle::with_template("{bar:30} {pos}/{len} lists  {msg}") {
        bar.set_style(template);
    }
    bar
}

fn show(bar: &ProgressBar, discovery: &Value) {
    let number = |name: &str| discovery[name].as_u64().unwrap_or_default();
    bar.set_length(number("tasks_total"));
    bar.set_position(number("tasks_done") + number("tasks_failed"));
    bar.set_message(format!("{} resources, {} lists failed", number("found"), number("tasks_failed")));
}

/// What came of a discovery, in words.
fn summary(discovery: &Value) -> String {
    let number = |name: &str| discovery[name].as_u64().unwrap_or_default();
    let mut text = format!(
        "{}: {} of {} lists, {} resources ({} added, {} changed, {} removed)",
        discovery["state"].as_str().unwrap_or_default().replace('_', " "),
        number("tasks_done"),
        number("tasks_total"),
        number("found"),
        number("added"),
        number("changed"),
        number("removed"),
    );
    for note in discovery["notes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        text.push_str("\n- ");
        text.push_str(&crate::output::printable(note));
    }
    text
}

fn outcome(discovery: &Value) -> Result<(), Failure> {
    match discovery["state"].as_str() {
        Some("complete") => Ok(()),
        state => {
            let state = state.unwrap_or_default().replace('_', " ");
            Err(Failure::new(Kind::Partial, format!("The discovery is {state}: {}", notes(discovery))))
        }
    }
}

fn notes(discovery: &Value) -> String {
    let notes = discovery["notes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    crate::output::printable(&notes.collect::<Vec<_>>().join(" "))
}
