//! PREFLIGHT: a rotation that could not be finished is not begun.

use keystead_core::{AccessKeyId, KeyStatus};

use super::course::Work;
use super::effect::{Action, Effect};
use super::observation::Answer;
use super::state::{Question, State};

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
    check_targets(work)?;
    check_baseline(work)?;
    check_current_key_works(work)
}

fn check_slots(work: &mut Work<'_>) -> Result<(), Action> {
    let old = work.rotation.old_key;
    match work.rotation.find_listed(old).map(|k| k.status) {
        None => return Err(work.ask(Question::CurrentKeyMissing)),
        Some(KeyStatus::Inactive) => return Err(work.ask(Question::CurrentKeyInactive)),
        Some(KeyStatus::Active) => {}
    }
    let others: Vec<_> = work.rotation.listing.keys.iter().filter(|k| k.id != old).cloned().collect();
    if others.is_empty() {
        return Ok(());
    }
    let others = others
        .into_iter()
        .map(|k| {
            let used = was_used(work, k.id);
            (k, used)
        })
        .collect();
    Err(work.ask(Question::SlotTaken { others }))
}

/// Whether anyone was ever seen with `key`; `None` where nobody can say.
pub(super) fn was_used(work: &Work<'_>, key: AccessKeyId) -> Option<bool> {
    let report = work.observation.evidence.known().filter(|report| report.healthy)?;
    Some(report.uses.iter().any(|seen| seen.key == key))
}

/// A secret that could not be stored must not be made.
fn check_custody(work: &mut Work<'_>) -> Result<(), Action> {
    match &work.observation.custody {
        Answer::Known(held) if work.observation.custody_writable && held.contains(&work.rotation.old_key) => {
            Ok(())
        }
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
        return Err(work.perform(Effect::VerifyKey { key }));
    }
    match verification.wrong.clone() {
        Some(found) => Err(work.ask(Question::CurrentKeyElsewhere { found })),
        None if verification.successes == 0 => Err(work.perform(Effect::VerifyKey { key })),
        None => Ok(()),
    }
}
