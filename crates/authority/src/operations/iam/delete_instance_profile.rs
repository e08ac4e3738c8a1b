//! DeleteInstanceProfile: refused while a role is in the profile.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeleteInstanceProfileRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::instance_profile;

/// DeleteInstanceProfile. Source: IAM API reference, DeleteInstanceProfile.
pub struct DeleteInstanceProfile;

impl Operation for DeleteInstanceProfile {
    type Input = DeleteInstanceProfileRequest;
    type Prepared = String;
    type Output = ();
    const NAME: &'static str = "DeleteInstanceProfile";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        instance_profile::arn(cx, &input.instance_profile_name)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<String> {
        Ok(input.instance_profile_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, name: &String) -> Result<()> {
        let profile = instance_profile::locked(tx, cx, name)?;
        if profile.role_id.is_some() {
            let first = "remove roles from instance profile";
            return Err(Fault::DeleteConflict(text::delete_conflict(first)));
        }
        tx.instance_profiles().delete(profile.account, &profile.id)?;
        Ok(tx.tags().clear(profile.account, &profile.id)?)
    }
}
