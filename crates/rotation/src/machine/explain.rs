//! One sentence per state for the operator: what it waits for, whether anything is interrupted, what
//! happens next, and when.

use std::time::Duration;

use keystead_core::{KeyId, Timestamp};

use super::course::{Course, Work};
use super::document::{Emergency, Rotation};
use super::effect::Effect;
use super::observation::{Answer, Observation};
use super::state::{PauseReason, Phase, RollbackReason, Stage, State};

const BOTH_WORK: &str = "Nothing is interrupted; both keys work.";
const ONE_WORKS: &str = "Readers are given the value that works; the other one is kept for the way back.";

const UNSEEN: &str = "Whether it is used cannot be seen here, and not seen is not unused.";

/// What the rotation waits for, whether anything is interrupted, what happens next and when.
pub fn explain(rotation: &Rotation, observation: &Observation, now: Timestamp) -> String {
    let sentence = match &rotation.state {
        State::Done => return "Rotated. Only the new key is left. Nothing was interrupted by it.".to_owned(),
        State::RolledBack { reason } => {
            return format!(
                "Ended with the old key, because {}. Nothing more happens.",
                rollback_reason(reason)
            );
        }
        State::Paused { reason, until, resume } => {
            let when = until.map_or_else(
                || "when it is told to: keystead rotate resume".to_owned(),
                |at| format!("at {}", rotation.clock.expected_at(at)),
            );
            format!(
                "Held while {}, because {}. {} It goes on {when}.",
                resume.name(),
                pause_reason(reason),
                interruption(rotation)
            )
        }
        State::Blocked { question, .. } => format!(
            "Waiting for you: {} {} If you approve, {}. If nobody answers, {}.",
            question.sentence(),
            interruption(rotation),
            question.on_approval(),
            question.on_silence()
        ),
        state => match state.phase() {
            Some((phase, is_back)) => {
                let way = if is_back { "Going back to the old key. " } else { "" };
                format!("{way}{}", explain_phase(rotation, observation, phase, now))
            }
            None => explain_beginning(rotation),
        },
    };
    match &rotation.emergency {
        Some(emergency) => format!("{} {sentence}", emergency_banner(emergency)),
        None => sentence,
    }
}

fn emergency_banner(emergency: &Emergency) -> &'static str {
    match (emergency.contain_now, emergency.sessions_cut) {
        (true, true) => "EMERGENCY: the old key has leaked; it and its sessions are switched off.",
        (true, false) => {
            "EMERGENCY: the old key has leaked; it is switched off, its sessions are being ended."
        }
        (false, true) => {
            "EMERGENCY: the old key has leaked; its sessions are ended, it goes when it is replaced."
        }
        (false, false) => {
            "EMERGENCY: the old key has leaked; its sessions are being ended, then it is replaced."
        }
    }
}

/// Before there are two keys to choose from.
fn explain_beginning(rotation: &Rotation) -> String {
    let soon = format!("within {}", duration(rotation.profile.stride));
    let quiet = interruption(rotation);
    match &rotation.state {
        State::Preflight => match &rotation.room {
            Some(room) => format!(
                "Making room: {} is inactive and watched. {quiet} When nobody has tried it, it is deleted and a \
                 second key is created; {} is the time it takes.",
                room.key,
                duration(rotation.profile.watch)
            ),
            None => format!(
                "Checking that the rotation can be finished before it begins. Nothing has changed. {quiet} Next a \
                 second key is created, {soon}."
            ),
        },
        State::Creating if rotation.creation.is_some() => format!(
            "Finding out whether the second key was created. {quiet} It is taken, or made anew, {soon}."
        ),
        State::Creating => format!("Creating the second key. {quiet} Next it is tried, {soon}."),
        State::Staged => format!(
            "{} was created and given to nobody yet. {quiet} Next it is tried, {soon}.",
            tail(rotation.new_key)
        ),
        _ => explain_verifying(rotation),
    }
}

fn explain_verifying(rotation: &Rotation) -> String {
    let wanted = rotation.profile.verify_successes;
    let region = |w: &super::verifying::Waiting| {
        let name = w.place.as_ref().map_or("its own region", |place| place.region.as_str());
        format!("{name} {} of {wanted}", w.successes)
    };
    let waiting: Vec<_> = super::verifying::waiting(rotation).iter().map(region).collect();
    let is_slow = rotation.age_of_state() > rotation.profile.verify_limit / 6;
    let note = if is_slow { " This takes longer than usual." } else { "" };
    format!(
        "Waiting for the endpoint to accept the new key: tries in a row in {}.{note} {BOTH_WORK} Next one consumer \
         is given it; if it is not accepted within {} it is given up.",
        waiting.join(", "),
        duration(rotation.profile.verify_limit)
    )
}

fn explain_phase(rotation: &Rotation, observation: &Observation, phase: Phase, now: Timestamp) -> String {
    let work = Work::new(rotation, observation);
    let Some((_, course)) = work.course() else {
        return "There is only one key. Nothing is interrupted. It ends at the next look.".to_owned();
    };
    let soon = format!("within {}", duration(rotation.profile.stride));
    let quiet = interruption(rotation);
    let key = tail(Some(course.leaving));
    match phase {
        Phase::Reactivating => {
            format!(
                "The key to go back to is being made active again. {quiet} Next consumers are given it, {soon}."
            )
        }
        Phase::Delivering => {
            let registered = || rotation.consumers.values().filter(|c| c.kind.is_registered());
            if rotation.only_one_works {
                return "The new value is about to be set where it is checked, and stored at once. Readers see it from \
                        their next question on; only in between, and if this is killed there until it runs again, do \
                        they get one that no longer works. If it is refused when it is tried, the former one is set \
                        again."
                    .to_owned();
            }
            if rotation.is_own && registered().next().is_none() {
                return format!(
                    "Keystead itself is about to sign with the arriving {}. {quiet} If it is refused with it, it goes \
                     back by itself; else the silence of the other one is waited for next, {soon}.",
                    tail(Some(course.arriving)).replacen('K', "k", 1),
                );
            }
            let done = registered().filter(|c| c.serving == Some(course.arriving)).count();
            format!(
                "{done} of {} consumers are served the arriving {}. {quiet} The first one must take it before the \
                 others follow; whoever has not by {} is asked about.",
                registered().count(),
                tail(Some(course.arriving)).replacen('K', "k", 1),
                deadline(rotation, now)
            )
        }
        Phase::Proving => explain_proving(&work, course, now),
        Phase::Brownout => {
            let length = rotation.profile.brownout.map_or_else(|| "some minutes".to_owned(), duration);
            format!(
                "{key} is switched off for trial, for {length}; it is put back by itself, and at once when somebody \
                 needs it. {quiet} If nobody does, it is deactivated next, {soon}."
            )
        }
        Phase::Deactivating => {
            format!(
                "{key} is being deactivated; it can be put back at any time. {quiet} Next it is watched, {soon}."
            )
        }
        Phase::Watching => {
            let watch = super::watching::watch_needed(&work);
            let tried = if rotation.is_unseen {
                "cannot be seen to be tried here: whoever misses it has to say so".to_owned()
            } else {
                attempts(rotation, course.leaving)
            };
            format!(
                "{key} is inactive and {tried}. {quiet} It can be put back until it is deleted, at {} at the earliest.",
                earliest(rotation, watch, now)
            )
        }
        Phase::Deleting => {
            format!("{key} is being deleted. {quiet} Then only the other key is left, {soon}.")
        }
    }
}

fn explain_proving(work: &Work<'_>, course: Course, now: Timestamp) -> String {
    let rotation = &work.rotation;
    let quiet = super::proving::quiet_needed(work);
    let traces = rotation.consumers.iter();
    let last =
        traces.filter_map(|(name, c)| Some((c.traces.get(&course.leaving)?.last_at?, name, c.cadence))).max();
    let used = last.map_or_else(
        || "was not seen in use".to_owned(),
        |(at, name, every)| {
            let every = every.map_or_else(String::new, |d| format!(" (every {})", duration(d)));
            format!("was last used at {at} by `{name}`{every}")
        },
    );
    if rotation.is_unseen {
        return format!(
            "{UNSEEN} Leases on {} run out and deliveries are read back, until {} at the earliest; then you are asked \
             whether anybody else needs it. {}",
            tail(Some(course.leaving)).replacen('K', "k", 1),
            earliest(rotation, quiet, now),
            interruption(rotation)
        );
    }
    let is_looking = matches!(&work.observation.evidence, Answer::Known(report) if report.healthy);
    let blind =
        if is_looking { "" } else { " The source of evidence does not answer; silence is not counted." };
    let next = if super::brownout::is_next(work, course) { "switched off for trial" } else { "deactivated" };
    format!(
        "{} {used}. After a silence of {} it can be {next}, at {} at the earliest.{blind} {}",
        tail(Some(course.leaving)),
        duration(quiet),
        earliest(rotation, quiet, now),
        interruption(rotation)
    )
}

/// Who has tried the inactive key, in words.
fn attempts(rotation: &Rotation, key: KeyId) -> String {
    let tried = rotation.consumers.iter().filter(|(_, c)| c.last_learned(key) > rotation.off_since);
    let names: Vec<_> =
        tried.filter(|(_, c)| c.last_learned(key).is_some()).map(|(n, _)| n.clone()).collect();
    if names.is_empty() { "nobody has tried it".to_owned() } else { format!("{} tried it", list(&names)) }
}

/// When the present state is asked about.
fn deadline(rotation: &Rotation, now: Timestamp) -> Timestamp {
    now.plus(rotation.profile.deadline.saturating_sub(rotation.age_of_state()))
}

/// What a step that needs a yes would do.
pub(super) fn stage(rotation: &Rotation, stage: Stage) -> String {
    let (old, new) = (rotation.old_key, rotation.new_key.map(|key| key.to_string()).unwrap_or_default());
    match stage {
        Stage::Create => format!("a second key is created beside {old}; nobody is given it yet"),
        Stage::Deliver => {
            let count = rotation.consumers.values().filter(|c| c.kind.is_registered()).count();
            format!(
                "{new} is given to the first of {count} consumers, then to the others; {old} keeps working"
            )
        }
        Stage::Deactivate if rotation.is_unseen => format!(
            "{old} is made inactive, from which it can be put back. {UNSEEN} Approve if nobody but its consumers has it"
        ),
        Stage::Deactivate => format!("{old} is made inactive, from which it can be put back"),
        Stage::Delete => match &rotation.room {
            Some(room) => format!("{} is deleted to make room, from which there is no way back", room.key),
            None => format!("{old} is deleted, from which there is no way back"),
        },
    }
}

/// The earliest time at which a silence of `needed` may be over: shown, never acted upon.
fn earliest(rotation: &Rotation, needed: Duration, now: Timestamp) -> Timestamp {
    let course_key = if rotation.state.phase().is_some_and(|(_, back)| back) {
        rotation.new_key
    } else {
        Some(rotation.old_key)
    };
    let learned = rotation.consumers.values().filter_map(|c| c.last_learned(course_key?)).max();
    let since = rotation.entered.max(rotation.evidence.blind_at).max(learned.unwrap_or_default());
    let passed = rotation.clock.now.since(since);
    now.plus(needed.saturating_sub(passed))
}

/// Whether anything is interrupted as things are.
fn interruption(rotation: &Rotation) -> &'static str {
    if rotation.emergency.as_ref().is_some_and(|e| e.contain_now) {
        return "Whoever uses the leaked key is interrupted until it has the new one.";
    }
    if rotation.brownout.off_at.is_some() {
        return "Whoever needs the old key is refused until it is put back.";
    }
    match rotation.state.underlying().phase() {
        Some(_) if rotation.only_one_works => ONE_WORKS,
        Some((Phase::Watching | Phase::Deleting | Phase::Reactivating, _)) => {
            "One key is inactive; going back makes it active again."
        }
        Some((Phase::Deactivating, _)) => {
            "One key may be inactive already; going back makes it active again."
        }
        Some(_) => BOTH_WORK,
        None => "Nothing is interrupted.",
    }
}

/// What a state waits for, for a question about a deadline.
pub(super) fn waiting_for(rotation: &Rotation) -> String {
    if let State::Paused { reason, .. } = &rotation.state {
        return format!("the end of a pause, made because {}", pause_reason(reason));
    }
    match rotation.state.underlying() {
        State::Preflight => "the keys, the custody, the consumers and the evidence to be readable".to_owned(),
        State::Creating => "the creation of the second key to be known".to_owned(),
        State::Staged => "the secret of the new key to be readable".to_owned(),
        State::Verifying => "the endpoint to answer".to_owned(),
        state => match state.phase() {
            Some((Phase::Delivering, _)) => "the consumers to answer".to_owned(),
            Some((Phase::Proving | Phase::Deactivating, _)) => {
                "an unbroken silence of the leaving key".to_owned()
            }
            Some((Phase::Brownout, _)) => "the end of a trial".to_owned(),
            Some((Phase::Watching, _)) => "an unbroken watch over the inactive key".to_owned(),
            _ => "the endpoint to answer".to_owned(),
        },
    }
}

pub(super) fn pause_reason(reason: &PauseReason) -> String {
    match reason {
        PauseReason::Operator { by } => format!("{by} ordered it"),
        PauseReason::Denied { action } => format!("the endpoint does not permit `{action}`"),
        PauseReason::ClockSkew => "our clock and the endpoint's are too far apart".to_owned(),
        PauseReason::Frozen => "there is a freeze".to_owned(),
        PauseReason::OutsideWindow => "no maintenance window is open".to_owned(),
        PauseReason::NotAccepted { regions } => {
            format!("the new key is not accepted yet in {}", regions.join(", "))
        }
    }
}

pub(super) fn rollback_reason(reason: &RollbackReason) -> String {
    match reason {
        RollbackReason::Operator { by } => format!("{by} ordered it"),
        RollbackReason::NeverVerified => "the endpoint never accepted the new key".to_owned(),
        RollbackReason::WrongPrincipal { found } => format!("the new key belongs to {}", found.arn),
        RollbackReason::NewKeyDeleted => "somebody else deleted the new key".to_owned(),
        RollbackReason::OwnUseFailed => {
            "Keystead itself, whose key it is, was refused with the new one".to_owned()
        }
    }
}

pub(super) fn effect(effect: &Effect) -> String {
    match effect {
        Effect::CreateKey => "creating the second key".to_owned(),
        Effect::VerifyKey { key, place: None } => format!("trying {key}"),
        Effect::VerifyKey { key, place: Some(place) } => format!("trying {key} in {}", place.region),
        Effect::SwitchSelf { key } => format!("signing with {key}"),
        Effect::Deliver { consumer, key } => format!("delivering {key} to `{consumer}`"),
        Effect::Deactivate { key } => format!("deactivating {key}"),
        Effect::Reactivate { key } => format!("reactivating {key}"),
        Effect::DeleteKey { key } => format!("deleting {key}"),
        Effect::CutSessions { key } => format!("ending the sessions made with {key}"),
        Effect::Conclude { current } => format!("making {current} the current key"),
    }
}

/// The last four characters of a key id, as people tell keys apart.
fn tail(key: Option<KeyId>) -> String {
    let text = key.map(|k| k.to_string()).unwrap_or_default();
    format!("Key …{}", text.get(16..).unwrap_or_default())
}

/// A duration in its largest whole unit.
pub(super) fn duration(d: Duration) -> String {
    match d.as_secs() {
        s if s >= 2 * 86_400 => format!("{} d", s / 86_400),
        s if s >= 2 * 3600 => format!("{} h", s / 3600),
        s if s >= 120 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// Names in backticks.
pub(crate) fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
