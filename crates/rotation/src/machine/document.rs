//! The document of one rotation: all that must survive a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use keystead_core::{KeyId, Timestamp};
use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::observation::{Failure, ListedKey, Place};
use super::state::{Principal, Stage, State};
use crate::calendar::Calendar;
use crate::consumer::Consumer;
use crate::profile::Profile;
use crate::receipt::Position;
use crate::steady::{Steady, SteadyClock};

/// One rotation of one managed credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact or a decision of its own")]
pub struct Rotation {
    /// Its id.
    pub id: String,
    /// The managed credential.
    pub credential: String,
    /// Whose key it is.
    pub principal: Principal,
    /// The durations it keeps to.
    pub profile: Profile,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub entered: Steady,
    /// The key it began with.
    pub old_key: KeyId,
    /// The key it made.
    pub new_key: Option<KeyId>,
    /// The creation of the new key, until it is known to be in custody.
    pub creation: Option<Creation>,
    /// The witnessed time.
    pub clock: SteadyClock,
    /// The leaving key has leaked: the order of the steps is inverted.
    #[serde(default)]
    pub emergency: Option<Emergency>,
    /// The tries to end the sessions made with the leaked key.
    #[serde(default)]
    pub cutting: Failures,
    /// When keys may be changed.
    #[serde(default)]
    pub calendar: Calendar,
    /// The steps that need an operator's yes.
    #[serde(default)]
    pub approvals: BTreeSet<Stage>,
    /// Those that have it.
    #[serde(default)]
    pub approved: BTreeSet<Stage>,
    /// The trials.
    #[serde(default)]
    pub brownout: Brownouts,
    /// The key that makes room for the second one.
    #[serde(default)]
    pub room: Option<Room>,
    /// How long presigned URLs made with the leaving key are good for, by its owner's word.
    #[serde(default)]
    pub presigned_urls: Duration,
    /// It is the key Keystead itself signs with at that endpoint.
    #[serde(default)]
    pub is_own: bool,
    /// Only one of the two works at a time: the other stops with the switch.
    #[serde(default)]
    pub only_one_works: bool,
    /// Nothing here sees whether its keys are used: not to be seen is not to be unused.
    #[serde(default)]
    pub is_unseen: bool,
    /// A switch was begun, and may have happened.
    #[serde(default)]
    pub is_switching: bool,
    /// Keystead itself signs with the new key.
    #[serde(default)]
    pub switched_self: bool,
    /// Where the old key was last used.
    #[serde(default)]
    pub places: Vec<Place>,
    /// Consumers that were named as still using the leaving key.
    #[serde(default)]
    pub still_using: BTreeSet<String>,
    /// Keys this rotation made that somebody else deleted.
    #[serde(default)]
    pub former_keys: BTreeSet<KeyId>,
    /// By how much an operator lengthened the watch.
    #[serde(default)]
    pub watch_extended: Duration,
    /// An operator accepted that whoever still uses the leaving key is interrupted.
    #[serde(default)]
    pub hard_stop: bool,
    /// The keys as last listed.
    pub listing: Listing,
    /// Every consumer, registered or seen.
    pub consumers: BTreeMap<String, Consumer>,
    /// The source of evidence.
    pub evidence: EvidenceRecord,
    /// The tries of a key against the endpoint.
    pub verification: Verification,
    /// When it was first intended to make the leaving key inactive.
    pub off_since: Option<Steady>,
    /// An operator wishes the leaving key, deactivated by somebody else, to be put back.
    pub put_back: bool,
    /// Keys of others that an operator told this rotation to leave alone.
    pub tolerated: BTreeSet<KeyId>,
    /// An operator was content with a short baseline.
    pub baseline_accepted: bool,
    /// What the credential's current key was set to at the end.
    pub concluded: bool,
    /// The effect that is under way; after a crash it may or may not have happened.
    pub intent: Option<Intent>,
    /// Failures in a row.
    pub failures: Failures,
    /// How many questions were asked.
    pub questions: u64,
    /// The number of the last order obeyed or declined.
    pub orders: u64,
    /// Where its journal stands.
    pub journal: Position,
}

/// What is known of a leak, and what was decided about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emergency {
    /// The leak report that raised it.
    pub report: Option<String>,
    /// The leaked key is made inactive at once, whoever uses it; otherwise as soon as it is replaced.
    pub contain_now: bool,
    /// Whether the sessions made with the leaked key have ended.
    pub sessions_cut: bool,
}

/// The trials in which the leaving key is inactive for some minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brownouts {
    /// How many there were.
    pub count: u32,
    /// Since when the leaving key is off for trial, or may be.
    pub off_at: Option<Steady>,
    /// How the trial ended; the key is being put back.
    pub verdict: Option<Verdict>,
    /// Putting it back was asked for, and has yet to be read back.
    pub is_put_back: bool,
    /// A whole trial went by and nobody was found.
    pub passed: bool,
    /// An operator wishes one now, proof or not.
    pub wished: bool,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Nobody used the key.
    Passed,
    /// Somebody did.
    Found {
        /// Who.
        consumers: Vec<String>,
    },
    /// It was broken off.
    BrokenOff {
        /// Why.
        because: String,
    },
}

/// The key that makes room for the second one: deactivated, watched, deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Which.
    pub key: KeyId,
    /// Who ordered it; nobody where it is this credential's own leftover.
    pub by: Option<String>,
    /// It was active before.
    pub was_active: bool,
    /// Since when it is watched as inactive.
    pub watched_since: Option<Steady>,
    /// The uses counted by the source when that began.
    pub uses_before: u64,
    /// An operator does not wish to wait for the end of the watch.
    pub is_shortened: bool,
}

/// The creation of the second key, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creation {
    /// When it was intended.
    pub intended_at: Timestamp,
    /// The keys there were before.
    pub before: Vec<KeyId>,
    /// A key it left behind without a secret.
    pub orphan: Option<KeyId>,
}

/// An effect that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// An id no other intent has, under which a store can look up an outcome that was lost.
    pub command: String,
    /// Which.
    pub effect: Effect,
    /// Since when.
    pub at: Timestamp,
}

/// The keys as last listed, and for how long all listings agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The keys.
    pub keys: Vec<ListedKey>,
    /// How many listings agreed.
    pub reads: u32,
    /// Since when.
    pub since: Steady,
}

/// What is remembered of the source of evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRecord {
    /// Its name.
    pub source: String,
    /// The gaps it had had when last asked.
    pub gaps: Option<u64>,
    /// When it was last known not to be looking.
    pub blind_at: Steady,
}

/// Tries of one key against the endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// The key tried.
    pub key: Option<KeyId>,
    /// Successes in a row.
    pub successes: u32,
    /// Since when it is tried.
    #[serde(default)]
    pub since: Option<Steady>,
    /// The tries in the other regions the old key was used in.
    #[serde(default)]
    pub elsewhere: Vec<Tried>,
    /// When the first of them came.
    pub first: Steady,
    /// When it was last tried.
    pub last: Steady,
    /// Whom it belongs to, if not to the principal.
    pub wrong: Option<Principal>,
}

/// The tries of a key in one other region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Where.
    pub place: Place,
    /// Successes in a row.
    pub successes: u32,
    /// When the first of them came.
    pub first: Steady,
    /// When it was last tried.
    pub last: Steady,
}

/// Failures in a row, in one state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// The last one.
    pub last: Option<Failure>,
    /// When the next try is due.
    pub retry_at: Steady,
}

/// How often an effect is tried before an operator is asked.
pub(super) const TRIES_MAX: u32 = 6;
/// How many listings must agree before anything is concluded from them.
const READS_MIN: u32 = 3;
const BACKOFF_MIN: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_mins(5);

/// The time before try number `failures` + 1.
pub(super) fn backoff(failures: u32) -> Duration {
    BACKOFF_MIN.saturating_mul(1 << failures.saturating_sub(1).min(9)).min(BACKOFF_MAX)
}

impl Rotation {
    /// A rotation that has not looked at anything yet.
    pub fn new(
        id: String,
        credential: String,
        principal: Principal,
        old_key: KeyId,
        profile: Profile,
    ) -> Self {
        Self {
            id,
            credential,
            principal,
            profile,
            state: State::Preflight,
            entered: Steady::default(),
            old_key,
            new_key: None,
            creation: None,
            clock: SteadyClock::default(),
            emergency: None,
            cutting: Failures::default(),
            calendar: Calendar::default(),
            approvals: BTreeSet::new(),
            approved: BTreeSet::new(),
            brownout: Brownouts::default(),
            room: None,
            presigned_urls: Duration::ZERO,
            is_own: false,
            only_one_works: false,
            is_unseen: false,
            is_switching: false,
            switched_self: false,
            places: Vec::new(),
            still_using: BTreeSet::new(),
            former_keys: BTreeSet::new(),
            watch_extended: Duration::ZERO,
            hard_stop: false,
            listing: Listing::default(),
            consumers: BTreeMap::new(),
            evidence: EvidenceRecord::default(),
            verification: Verification::default(),
            off_since: None,
            put_back: false,
            tolerated: BTreeSet::new(),
            baseline_accepted: false,
            concluded: false,
            intent: None,
            failures: Failures::default(),
            questions: 0,
            orders: 0,
            journal: Position::default(),
        }
    }

    /// The key as last listed.
    pub fn find_listed(&self, key: KeyId) -> Option<&ListedKey> {
        self.listing.keys.iter().find(|k| k.id == key)
    }

    /// Whether listings have agreed for long enough to believe them: the endpoint may lag behind.
    pub fn is_settled(&self) -> bool {
        self.listing.reads >= READS_MIN && self.clock.now.since(self.listing.since) >= self.profile.settle
    }

    /// How long the present state has lasted.
    pub fn age_of_state(&self) -> Duration {
        self.clock.now.since(self.entered)
    }

    /// Whether `key` was ever given to a consumer or seen with one.
    pub fn was_ever_delivered(&self, key: KeyId) -> bool {
        self.consumers.values().any(|c| c.ever_had(key))
    }

    /// The lease an answer to a consumer should have now: short while a rotation waits for leases.
    pub fn lease(&self) -> Duration {
        if self.state.is_ended() { self.profile.lease } else { self.profile.lease_rotating }
    }
}
