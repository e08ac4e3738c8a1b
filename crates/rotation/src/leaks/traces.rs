//! What a key did: who used it from where, what its audit events are, and what it made that may have to go. And what was
//! done about it.

use keystead_aws::error::Result;
use keystead_core::{AccessKeyId, Timestamp};
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::audit::{AuditCursor, AuditPlace, AuditRecord};
use keystead_store::leak_reports::LeakReport;
use keystead_store::uses::KeyUse;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Events of the account that are read at a time, and at most.
const EVENTS_PAGE: i64 = 500;
const EVENTS_MAX: usize = 10_000;
/// Events of the key that are shown.
const SHOWN_MAX: usize = 200;

/// What makes another way in.
const WAYS_IN: [&str; 10] = [
    "CreateAccessKey",
    "CreateGroup",
    "CreateInvitation",
    "CreateLoginProfile",
    "CreateRole",
    "CreateServiceSpecificCredential",
    "CreateUser",
    "InviteUser",
    "UpdateAssumeRolePolicy",
    "UploadSigningCertificate",
];

/// A source of uses.
#[derive(Debug, Serialize, ToSchema)]
pub struct Use {
    source_address: Option<String>,
    user_agent: Option<String>,
    service: Option<String>,
    region: Option<String>,
    first_used_at: Option<String>,
    last_used_at: Option<String>,
    uses: i64,
    refusals: i64,
    /// Whether this source was never seen before the key lay open.
    is_new: bool,
}

impl Use {
    fn of(one: KeyUse, exposed_at: Timestamp) -> Self {
        Self {
            is_new: one.first_used_at.or(one.refused_at).is_some_and(|first| first >= exposed_at),
            source_address: one.source_address,
            user_agent: one.user_agent,
            service: one.service,
            region: one.region,
            first_used_at: one.first_used_at.map(Timestamp::to_iso8601),
            last_used_at: one.last_used_at.map(Timestamp::to_iso8601),
            uses: one.uses,
            refusals: one.refusals,
        }
    }
}

/// The uses of a key since it lay open.
pub fn uses(tx: &mut Tx<'_>, cx: &Context, key: AccessKeyId, exposed_at: Timestamp) -> Result<Vec<Use>> {
    let all = tx.uses().list_by_key(cx.account(), key)?;
    let since = |one: &KeyUse| one.last_used_at.max(one.refused_at).is_some_and(|last| last >= exposed_at);
    Ok(all.into_iter().filter(since).map(|one| Use::of(one, exposed_at)).collect())
}

/// An audit event that the key signed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Event {
    at: String,
    action: String,
    source_address: String,
    error: Option<String>,
    #[schema(value_type = Object)]
    parameters: Value,
}

/// The events that a key signed since it lay open, the newest first.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Events {
    /// The newest of them.
    pub events: Vec<Event>,
    /// Those that made another way in: keys, users, roles, passwords. They may have to go.
    pub created: Vec<Event>,
    /// What was done about the report, in order. Each stands in the account's audit trail, whose chain
    /// `keystead audit verify` checks.
    pub receipt: Vec<Receipted>,
    /// Whether all of the trail since then was read.
    pub is_complete: bool,
}

/// A step of what was done about a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipted {
    at: String,
    action: String,
    /// The ARN of who did it; this installation where there is none.
    by: Option<String>,
    event_id: String,
    /// The number of its link in the chain, and the hash; a moment later than the event itself.
    link: Option<i64>,
    hash: Option<String>,
}

/// Reads them off the account's trail.
pub fn events(tx: &mut Tx<'_>, cx: &Context, report: &LeakReport) -> Result<Events> {
    let mut found = Events { is_complete: true, ..Events::default() };
    let (key, exposed_at) = (report.access_key_id.to_string(), report.exposed_at);
    let (mut place, mut read) = (AuditPlace::newest(), 0);
    loop {
        let page = tx.audit().list(cx.account(), &place, EVENTS_PAGE)?;
        for record in &page {
            if record.event.at < exposed_at {
                return Ok(found.in_order());
            }
            let event: Value = serde_json::from_str(&record.event.event).unwrap_or_default();
            if event.pointer("/userIdentity/accessKeyId").and_then(Value::as_str) == Some(&key) {
                found.add(&event);
            }
            // Our own events say it in the one way, and requests in the other.
            let about = ["/requestParameters/reportId", "/requestParameters/report_id"];
            if about.iter().any(|place| event.pointer(place).is_some_and(|id| *id == report.id)) {
                found.receipt.push(Receipted::of(&event, record));
            }
        }
        read += page.len();
        let last = page.last().filter(|_| page.len() as i64 == EVENTS_PAGE);
        let Some(last) = last else { return Ok(found.in_order()) };
        if read >= EVENTS_MAX {
            found.is_complete = false;
            return Ok(found.in_order());
        }
        place = AuditPlace::Before(AuditCursor { at: last.event.at, id: last.event.id.clone() });
    }
}

impl Receipted {
    fn of(event: &Value, record: &AuditRecord) -> Self {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        Self {
            at: text("eventTime"),
            action: text("eventName"),
            by: event.pointer("/userIdentity/arn").and_then(Value::as_str).map(str::to_owned),
            event_id: record.event.id.clone(),
            link: record.link.as_ref().map(|link| link.number),
            hash: record.link.as_ref().map(|link| hex::encode(&link.hash)),
        }
    }
}

impl Events {
    /// The trail is read from its end.
    fn in_order(mut self) -> Self {
        self.receipt.reverse();
        self
    }

    fn add(&mut self, event: &Value) {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let shown = Event {
            at: text("eventTime"),
            action: text("eventName"),
            source_address: text("sourceIPAddress"),
            error: event["errorCode"].as_str().map(str::to_owned),
            parameters: event["requestParameters"].clone(),
        };
        if shown.error.is_none() && WAYS_IN.contains(&shown.action.as_str()) {
            self.created.push(shown.clone());
        }
        if self.events.len() < SHOWN_MAX { self.events.push(shown) } else { self.is_complete = false }
    }
}
