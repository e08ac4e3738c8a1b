//! ImportEvidence: records of another authority's log, as evidence of who uses which managed key. Each event counts
//! once, however often it is imported.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccessKeyId, Arn, Quota, Timestamp};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::imports::EvidenceLog;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::import::{Seen, cloudtrail, s3_log};

/// ImportEvidence.
pub struct ImportEvidence;

/// The sorts of logs that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Log {
    /// CloudTrail's records.
    Cloudtrail,
    /// Lines of S3's server access logs.
    S3,
}

/// What is imported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Which sort of log it is.
    pub log: Log,
    /// CloudTrail's records as objects, or log lines as texts; at most 1000.
    pub records: Vec<Value>,
    /// Up to when all of the log was imported, RFC 3339: earlier silence is silence, later is not known.
    pub complete_until: Option<String>,
}

/// Records that were read.
pub struct Read {
    log: &'static str,
    seen: Vec<Seen>,
    skipped: BTreeMap<&'static str, u64>,
    complete_until: Option<Timestamp>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Events that count as evidence from now on.
    pub counted: u64,
    /// Events that had been counted before.
    pub known: u64,
    /// What is no evidence, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// The managed keys that events were counted for.
    pub access_key_ids: Vec<String>,
    /// Up to when the log is complete by now.
    pub complete_until: Option<String>,
}

const RECORDS_MAX: usize = 1000;
/// Events are remembered for so long that none older is taken: it could have been counted before.
const AGE_MAX: Duration = Duration::from_hours(24 * 90);
/// How far another's clock may be ahead.
const AHEAD_MAX: Duration = Duration::from_mins(5);

impl Log {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Cloudtrail => "cloudtrail",
            Self::S3 => "s3",
        }
    }

    fn read(self, record: &Value) -> std::result::Result<Seen, &'static str> {
        let read = match (self, record) {
            (Self::Cloudtrail, record) => cloudtrail::read(record),
            (Self::S3, Value::String(line)) => s3_log::read(line),
            (Self::S3, _) => return Err("not in the form of this log"),
        };
        read.map_err(crate::import::Skipped::as_str)
    }
}

impl Operation for ImportEvidence {
    type Input = Input;
    type Prepared = Read;
    type Output = Output;
    const NAME: &'static str = "ImportEvidence";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), "evidence/*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Read> {
        if input.records.len() > RECORDS_MAX {
            return Err(Fault::ValidationError(format!(
                "`records` has at most {RECORDS_MAX} members; send more in further requests."
            )));
        }
        let complete_until = match &input.complete_until {
            None => None,
            Some(text) => {
                Some(Timestamp::parse_rfc3339(text).filter(|until| *until <= cx.now).ok_or_else(|| {
                    let fix = "`complete_until` is a time like 2027-01-15T08:00:00Z that has passed.";
                    Fault::ValidationError(fix.to_owned())
                })?)
            }
        };
        let (mut seen, mut skipped) = (Vec::new(), BTreeMap::new());
        for record in &input.records {
            match input.log.read(record).and_then(|one| check_time(one, cx.now)) {
                Ok(one) => seen.push(one),
                Err(why) => *skipped.entry(why).or_default() += 1,
            }
        }
        // In the order of their times, so that the pauses between them come out.
        seen.sort_by_key(|one| one.at);
        Ok(Read { log: input.log.as_str(), seen, skipped, complete_until })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, read: &Read) -> Result<Output> {
        let account = cx.account();
        tx.lock_account(account)?;
        tx.imports().purge(account, cx.now.minus(AGE_MAX))?;
        let room = cx.quota(Quota::ImportedEvents).saturating_sub(tx.imports().count(account)?);
        let managed = managed_keys(tx, cx, &read.seen)?;
        let mut output = Output {
            counted: 0,
            known: 0,
            skipped: read.skipped.clone(),
            access_key_ids: managed.iter().map(ToString::to_string).collect(),
            complete_until: None,
        };
        for one in &read.seen {
            if !managed.contains(&one.key) {
                *output.skipped.entry("of a key that is not managed here").or_default() += 1;
            } else if !tx.imports().enter(account, &one.event_id, one.at)? {
                output.known += 1;
            } else if output.counted == room {
                return Err(cx.over_quota(Quota::ImportedEvents));
            } else {
                tx.uses().add(&[one.clone().into_use(account, read.log)])?;
                output.counted += 1;
            }
        }
        output.complete_until = advance(tx, cx, read)?.map(Timestamp::to_iso8601);
        Ok(output)
    }
}

impl RestOperation for ImportEvidence {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/evidence" };
}

fn check_time(one: Seen, now: Timestamp) -> std::result::Result<Seen, &'static str> {
    if one.at > now.plus(AHEAD_MAX) {
        Err("from the future")
    } else if one.at < now.minus(AGE_MAX) {
        Err("older than 90 days")
    } else {
        Ok(one)
    }
}

/// The keys of these events that are in custody here.
fn managed_keys(tx: &mut Tx<'_>, cx: &Context, seen: &[Seen]) -> Result<BTreeSet<AccessKeyId>> {
    let keys: BTreeSet<AccessKeyId> = seen.iter().map(|one| one.key).collect();
    let mut managed = BTreeSet::new();
    for key in keys {
        if tx.imports().is_managed(cx.account(), key.into())? {
            managed.insert(key);
        }
    }
    Ok(managed)
}

/// Moves the time on up to which the log is complete; tells where it stands.
fn advance(tx: &mut Tx<'_>, cx: &Context, read: &Read) -> Result<Option<Timestamp>> {
    if let Some(complete_until) = read.complete_until {
        let (imported_at, imported_by) = (cx.now, cx.caller.arn().to_string());
        let log = EvidenceLog { log: read.log.to_owned(), complete_until, imported_at, imported_by };
        tx.imports().advance(cx.account(), &log)?;
    }
    let logs = tx.imports().list(cx.account())?;
    Ok(logs.into_iter().find(|log| log.log == read.log).map(|log| log.complete_until))
}
