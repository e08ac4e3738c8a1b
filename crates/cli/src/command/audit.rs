//! `keystead audit …`: what was done in the account, and whether the record of it is as it was made.

use std::collections::HashSet;
use std::io::{self, Write};
use std::time::Duration;

use clap::Subcommand;
use indicatif::ProgressBar;
use keystead_aws::percent_encode;
use keystead_core::{AccessKeyId, Clock, Timestamp};
use serde_json::{Value, json};

use crate::clock::SystemClock;
use crate::connection::{Connection, Remote};
use crate::failure::{Failure, Kind};
use crate::interrupt::Interrupt;
use crate::output::{Format, Style, rows};

const EVENTS: &str = "/api/v1/audit-events";
const VERIFICATION: &str = "/api/v1/audit-trail/verification";
const PAGE_MAX: usize = 1000;
/// How often `tail` asks.
const PERIOD: Duration = Duration::from_secs(1);
/// How long a server may be away before `tail` gives up.
const AWAY_MAX: Duration = Duration::from_mins(1);

/// The audit trail.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// List what was done, the newest first. Reads are counted per minute and shown as one event.
    #[command(
        after_help = "Examples:\n  keystead audit list --principal alice --from 2026-01-31T00:00:00Z\n  \
                            keystead audit list --root -o json --query 'events[].event.eventName'"
    )]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        filter: Filter,
        /// Not before this time, for example 2026-01-31T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Before this time.
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
        /// The oldest first.
        #[arg(long)]
        oldest: bool,
        /// How many at most.
        #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 50)]
        limit: usize,
    },
    /// Show the newest events, and then each one that comes, until Ctrl-C.
    #[command(after_help = "Example:\n  keystead audit tail --writes")]
    Tail {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        filter: Filter,
        /// How many of the newest to begin with, at most 1000.
        #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 10)]
        lines: usize,
    },
    /// Verify the hash chain over all events. The exit code is 0 where it is whole, and 1 where it is broken.
    #[command(after_help = LIMITS)]
    Verify {
        #[command(flatten)]
        remote: Remote,
        /// A head that an earlier `verify` printed: the chain must still hold it.
        #[arg(long, value_name = "NUMBER:HASH")]
        head: Option<String>,
    },
}

const LIMITS: &str = "\
A chain shows whether an event or a link was changed, removed or moved, and whether its end was cut off while \
the events were left. By itself it cannot show that its newest links are gone together with their events (an \
old backup put back), nor that somebody who may write to the database made it anew. Keep the head that is \
printed somewhere else, and give it here the next time.

Examples:
  keystead audit verify
  keystead audit verify --head \"$(cat audit-head)\"";

/// Which events.
#[derive(Debug, clap::Args)]
pub(crate) struct Filter {
    /// Of this name, for example CreateAccessKey.
    #[arg(long, value_name = "NAME")]
    event_name: Option<String>,
    /// By the user of this name or ARN.
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,
    /// By the root user.
    #[arg(long)]
    root: bool,
    /// Signed with this access key.
    #[arg(long, value_name = "ID")]
    access_key_id: Option<AccessKeyId>,
    /// Refused or failed with this code.
    #[arg(long, value_name = "CODE")]
    error_code: Option<String>,
    /// Reads only.
    #[arg(long, conflicts_with = "writes")]
    reads: bool,
    /// Writes only.
    #[arg(long)]
    writes: bool,
}

impl Audit {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::List { remote, filter, from, to, oldest, limit } => {
                let mut query = filter.query();
                query.push(("order", if oldest { "oldest" } else { "newest" }.to_owned()));
                query.extend(
                    [("from", from), ("to", to)].into_iter().filter_map(|(name, text)| Some((name, text?))),
                );
                let found = list(&remote.connect()?, &query, limit)?;
                style.print_as(&found, table)
            }
            Self::Tail { remote, filter, lines } => {
                let mut interrupt = Interrupt::listen()?;
                let mut tail = Tail::new(remote.connect()?, filter.query());
                let newest = tail.newest(lines)?;
                match tail.follow(newest, style, &mut interrupt) {
                    Err(End::Failed(failure)) => Err(failure),
                    // The reader has what it wanted, as `head` does.
                    Err(End::Closed) | Ok(()) => Ok(()),
                }
            }
            Self::Verify { remote, head } => {
                let found = verify(&remote.connect()?, head.as_deref())?;
                if found["state"] == "whole" {
                    return style.print_as(&found, whole);
                }
                if style.output == Format::Json || style.query.is_some() {
                    style.print(&found, &[])?;
                }
                Err(Failure::new(Kind::Local, broken(&found)))
            }
        }
    }
}

impl Filter {
    fn query(&self) -> Vec<(&'static str, String)> {
        let given = [
            ("event_name", self.event_name.clone()),
            ("principal", self.principal.clone()),
            ("access_key_id", self.access_key_id.map(|id| id.to_string())),
            ("error_code", self.error_code.clone()),
            ("root", self.root.then(|| "true".to_owned())),
            ("read_only", (self.reads || self.writes).then(|| self.reads.to_string())),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// A path with a query string.
fn with_query(path: &str, query: &[(&str, String)]) -> String {
    let pairs: Vec<String> =
        query.iter().map(|(name, value)| format!("{name}={}", percent_encode(value))).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// At most `limit` events of a query, from as many pages as it takes.
fn list(connection: &Connection, query: &[(&str, String)], limit: usize) -> Result<Value, Failure> {
    let (mut events, mut after) = (Vec::new(), None);
    while events.len() < limit {
        let mut query = query.to_vec();
        query.push(("limit", (limit - events.len()).min(PAGE_MAX).to_string()));
        query.extend(after.map(|after| ("after", after)));
        let mut page = connection.get(&with_query(EVENTS, &query))?;
        events.append(page["events"].as_array_mut().unwrap_or(&mut Vec::new()));
        after = page["next"].as_str().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    Ok(json!({ "events": events }))
}

/// Why following ended before it was interrupted.
enum End {
    /// Nobody reads any more.
    Closed,
    Failed(Failure),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The trail as it is followed: in the order of the chain, in which no event is missed.
struct Tail {
    connection: Connection,
    query: Vec<(&'static str, String)>,
    /// The link that was seen last.
    link: i64,
    /// Events shown at the beginning that were not chained yet: they come again.
    shown: HashSet<String>,
}

impl Tail {
    fn new(connection: Connection, query: Vec<(&'static str, String)>) -> Self {
        Self { connection, query, link: 0, shown: HashSet::new() }
    }

    fn page(&self, more: &[(&'static str, String)]) -> Result<Value, Failure> {
        let query = [&self.query, more].concat();
        self.connection.get(&with_query(EVENTS, &query))
    }

    /// The newest events, the oldest of them first.
    fn newest(&mut self, lines: usize) -> Result<Vec<Value>, Failure> {
        // One is asked for even where none is wanted, to learn where the chain ends.
        let page = self.page(&[("limit", lines.clamp(1, PAGE_MAX).to_string())])?;
        self.link = page["head"].as_i64().unwrap_or_default();
        let mut events = page["events"].as_array().cloned().unwrap_or_default();
        events.truncate(lines);
        events.reverse();
        self.shown = events.iter().filter(|shown| shown["link"].is_null()).map(event_id).collect();
        Ok(events)
    }

    /// What was chained since, and whether there is more at once.
    fn next(&mut self) -> Result<(Vec<Value>, bool), Failure> {
        let place = [("order", "chained".to_owned()), ("after", self.link.to_string())];
        let page = self.page(&place)?;
        let next = page["next"].as_str().and_then(|next| next.parse().ok());
        self.link = next.or_else(|| page["head"].as_i64()).unwrap_or(self.link);
        let events = page["events"].as_array().into_iter().flatten();
        let events = events.filter(|shown| !self.shown.remove(&event_id(shown))).cloned().collect();
        Ok((events, next.is_some()))
    }

    fn follow(&mut self, newest: Vec<Value>, style: &Style, interrupt: &mut Interrupt) -> Result<(), End> {
        newest.iter().try_for_each(|shown| show(shown, style))?;
        let mut answered_at = SystemClock.now();
        let mut pause = PERIOD;
        while !interrupt.comes_within(pause) {
            pause = PERIOD;
            match self.next() {
                Ok((events, more)) => {
                    answered_at = SystemClock.now();
                    events.iter().try_for_each(|shown| show(shown, style))?;
                    if more {
                        pause = Duration::ZERO;
                    }
                }
                // A restart, of the server or on the way to it, is no reason to stop.
                Err(failure) if failure.kind == Kind::Unreachable && is_recent(answered_at) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(())
    }
}

fn is_recent(at: Timestamp) -> bool {
    SystemClock.now().since(at) < AWAY_MAX
}

fn event_id(shown: &Value) -> String {
    shown["event"]["eventID"].as_str().unwrap_or_default().to_owned()
}

/// Writes one event: a line for people, or a line of JSON.
fn show(shown: &Value, style: &Style) -> Result<(), End> {
    if style.query.is_some() {
        return Ok(style.print(shown, &[])?);
    }
    let line = match style.output {
        Format::Json => shown.to_string(),
        Format::Table | Format::Env | Format::Files => {
            let [time, name, who, key, source, outcome, count] = cells(shown);
            let count = if count == "1" { String::new() } else { format!("  {count} times") };
            format!("{time}  {name:<26}  {who:<20}  {key:<20}  {source:<15}  {outcome}{count}")
        }
    };
    match writeln!(io::stdout().lock(), "{line}") {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(End::Closed),
        Err(error) => Err(End::Failed(error.into())),
    }
}

fn table(found: &Value) -> String {
    let events = found["events"].as_array().map_or(&[][..], Vec::as_slice);
    if events.is_empty() {
        return "Nothing to show.".to_owned();
    }
    let titles = ["TIME", "EVENT", "WHO", "ACCESS KEY", "FROM", "OUTCOME", "TIMES"];
    rows(events.iter().map(|shown| cells(shown).to_vec()), Some(titles.map(str::to_owned).to_vec()))
}

/// What people want to know of an event. The root user's doings stand out.
fn cells(shown: &Value) -> [String; 7] {
    let event = &shown["event"];
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let who = &event["userIdentity"];
    let name = match who["type"].as_str() {
        Some("Root") => "! root".to_owned(),
        Some("AWSService") => text(&who["invokedBy"]),
        _ if who["userName"].is_string() => text(&who["userName"]),
        _ => text(&who["arn"]),
    };
    [
        text(&event["eventTime"]),
        text(&event["eventName"]),
        name,
        text(&who["accessKeyId"]),
        text(&event["sourceIPAddress"]),
        event["errorCode"].as_str().unwrap_or("done").to_owned(),
        event["additionalEventData"]["count"].as_u64().unwrap_or(1).to_string(),
    ]
}

/// Walks the chain to its end or to its first break.
fn verify(connection: &Connection, head: Option<&str>) -> Result<Value, Failure> {
    let spinner = ProgressBar::new_spinner();
    let mut query: Vec<(&str, String)> = head.map(|head| ("head", head.to_owned())).into_iter().collect();
    loop {
        let found = connection.get(&with_query(VERIFICATION, &query))?;
        let Some(next) = found["next"].as_str() else {
            spinner.finish_and_clear();
            return Ok(found);
        };
        spinner.set_message(format!("{} links are right", found["links_checked"]));
        spinner.tick();
        query.retain(|(name, _)| *name != "after");
        query.push(("after", next.to_owned()));
    }
}

fn whole(found: &Value) -> String {
    let waiting = match found["unchained"].as_u64() {
        None | Some(0) => String::new(),
        Some(1) => " One more event is not chained yet.".to_owned(),
        Some(events) => format!(" {events} more events are not chained yet."),
    };
    match found["head"].as_str() {
        None => format!("The audit trail is empty.{waiting}"),
        Some(head) => {
            format!("The audit trail is whole: {} links, head {head}.{waiting}", found["links_checked"])
        }
    }
}

fn broken(found: &Value) -> String {
    let reason = found["reason"].as_str().unwrap_or("The audit trail is broken.");
    format!("{reason} Keep the database as evidence, and compare it with a backup.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(who: Value) -> Value {
        let event = json!({
            "eventTime": "2026-01-31T00:00:00Z", "eventName": "ListUsers", "userIdentity": who,
            "sourceIPAddress": "192.0.2.7", "errorCode": "AccessDenied", "additionalEventData": { "count": 3 },
        });
        json!({ "link": 1, "hash": "00", "event": event })
    }

    #[test]
    fn the_root_user_stands_out_in_the_table() {
        let list = json!({ "events": [
            event(json!({ "type": "Root", "arn": "arn:aws:iam::000000000042:root", "accessKeyId": "AKIAA" })),
            event(json!({ "type": "IAMUser", "userName": "alice", "accessKeyId": "AKIAB" })),
            event(json!({ "type": "AWSService", "invokedBy": "keystead" })),
        ] });
        let shown = table(&list);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].contains("! root") && lines[1].contains("AccessDenied"), "{shown}");
        assert!(lines[2].contains("  alice  ") && !lines[2].contains('!'), "{shown}");
        assert!(lines[3].contains("keystead") && lines[3].trim_end().ends_with('3'), "{shown}");
        assert_eq!(table(&json!({ "events": [] })), "Nothing to show.");
    }

    #[test]
    fn filters_become_a_query_string() {
        let filter = Filter {
            event_name: None,
            principal: Some("arn:aws:iam::000000000042:user/a".to_owned()),
            root: false,
            access_key_id: None,
            error_code: None,
            reads: false,
            writes: true,
        };
        let wanted = "/p?principal=arn%3Aaws%3Aiam%3A%3A000000000042%3Auser%2Fa&read_only=false";
        assert_eq!(with_query("/p", &filter.query()), wanted);
    }
}
