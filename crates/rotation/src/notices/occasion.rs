//! What is worth telling of what a journal says.

use std::fmt;

use serde::Serialize;

use crate::machine::{Effect, Happening, Order, PauseReason, Phase, Question, Rotation, State, list};
use crate::receipt::Entry;

/// What sort of thing is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Topic {
    /// A rotation began.
    Started,
    /// It waits for somebody, or is held by something that does not pass by itself.
    Waiting,
    /// The old key is used by those who could have switched.
    StillUsed,
    /// Somebody reminds of that.
    Reminder,
    /// The old key is switched off for trial.
    Brownout,
    /// The old key was tried after it was deactivated.
    OldKeyTried,
    /// The old key has leaked.
    Emergency,
    /// It has ended, one way or the other.
    Ended,
}

impl Topic {
    /// The word for it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Waiting => "waiting",
            Self::StillUsed => "still_used",
            Self::Reminder => "reminder",
            Self::Brownout => "brownout",
            Self::OldKeyTried => "old_key_tried",
            Self::Emergency => "emergency",
            Self::Ended => "ended",
        }
    }
}

impl fmt::Display for Topic {
    /// As in the subject of a letter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Started => "its rotation has begun",
            Self::Waiting => "its rotation waits",
            Self::StillUsed => "the old key is still used",
            Self::Reminder => "a reminder: the old key is still used",
            Self::Brownout => "the old key is switched off for a short trial",
            Self::OldKeyTried => "somebody tried the old key",
            Self::Emergency => "EMERGENCY: the old key has leaked",
            Self::Ended => "its rotation has ended",
        })
    }
}

/// Something worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Occasion {
    pub(super) topic: Topic,
    /// The journal's entry it stands in.
    pub(super) number: u64,
    /// What it is, for being told once: a pause for one reason may come and go.
    pub(super) name: String,
    /// What is told besides how the rotation stands.
    pub(super) lead: Option<String>,
}

/// What is worth telling of these entries, which were written together with this document.
pub(super) fn occasions(rotation: &Rotation, entries: &[Entry]) -> Vec<Occasion> {
    entries.iter().filter_map(|entry| occasion(rotation, entry)).collect()
}

fn occasion(rotation: &Rotation, entry: &Entry) -> Option<Occasion> {
    let old_key = rotation.old_key;
    let (topic, name, lead) = match &entry.happening {
        Happening::Started { .. } if rotation.emergency.is_some() => (Topic::Emergency, None, None),
        Happening::Started { .. } => (Topic::Started, None, None),
        Happening::StillUsed { key, consumers } => {
            (Topic::StillUsed, None, Some(format!("{key} is still used by {}.", list(consumers))))
        }
        // What is asked stands in the sentence about how the rotation stands.
        Happening::Asked { question, .. } => (of_question(question), None, None),
        Happening::Evidence { source, finding } if source == "reminder" => {
            (Topic::Reminder, None, Some(format!("{finding}: {old_key} is still used.")))
        }
        Happening::Ordered { order: Order::Emergency { .. }, answer, .. } if answer == "done" => {
            (Topic::Emergency, None, None)
        }
        Happening::Intended { effect: Effect::Deactivate { key } } if is_trial(rotation) => {
            let lead = format!("{key} is switched off for trial, now.");
            (Topic::Brownout, None, Some(lead))
        }
        // Of several moves that were written together the last one counts.
        Happening::Moved { to, .. } if to != rotation.state.name() => return None,
        Happening::Moved { because, .. } if is_held(&rotation.state) => {
            (Topic::Waiting, Some(format!("held because {because}")), None)
        }
        Happening::Moved { .. } if rotation.state.is_ended() => (Topic::Ended, None, None),
        _ => return None,
    };
    let number = entry.number;
    let name = name.unwrap_or_else(|| format!("{} {number}", topic.as_str()));
    Some(Occasion { topic, number, name, lead })
}

fn of_question(question: &Question) -> Topic {
    match question {
        Question::StillUsed { .. } | Question::FoundByBrownout { .. } | Question::StillServed { .. } => {
            Topic::StillUsed
        }
        Question::StillTried { .. } => Topic::OldKeyTried,
        _ => Topic::Waiting,
    }
}

/// The first try of a trial; what is tried again was announced.
fn is_trial(rotation: &Rotation) -> bool {
    let phase = rotation.state.phase();
    matches!(phase, Some((Phase::Brownout, _))) && rotation.failures.count == 0
}

/// Held by what somebody has to look after. What an operator or a calendar holds is no news.
fn is_held(state: &State) -> bool {
    matches!(
        state,
        State::Paused {
            reason: PauseReason::Denied { .. } | PauseReason::ClockSkew | PauseReason::NotAccepted { .. },
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use keystead_core::Timestamp;

    use super::*;
    use crate::machine::{Principal, RollbackReason};
    use crate::profile::Profile;
    use crate::receipt::Position;

    fn told(state: State, happening: Happening) -> Option<(Topic, String)> {
        let principal = Principal { account: "1".to_owned(), arn: "arn:p".to_owned() };
        let key = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        let mut rotation = Rotation::new("r".into(), "c".into(), principal, key, Profile::demo());
        rotation.state = state;
        let entry = Entry::chain(&mut Position::default(), Timestamp::from_secs(1), happening);
        occasions(&rotation, &[entry]).pop().map(|occasion| (occasion.topic, occasion.name))
    }

    fn moved(to: &str, because: &str) -> Happening {
        Happening::Moved { from: "proving".into(), to: to.into(), because: because.into() }
    }

    #[test]
    fn a_pause_that_comes_and_goes_is_one_occasion_and_one_that_somebody_wished_is_none() {
        let paused = |reason| State::Paused { reason, until: None, resume: Box::new(State::Proving) };
        let skewed = told(paused(PauseReason::ClockSkew), moved("paused", "clocks differ"));
        assert_eq!(skewed, Some((Topic::Waiting, "held because clocks differ".to_owned())));
        assert_eq!(told(paused(PauseReason::Frozen), moved("paused", "a freeze")), None);
        assert_eq!(
            told(paused(PauseReason::Operator { by: "ana".into() }), moved("paused", "ana ordered it")),
            None
        );
    }

    #[test]
    fn only_the_last_move_is_an_end() {
        assert_eq!(told(State::Watching, moved("watching", "x")), None);
        let back = || State::RolledBack { reason: RollbackReason::NeverVerified };
        assert_eq!(told(back(), moved("deleting", "x")), None);
        assert_eq!(told(back(), moved("rolled back", "x")), Some((Topic::Ended, "ended 1".to_owned())));
    }

    #[test]
    fn only_the_deactivation_for_trial_is_announced() {
        let key = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        let off = || Happening::Intended { effect: Effect::Deactivate { key } };
        assert_eq!(told(State::Brownout, off()), Some((Topic::Brownout, "brownout 1".to_owned())));
        assert_eq!(told(State::Deactivating, off()), None);
    }
}
