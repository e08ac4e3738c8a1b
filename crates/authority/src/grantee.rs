//! Users, groups and roles alike: those whom policies are attached to, and who have policies of their own.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_core::Arn;
use keystead_gate::Context;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::{Principal, PrincipalKind};
use keystead_store::Tx;

/// What a kind is called in sentences and in the ids of the policy simulator.
pub(crate) const fn noun(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::Root => "root",
        PrincipalKind::User => "user",
        PrincipalKind::Group => "group",
        PrincipalKind::Role => "role",
    }
}

/// The grantee of that name, which has to be there.
pub(crate) fn get(cx: &Context, kind: PrincipalKind, name: &str) -> Result<Arc<Principal>> {
    let (ring, account) = (cx.ring(), cx.account());
    let found = match kind {
        PrincipalKind::Root => None,
        PrincipalKind::User => ring.find_user(account, name),
        PrincipalKind::Group => ring.find_group(account, name),
        PrincipalKind::Role => ring.find_role(account, name),
    };
    found.ok_or_else(|| not_found(kind, name))
}

/// The same by ARN, which has to be of this account and exactly the grantee's.
pub(crate) fn get_by_arn(cx: &Context, arn: &str) -> Result<Arc<Principal>> {
    let invalid = || {
        Fault::InvalidInput(format!(
            "Invalid Entity Arn: {arn} does not clearly define entity type and name."
        ))
    };
    let (_, resource) = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(':')).ok_or_else(invalid)?;
    let (kind, path) = resource.split_once('/').ok_or_else(invalid)?;
    let kind = match kind {
        "user" => PrincipalKind::User,
        "group" => PrincipalKind::Group,
        "role" => PrincipalKind::Role,
        _ => return Err(invalid()),
    };
    let name = path.rsplit('/').next().unwrap_or_default();
    let found = get(cx, kind, name)?;
    if found.arn().as_str() == arn { Ok(found) } else { Err(not_found(kind, name)) }
}

fn not_found(kind: PrincipalKind, name: &str) -> Fault {
    Fault::NoSuchEntity(match kind {
        PrincipalKind::Root | PrincipalKind::User => text::user_not_found(name),
        PrincipalKind::Group => text::group_not_found(name),
        PrincipalKind::Role => text::role_not_found(name),
    })
}

/// What the policy engine is asked about. One that does not exist is asked about by the path `/`, as AWS does.
pub(crate) fn arn(cx: &Context, kind: PrincipalKind, name: &str) -> Arn {
    get(cx, kind, name).map_or_else(
        |_| match kind {
            PrincipalKind::Root | PrincipalKind::User => Arn::user(cx.account(), "/", name),
            PrincipalKind::Group => Arn::group(cx.account(), "/", name),
            PrincipalKind::Role => Arn::role(cx.account(), "/", name),
        },
        |found| found.arn(),
    )
}

/// The grantee's own boundary, by which policies tell whom somebody may grant permissions to.
pub(crate) fn boundary_keys(cx: &Context, kind: PrincipalKind, name: &str) -> ContextKeys {
    let boundary = get(cx, kind, name).ok().and_then(|found| found.grants.boundary.clone());
    ContextKeys::default().with_some("iam:PermissionsBoundary", boundary.as_deref())
}

/// The grantee of that name whose permissions are about to be changed: nobody changes those of a role that is
/// linked to a service.
pub(crate) fn get_to_change(cx: &Context, kind: PrincipalKind, name: &str) -> Result<Arc<Principal>> {
    let found = get(cx, kind, name)?;
    if found.role.as_ref().is_some_and(|role| role.is_service_linked) {
        return Err(Fault::UnmodifiableEntity(text::role_protected(&found.name)));
    }
    Ok(found)
}

/// Locks a grantee and tells its unique id; fails where it is gone since it was found in memory.
pub(crate) fn lock(tx: &mut Tx<'_>, cx: &Context, grantee: &Principal) -> Result<String> {
    let (account, id) = (cx.account(), grantee.id.to_string());
    let is_there = match grantee.kind {
        PrincipalKind::Root => false,
        PrincipalKind::User => {
            tx.lock_user(account, &id)?;
            tx.users().find_by_id(account, &id)?.is_some()
        }
        PrincipalKind::Group => {
            tx.lock_group(account, &id)?;
            tx.groups().find_by_id(account, &id)?.is_some()
        }
        PrincipalKind::Role => {
            tx.lock_role(account, &id)?;
            tx.roles().find_by_id(account, &id)?.is_some()
        }
    };
    if is_there { Ok(id) } else { Err(not_found(grantee.kind, &grantee.name)) }
}
