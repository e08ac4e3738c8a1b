//! GetInstanceProfile: an instance profile, with its role and its tags.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{self, GetInstanceProfileRequest, GetInstanceProfileResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{instance_profile, tagging};

/// GetInstanceProfile. Source: IAM API reference, GetInstanceProfile.
pub struct GetInstanceProfile;

impl Operation for GetInstanceProfile {
    type Input = GetInstanceProfileRequest;
    type Prepared = String;
    type Output = GetInstanceProfileResponse;
    const NAME: &'static str = "GetInstanceProfile";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        instance_profile::arn(cx, &input.instance_profile_name)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<String> {
        Ok(input.instance_profile_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, name: &String) -> Result<GetInstanceProfileResponse> {
        let profile = instance_profile::get(tx, cx, name)?;
        let tags = Some(tagging::all(tx, cx, &profile.id)?);
        let shown = iam::InstanceProfile { tags, ..instance_profile::shown(tx, cx, &profile)? };
        Ok(GetInstanceProfileResponse { instance_profile: shown })
    }
}
