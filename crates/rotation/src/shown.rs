//! A rotation as the API shows it.

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccessKeyId, Arn, Timestamp};
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::rotations::RotationRecord;
use serde::Serialize;
use utoipa::ToSchema;

use crate::consumer::Consumer;
use crate::embedded::{self, journal};
use crate::machine::{self, Rotation, State};

/// The newest entries shown with a rotation; the receipt has them all.
const ENTRIES_SHOWN: i64 = 12;

/// Where a rotation stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    rotation_id: String,
    credential: String,
    state: String,
    sentence: String,
    old_access_key_id: String,
    new_access_key_id: Option<String>,
    profile: String,
    started_at: String,
    finished_at: Option<String>,
    question: Option<Asked>,
    consumers: Vec<ShownConsumer>,
    entries: Vec<ShownEntry>,
}

/// What an operator is asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Asked {
    text: String,
    if_approved: String,
}

/// A consumer, enrolled or only seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownConsumer {
    name: String,
    kind: String,
    serving: Option<String>,
    applied: Option<String>,
    on_old: Option<Uses>,
    on_new: Option<Uses>,
    skipped: bool,
    exempt: bool,
}

/// The uses of one key by one consumer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Uses {
    last_used_at: Option<String>,
    uses: u64,
    refused: u64,
}

/// An entry of the journal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownEntry {
    number: i64,
    at: String,
    kind: String,
    text: String,
}

/// What the policy engine is asked about a rotation.
pub fn arn(cx: &Context, rotation_id: &str) -> Arn {
    Arn::keystead(cx.account(), &format!("rotation/{rotation_id}"))
}

/// The rotation's document.
pub fn get(tx: &mut Tx<'_>, cx: &Context, rotation_id: &str) -> Result<Rotation> {
    parse(&record(tx, cx, rotation_id)?)
}

/// The rotation as it stands.
pub fn show(tx: &mut Tx<'_>, cx: &Context, rotation_id: &str) -> Result<Shown> {
    let record = record(tx, cx, rotation_id)?;
    let rotation = parse(&record)?;
    let credential = tx.custody().find(cx.account(), &record.credential_id)?;
    let credential = credential.ok_or_else(|| Fault::NoSuchEntity("The credential is gone.".to_owned()))?;
    let observation = embedded::glance(tx, &credential, &rotation, cx.now)?;
    let after = (rotation.journal.count.cast_signed() - ENTRIES_SHOWN).max(0);
    let entries = tx.rotations().list_entries(cx.account(), rotation_id, after, ENTRIES_SHOWN)?;
    let name = |key: Option<AccessKeyId>| key.map(|key| key.to_string());
    Ok(Shown {
        rotation_id: record.id,
        credential: credential.name,
        state: rotation.state.name().to_owned(),
        sentence: machine::explain(&rotation, &observation, cx.now),
        old_access_key_id: rotation.old_key.to_string(),
        new_access_key_id: name(rotation.new_key),
        profile: rotation.profile.name.clone(),
        started_at: record.created_at.to_iso8601(),
        finished_at: record.finished_at.map(Timestamp::to_iso8601),
        question: asked(&rotation.state),
        consumers: rotation.consumers.iter().map(|(name, c)| shown_consumer(name, c, &rotation)).collect(),
        entries: entries
            .into_iter()
            .map(|row| ShownEntry {
                number: row.number,
                at: row.at.to_iso8601(),
                kind: row.kind,
                text: row.text,
            })
            .collect(),
    })
}

fn record(tx: &mut Tx<'_>, cx: &Context, rotation_id: &str) -> Result<RotationRecord> {
    let found = tx.rotations().find(cx.account(), rotation_id)?;
    found.ok_or_else(|| Fault::NoSuchEntity(format!("There is no rotation {rotation_id}.")))
}

fn parse(record: &RotationRecord) -> Result<Rotation> {
    journal::parse(record).map_err(Fault::internal)
}

fn asked(state: &State) -> Option<Asked> {
    match state {
        State::Blocked { question, .. } => {
            Some(Asked { text: question.sentence(), if_approved: question.on_approval().to_owned() })
        }
        _ => None,
    }
}

fn shown_consumer(name: &str, consumer: &Consumer, rotation: &Rotation) -> ShownConsumer {
    let uses = |key: AccessKeyId| {
        let trace = consumer.traces.get(&key).filter(|trace| trace.count > 0)?;
        let last_used_at = trace.last_at.map(Timestamp::to_iso8601);
        Some(Uses { last_used_at, uses: trace.count, refused: trace.refused })
    };
    ShownConsumer {
        name: name.to_owned(),
        kind: format!("{:?}", consumer.kind).to_ascii_lowercase(),
        serving: consumer.serving.map(|key| key.to_string()),
        applied: consumer.applied.map(|key| key.to_string()),
        on_old: uses(rotation.old_key),
        on_new: rotation.new_key.and_then(uses),
        skipped: consumer.skipped,
        exempt: consumer.exempt,
    }
}
