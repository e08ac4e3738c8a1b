//! What a step may do to the world, how it went, and what a step returns.

use std::fmt;

use keystead_core::{KeyId, Timestamp};
use serde::{Deserialize, Serialize};

use super::document::Rotation;
use super::observation::{Failure, Order, Place};
use super::state::{Principal, Question};

/// One change of the world, or one try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Create the second key, its secret into custody.
    CreateKey,
    /// Ask the endpoint who a key belongs to, signing with it.
    VerifyKey {
        /// Which.
        key: KeyId,
        /// In another region than the credential's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Place>,
    },
    /// Answer a consumer with a key from now on.
    Deliver {
        /// Whom.
        consumer: String,
        /// Which.
        key: KeyId,
    },
    /// Make a key inactive.
    Deactivate {
        /// Which.
        key: KeyId,
    },
    /// Make a key active again.
    Reactivate {
        /// Which.
        key: KeyId,
    },
    /// Delete a key.
    DeleteKey {
        /// Which.
        key: KeyId,
    },
    /// End every session that was made with a key: they outlive its deactivation.
    CutSessions {
        /// Which.
        key: KeyId,
    },
    /// Let Keystead itself sign with a key at that endpoint; the other key's custody copy stays.
    SwitchSelf {
        /// Which.
        key: KeyId,
    },
    /// Make a key the managed credential's only one and forget the other's custody copy.
    Conclude {
        /// Which.
        current: KeyId,
    },
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateKey => f.write_str("create the second key"),
            Self::VerifyKey { key, place: None } => write!(f, "try {key}"),
            Self::VerifyKey { key, place: Some(place) } => write!(f, "try {key} in {}", place.region),
            Self::SwitchSelf { key } => write!(f, "sign with {key} from now on"),
            Self::Deliver { consumer, key } => write!(f, "serve `{consumer}` {key} from now on"),
            Self::Deactivate { key } => write!(f, "deactivate {key}"),
            Self::Reactivate { key } => write!(f, "reactivate {key}"),
            Self::DeleteKey { key } => write!(f, "delete {key}"),
            Self::CutSessions { key } => write!(f, "end the sessions made with {key}"),
            Self::Conclude { current } => write!(f, "make {current} the credential's only key"),
        }
    }
}

/// How an effect went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The key was created and its secret is in custody.
    Created {
        /// Its id.
        key: KeyId,
    },
    /// The endpoint said who the key belongs to.
    Identity {
        /// Who.
        principal: Principal,
    },
    /// It was done.
    Ok,
    /// It was not, or nobody knows.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Do this one thing, then step again.
    Perform(Effect),
    /// Step again at once: the state has changed.
    Advance,
    /// The rotation has just asked; it waits for an operator.
    Ask(Question),
    /// Nothing to do before.
    Wait {
        /// Step again at this time at the latest.
        until: Timestamp,
    },
    /// The rotation has ended.
    Finish,
}

/// One step: the document as it now is, what is to be written down, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The changed document.
    pub rotation: Rotation,
    /// What explains the change.
    pub happenings: Vec<Happening>,
    /// The one next thing.
    pub action: Action,
}

/// What the journal keeps, entry by entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// The rotation began.
    Started {
        /// The managed credential.
        credential: String,
        /// The key that leaves.
        old_key: KeyId,
        /// The durations it keeps to.
        profile: String,
    },
    /// Something was learned.
    Evidence {
        /// From where.
        source: String,
        /// What.
        finding: String,
    },
    /// Consumers go on using the leaving key, though they could have had the other one for long enough. Of each it
    /// is told once.
    StillUsed {
        /// The key.
        key: KeyId,
        /// By whom.
        consumers: Vec<String>,
    },
    /// The state changed.
    Moved {
        /// From.
        from: String,
        /// To.
        to: String,
        /// Why.
        because: String,
    },
    /// An operator is asked.
    Asked {
        /// The question's number.
        number: u64,
        /// The question.
        question: Question,
    },
    /// An operator gave an order.
    Ordered {
        /// Who.
        by: String,
        /// What.
        order: Order,
        /// What came of it.
        answer: String,
    },
    /// Something is about to be done.
    Intended {
        /// What.
        effect: Effect,
    },
    /// It was done, or not.
    Resulted {
        /// What.
        effect: Effect,
        /// How it went.
        outcome: Outcome,
    },
}
