//! Room for a second key where both slots are full. This credential's own leftover is watched and deleted;
//! any other key only when an operator orders it, and then like an old key: inactive first, watched, and put
//! back when somebody tries it. A key in use never makes room.

use std::time::Duration;

use keystead_core::{KeyId, KeyStatus};

use super::course::Work;
use super::document::Room;
use super::effect::{Action, Effect};
use super::observation::{Answer, EvidenceReport, ListedKey};
use super::state::{Question, State};

/// Goes on with the key that makes room, begins with one that may, or asks.
pub(super) fn make(work: &mut Work<'_>, others: Vec<ListedKey>) -> Result<(), Action> {
    if let Some(room) = work.rotation.room.clone() {
        let Some(key) = others.iter().find(|k| k.id == room.key) else {
            work.note("key list", format!("{} is gone", room.key));
            work.rotation.room = None;
            return Err(Action::Advance);
        };
        return Err(give_up(work, room, key.status));
    }
    if others.is_empty() {
        return Ok(());
    }
    if let [other] = others.as_slice()
        && other.status == KeyStatus::Inactive
        && work.observation.custody.known().is_some_and(|held| held.contains(&other.id))
    {
        let finding = format!("{} is left over from an earlier rotation: its watch is finished", other.id);
        work.note("key list", finding);
        work.rotation.room = Some(begin(other.id, None, false));
        return Err(Action::Advance);
    }
    let seen = others.into_iter().map(|k| {
        let is_looking = work.observation.evidence.known().is_some_and(|report| report.healthy);
        let used = (is_looking && !work.rotation.is_unseen).then(|| !is_idle(work, k.id));
        (k, used)
    });
    let others = seen.collect();
    Err(work.ask(Question::SlotTaken { others }))
}

fn begin(key: KeyId, by: Option<String>, was_active: bool) -> Room {
    Room { key, by, was_active, watched_since: None, uses_before: 0, is_shortened: false }
}

/// An operator names the key that is to make room, or shortens its watch.
pub(super) fn order(work: &mut Work<'_>, key: KeyId, by: &str) -> Result<Action, &'static str> {
    if *work.rotation.state.underlying() != State::Preflight {
        return Err("declined: the second key has been made already");
    }
    if key == work.rotation.old_key {
        return Err("declined: that is the key that is rotated");
    }
    let Some(listed) = work.rotation.find_listed(key).cloned() else {
        return Err("declined: the principal has no such key");
    };
    match &mut work.rotation.room {
        Some(room) if room.key == key && (room.by.is_none() || room.was_active) => room.is_shortened = true,
        Some(room) if room.key == key => return Err("declined: its notice is not over"),
        Some(_) => return Err("declined: another key is making room already"),
        None => {
            let is_active = listed.status == KeyStatus::Active;
            if is_active && !is_idle(work, key) {
                return Err("declined: it is in use, or nobody can say that it is not");
            }
            work.rotation.room = Some(begin(key, Some(by.to_owned()), is_active));
        }
    }
    let is_held = matches!(work.rotation.state, State::Paused { .. } | State::Blocked { .. });
    Ok(if is_held { work.resume(format!("{by} decided about {key}")) } else { Action::Advance })
}

/// Whether nobody has used `key` for the longest silence of the profile, as a source says that is looking.
fn is_idle(work: &Work<'_>, key: KeyId) -> bool {
    let profile = &work.rotation.profile;
    let earliest = work.rotation.clock.no_later_than_now().minus(profile.cadence_cap);
    let is_old = |report: &EvidenceReport| {
        report.watched_for >= profile.cadence_cap.min(profile.baseline)
            && report.uses.iter().all(|seen| seen.key != key || seen.last_at < earliest)
    };
    let is_seen = |report: &EvidenceReport| report.healthy && !work.rotation.is_unseen;
    work.observation.evidence.known().is_some_and(|report| is_seen(report) && is_old(report))
}

fn give_up(work: &mut Work<'_>, room: Room, status: KeyStatus) -> Action {
    let Answer::Known(report) = &work.observation.evidence else { return work.wait() };
    if !report.healthy {
        return work.wait();
    }
    let key = room.key;
    let uses: u64 = report.uses.iter().filter(|seen| seen.key == key).map(|seen| seen.count).sum();
    let tried = room.watched_since.is_some() && uses != room.uses_before;
    match status {
        KeyStatus::Active if tried => {
            let seen = report.uses.iter().filter(|seen| seen.key == key);
            let consumers = seen.map(|seen| seen.consumer.clone()).collect();
            work.rotation.room = None;
            work.ask(Question::RoomStillUsed { key, consumers })
        }
        KeyStatus::Active if room.watched_since.is_some() || room.was_active => {
            work.rotation.room = Some(Room { watched_since: Some(work.now()), uses_before: uses, ..room });
            work.perform(Effect::Deactivate { key })
        }
        KeyStatus::Active => {
            work.rotation.room = None;
            work.wait()
        }
        KeyStatus::Inactive if tried && room.was_active => work.perform(Effect::Reactivate { key }),
        KeyStatus::Inactive if tried => {
            let seen = report.uses.iter().filter(|seen| seen.key == key);
            let consumers = seen.map(|seen| seen.consumer.clone()).collect();
            work.rotation.room = None;
            work.ask(Question::RoomStillUsed { key, consumers })
        }
        KeyStatus::Inactive => watch(work, room, uses),
    }
}

fn watch(work: &mut Work<'_>, room: Room, uses: u64) -> Action {
    let key = room.key;
    let since = room.watched_since.unwrap_or(work.now()).max(work.rotation.evidence.blind_at);
    if room.watched_since.is_none() {
        work.rotation.room = Some(Room { watched_since: Some(since), uses_before: uses, ..room });
        return work.wait();
    }
    let over_at = since.plus(watch_needed(work, &room));
    if work.now() < over_at && !room.is_shortened {
        return work.wait_until(over_at);
    }
    match work.permit(super::state::Stage::Delete) {
        Ok(()) => work.perform(Effect::DeleteKey { key }),
        Err(action) => action,
    }
}

/// Our own keys and those that were active are watched; another's inactive key is given notice.
pub(super) fn watch_needed(work: &Work<'_>, room: &Room) -> Duration {
    let profile = &work.rotation.profile;
    if room.by.is_some() && !room.was_active { profile.notice } else { profile.watch }
}
