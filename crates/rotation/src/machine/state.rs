//! The states of a rotation, the questions it asks, and why it goes back. The names of the steps are
//! those of the IAM User Guide, "Rotating credentials": create, deactivate, delete.

use std::collections::BTreeMap;
use std::time::Duration;

use keystead_core::KeyId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::observation::{Failure, ListedKey};
use crate::steady::Steady;

/// Where a rotation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Looking whether a rotation can be finished before it is begun.
    Preflight,
    /// The second key is being created, or it is being found out whether it was.
    Creating,
    /// The second key exists, is sealed, and was given to nobody.
    Staged,
    /// The second key is being tried against the endpoint.
    Verifying,
    /// Consumers are given the second key, one first.
    Delivering,
    /// Both keys work; evidence is collected that nobody needs the first.
    Proving,
    /// The first key is inactive for a short trial, and is put back by itself.
    Brownout,
    /// The first key is being made inactive.
    Deactivating,
    /// The first key is inactive; attempts to use it are looked for.
    Watching,
    /// The first key is being deleted.
    Deleting,
    /// Ended: only the second key is left.
    Done,
    /// Held until the reason is gone.
    Paused {
        /// Why.
        reason: PauseReason,
        /// When it goes on by itself.
        until: Option<Steady>,
        /// Where it goes on.
        resume: Box<State>,
    },
    /// Held until an operator answers.
    Blocked {
        /// What is asked.
        question: Question,
        /// The number an answer names, so that nobody answers a question they have not read.
        number: u64,
        /// Where it goes on.
        resume: Box<State>,
    },
    /// On the way back to the first key: the same steps with the keys exchanged.
    RollingBack {
        /// How far.
        phase: Phase,
        /// Why.
        reason: RollbackReason,
    },
    /// Ended: only the first key is left.
    RolledBack {
        /// Why.
        reason: RollbackReason,
    },
}

/// The part of a rotation in which one key leaves and the other arrives, whichever way it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// The arriving key is made active again; only on the way back.
    Reactivating,
    /// Consumers are given the arriving key.
    Delivering,
    /// The silence of the leaving key is waited for.
    Proving,
    /// The leaving key is inactive for a short trial; only on the way forward.
    Brownout,
    /// The leaving key is made inactive.
    Deactivating,
    /// Attempts to use the inactive key are looked for.
    Watching,
    /// The leaving key is deleted.
    Deleting,
}

/// Why a rotation is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PauseReason {
    /// An operator wished it.
    Operator {
        /// Who.
        by: String,
    },
    /// The endpoint refused what the rotation needs.
    Denied {
        /// The action it refused.
        action: String,
    },
    /// Our clock and the endpoint's are too far apart.
    ClockSkew,
    /// A freeze.
    Frozen,
    /// No maintenance window is open.
    OutsideWindow,
    /// The endpoint has not accepted the new key for longer than usual.
    NotAccepted {
        /// Where.
        regions: Vec<String>,
    },
}

/// Why a rotation goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RollbackReason {
    /// An operator wished it.
    Operator {
        /// Who.
        by: String,
    },
    /// The endpoint never accepted the new key.
    NeverVerified,
    /// The new key belongs to somebody else: endpoint or profile were mixed up.
    WrongPrincipal {
        /// Whom it belongs to.
        found: Principal,
    },
    /// Somebody else deleted the new key after it had been delivered.
    NewKeyDeleted,
    /// Keystead itself, whose key it is, was refused with the new one.
    OwnUseFailed,
}

/// Who a key belongs to, as the endpoint says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The account's number.
    pub account: String,
    /// The ARN.
    pub arn: String,
}

/// A step that may need an operator's yes each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The second key is created.
    Create,
    /// The first consumer is given it.
    Deliver,
    /// The first key is deactivated, for trial or for good.
    Deactivate,
    /// The first key is deleted.
    Delete,
}

/// What only an operator can decide. Each has an answer that harms nobody: to approve says what
/// [`Question::on_approval`] promises, to roll back is always possible, to say nothing leaves both keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// The key to be rotated is not the principal's.
    CurrentKeyMissing,
    /// The key to be rotated is inactive.
    CurrentKeyInactive,
    /// The key to be rotated belongs to another principal than recorded.
    CurrentKeyElsewhere {
        /// Whom it belongs to.
        found: Principal,
    },
    /// There is no free slot for a second key.
    SlotTaken {
        /// The other keys, and whether they were seen in use; `None` is not known.
        others: Vec<(ListedKey, Option<bool>)>,
    },
    /// The source of evidence has not watched for long enough to know the rhythm of use.
    ShortBaseline {
        /// For how long it has.
        watched: Duration,
    },
    /// A consumer is served a key that is no part of this rotation.
    TargetConflict {
        /// Which.
        consumer: String,
    },
    /// The set of keys is not what this rotation made of it.
    ChangedBySomeoneElse {
        /// The keys that are not ours.
        keys: Vec<KeyId>,
    },
    /// Somebody else made the leaving key inactive.
    DeactivatedOutside,
    /// Somebody else made the leaving key active again.
    ReactivatedOutside,
    /// An effect failed again and again.
    KeepsFailing {
        /// Which, in words.
        effect: String,
        /// The last failure.
        failure: Failure,
    },
    /// Consumers have not taken the arriving key by the deadline.
    DeliveryBehind {
        /// Which.
        consumers: Vec<String>,
        /// What went wrong with some of them.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        troubles: BTreeMap<String, Failure>,
    },
    /// A step that an operator wished to approve is next.
    Approval {
        /// Which.
        stage: Stage,
        /// What will happen.
        what: String,
    },
    /// Somebody used the leaving key while it was switched off for trial.
    FoundByBrownout {
        /// Who.
        consumers: Vec<String>,
    },
    /// Trial after trial had to be broken off.
    BrownoutInconclusive {
        /// How many.
        count: u32,
    },
    /// The sessions made with the leaked key could not be ended.
    SessionsNotCut {
        /// Why not.
        failure: Failure,
    },
    /// The leaked key cannot be replaced by the key that was made.
    CannotReplace {
        /// Why not.
        because: String,
    },
    /// A permission was taken away while the rotation was under way, as a quarantine does.
    Quarantined {
        /// The action that is denied.
        action: String,
    },
    /// The key that was to make room is used.
    RoomStillUsed {
        /// Which.
        key: KeyId,
        /// By whom.
        consumers: Vec<String>,
    },
    /// The leaving key is still in use at the deadline.
    StillUsed {
        /// By whom.
        consumers: Vec<String>,
    },
    /// Consumers that were passed over would be given an inactive key.
    StillServed {
        /// Which.
        consumers: Vec<String>,
    },
    /// A consumer runs so rarely that its silence proves nothing for longer than the profile waits.
    SlowCadence {
        /// Which, and how rarely.
        consumers: Vec<(String, Duration)>,
    },
    /// Consumers were never seen with the arriving key, and nobody knows how often they run.
    NotSeen {
        /// Which.
        consumers: Vec<String>,
    },
    /// Somebody tried to use the inactive key.
    StillTried {
        /// Who.
        consumers: Vec<String>,
    },
    /// The key to go back to was deleted by somebody else.
    NothingToReturnTo,
    /// The evidence needed did not come by the deadline.
    Overdue {
        /// What was waited for.
        waiting_for: String,
    },
}

impl State {
    /// The phase and whether it is on the way back; `None` outside of the phases.
    pub fn phase(&self) -> Option<(Phase, bool)> {
        match self {
            Self::Delivering => Some((Phase::Delivering, false)),
            Self::Proving => Some((Phase::Proving, false)),
            Self::Brownout => Some((Phase::Brownout, false)),
            Self::Deactivating => Some((Phase::Deactivating, false)),
            Self::Watching => Some((Phase::Watching, false)),
            Self::Deleting => Some((Phase::Deleting, false)),
            Self::RollingBack { phase, .. } => Some((*phase, true)),
            _ => None,
        }
    }

    /// The state itself, or the one it is held in.
    pub fn underlying(&self) -> &Self {
        match self {
            Self::Paused { resume, .. } | Self::Blocked { resume, .. } => resume.underlying(),
            state => state,
        }
    }

    /// Whether nothing will change any more.
    pub fn is_ended(&self) -> bool {
        matches!(self, Self::Done | Self::RolledBack { .. })
    }

    /// Its name for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Creating => "creating",
            Self::Staged => "staged",
            Self::Verifying => "verifying",
            Self::Delivering => "delivering",
            Self::Proving => "proving",
            Self::Brownout => "brownout",
            Self::Deactivating => "deactivating",
            Self::Watching => "watching",
            Self::Deleting => "deleting",
            Self::Done => "done",
            Self::Paused { .. } => "paused",
            Self::Blocked { .. } => "blocked",
            Self::RollingBack { phase, .. } => match phase {
                Phase::Reactivating => "rolling back: reactivating",
                Phase::Delivering => "rolling back: delivering",
                Phase::Proving => "rolling back: proving",
                Phase::Brownout | Phase::Deactivating => "rolling back: deactivating",
                Phase::Watching => "rolling back: watching",
                Phase::Deleting => "rolling back: deleting",
            },
            Self::RolledBack { .. } => "rolled back",
        }
    }
}
