//! Groups as operations find and show them.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam;
use keystead_core::{Arn, Group};
use keystead_gate::Context;
use keystead_gate::ring::Principal;
use keystead_store::Tx;

use crate::{inline_policies, shape};

/// What the policy engine is asked about where an operation names a group.
pub(crate) fn arn(cx: &Context, name: &str) -> Arn {
    find(cx, name).map_or_else(|_| Arn::group(cx.account(), "/", name), |group| group.arn())
}

/// The group of that name.
pub(crate) fn find(cx: &Context, name: &str) -> Result<Arc<Principal>> {
    let found = cx.ring().find_group(cx.account(), name);
    found.ok_or_else(|| Fault::NoSuchEntity(text::group_not_found(name)))
}

/// The stored group behind one that was found in memory; not found where it is gone since.
pub(crate) fn get(tx: &mut Tx<'_>, cx: &Context, group: &Principal) -> Result<Group> {
    let found = tx.groups().find_by_id(cx.account(), &group.id.to_string())?;
    found.ok_or_else(|| Fault::NoSuchEntity(text::group_not_found(&group.name)))
}

/// The same, locked.
pub(crate) fn locked(tx: &mut Tx<'_>, cx: &Context, group: &Principal) -> Result<Group> {
    tx.lock_group(cx.account(), &group.id.to_string())?;
    get(tx, cx, group)
}

/// A group without its users.
pub(crate) fn shown(group: &Group) -> iam::Group {
    iam::Group {
        path: group.path.clone(),
        group_name: group.name.clone(),
        group_id: group.id.clone(),
        arn: group.arn().to_string(),
        create_date: group.created_at,
    }
}

/// A group as GetAccountAuthorizationDetails shows it.
pub(crate) fn detail(tx: &mut Tx<'_>, group: &Group) -> Result<iam::GroupDetail> {
    let inline = tx.inline_policies().list(group.account, &group.id)?;
    let attached = tx.policy_attachments().list(group.account, &group.id, None, i64::MAX)?;
    Ok(iam::GroupDetail {
        path: Some(group.path.clone()),
        group_name: Some(group.name.clone()),
        group_id: Some(group.id.clone()),
        arn: Some(group.arn().to_string()),
        create_date: Some(group.created_at),
        group_policy_list: inline_policies::shown(inline),
        attached_managed_policies: attached.into_iter().map(shape::attached_policy).collect(),
    })
}
