//! ListAuditEvents: what was done in the account, by whom and with which outcome, page by page.
//!
//! Filters are applied to what is read, so one call looks at a bounded number of events and then says where
//! to go on, even where it has found few. In the order `chained` an event that was committed late is never
//! missed: whoever follows the trail reads it in that order.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Timestamp};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::audit::{AuditCursor, AuditEvent, AuditPlace, AuditRecord};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::verify_audit_trail::trail;

/// ListAuditEvents.
pub struct ListAuditEvents;

/// Which events. All of it comes as text, because it comes in a query string.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Not before this time, in RFC 3339.
    pub from: Option<String>,
    /// Before this time, in RFC 3339.
    pub to: Option<String>,
    /// Events of this name, for example `CreateAccessKey`.
    pub event_name: Option<String>,
    /// Of the user of this name or this ARN.
    pub principal: Option<String>,
    /// `true`: of root users; `false`: of anybody else.
    pub root: Option<String>,
    /// Signed with this access key.
    pub access_key_id: Option<String>,
    /// Refused or failed with this code.
    pub error_code: Option<String>,
    /// `true`: reads; `false`: writes.
    pub read_only: Option<String>,
    /// `newest` first, which is the default; `oldest` first; or as they were `chained`.
    pub order: Option<String>,
    /// How many at most: 1 to 1,000, and 100 where it is not said.
    pub limit: Option<String>,
    /// `next` of the page before, in the same order.
    pub after: Option<String>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The events.
    pub events: Vec<Shown>,
    /// The number of the chain's last link; 0 where there is none.
    pub head: i64,
    /// Where to go on; absent at the end.
    pub next: Option<String>,
}

/// An event and its link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// The number of its link; absent until it is chained.
    link: Option<i64>,
    /// The link's hash: SHA-256 of the hash before it and the event's bytes.
    hash: Option<String>,
    /// The event, in exactly the bytes that were chained.
    #[schema(value_type = Object)]
    event: Box<RawValue>,
}

/// What a request comes to.
pub struct Wanted {
    place: AuditPlace,
    from: Timestamp,
    to: Timestamp,
    filter: Filter,
    limit: usize,
}

/// What an event must be like; nothing given lets every event pass.
#[derive(Default, PartialEq, Eq)]
struct Filter {
    event_name: Option<String>,
    principal: Option<String>,
    root: Option<bool>,
    access_key_id: Option<String>,
    error_code: Option<String>,
    read_only: Option<bool>,
}

/// The members of an event that filters ask about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    event_name: String,
    error_code: Option<String>,
    read_only: bool,
    user_identity: UserIdentity,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity {
    #[serde(rename = "type")]
    kind: String,
    arn: Option<String>,
    user_name: Option<String>,
    access_key_id: Option<String>,
}

const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1000;
/// How large the events of a page may become, in bytes; the one that goes beyond is the last.
const BYTES_MAX: usize = 1 << 20;
/// How many events one call looks at: `CHUNKS` times `CHUNK`.
const CHUNK: i64 = 500;
const CHUNKS: usize = 20;

impl Operation for ListAuditEvents {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Output;
    const NAME: &'static str = "ListAuditEvents";
    const KIND: Kind = Kind::Read;
    const WAITS: bool = true;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(trail(cx.account()))
    }

    fn prepare(_: &Context, input: Input) -> Result<Wanted> {
        let time = |text: &str| Timestamp::parse_rfc3339(text);
        let truth = |text: &str| text.parse().ok();
        let from = parse("from", input.from, "a time such as 2026-01-31T00:00:00Z", time)?;
        let to = parse("to", input.to, "a time such as 2026-01-31T00:00:00Z", time)?;
        let limit = parse("limit", input.limit, "a number from 1 to 1000", |text| {
            text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit))
        })?;
        let (from, to) = (
            from.unwrap_or(Timestamp::from_micros(i64::MIN)),
            to.unwrap_or(Timestamp::from_micros(i64::MAX)),
        );
        Ok(Wanted {
            place: place(input.order.as_deref(), input.after, from, to)?,
            from,
            to,
            limit: limit.unwrap_or(LIMIT),
            filter: Filter {
                event_name: input.event_name,
                principal: input.principal,
                root: parse("root", input.root, "`true` or `false`", truth)?,
                access_key_id: input.access_key_id,
                error_code: input.error_code,
                read_only: parse("read_only", input.read_only, "`true` or `false`", truth)?,
            },
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Output> {
        let head = tx.audit().last_link(cx.account())?.map_or(0, |link| link.number);
        let (mut place, mut events, mut bytes) = (wanted.place.clone(), Vec::new(), 0);
        for _ in 0..CHUNKS {
            let records = tx.audit().list(cx.account(), &place, CHUNK)?;
            let is_last = (records.len() as i64) < CHUNK;
            for record in records {
                if wanted.is_beyond(&place, &record.event) {
                    return Ok(Output { events, head, next: None });
                }
                place = behind(&place, &record);
                if wanted.takes(&record.event)? {
                    bytes += record.event.event.len();
                    events.push(shown(record)?);
                    if events.len() == wanted.limit || bytes > BYTES_MAX {
                        return Ok(Output { events, head, next: Some(marker(&place)) });
                    }
                }
            }
            if is_last {
                return Ok(Output { events, head, next: None });
            }
        }
        Ok(Output { events, head, next: Some(marker(&place)) })
    }
}

impl RestOperation for ListAuditEvents {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/audit-events" };
}

impl Wanted {
    /// Whether this event and all that follow it are outside the time asked about.
    fn is_beyond(&self, place: &AuditPlace, event: &AuditEvent) -> bool {
        match place {
            AuditPlace::Before(_) => event.at < self.from,
            AuditPlace::After(_) => event.at >= self.to,
            AuditPlace::Chained(_) => false,
        }
    }

    fn takes(&self, event: &AuditEvent) -> Result<bool> {
        let in_time = self.from <= event.at && event.at < self.to;
        if !in_time || self.filter == Filter::default() {
            return Ok(in_time);
        }
        let asked = serde_json::from_str(&event.event).map_err(Fault::internal)?;
        Ok(self.filter.passes(&asked))
    }
}

impl Filter {
    fn passes(&self, event: &Asked) -> bool {
        let who = &event.user_identity;
        let is = |wanted: &Option<String>, text: Option<&String>| wanted.is_none() || wanted.as_ref() == text;
        let is_principal = self.principal.as_ref().is_none_or(|wanted| {
            who.arn.as_ref() == Some(wanted)
                || who.user_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(wanted))
        });
        is_principal
            && is(&self.event_name, Some(&event.event_name))
            && is(&self.access_key_id, who.access_key_id.as_ref())
            && is(&self.error_code, event.error_code.as_ref())
            && self.root.is_none_or(|root| root == (who.kind == "Root"))
            && self.read_only.is_none_or(|read_only| read_only == event.read_only)
    }
}

/// A member that may be absent, read from its text.
fn parse<T>(
    name: &str,
    text: Option<String>,
    form: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>> {
    let Some(text) = text else { return Ok(None) };
    let value = read(&text).ok_or_else(|| Fault::ValidationError(format!("`{name}` must be {form}.")))?;
    Ok(Some(value))
}

/// Where a page begins: behind the marker, or at the end of the time asked about from which it is read.
fn place(order: Option<&str>, after: Option<String>, from: Timestamp, to: Timestamp) -> Result<AuditPlace> {
    let form = "`next` of a page in the same order";
    let cursor = |text: &str| {
        let (at, id) = text.split_once(':')?;
        Some(AuditCursor { at: Timestamp::from_micros(at.parse().ok()?), id: id.to_owned() })
    };
    let at = |at| AuditCursor { at, id: String::new() };
    match order.unwrap_or("newest") {
        "newest" => Ok(AuditPlace::Before(parse("after", after, form, cursor)?.unwrap_or_else(|| at(to)))),
        "oldest" => Ok(AuditPlace::After(parse("after", after, form, cursor)?.unwrap_or_else(|| at(from)))),
        "chained" => {
            let number = parse("after", after, form, |text| text.parse().ok())?;
            Ok(AuditPlace::Chained(number.unwrap_or(0)))
        }
        _ => Err(Fault::ValidationError("`order` must be `newest`, `oldest` or `chained`.".to_owned())),
    }
}

/// The place behind a record, in the same order.
fn behind(place: &AuditPlace, record: &AuditRecord) -> AuditPlace {
    let cursor = || AuditCursor { at: record.event.at, id: record.event.id.clone() };
    match place {
        AuditPlace::Before(_) => AuditPlace::Before(cursor()),
        AuditPlace::After(_) => AuditPlace::After(cursor()),
        AuditPlace::Chained(number) => {
            AuditPlace::Chained(record.link.as_ref().map_or(*number, |link| link.number))
        }
    }
}

/// A place as text, for `next`.
fn marker(place: &AuditPlace) -> String {
    match place {
        AuditPlace::Before(AuditCursor { at, id }) | AuditPlace::After(AuditCursor { at, id }) => {
            format!("{}:{id}", at.micros())
        }
        AuditPlace::Chained(number) => number.to_string(),
    }
}

fn shown(record: AuditRecord) -> Result<Shown> {
    Ok(Shown {
        link: record.link.as_ref().map(|link| link.number),
        hash: record.link.map(|link| hex::encode(link.hash)),
        event: RawValue::from_string(record.event.event).map_err(Fault::internal)?,
    })
}
