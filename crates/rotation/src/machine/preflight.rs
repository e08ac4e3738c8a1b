//! PREFLIGHT: a rotation that could not be finished is not begun.

use std::time::Duration;

use keystead_core::{KeyId, KeyStatus};

use super::course::Work;
use super::document::Rotation;
use super::effect::{Action, Effect};
use super::explain::duration;
use super::observation::{Answer, EvidenceReport, Observation};
use super::room;
use super::state::{Question, Stage, State};

pub(super) fn advance(work: &mut Work<'_>) -> Action {
    match check(work) {
        Ok(()) => work.enter(State::Creating, "the key is ours and works, and a second one has room"),
        Err(action) => action,
    }
}

fn check(work: &mut Work<'_>) -> Result<(), Action> {
    work.settled_keys()?;
    check_slots(work)?;
    check_custody(work)?;
    if work.rotation.emergency.is_none() {
        check_targets(work)?;
        check_baseline(work)?;
        check_current_key_works(work)?;
    }
    note_presigned_urls(work);
    work.permit(Stage::Create)
}

/// They are signed with the key and end with it.
fn note_presigned_urls(work: &mut Work<'_>) {
    let lasts = work.rotation.presigned_urls;
    if !lasts.is_zero() {
        let finding = format!(
            "presigned URLs are good for up to {}: the old key is kept for as long after its last use",
            duration(lasts)
        );
        work.note("owner's word", finding);
    }
}

fn check_slots(work: &mut Work<'_>) -> Result<(), Action> {
    let old = work.rotation.old_key;
    match work.rotation.find_listed(old).map(|k| k.status) {
        None => return Err(work.ask(Question::CurrentKeyMissing)),
        Some(KeyStatus::Inactive) if work.rotation.emergency.is_none() => {
            return Err(work.ask(Question::CurrentKeyInactive));
        }
        Some(_) => {}
    }
    let others = work.rotation.listing.keys.iter().filter(|k| k.id != old).cloned().collect();
    room::make(work, others)
}

/// Whether anyone was ever seen with `key`; `None` where nobody can say.
pub(super) fn was_used(work: &Work<'_>, key: KeyId) -> Option<bool> {
    let is_seen = |report: &&EvidenceReport| report.healthy && !work.rotation.is_unseen;
    let report = work.observation.evidence.known().filter(is_seen)?;
    Some(report.uses.iter().any(|seen| seen.key == key))
}

/// A secret that could not be stored must not be made.
fn check_custody(work: &mut Work<'_>) -> Result<(), Action> {
    // Of a leaked key no copy is needed: nobody is given it again.
    let is_enough =
        |held: &[KeyId]| held.contains(&work.rotation.old_key) || work.rotation.emergency.is_some();
    match &work.observation.custody {
        Answer::Known(held) if work.observation.custody_writable && is_enough(held) => Ok(()),
        _ => Err(work.wait()),
    }
}

fn check_targets(work: &mut Work<'_>) -> Result<(), Action> {
    let old = work.rotation.old_key;
    match work.targets()?.iter().find(|t| t.serving != old) {
        Some(target) => Err(work.ask(Question::TargetConflict { consumer: target.consumer.clone() })),
        None => Ok(()),
    }
}

fn check_baseline(work: &mut Work<'_>) -> Result<(), Action> {
    let watched = work.evidence()?.watched_for;
    if watched < work.rotation.profile.baseline && !work.rotation.baseline_accepted {
        return Err(work.ask(Question::ShortBaseline { watched }));
    }
    Ok(())
}

fn check_current_key_works(work: &mut Work<'_>) -> Result<(), Action> {
    let key = work.rotation.old_key;
    let verification = &work.rotation.verification;
    if verification.key != Some(key) {
        return Err(work.perform(Effect::VerifyKey { key, place: None }));
    }
    match verification.wrong.clone() {
        Some(found) => Err(work.ask(Question::CurrentKeyElsewhere { found })),
        None if verification.successes == 0 => Err(work.perform(Effect::VerifyKey { key, place: None })),
        None => Ok(()),
    }
}

/// One thing that must be so before a rotation can be finished, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at and what was found.
    pub sentence: String,
    /// Whether it is as it must be; `None` where nobody can say.
    pub ok: Option<bool>,
}

/// What PREFLIGHT would find now, without changing anything or trying the key.
pub fn dry_run(rotation: &Rotation, observation: &Observation) -> Vec<Finding> {
    let finding = |sentence: String, ok: Option<bool>| Finding { sentence, ok };
    let mut findings = Vec::new();
    findings.push(match &observation.keys {
        Answer::Unknown(failure) => finding(format!("the keys could not be listed: {failure}"), None),
        Answer::Known(keys) => {
            let is_active = keys.iter().any(|k| k.id == rotation.old_key && k.status == KeyStatus::Active);
            let free = keys.len() < 2;
            let slots = if free { "a second one has room" } else { "there is no room for a second one" };
            let state = if is_active { "active" } else { "not active" };
            finding(format!("the key to rotate is {state}, and {slots}"), Some(is_active && free))
        }
    });
    findings.push(finding(
        "a new secret can be stored".to_owned(),
        Some(observation.custody_writable).filter(|_| observation.custody.known().is_some()),
    ));
    findings.push(match &observation.targets {
        Answer::Unknown(failure) => finding(format!("the consumers could not be read: {failure}"), None),
        Answer::Known(targets) => {
            let ready = targets.iter().filter(|t| t.serving == rotation.old_key).count();
            let sentence = format!("{ready} of {} consumers are served the key to rotate", targets.len());
            finding(sentence, Some(ready == targets.len()))
        }
    });
    findings.push(match &observation.evidence {
        Answer::Unknown(failure) => finding(format!("nobody can say who uses the key: {failure}"), None),
        Answer::Known(report) => {
            let watched = report.watched_for >= rotation.profile.baseline;
            let sentence = format!("{} has watched for {}", report.source, duration(report.watched_for));
            finding(sentence, Some(watched && report.healthy))
        }
    });
    if let Some(micros) = observation.clock_offset_micros {
        let offset = Duration::from_micros(micros.unsigned_abs());
        let sentence = format!("our clock and the endpoint's are {} apart", duration(offset));
        findings.push(finding(sentence, Some(offset <= rotation.profile.clock_tolerance)));
    }
    if !rotation.presigned_urls.is_zero() {
        let lasts = duration(rotation.presigned_urls);
        let sentence = format!("presigned URLs lengthen the proof to {lasts} after the last use");
        findings.push(finding(sentence, Some(true)));
    }
    findings
}
