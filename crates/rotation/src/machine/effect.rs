//! What a step may do to the world, how it went, and what a step returns.

use std::fmt;

use keystead_core::{AccessKeyId, Timestamp};
use serde::{Deserialize, Serialize};

use super::document::Rotation;
use super::observation::{Failure, Order};
use super::state::{Principal, Question};

/// One change of the world, or one try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Create the second key, its secret into custody.
    CreateKey,
    /// Ask the endpoint who a key belongs to, signing with it.
    VerifyKey {
        /// Which.
        key: AccessKeyId,
    },
    /// Answer a consumer with a key from now on.
    Deliver {
        /// Whom.
        consumer: String,
        /// Which.
        key: AccessKeyId,
    },
    /// Make a key inactive.
    Deactivate {
        /// Which.
        key: AccessKeyId,
    },
    /// Make a key active again.
    Reactivate {
        /// Which.
        key: AccessKeyId,
    },
    /// Delete a key.
    DeleteKey {
        /// Which.
        key: AccessKeyId,
    },
    /// Make a key the managed credential's only one and forget the other's custody copy.
    Conclude {
        /// Which.
        current: AccessKeyId,
    },
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateKey => f.write_str("create the second key"),
            Self::VerifyKey { key } => write!(f, "try {key}"),
            Self::Deliver { consumer, key } => write!(f, "serve `{consumer}` {key} from now on"),
            Self::Deactivate { key } => write!(f, "deactivate {key}"),
            Self::Reactivate { key } => write!(f, "reactivate {key}"),
            Self::DeleteKey { key } => write!(f, "delete {key}"),
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
        key: AccessKeyId,
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
        old_key: AccessKeyId,
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
