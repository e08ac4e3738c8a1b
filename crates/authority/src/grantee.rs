//! Users, groups and roles alike: those whom policies are attached to, and who have policies of their own.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_core::Arn;
use keystead_gate::Context;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::{Principal, PrincipalKind};
use keystead_store::Tx;

use crate::{group, role, shape};

/// What a kind is called in sentences and by the policy simulator.
pub(crate) const fn noun(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::Root | PrincipalKind::User => "user",
        PrincipalKind::Group => "group",
        PrincipalKind::Role => "role",
    }
}

/// The grantee of that name.
pub(crate) fn find(cx: &Context, kind: PrincipalKind, name: &str) -> Result<Arc<Principal>> {
    match kind {
        PrincipalKind::Root | PrincipalKind::User => cx.user_or_caller(Some(name)),
        PrincipalKind::Group => group::find(cx, name),
        PrincipalKind::Role => role::find(cx, name),
    }
}

/// The grantee of that name whose permissions are about to be changed.
pub(crate) fn find_modifiable(cx: &Context, kind: PrincipalKind, name: &str) -> Result<Arc<Principal>> {
    match kind {
        PrincipalKind::Role => role::find_modifiable(cx, name),
        _ => find(cx, kind, name),
    }
}

/// The grantee of that ARN, which has to be of this account and written as it is now.
pub(crate) fn find_by_arn(cx: &Context, arn: &str) -> Result<Arc<Principal>> {
    let parts = || {
        let (_, resource) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
        let (kind, path) = resource.split_once('/')?;
        let kinds = [PrincipalKind::User, PrincipalKind::Group, PrincipalKind::Role];
        let kind = kinds.into_iter().find(|known| noun(*known) == kind)?;
        Some((kind, path.rsplit('/').next().unwrap_or(path)))
    };
    let (kind, name) = parts().ok_or_else(|| Fault::InvalidInput(text::entity_arn_not_valid(arn)))?;
    let found = find(cx, kind, name)?;
    if found.arn().as_str() == arn {
        return Ok(found);
    }
    Err(Fault::NoSuchEntity(match kind {
        PrincipalKind::Root | PrincipalKind::User => text::user_not_found(name),
        PrincipalKind::Group => text::group_not_found(name),
        PrincipalKind::Role => text::role_not_found(name),
    }))
}

/// What the policy engine is asked about where an operation names a grantee.
pub(crate) fn arn(cx: &Context, kind: PrincipalKind, name: &str) -> Result<Arn> {
    match kind {
        PrincipalKind::Root | PrincipalKind::User => shape::user_arn(cx, Some(name)),
        PrincipalKind::Group => Ok(group::arn(cx, name)),
        PrincipalKind::Role => Ok(role::arn(cx, name)),
    }
}

/// What the policy engine is told of the boundary that a grantee has.
pub(crate) fn boundary_keys(cx: &Context, kind: PrincipalKind, name: &str) -> ContextKeys {
    let boundary = find(cx, kind, name).ok().and_then(|found| found.grants.boundary.clone());
    ContextKeys::default().with_some("iam:PermissionsBoundary", boundary.as_deref())
}

/// Locks a grantee and tells its unique id; not found where it is gone since it was found in memory.
pub(crate) fn lock(tx: &mut Tx<'_>, cx: &Context, grantee: &Principal) -> Result<String> {
    Ok(match grantee.kind {
        PrincipalKind::Root | PrincipalKind::User => shape::locked_user(tx, cx, grantee)?.id,
        PrincipalKind::Group => group::locked(tx, cx, grantee)?.id,
        PrincipalKind::Role => role::locked(tx, cx, grantee)?.id,
    })
}
