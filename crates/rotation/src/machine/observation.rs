//! What the world showed at one moment. What could not be asked is `Unknown`, and unknown is never no.

use std::fmt;
use std::time::Duration;

use keystead_core::{KeyId, KeyStatus, Timestamp};
use serde::{Deserialize, Serialize};

use crate::consumer::ConsumerKind;

/// Everything one step may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The principal's keys.
    pub keys: Answer<Vec<ListedKey>>,
    /// The keys of which a custody copy can be opened.
    pub custody: Answer<Vec<KeyId>>,
    /// Whether a secret could be stored now; a full disk says no.
    pub custody_writable: bool,
    /// The registered consumers.
    pub targets: Answer<Vec<Target>>,
    /// Who used which key.
    pub evidence: Answer<EvidenceReport>,
    /// The endpoint's clock minus ours in microseconds, where it tells.
    pub clock_offset_micros: Option<i64>,
    /// Where the old key was last used, as far as the endpoint tells.
    pub places: Vec<Place>,
    /// What operators ordered, in the order of their numbers.
    pub commands: Vec<Command>,
}

/// A region, and the service in it that a key was used with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The region.
    pub region: String,
    /// The service.
    pub service: String,
}

/// An answer, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// The answer.
    Known(T),
    /// No answer; nothing may be concluded.
    Unknown(Failure),
}

impl<T> Answer<T> {
    /// The answer, if there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

impl<T> From<Result<T, Failure>> for Answer<T> {
    fn from(result: Result<T, Failure>) -> Self {
        result.map_or_else(Self::Unknown, Self::Known)
    }
}

/// Why a call to the world did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// Too many requests: nothing happened.
    #[error("too many requests")]
    Throttled,
    /// No answer: it may have happened.
    #[error("no answer")]
    Unavailable,
    /// A permission is missing: nothing happened.
    #[error("`{action}` is not permitted")]
    Denied {
        /// Which.
        action: String,
    },
    /// An explicit deny stands against what was permitted before, as a quarantine's does: nothing happened.
    #[error("`{action}` is forbidden by an explicit deny")]
    Quarantined {
        /// What.
        action: String,
    },
    /// There are two keys already.
    #[error("the principal has as many keys as it may have")]
    LimitExceeded,
    /// The key is not there.
    #[error("there is no such key")]
    NotFound,
    /// The endpoint does not accept the key, perhaps not yet.
    #[error("the key is not accepted")]
    NotAccepted,
    /// A target holds a value that is no part of this rotation; it is not written over.
    #[error("the target holds a value that somebody else wrote")]
    Conflict,
    /// It was tried and did not succeed: a reload command failed, a target refused.
    #[error("{what}")]
    Failed {
        /// What did not succeed, without secrets.
        what: String,
    },
}

/// A key as the endpoint lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedKey {
    /// Its id.
    pub id: KeyId,
    /// Its status.
    pub status: KeyStatus,
    /// When it was made, by the endpoint's clock.
    pub created_at: Timestamp,
}

/// A registered consumer as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub consumer: String,
    /// How the key reaches it.
    pub kind: ConsumerKind,
    /// The key it is answered with from now on.
    pub serving: KeyId,
    /// The key it was last answered with (pull) or reported as applied (file).
    pub applied: Option<KeyId>,
    /// Of the answers with each key the one that runs out last.
    pub leases: Vec<Lease>,
    /// How often it runs by its owner's word.
    pub batch_interval: Option<Duration>,
    /// The leaving key stays active until it has taken the arriving one.
    pub required: bool,
}

/// An answer that a consumer may keep for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The key it was answered with.
    pub key: KeyId,
    /// When.
    pub answered_at: Timestamp,
    /// For how long it may keep the answer.
    pub lasts: Duration,
}

/// Who used which key, by a source that knows when it was not looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceReport {
    /// The source's name, for the receipt.
    pub source: String,
    /// For how long it has been watching this principal.
    pub watched_for: Duration,
    /// Whether it is watching now.
    pub healthy: bool,
    /// How many gaps it has had in its life; one more means that something may have been missed.
    pub gaps: u64,
    /// Uses, one row per consumer and key.
    pub uses: Vec<Use>,
}

/// The uses of one key by one consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Who, as the source tells consumers apart.
    pub consumer: String,
    /// Which key.
    pub key: KeyId,
    /// When last.
    pub last_at: Timestamp,
    /// How often, refused uses included.
    pub count: u64,
    /// How many were refused because the key was not active. Only authenticated attempts count.
    pub refused: u64,
    /// The longest time between two uses, of any key.
    pub slowest_interval: Option<Duration>,
}

/// An order by an operator. Numbers only grow; each is obeyed or declined once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Its number.
    pub number: u64,
    /// Who gave it.
    pub by: String,
    /// What is ordered.
    pub order: Order,
}

/// What an operator may order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Yes to the question of that number.
    Approve {
        /// The question's number.
        question: u64,
    },
    /// Go back to the old key.
    RollBack,
    /// Hold, for so long or until told to go on.
    Pause {
        /// How long.
        lasts: Option<Duration>,
    },
    /// Go on.
    Resume,
    /// Do not deliver to this consumer. It keeps the old key, which cannot be deactivated meanwhile.
    Skip {
        /// Which.
        consumer: String,
    },
    /// The leaving key has leaked: contain it at once, or as soon as it is replaced.
    Emergency {
        /// At once.
        contain_now: bool,
    },
    /// A person says that this consumer no longer uses the leaving key.
    Attest {
        /// Which.
        consumer: String,
        /// How they know.
        note: String,
    },
    /// Give this consumer the leaving key back; it is passed over from then on.
    Return {
        /// Which.
        consumer: String,
    },
    /// Make the inactive leaving key active again and prove its silence anew.
    PutBack,
    /// Watch the inactive key for longer; attempts until now do not count.
    Extend {
        /// For so much longer.
        lasts: Duration,
    },
    /// Switch the leaving key off for trial now, proof or not.
    Brownout,
    /// Remind the owners of whoever still uses the leaving key, and wait once more.
    Remind,
    /// Deactivate the leaving key without proof: whoever uses it is interrupted.
    HardStop {
        /// The last four characters of its id, typed by the one who orders it.
        typed: String,
    },
    /// Deactivate, watch and delete this other key so that a second one has room; given again while it is
    /// watched, the watch ends.
    MakeRoom {
        /// Which.
        key: KeyId,
    },
    /// The use of the leaving key by this consumer does not count: it will be interrupted.
    Exempt {
        /// Which.
        consumer: String,
    },
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approve { question } => write!(f, "yes to question {question}"),
            Self::RollBack => f.write_str("go back to the old key"),
            Self::Pause { lasts: None } => f.write_str("hold"),
            Self::Pause { lasts: Some(lasts) } => write!(f, "hold for {} s", lasts.as_secs()),
            Self::Resume => f.write_str("go on"),
            Self::Skip { consumer } => write!(f, "do not deliver to `{consumer}`"),
            Self::Emergency { contain_now: true } => f.write_str("the old key has leaked: contain it now"),
            Self::Emergency { contain_now: false } => {
                f.write_str("the old key has leaked: contain it when it is replaced")
            }
            Self::Attest { consumer, .. } => write!(f, "`{consumer}` no longer uses the old key"),
            Self::Return { consumer } => write!(f, "give `{consumer}` the old key back"),
            Self::PutBack => f.write_str("put the old key back"),
            Self::Extend { lasts } => write!(f, "watch for {} s more", lasts.as_secs()),
            Self::Brownout => f.write_str("switch the old key off for trial"),
            Self::Remind => f.write_str("remind whoever still uses the old key"),
            Self::HardStop { .. } => f.write_str("deactivate the old key, whoever uses it"),
            Self::MakeRoom { key } => write!(f, "make room by giving up {key}"),
            Self::Exempt { consumer } => write!(f, "the use by `{consumer}` does not count"),
        }
    }
}
