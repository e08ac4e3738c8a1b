//! AddRoleToInstanceProfile: puts a role into an instance profile, which holds no more than one.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::AddRoleToInstanceProfileRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{instance_profile, role};

/// AddRoleToInstanceProfile. Source: IAM API reference, AddRoleToInstanceProfile.
pub struct AddRoleToInstanceProfile;

/// Which role, and into which profile.
pub struct Wanted {
    role: Arc<Principal>,
    profile_name: String,
}

impl Operation for AddRoleToInstanceProfile {
    type Input = AddRoleToInstanceProfileRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "AddRoleToInstanceProfile";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        instance_profile::arn(cx, &input.instance_profile_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let keys = ContextKeys::default().with("iam:PassedToService", "ec2.amazonaws.com");
        cx.authorize("iam:PassRole", &role::arn(cx, &input.role_name), &keys)?;
        let role = role::find_modifiable(cx, &input.role_name)?;
        Ok(Wanted { role, profile_name: input.instance_profile_name })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let role = role::locked(tx, cx, &wanted.role)?;
        let profile = instance_profile::locked(tx, cx, &wanted.profile_name)?;
        if profile.role_id.is_some() {
            return Err(Fault::LimitExceeded { quota: "InstanceSessionsPerInstanceProfile", value: 1 });
        }
        Ok(tx.instance_profiles().set_role(profile.account, &profile.id, Some(&role.id))?)
    }
}
