//! What an operation may touch besides its transaction.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_core::{AccountId, Arn, Quota, Rng, Timestamp};
use keystead_store::Sealer;
use keystead_store::access_keys::{self, DrawnKey};

use crate::authenticate::{Caller, Identity};
use crate::authorize::{self, ContextKeys};
use crate::gate::Gate;
use crate::last_used::Uses;
use crate::ring::{KeyRing, OwnerId, Principal};
use crate::session::Session;

/// One request's surroundings: who asks, when, and where chance and sealing come from.
#[derive(Clone)]
pub struct Context {
    /// The one instant of this request.
    pub now: Timestamp,
    /// Who asks.
    pub caller: Arc<Caller>,
    gate: Arc<Gate>,
}

impl Context {
    pub(crate) fn new(gate: &Arc<Gate>, caller: Caller, now: Timestamp) -> Self {
        Self { now, caller: Arc::new(caller), gate: Arc::clone(gate) }
    }

    /// The tenant of everything this request touches.
    pub fn account(&self) -> AccountId {
        self.caller.account
    }

    /// Chance; to be drawn from in `prepare` only.
    pub fn rng(&self) -> &dyn Rng {
        &*self.gate.rng
    }

    /// The marker that secrets made here carry.
    pub fn installation(&self) -> &str {
        self.gate.store.installation()
    }

    /// Sealing of secrets.
    pub fn sealer(&self) -> &Sealer {
        self.gate.store.sealer()
    }

    /// The gate itself, for what reaches beyond one request.
    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// Draws an access key for an owner in this request's account, with an id that is not taken.
    pub fn draw_key(&self, owner: &Principal) -> Result<DrawnKey> {
        let owner_id = owner.id.to_string();
        loop {
            let drawn = access_keys::draw(&self.gate.store, self.account(), &owner_id, self.now, self.rng())?;
            if !self.gate.ring.is_taken(drawn.key.id) {
                return Ok(drawn);
            }
        }
    }

    /// The key ring.
    pub fn ring(&self) -> &KeyRing {
        &self.gate.ring
    }

    /// Who uses which key, fresher than the store.
    pub fn uses(&self) -> &Uses {
        &self.gate.uses
    }

    /// Writes the evidence of use that is still in memory to the store.
    pub fn flush_uses(&self) -> Result<()> {
        self.gate.flush_uses(true)
    }

    /// How many of that the account may have.
    pub fn quota(&self, quota: Quota) -> u64 {
        self.gate.ring.quotas(self.account()).get(quota)
    }

    /// Refuses more than the quota of something of which there are `count` with the one being made.
    pub fn check_quota(&self, quota: Quota, count: u64) -> Result<()> {
        if count <= self.quota(quota) { Ok(()) } else { Err(self.over_quota(quota)) }
    }

    /// What is said to one who wants more than a quota.
    pub fn over_quota(&self, quota: Quota) -> Fault {
        match quota {
            Quota::Tags => Fault::LimitReached(text::TOO_MANY_TAGS.to_owned()),
            _ => Fault::LimitExceeded { quota: quota.name(), value: self.quota(quota) },
        }
    }

    /// The signing user or root user; consumers have no business where this is asked.
    pub fn principal(&self) -> Result<&Arc<Principal>> {
        match &self.caller.identity {
            Identity::Key { principal, .. } => Ok(principal),
            Identity::Consumer { .. } | Identity::Workload { .. } | Identity::Stranger => {
                Err(Fault::MissingAuthenticationToken)
            }
        }
    }

    /// The root user, where it is the caller itself and not somebody to whom it lent permissions.
    pub fn root_user(&self) -> Result<&Arc<Principal>> {
        let itself = self.session().is_none_or(|session| session.is_of_owner());
        let principal = self.principal()?;
        if principal.is_root() && itself { Ok(principal) } else { Err(Fault::RootOnly) }
    }

    /// The session in which the caller signed, if it was in one.
    pub fn session(&self) -> Option<&Arc<Session>> {
        match &self.caller.identity {
            Identity::Key { session, .. } => session.as_ref(),
            Identity::Consumer { .. } | Identity::Workload { .. } | Identity::Stranger => None,
        }
    }

    /// Asks whether the caller may do one more thing that this operation includes, for example `iam:PassRole`.
    pub fn authorize(&self, action: &str, resource: &Arn, keys: &ContextKeys) -> Result<()> {
        authorize::authorize(self, action, resource, keys)
    }

    /// The id of the consumer that asks.
    pub fn consumer_id(&self) -> Result<&str> {
        match &self.caller.identity {
            Identity::Consumer { consumer_id, .. } => Ok(consumer_id),
            Identity::Key { .. } | Identity::Workload { .. } | Identity::Stranger => {
                Err(Fault::MissingAuthenticationToken)
            }
        }
    }

    /// The id of the one credential the consumer that asks may have.
    pub fn credential_id(&self) -> Result<&str> {
        match &self.caller.identity {
            Identity::Consumer { credential_id, .. } => Ok(credential_id),
            Identity::Key { .. } | Identity::Workload { .. } | Identity::Stranger => {
                Err(Fault::MissingAuthenticationToken)
            }
        }
    }

    /// The id of the workload that asks.
    pub fn workload_id(&self) -> Result<&str> {
        match &self.caller.identity {
            Identity::Workload { workload_id, .. } => Ok(workload_id),
            _ => Err(Fault::MissingAuthenticationToken),
        }
    }

    /// The user of that name, or the caller where no name is given (root included), as IAM defines it. A role or
    /// somebody to whom a user lent permissions is no user and has to give a name.
    pub fn user_or_caller(&self, name: Option<&str>) -> Result<Arc<Principal>> {
        match name {
            None if self.session().is_some_and(|session| !session.is_of_owner()) => {
                Err(Fault::ValidationError(text::USER_NAME_NEEDED.to_owned()))
            }
            None => self.principal().cloned(),
            Some(name) => self
                .gate
                .ring
                .find_user(self.account(), name)
                .ok_or_else(|| Fault::NoSuchEntity(text::user_not_found(name))),
        }
    }

    /// The principal of a stored owner id.
    pub fn find_owner(&self, owner_id: &str) -> Option<Arc<Principal>> {
        self.gate.ring.find_principal(OwnerId::parse(owner_id)?)
    }
}
