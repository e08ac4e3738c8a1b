//! The decision: what all policies together say to a request, and which statements made it so.
//!
//! After "Policy evaluation logic" of the IAM user guide. An explicit deny anywhere wins. Then, in the
//! resource's own account, a resource's policy that names who asks is enough by itself; otherwise the
//! identity's policies must allow, and boundary and session policies must allow as well. From another
//! account both sides must. A role's trust policy must allow in either case.

use std::fmt;

use smallvec::SmallVec;

use crate::policy::{Effect, Policy, Request};
use crate::principal::Naming;

/// The policies that apply to a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct PolicySet<'s, 'p> {
    /// Of the identity and its groups, inline and attached.
    pub identity: &'s [&'p Policy],
    /// Its permissions boundary.
    pub boundary: Option<&'p Policy>,
    /// The policies given when the session was made. A session that grants only what its policies do,
    /// and was given none, has an empty list.
    pub session: Option<&'s [&'p Policy]>,
    /// Of the resource.
    pub resource: Option<ResourcePolicy<'p>>,
}

/// The policy of a resource.
#[derive(Clone, Copy, Debug)]
pub enum ResourcePolicy<'p> {
    /// One that may grant what the identity's policies do not.
    Granting(&'p Policy),
    /// The trust policy of a role, without which nothing is granted.
    RoleTrust(&'p Policy),
}

/// Where a policy hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyType {
    /// An identity or its group.
    Identity,
    /// A permissions boundary.
    Boundary,
    /// A session.
    Session,
    /// A resource.
    Resource,
    /// A role, as its trust policy.
    RoleTrust,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It may be done.
    Allowed,
    /// A statement of a policy of this type forbids it.
    ExplicitlyDenied(PolicyType),
    /// Nothing of this type allows it.
    ImplicitlyDenied(PolicyType),
}

/// A statement that a decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'p> {
    /// Where its policy hangs.
    pub policy_type: PolicyType,
    /// The id of its policy.
    pub policy: &'p str,
    /// Its Sid; empty where it has none.
    pub sid: &'p str,
    /// Its place in the policy, from 0.
    pub index: usize,
}

/// A decision and what it rests on: the statements that deny, or those that allow. An implicit deny
/// rests on those that allow and were not enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision<'p> {
    /// What was decided.
    pub outcome: Outcome,
    /// On what, in the order of [`PolicySet`].
    pub reasons: SmallVec<[Reason<'p>; 4]>,
}

/// Decides a request.
pub fn evaluate<'p>(request: &Request<'_>, policies: &PolicySet<'_, 'p>) -> Decision<'p> {
    let mut found = Found::default();
    found.ask(request, PolicyType::Identity, policies.identity);
    found.ask(request, PolicyType::Boundary, policies.boundary.as_slice());
    found.ask(request, PolicyType::Session, policies.session.unwrap_or_default());
    match policies.resource {
        Some(ResourcePolicy::Granting(policy)) => found.ask(request, PolicyType::Resource, &[policy]),
        Some(ResourcePolicy::RoleTrust(policy)) => found.ask(request, PolicyType::RoleTrust, &[policy]),
        None => {}
    }
    match found.denials.first() {
        Some(denial) => {
            Decision { outcome: Outcome::ExplicitlyDenied(denial.policy_type), reasons: found.denials }
        }
        None => Decision { outcome: without_denial(request, policies, &found), reasons: found.allowances },
    }
}

/// What the statements that are about the request say.
#[derive(Default)]
struct Found<'p> {
    denials: SmallVec<[Reason<'p>; 4]>,
    allowances: SmallVec<[Reason<'p>; 4]>,
    /// How closely the resource's policy names who it allows.
    naming: Option<Naming>,
}

impl<'p> Found<'p> {
    fn ask(&mut self, request: &Request<'_>, policy_type: PolicyType, policies: &[&'p Policy]) {
        for policy in policies {
            for (index, statement) in policy.statements().iter().enumerate() {
                let Some(naming) = statement.find(request) else { continue };
                let reason = Reason { policy_type, policy: policy.id(), sid: &statement.sid, index };
                match statement.effect {
                    Effect::Deny => self.denials.push(reason),
                    Effect::Allow => {
                        self.allowances.push(reason);
                        if matches!(policy_type, PolicyType::Resource | PolicyType::RoleTrust) {
                            self.naming = self.naming.max(Some(naming));
                        }
                    }
                }
            }
        }
    }

    fn allow(&self, policy_type: PolicyType) -> bool {
        self.allowances.iter().any(|reason| reason.policy_type == policy_type)
    }
}

fn without_denial(request: &Request<'_>, policies: &PolicySet<'_, '_>, found: &Found<'_>) -> Outcome {
    let resource_type = match policies.resource {
        Some(ResourcePolicy::RoleTrust(_)) => PolicyType::RoleTrust,
        _ => PolicyType::Resource,
    };
    let account = request.principal.account();
    let same_account = account.is_some() && account == request.owner;
    if found.naming.is_none() && (!same_account || resource_type == PolicyType::RoleTrust) {
        return Outcome::ImplicitlyDenied(resource_type);
    }
    // Who has no account has no policies of its own to ask.
    if account.is_none() || (same_account && found.naming == Some(Naming::Itself)) {
        return Outcome::Allowed;
    }
    let granted = same_account && found.naming == Some(Naming::Issuer);
    if !granted && !found.allow(PolicyType::Identity) {
        return Outcome::ImplicitlyDenied(PolicyType::Identity);
    }
    let limits = [
        (PolicyType::Boundary, policies.boundary.is_some()),
        (PolicyType::Session, policies.session.is_some()),
    ];
    match limits.into_iter().find(|(limit, present)| *present && !found.allow(*limit)) {
        Some((limit, _)) => Outcome::ImplicitlyDenied(limit),
        None => Outcome::Allowed,
    }
}

impl Decision<'_> {
    /// Whether it may be done.
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }
}

impl Outcome {
    /// How AWS ends the message of a refusal: `because no identity-based policy allows the … action`.
    /// `None` where nothing was refused.
    pub fn refusal(&self, action: &str) -> Option<String> {
        match self {
            Self::Allowed => None,
            Self::ExplicitlyDenied(policy_type) => {
                let article = match policy_type {
                    PolicyType::Identity => "an",
                    PolicyType::RoleTrust => "the",
                    PolicyType::Boundary | PolicyType::Session | PolicyType::Resource => "a",
                };
                Some(format!("with an explicit deny in {article} {policy_type}"))
            }
            Self::ImplicitlyDenied(policy_type) => {
                Some(format!("because no {policy_type} allows the {action} action"))
            }
        }
    }
}

impl fmt::Display for PolicyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource-based policy",
            Self::RoleTrust => "role trust policy",
        })
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sid {
            "" => write!(f, "statement {} of {}", self.index + 1, self.policy),
            sid => write!(f, "statement {sid} of {}", self.policy),
        }
    }
}
