//! What users, groups and roles were granted, and the policies behind it, compiled.
//!
//! A principal holds the ARNs of its managed policies, not the policies: a new default version is in force for
//! everybody at once. An ARN that leads nowhere stands for a policy that denies everything, because what it
//! denied is not known any more.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use hashbrown::HashMap;
use keystead_core::Tag;
use keystead_core::role::TrustedId;
use keystead_policy::managed::MANAGED_POLICIES;
use keystead_policy::{Policy, Purpose};
use smallvec::SmallVec;

use super::principals::OwnerId;
use crate::trust;

/// Longer than any document that was accepted: what is in the store is not measured again.
const CHARS_MAX: usize = 1 << 20;

/// What a user, group or role was granted.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub struct Grants {
    /// ARNs of the managed policies attached to it.
    pub attached: Box<[Arc<str>]>,
    /// ARN of the managed policy that bounds it.
    pub boundary: Option<Arc<str>>,
    /// Ids of the groups a user is in.
    pub groups: Box<[OwnerId]>,
}

/// The policies that a decision is made by, held until it is made.
pub type Held = SmallVec<[Arc<Policy>; 8]>;

/// A managed policy as it is in force.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The version in force, compiled.
    pub policy: Arc<Policy>,
    /// The policy's tags.
    pub tags: Arc<[Tag]>,
}

/// All managed policies by ARN: those of the accounts, and those that every account has.
pub(super) struct Policies(RwLock<HashMap<Box<str>, InForce>>);

impl Default for Policies {
    fn default() -> Self {
        let shipped = MANAGED_POLICIES.iter().map(|shipped| {
            let policy = compile(&shipped.arn(), shipped.document, Purpose::Managed);
            (shipped.arn().into_boxed_str(), InForce { policy, tags: Arc::default() })
        });
        Self(RwLock::new(shipped.collect()))
    }
}

impl Policies {
    pub(super) fn find(&self, arn: &str) -> Option<InForce> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(arn).cloned()
    }

    /// The policy in force, or the one that denies everything.
    pub(super) fn hold(&self, arn: &str) -> Arc<Policy> {
        self.find(arn).map_or_else(deny_all, |found| found.policy)
    }

    pub(super) fn put(&self, arn: &str, in_force: InForce) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(arn.into(), in_force);
    }

    pub(super) fn remove(&self, arn: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(arn);
    }
}

/// A stored document, compiled; one that this version of Keystead cannot read denies everything.
pub(super) fn compile(id: &str, document: &str, purpose: Purpose) -> Arc<Policy> {
    match Policy::compile(id, document, purpose, CHARS_MAX) {
        Ok(policy) => Arc::new(policy),
        Err(error) => {
            tracing::error!(policy = id, %error, "a stored policy cannot be read; it denies everything");
            deny_all()
        }
    }
}

/// The policy that denies everything.
fn deny_all() -> Arc<Policy> {
    static DENY_ALL: OnceLock<Arc<Policy>> = OnceLock::new();
    const DOCUMENT: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    Arc::clone(DENY_ALL.get_or_init(|| compile("unreadable policy", DOCUMENT, Purpose::Identity)))
}

/// A trust policy in which each ARN stands as the unique id it had when the policy was given: somebody who came
/// by the name later is not trusted for it.
pub(super) fn bind_trust(document: &str, trusted_ids: &[TrustedId]) -> String {
    let id_of = |name: &str| Some(trusted_ids.iter().find(|trusted| trusted.arn == name)?.id.clone());
    trust::renamed(document, id_of).unwrap_or_else(|| document.to_owned())
}
