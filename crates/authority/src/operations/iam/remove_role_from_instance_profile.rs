//! RemoveRoleFromInstanceProfile: takes the role out of an instance profile.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::RemoveRoleFromInstanceProfileRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{instance_profile, role};

/// RemoveRoleFromInstanceProfile. Source: IAM API reference, RemoveRoleFromInstanceProfile.
pub struct RemoveRoleFromInstanceProfile;

/// Which role, and out of which profile.
pub struct Wanted {
    role: Arc<Principal>,
    profile_name: String,
}

impl Operation for RemoveRoleFromInstanceProfile {
    type Input = RemoveRoleFromInstanceProfileRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "RemoveRoleFromInstanceProfile";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        instance_profile::arn(cx, &input.instance_profile_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let role = role::find_modifiable(cx, &input.role_name)?;
        Ok(Wanted { role, profile_name: input.instance_profile_name })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let profile = instance_profile::locked(tx, cx, &wanted.profile_name)?;
        if profile.role_id != Some(wanted.role.id.to_string()) {
            let text = text::role_not_in_instance_profile(&wanted.role.name, &profile.name);
            return Err(Fault::NoSuchEntity(text));
        }
        Ok(tx.instance_profiles().set_role(profile.account, &profile.id, None)?)
    }
}
