//! Instance profiles as operations find and show them. They sign nothing, so they are not in the key ring.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam;
use keystead_core::{Arn, InstanceProfile};
use keystead_gate::Context;
use keystead_store::{StoreError, Tx};

use crate::role;

/// What the policy engine is asked about where an operation names an instance profile.
pub(crate) fn arn(cx: &Context, name: &str) -> Result<Arn> {
    let find = |tx: &mut Tx<'_>| tx.instance_profiles().find_by_name(cx.account(), name);
    let found = cx.gate().store().read(find).map_err(|error: StoreError| Fault::from(error))?;
    Ok(found.map_or_else(|| Arn::instance_profile(cx.account(), "/", name), |profile| profile.arn()))
}

/// The profile of that name.
pub(crate) fn get(tx: &mut Tx<'_>, cx: &Context, name: &str) -> Result<InstanceProfile> {
    let found = tx.instance_profiles().find_by_name(cx.account(), name)?;
    found.ok_or_else(|| Fault::NoSuchEntity(text::instance_profile_not_found(name)))
}

/// The same, locked.
pub(crate) fn locked(tx: &mut Tx<'_>, cx: &Context, name: &str) -> Result<InstanceProfile> {
    tx.lock_instance_profile(cx.account(), name)?;
    get(tx, cx, name)
}

/// A profile with the role in it, without tags.
pub(crate) fn shown(
    tx: &mut Tx<'_>,
    cx: &Context,
    profile: &InstanceProfile,
) -> Result<iam::InstanceProfile> {
    let found = match &profile.role_id {
        Some(id) => tx.roles().find_by_id(cx.account(), id)?,
        None => None,
    };
    Ok(iam::InstanceProfile {
        path: profile.path.clone(),
        instance_profile_name: profile.name.clone(),
        instance_profile_id: profile.id.clone(),
        arn: profile.arn().to_string(),
        create_date: profile.created_at,
        roles: found.iter().map(|found| role::shown(cx, found)).collect(),
        tags: None,
    })
}
