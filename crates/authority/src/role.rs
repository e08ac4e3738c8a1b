//! Roles as operations find and show them.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam;
use keystead_core::{Arn, Role};
use keystead_gate::Context;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_store::Tx;

use crate::{inline_policies, instance_profile, last_access, shape, tagging, trust_policy};

/// What the policy engine is asked about where an operation names a role.
pub(crate) fn arn(cx: &Context, name: &str) -> Arn {
    find(cx, name).map_or_else(|_| Arn::role(cx.account(), "/", name), |role| role.arn())
}

/// What the policy engine is told of the boundary that a role has.
pub(crate) fn boundary_keys(cx: &Context, name: &str) -> ContextKeys {
    let boundary = find(cx, name).ok().and_then(|role| role.grants.boundary.clone());
    ContextKeys::default().with_some("iam:PermissionsBoundary", boundary.as_deref())
}

/// The role of that name.
pub(crate) fn find(cx: &Context, name: &str) -> Result<Arc<Principal>> {
    let found = cx.ring().find_role(cx.account(), name);
    found.ok_or_else(|| Fault::NoSuchEntity(text::role_not_found(name)))
}

/// The role of that name, unless it belongs to a service: nobody else changes such a one.
pub(crate) fn find_modifiable(cx: &Context, name: &str) -> Result<Arc<Principal>> {
    let role = find(cx, name)?;
    if is_service_linked(&role) {
        return Err(Fault::UnmodifiableEntity(text::role_protected(&role.name)));
    }
    Ok(role)
}

/// Whether a role belongs to a service.
pub(crate) fn is_service_linked(role: &Principal) -> bool {
    role.role.as_ref().is_some_and(|terms| terms.is_service_linked)
}

/// The stored role behind one that was found in memory; not found where it is gone since.
pub(crate) fn get(tx: &mut Tx<'_>, cx: &Context, role: &Principal) -> Result<Role> {
    let found = tx.roles().find_by_id(cx.account(), &role.id.to_string())?;
    found.ok_or_else(|| Fault::NoSuchEntity(text::role_not_found(&role.name)))
}

/// The same, locked.
pub(crate) fn locked(tx: &mut Tx<'_>, cx: &Context, role: &Principal) -> Result<Role> {
    tx.lock_role(cx.account(), &role.id.to_string())?;
    get(tx, cx, role)
}

/// A role as its creation shows it, and an instance profile that holds it.
pub(crate) fn shown(cx: &Context, role: &Role) -> iam::Role {
    iam::Role {
        path: role.path.clone(),
        role_name: role.name.clone(),
        role_id: role.id.clone(),
        arn: role.arn().to_string(),
        create_date: role.created_at,
        assume_role_policy_document: Some(trust_policy::shown(cx, role)),
        ..Default::default()
    }
}

/// A role as ListRoles shows it.
pub(crate) fn listed(cx: &Context, role: &Role) -> iam::Role {
    iam::Role {
        description: role.description.clone(),
        max_session_duration: Some(role.max_session_seconds),
        ..shown(cx, role)
    }
}

/// A role as GetRole shows it.
pub(crate) fn in_full(tx: &mut Tx<'_>, cx: &Context, role: &Role) -> Result<iam::Role> {
    Ok(iam::Role {
        permissions_boundary: shape::bounded_by(role.permissions_boundary.as_deref()),
        tags: tagging::all(tx, cx, &role.id)?,
        role_last_used: Some(last_access::of_role(tx, cx, &role.id)?),
        ..listed(cx, role)
    })
}

/// A role as GetAccountAuthorizationDetails shows it.
pub(crate) fn detail(tx: &mut Tx<'_>, cx: &Context, role: &Role) -> Result<iam::RoleDetail> {
    let inline = tx.inline_policies().list(role.account, &role.id)?;
    let attached = tx.policy_attachments().list(role.account, &role.id, None, i64::MAX)?;
    let profiles = tx.instance_profiles().list_of_role(role.account, &role.id, None, i64::MAX)?;
    let profiles = profiles.iter().map(|profile| instance_profile::shown(tx, cx, profile));
    let profiles = profiles.collect::<Result<_>>()?;
    let shown = in_full(tx, cx, role)?;
    Ok(iam::RoleDetail {
        path: Some(shown.path),
        role_name: Some(shown.role_name),
        role_id: Some(shown.role_id),
        arn: Some(shown.arn),
        create_date: Some(shown.create_date),
        assume_role_policy_document: shown.assume_role_policy_document,
        instance_profile_list: profiles,
        role_policy_list: inline_policies::shown(inline),
        attached_managed_policies: attached.into_iter().map(shape::attached_policy).collect(),
        permissions_boundary: shown.permissions_boundary,
        tags: shown.tags,
        role_last_used: shown.role_last_used,
    })
}
