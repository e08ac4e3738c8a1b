//! One sentence per state for the operator: what it waits for, whether anything is interrupted, what
//! happens next, and when.

use std::time::Duration;

use keystead_core::{AccessKeyId, Timestamp};

use super::course::Work;
use super::document::Rotation;
use super::effect::Effect;
use super::observation::{Answer, Observation};
use super::state::{PauseReason, Phase, Question, RollbackReason, State};

const BOTH_WORK: &str = "Nothing is interrupted; both keys work.";

/// What the rotation waits for, whether anything is interrupted, what happens next and when.
pub fn explain(rotation: &Rotation, observation: &Observation, now: Timestamp) -> String {
    match &rotation.state {
        State::Preflight => {
            "Checking that the rotation can be finished before it begins. Nothing has changed.".to_owned()
        }
        State::Creating => match rotation.creation {
            None => "Creating the second key. Nothing is interrupted.".to_owned(),
            Some(_) => "Finding out whether the second key was created. Nothing is interrupted.".to_owned(),
        },
        State::Staged => format!("{} was created and given to nobody yet.", tail(rotation.new_key)),
        State::Verifying => explain_verifying(rotation),
        State::Done => "Rotated. Only the new key is left.".to_owned(),
        State::RolledBack { reason } => {
            format!("Ended with the old key, because {}.", rollback_reason(reason))
        }
        State::Paused { reason, until, resume } => {
            let next = until.map(|at| format!(" It goes on at {}.", rotation.clock.expected_at(at)));
            let interrupted = interruption(resume);
            format!(
                "Held while {}, because {}. {interrupted}{}",
                resume.name(),
                pause_reason(reason),
                next.unwrap_or_default()
            )
        }
        State::Blocked { question, resume, .. } => {
            format!(
                "Waiting for you: {} {} If you approve, {}.",
                question.sentence(),
                interruption(resume),
                question.on_approval()
            )
        }
        state => match state.phase() {
            Some((phase, is_back)) => {
                let way = if is_back { "Going back to the old key. " } else { "" };
                format!("{way}{}", explain_phase(rotation, observation, phase, now))
            }
            None => String::new(),
        },
    }
}

fn explain_verifying(rotation: &Rotation) -> String {
    let tries = &rotation.verification;
    let done = if tries.key == rotation.new_key { tries.successes } else { 0 };
    let wanted = rotation.profile.verify_successes;
    let is_slow = rotation.age_of_state() > rotation.profile.verify_limit / 6;
    let note = if is_slow { " This takes longer than usual." } else { "" };
    format!(
        "Waiting for the endpoint to accept the new key: {done} of {wanted} tries in a row.{note} {BOTH_WORK}"
    )
}

fn explain_phase(rotation: &Rotation, observation: &Observation, phase: Phase, now: Timestamp) -> String {
    let work = Work::new(rotation, observation);
    let Some((_, course)) = work.course() else {
        return "There is only one key.".to_owned();
    };
    let registered = || rotation.consumers.values().filter(|c| c.kind.is_registered());
    match phase {
        Phase::Reactivating => "The key to go back to is being made active again.".to_owned(),
        Phase::Delivering => {
            let done = registered().filter(|c| c.serving == Some(course.arriving)).count();
            format!(
                "{done} of {} consumers are served the arriving {}. {BOTH_WORK}",
                registered().count(),
                tail(Some(course.arriving)).replacen('K', "k", 1)
            )
        }
        Phase::Proving => {
            let quiet = super::proving::quiet_needed(&work);
            let last = rotation
                .consumers
                .iter()
                .filter_map(|(name, c)| Some((c.traces.get(&course.leaving)?.last_at?, name, c.cadence)));
            let used = last.max().map_or_else(
                || "was not seen in use".to_owned(),
                |(at, name, every)| {
                    format!(
                        "was last used at {at} by `{name}`{}",
                        every.map_or_else(String::new, |d| format!(" (every {})", duration(d)))
                    )
                },
            );
            let blind = if matches!(observation.evidence, Answer::Known(ref r) if r.healthy) {
                ""
            } else {
                " The source of evidence does not answer; silence is not counted."
            };
            format!(
                "{} {used}. After a silence of {} it can be deactivated, at {} at the earliest.{blind} {BOTH_WORK}",
                tail(Some(course.leaving)),
                duration(quiet),
                earliest(rotation, quiet, now)
            )
        }
        Phase::Deactivating => {
            format!("{} is being deactivated; it can be put back at any time.", tail(Some(course.leaving)))
        }
        Phase::Watching => {
            let watch = super::watching::watch_needed(&work);
            format!(
                "{} is inactive and nobody has tried it. It can be put back until it is deleted, at {} at the earliest.",
                tail(Some(course.leaving)),
                earliest(rotation, watch, now)
            )
        }
        Phase::Deleting => format!("{} is being deleted.", tail(Some(course.leaving))),
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

/// Whether anything is interrupted while a state is held.
fn interruption(state: &State) -> &'static str {
    match state.underlying().phase() {
        Some((Phase::Watching | Phase::Deleting | Phase::Reactivating, _)) => {
            "One key is inactive; rolling back makes it active again."
        }
        Some((Phase::Deactivating, _)) => {
            "One key may be inactive already; rolling back makes it active again."
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
    }
}

pub(super) fn rollback_reason(reason: &RollbackReason) -> String {
    match reason {
        RollbackReason::Operator { by } => format!("{by} ordered it"),
        RollbackReason::NeverVerified => "the endpoint never accepted the new key".to_owned(),
        RollbackReason::WrongPrincipal { found } => format!("the new key belongs to {}", found.arn),
        RollbackReason::NewKeyDeleted => "somebody else deleted the new key".to_owned(),
    }
}

pub(super) fn effect(effect: &Effect) -> String {
    match effect {
        Effect::CreateKey => "creating the second key".to_owned(),
        Effect::VerifyKey { key } => format!("trying {key}"),
        Effect::Deliver { consumer, key } => format!("delivering {key} to `{consumer}`"),
        Effect::Deactivate { key } => format!("deactivating {key}"),
        Effect::Reactivate { key } => format!("reactivating {key}"),
        Effect::DeleteKey { key } => format!("deleting {key}"),
        Effect::Conclude { current } => format!("making {current} the current key"),
    }
}

/// The last four characters of a key id, as people tell keys apart.
fn tail(key: Option<AccessKeyId>) -> String {
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

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl Question {
    /// What is asked.
    pub fn sentence(&self) -> String {
        match self {
            Self::CurrentKeyMissing => "the key to rotate is not among the principal's keys.".to_owned(),
            Self::CurrentKeyInactive => "the key to rotate is inactive.".to_owned(),
            Self::CurrentKeyElsewhere { found } => format!("the key to rotate belongs to {}.", found.arn),
            Self::SlotTaken { others } => {
                slot_sentence(others.iter().map(|(k, used)| (k.id, k.status.as_str(), *used)).collect())
            }
            Self::ShortBaseline { watched } => {
                format!("use has been watched for {} only.", duration(*watched))
            }
            Self::TargetConflict { consumer } => {
                format!("`{consumer}` is served a key that is no part of this rotation.")
            }
            Self::ChangedBySomeoneElse { keys } => {
                let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
                format!("somebody else made {}.", list(&keys))
            }
            Self::DeactivatedOutside => "somebody else deactivated the leaving key.".to_owned(),
            Self::ReactivatedOutside => "somebody else made the leaving key active again.".to_owned(),
            Self::KeepsFailing { effect, failure } => format!("{effect} keeps failing: {failure}."),
            Self::DeliveryBehind { consumers } => format!("{} did not take the new key.", list(consumers)),
            Self::StillUsed { consumers } => format!("{} still use the leaving key.", list(consumers)),
            Self::StillServed { consumers } => {
                format!("{} were passed over and are served the leaving key.", list(consumers))
            }
            Self::SlowCadence { consumers } => {
                let each: Vec<_> =
                    consumers.iter().map(|(name, d)| format!("`{name}` (every {})", duration(*d))).collect();
                format!("{} run too rarely for their silence to prove anything soon.", each.join(", "))
            }
            Self::NotSeen { consumers } => format!(
                "{} were not seen with the arriving key, and nobody knows how often they run.",
                list(consumers)
            ),
            Self::StillTried { consumers } => {
                format!("{} tried the inactive key; roll back to put it back.", list(consumers))
            }
            Self::NothingToReturnTo => "somebody else deleted the key to go back to.".to_owned(),
            Self::Overdue { waiting_for } => format!("still waiting for {waiting_for}."),
        }
    }

    /// What approving does.
    pub fn on_approval(&self) -> &'static str {
        match self {
            Self::ShortBaseline { .. } => "the rotation begins all the same",
            Self::TargetConflict { .. }
            | Self::CurrentKeyMissing
            | Self::CurrentKeyInactive
            | Self::CurrentKeyElsewhere { .. }
            | Self::SlotTaken { .. } => "it is looked at again",
            Self::ChangedBySomeoneElse { .. } => "those keys are left alone and the rotation goes on",
            Self::DeactivatedOutside => "it is made active again and the rotation goes on",
            Self::ReactivatedOutside => "its silence is proved anew",
            Self::KeepsFailing { .. } => "it is tried again",
            Self::DeliveryBehind { .. } | Self::StillServed { .. } => {
                "they are given the new key and waited for"
            }
            Self::StillUsed { .. } | Self::Overdue { .. } => "it is waited for once more",
            Self::SlowCadence { .. } => "the longest silence of the profile is enough for them",
            Self::NotSeen { .. } => "their silence is taken for enough",
            Self::StillTried { .. } => "their attempts do not count and the watch begins anew",
            Self::NothingToReturnTo => "every consumer is given the new key",
        }
    }
}

fn slot_sentence(others: Vec<(AccessKeyId, &str, Option<bool>)>) -> String {
    let use_of = |used: &Option<bool>| match used {
        Some(true) => "in use",
        Some(false) => "not seen in use",
        None => "use unknown",
    };
    let each: Vec<_> =
        others.iter().map(|(id, status, used)| format!("{id} ({status}, {})", use_of(used))).collect();
    let advice = match others.as_slice() {
        [(_, "Inactive", _)] => "delete it if nobody needs it",
        [(_, _, Some(true))] => "both keys are in use: give the users of one a user of their own",
        [_] => "deactivate it, watch, and delete it",
        _ => "there are more keys than AWS allows: remove those nobody needs",
    };
    format!("there is no room for a second key because of {}; {advice}.", each.join(", "))
}
