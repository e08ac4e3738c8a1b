//! What whoever has a key could do with it: what its owner was given, which roles it can take on, and whether it can
//! give itself the rest. Conditions on where a request comes from count as not met, because that is not known.

use keystead_aws::error::Result;
use keystead_core::{AccountId, Arn, Timestamp};
use keystead_gate::Gate;
use keystead_gate::authorize::{asking, keys_of_principal};
use keystead_gate::ring::Principal;
use keystead_policy::{Policy, PolicySet, Request, ResourcePolicy, evaluate};
use keystead_store::Tx;
use serde::Serialize;
use utoipa::ToSchema;

/// Roles that are tried.
const ROLES_MAX: i64 = 1000;

/// What makes everything of little, done to oneself.
const WAYS_UP: [&str; 9] = [
    "iam:AddUserToGroup",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DetachUserPolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:UpdateLoginProfile",
];

/// What a key opens.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Reach {
    /// Whether its owner is the root user or may give itself every permission.
    is_administrator: bool,
    /// What was attached and written to its owner.
    #[serde(flatten)]
    own: Given,
    /// The same of its owner's groups.
    groups: Vec<GroupGiven>,
    /// The managed policy that bounds all of it.
    permissions_boundary: Option<String>,
    /// Roles of this account that it can take on.
    assumable_roles: Vec<String>,
    /// What it may do to its own user that can become more.
    ways_up: Vec<&'static str>,
}

/// Policies.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Given {
    /// ARNs of managed ones.
    managed_policies: Vec<String>,
    /// Names of inline ones.
    inline_policies: Vec<String>,
}

/// A group and its policies.
#[derive(Debug, Serialize, ToSchema)]
struct GroupGiven {
    /// Its name.
    group_name: String,
    #[serde(flatten)]
    given: Given,
}

impl Given {
    fn of(principal: &Principal) -> Self {
        Self {
            managed_policies: principal.grants.attached.iter().map(ToString::to_string).collect(),
            inline_policies: principal.inline.iter().map(|policy| policy.id().to_owned()).collect(),
        }
    }
}

impl Reach {
    /// What the keys of an owner open.
    pub fn of(tx: &mut Tx<'_>, gate: &Gate, owner: &Principal, now: Timestamp) -> Result<Self> {
        let ring = gate.ring();
        let groups = owner.grants.groups.iter().filter_map(|group| ring.find_principal(*group));
        let on_itself = |action: &&'static str| may(gate, owner, action, &owner.arn(), None, now);
        Ok(Self {
            is_administrator: is_administrator(gate, owner, now),
            own: Given::of(owner),
            groups: groups
                .map(|group| GroupGiven { group_name: group.name.to_string(), given: Given::of(&group) })
                .collect(),
            permissions_boundary: owner.grants.boundary.as_ref().map(ToString::to_string),
            assumable_roles: assumable_roles(tx, gate, owner, now)?,
            ways_up: WAYS_UP.into_iter().filter(on_itself).collect(),
        })
    }
}

/// Whether somebody may give themselves every permission.
pub fn is_administrator(gate: &Gate, owner: &Principal, now: Timestamp) -> bool {
    ["iam:AttachUserPolicy", "iam:PutUserPolicy"]
        .into_iter()
        .any(|action| may(gate, owner, action, &owner.arn(), None, now))
}

fn assumable_roles(tx: &mut Tx<'_>, gate: &Gate, owner: &Principal, now: Timestamp) -> Result<Vec<String>> {
    let account: AccountId = owner.account;
    let roles = tx.roles().list(account, "/", None, ROLES_MAX)?;
    let roles = roles.iter().filter_map(|role| gate.ring().find_role(account, &role.name));
    let may_assume = |role: &Principal| {
        let trust = role.role.as_ref().map(|terms| &*terms.trust);
        !owner.is_root() && trust.is_some() && may(gate, owner, "sts:AssumeRole", &role.arn(), trust, now)
    };
    Ok(roles.filter(|role| may_assume(role)).map(|role| role.arn().to_string()).collect())
}

fn may(
    gate: &Gate,
    who: &Principal,
    action: &str,
    resource: &Arn,
    trust: Option<&Policy>,
    now: Timestamp,
) -> bool {
    if who.is_root() {
        return true;
    }
    let (held, boundary) = (gate.ring().policies_of(who), gate.ring().boundary_of(who));
    let identity: Vec<&Policy> = held.iter().map(|policy| &**policy).collect();
    let set = PolicySet {
        identity: &identity,
        boundary: boundary.as_deref(),
        resource: trust.map(ResourcePolicy::RoleTrust),
        ..PolicySet::default()
    };
    keys_of_principal(who, None, now).borrowed(|context| {
        asking(who, None, |asker| {
            evaluate(&Request::new(asker, action, resource.as_str(), context), &set).is_allowed()
        })
    })
}
