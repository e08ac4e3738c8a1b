//! Every question in words: what is asked, what happens if nobody answers, and each answer with what it does
//! and how to give it.

use keystead_core::KeyId;

use super::explain::{duration, list};
use super::observation::Failure;
use super::state::Question;

/// One answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answering {
    /// The subcommand of `keystead rotate` that gives it, with what it needs beside the rotation's id.
    pub command: &'static str,
    /// What it does.
    pub consequence: &'static str,
}

const fn answer(command: &'static str, consequence: &'static str) -> Answering {
    Answering { command, consequence }
}

const ROLL_BACK: Answering =
    answer("rollback", "every consumer is given the old key again, and the new one goes");
const EXEMPT: Answering =
    answer("exempt CONSUMER", "its use of the old key does not count: it will be interrupted");
const SKIP: Answering =
    answer("skip CONSUMER", "it keeps the old key, which cannot be switched off meanwhile");
const RETURN: Answering = answer("return CONSUMER", "it is given the old key back and is passed over");
const BROWNOUT: Answering =
    answer("brownout", "the old key is switched off for minutes, and who needs it shows");
const REMIND: Answering = answer("remind", "its owners are reminded, and it is waited for once more");
const HARD_STOP: Answering =
    answer("hard-stop --typed LAST4", "the old key is deactivated at once, whoever uses it");
const PUT_BACK: Answering =
    answer("put-back", "the old key is made active again, and its silence is proved anew");
const EXTEND: Answering = answer("extend 7d", "attempts until now do not count, and the watch lasts longer");
const MAKE_ROOM: Answering =
    answer("make-room KEY", "that key is deactivated, watched and deleted; whoever tries it stops this");
const EMERGENCY: Answering =
    answer("emergency --contain-now", "the old key is switched off at once by another principal");

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
            Self::RoomStillUsed { key, consumers } => {
                format!(
                    "{} used {key}, which was to make room; it is active again if it was before.",
                    list(consumers)
                )
            }
            Self::ShortBaseline { watched } => {
                format!("use has been watched for {} only.", duration(*watched))
            }
            Self::TargetConflict { consumer } => {
                format!(
                    "`{consumer}` holds a key that is no part of this rotation, which is not written over; put it \
                     right, by `keystead target deliver --overwrite` or there itself."
                )
            }
            Self::ChangedBySomeoneElse { keys } => {
                let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
                format!("somebody else made {}.", list(&keys))
            }
            Self::DeactivatedOutside => "somebody else deactivated the leaving key.".to_owned(),
            Self::ReactivatedOutside => "somebody else made the leaving key active again.".to_owned(),
            Self::KeepsFailing { effect, failure } => format!("{effect} keeps failing: {failure}."),
            Self::Quarantined { action } => format!(
                "`{action}` was permitted and is now denied explicitly, as when a leaked key is quarantined."
            ),
            Self::NothingToReturnTo => "somebody else deleted the key to go back to.".to_owned(),
            Self::Overdue { waiting_for } => format!("still waiting for {waiting_for}."),
            Self::Approval { what, .. } => format!("the next step is this: {what}."),
            Self::CannotReplace { because } => format!("the leaked key is not replaced, because {because}."),
            Self::SessionsNotCut { failure } => {
                format!("the sessions made with the leaked key could not be ended: {failure}.")
            }
            _ => self.sentence_about_consumers(),
        }
    }

    fn sentence_about_consumers(&self) -> String {
        match self {
            Self::DeliveryBehind { consumers, troubles } => {
                let each = consumers.iter().map(|name| match troubles.get(name) {
                    Some(failure) => format!("`{name}` ({})", trouble(failure)),
                    None => format!("`{name}`"),
                });
                format!("{} did not take the new key.", each.collect::<Vec<_>>().join(", "))
            }
            Self::StillUsed { consumers } => format!("the leaving key is still used by {}.", list(consumers)),
            Self::StillServed { consumers } => {
                format!("the leaving key is still served to {}, as ordered.", list(consumers))
            }
            Self::SlowCadence { consumers } => {
                let each: Vec<_> =
                    consumers.iter().map(|(name, d)| format!("`{name}` (every {})", duration(*d))).collect();
                format!(
                    "the old key is used too rarely by {} for silence to prove anything soon. A trial switch-off finds \
                     whoever runs just then; after it the key stays inactive, not deleted, for a whole round of \
                     theirs, and the next rotation waits for that.",
                    each.join(", ")
                )
            }
            Self::NotSeen { consumers } => format!(
                "nobody has seen {} with the arriving key, or knows how often they run. A trial switch-off finds whoever \
                 runs just then; after it the key stays inactive, not deleted, while it is watched.",
                list(consumers)
            ),
            Self::StillTried { consumers } => {
                format!("{} tried the inactive key; put it back if they need it.", list(consumers))
            }
            Self::FoundByBrownout { consumers } => format!(
                "{} used the old key while it was switched off for trial; it was put back at once.",
                list(consumers)
            ),
            Self::BrownoutInconclusive { count } => {
                format!("{count} trials had to be broken off before they had shown anything.")
            }
            _ => String::new(),
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
            | Self::RoomStillUsed { .. }
            | Self::SlotTaken { .. } => "it is looked at again",
            Self::ChangedBySomeoneElse { .. } => "those keys are left alone and the rotation goes on",
            Self::DeactivatedOutside => "it is made active again and the rotation goes on",
            Self::ReactivatedOutside | Self::FoundByBrownout { .. } => "its silence is proved anew",
            Self::KeepsFailing { .. } | Self::Quarantined { .. } => "it is tried again",
            Self::DeliveryBehind { .. } | Self::StillServed { .. } => {
                "they are given the new key and waited for"
            }
            Self::StillUsed { .. } | Self::Overdue { .. } => "it is waited for once more",
            Self::SlowCadence { .. } => "the longest silence of the profile is enough for them",
            Self::NotSeen { .. } => "their silence is taken for enough",
            Self::StillTried { .. } => "their attempts do not count and the watch begins anew",
            Self::NothingToReturnTo => "every consumer is given the new key",
            Self::Approval { .. } => "it is done now",
            Self::BrownoutInconclusive { .. } => "the rotation goes on without a trial",
            Self::CannotReplace { .. } => "the new key is tried anew",
            Self::SessionsNotCut { .. } => "they count as ended by hand",
        }
    }

    /// What stays as it is while nobody answers: the safe default.
    pub fn on_silence(&self) -> &'static str {
        match self {
            Self::CurrentKeyMissing
            | Self::CurrentKeyInactive
            | Self::CurrentKeyElsewhere { .. }
            | Self::SlotTaken { .. }
            | Self::RoomStillUsed { .. }
            | Self::ShortBaseline { .. } => "nothing is created and every key stays as it is",
            Self::StillTried { .. } => "the key stays inactive and is not deleted",
            Self::NothingToReturnTo => "the new key stays as it is",
            Self::CannotReplace { .. } => {
                "the leaked key is replaced by nothing, and stays off only if it was contained"
            }
            Self::SessionsNotCut { .. } => "the leaked key stays inactive and is not deleted",
            Self::ReactivatedOutside
            | Self::DeactivatedOutside
            | Self::Quarantined { .. }
            | Self::KeepsFailing { .. }
            | Self::Approval { .. }
            | Self::ChangedBySomeoneElse { .. } => "every key stays as it is and nothing is deleted",
            _ => "both keys keep working",
        }
    }

    /// Every answer there is, `approve` among them.
    pub fn answers(&self) -> Vec<Answering> {
        let mut answers = vec![answer("approve", self.on_approval())];
        answers.extend_from_slice(match self {
            Self::SlotTaken { .. } => &[MAKE_ROOM],
            Self::TargetConflict { .. } => &[SKIP, EXEMPT],
            Self::DeliveryBehind { .. } => &[SKIP, RETURN, EXEMPT],
            Self::StillUsed { .. } => &[REMIND, EXEMPT, BROWNOUT, HARD_STOP],
            Self::FoundByBrownout { .. } => &[EXEMPT, HARD_STOP],
            Self::StillServed { .. } => &[EXEMPT],
            Self::SlowCadence { .. } | Self::NotSeen { .. } => &[BROWNOUT, EXEMPT],
            Self::StillTried { .. } => &[PUT_BACK, EXEMPT, EXTEND],
            Self::Quarantined { .. } | Self::CannotReplace { .. } => &[EMERGENCY],
            _ => &[],
        });
        answers.push(ROLL_BACK);
        answers
    }
}

/// What went wrong with one consumer, in words.
fn trouble(failure: &Failure) -> String {
    match failure {
        Failure::Conflict => "somebody else wrote another value there".to_owned(),
        other => other.to_string(),
    }
}

fn slot_sentence(others: Vec<(KeyId, &str, Option<bool>)>) -> String {
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
