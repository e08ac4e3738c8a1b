//! CREATING: the one effect that cannot simply be repeated. When its answer was lost, the list of keys
//! tells what happened: nothing (try again), a key whose secret is in custody (take it), or a key whose
//! secret is lost (an orphan: it was given to nobody, so it is deactivated, watched and deleted, by id).

use std::time::Duration;

use keystead_core::{KeyId, KeyStatus};

use super::course::Work;
use super::document::Creation;
use super::effect::{Action, Effect};
use super::observation::Answer;
use super::preflight::was_used;
use super::state::{Question, Stage, State};

pub(super) fn advance(work: &mut Work<'_>) -> Action {
    if let Err(action) = work.settled_keys() {
        return action;
    }
    match work.rotation.creation.clone() {
        None => create(work),
        Some(creation) => resolve(work, creation),
    }
}

fn create(work: &mut Work<'_>) -> Action {
    let old = work.rotation.old_key;
    let foreign = work.foreign_keys(&[old]);
    if !foreign.is_empty() {
        return work.ask(Question::ChangedBySomeoneElse { keys: foreign });
    }
    if work.rotation.listing.keys.len() > 1 {
        // Keys that are to be left alone fill the slots all the same, whatever the endpoint's quota says.
        return work.enter(State::Preflight, "there is no room for a second key any more");
    }
    match work.rotation.find_listed(old).map(|k| k.status) {
        Some(status) if status == KeyStatus::Active || work.rotation.emergency.is_some() => {
            if !work.observation.custody_writable {
                return work.wait();
            }
            // A freeze may have begun since the last try.
            match work.permit(Stage::Create) {
                Ok(()) => work.perform(Effect::CreateKey),
                Err(action) => action,
            }
        }
        _ => work.enter(State::Preflight, "the current key was changed by somebody else"),
    }
}

/// Finds out what came of a creation whose answer is missing.
fn resolve(work: &mut Work<'_>, creation: Creation) -> Action {
    let foreign = work.foreign_keys(&creation.before);
    let &[key] = foreign.as_slice() else {
        if foreign.is_empty() {
            work.rotation.creation = None;
            work.note("key list", "no key was left behind by the creation");
            return Action::Advance;
        }
        return work.ask(Question::ChangedBySomeoneElse { keys: foreign });
    };
    let Answer::Known(held) = &work.observation.custody else {
        return work.wait();
    };
    if held.contains(&key) {
        work.rotation.new_key = Some(key);
        return work.enter(State::Staged, format!("{key} was created and its secret is in custody"));
    }
    if creation.orphan == Some(key) || was_created_by(work, &creation, key) {
        return remove_orphan(work, creation, key);
    }
    work.ask(Question::ChangedBySomeoneElse { keys: vec![key] })
}

/// Whether the key may be the one whose creation was intended: not older than the intent, with a minute
/// for clocks that differ.
fn was_created_by(work: &Work<'_>, creation: &Creation, key: KeyId) -> bool {
    let offset = work.observation.clock_offset_micros.unwrap_or(0);
    let earliest = creation.intended_at.minus(Duration::from_mins(1)).micros().saturating_add(offset);
    work.rotation.find_listed(key).is_some_and(|k| k.created_at.micros() >= earliest)
}

fn remove_orphan(work: &mut Work<'_>, creation: Creation, key: KeyId) -> Action {
    match was_used(work, key) {
        None => return work.wait(),
        Some(true) => return work.ask(Question::ChangedBySomeoneElse { keys: vec![key] }),
        Some(false) => {}
    }
    if creation.orphan != Some(key) {
        work.note("key list", format!("{key} was created but its secret is lost: given to nobody, it goes"));
        work.rotation.creation = Some(Creation { orphan: Some(key), ..creation });
    }
    // The listing has been settled, so an inactive orphan has been inactive and untried for a while.
    match work.rotation.find_listed(key).map(|k| k.status) {
        Some(KeyStatus::Active) => work.perform(Effect::Deactivate { key }),
        Some(KeyStatus::Inactive) => work.perform(Effect::DeleteKey { key }),
        None => work.wait(),
    }
}
