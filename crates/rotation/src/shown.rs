//! A rotation as the API shows it.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, KeyId, Timestamp};
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::custody::{CredentialKind, ManagedCredential};
use keystead_store::rotations::{RotationEntry, RotationRecord};
use serde::Serialize;
use utoipa::ToSchema;

use crate::consumer::Consumer;
use crate::embedded::{self, journal};
use crate::machine::{self, Answer, Answering, Finding, Rotation, State};
use crate::notices::{self, shown::ShownNotice};

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
    findings: Vec<ShownFinding>,
    brownouts: u32,
    is_emergency: bool,
    consumers: Vec<ShownConsumer>,
    /// What was told of it, and what could not be.
    notices: Vec<ShownNotice>,
    entries: Vec<ShownEntry>,
}

/// What an operator is asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Asked {
    text: String,
    if_approved: String,
    if_nobody_answers: String,
    answers: Vec<ShownAnswer>,
}

/// One answer to a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownAnswer {
    command: String,
    consequence: String,
}

/// One thing a dry run looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownFinding {
    sentence: String,
    ok: Option<bool>,
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
    required: bool,
    trouble: Option<String>,
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
    let mut shown = look(tx, cx, &credential, &rotation)?;
    let after = (rotation.journal.count.cast_signed() - ENTRIES_SHOWN).max(0);
    let entries = tx.rotations().list_entries(cx.account(), rotation_id, after, ENTRIES_SHOWN)?;
    let entry = |row: RotationEntry| ShownEntry {
        number: row.number,
        at: row.at.to_iso8601(),
        kind: row.kind,
        text: row.text,
    };
    shown.entries = entries.into_iter().map(entry).collect();
    shown.notices = notices::shown::list(tx, cx.account(), rotation_id)?;
    shown.started_at = record.created_at.to_iso8601();
    shown.finished_at = record.finished_at.map(Timestamp::to_iso8601);
    Ok(shown)
}

/// What a rotation that is not begun would find, without keeping anything of it.
pub fn rehearse(
    tx: &mut Tx<'_>,
    cx: &Context,
    credential: &ManagedCredential,
    rotation: &Rotation,
) -> Result<Shown> {
    let mut observation = embedded::glance(tx, credential, rotation, cx.now)?;
    if credential.kind == CredentialKind::Embedded {
        observation.keys = Answer::Known(embedded::list_keys(tx, credential)?);
    }
    let findings = machine::dry_run(rotation, &observation);
    let is_ready = findings.iter().all(|finding| finding.ok == Some(true));
    let mut shown = look(tx, cx, credential, rotation)?;
    "dry run".clone_into(&mut shown.state);
    let sentence = if is_ready {
        "Ready: a rotation could be finished. Nothing was begun and nothing is interrupted."
    } else {
        "Not ready: see what is not as it must be. Nothing was begun and nothing is interrupted."
    };
    sentence.clone_into(&mut shown.sentence);
    let finding = |finding: Finding| ShownFinding { sentence: finding.sentence, ok: finding.ok };
    shown.findings = findings.into_iter().map(finding).collect();
    Ok(shown)
}

fn look(tx: &mut Tx<'_>, cx: &Context, credential: &ManagedCredential, rotation: &Rotation) -> Result<Shown> {
    let observation = embedded::glance(tx, credential, rotation, cx.now)?;
    let name = |key: Option<KeyId>| key.map(|key| key.to_string());
    Ok(Shown {
        rotation_id: rotation.id.clone(),
        credential: credential.name.clone(),
        state: rotation.state.name().to_owned(),
        sentence: machine::explain(rotation, &observation, cx.now),
        old_access_key_id: rotation.old_key.to_string(),
        new_access_key_id: name(rotation.new_key),
        profile: rotation.profile.name.clone(),
        started_at: cx.now.to_iso8601(),
        finished_at: None,
        question: asked(&rotation.state),
        findings: Vec::new(),
        brownouts: rotation.brownout.count,
        is_emergency: rotation.emergency.is_some(),
        consumers: rotation.consumers.iter().map(|(name, c)| shown_consumer(name, c, rotation)).collect(),
        notices: Vec::new(),
        entries: Vec::new(),
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
            let shown = |answer: Answering| ShownAnswer {
                command: answer.command.to_owned(),
                consequence: answer.consequence.to_owned(),
            };
            Some(Asked {
                text: question.sentence(),
                if_approved: question.on_approval().to_owned(),
                if_nobody_answers: question.on_silence().to_owned(),
                answers: question.answers().into_iter().map(shown).collect(),
            })
        }
        _ => None,
    }
}

fn shown_consumer(name: &str, consumer: &Consumer, rotation: &Rotation) -> ShownConsumer {
    let uses = |key: KeyId| {
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
        required: !consumer.is_optional,
        trouble: consumer.trouble.as_ref().map(ToString::to_string),
    }
}
