//! GetLoginProfile: whether a user has a password, and since when.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetLoginProfileRequest, GetLoginProfileResponse};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{password, shape};

/// GetLoginProfile. Source: IAM API reference, GetLoginProfile.
pub struct GetLoginProfile;

impl Operation for GetLoginProfile {
    type Input = GetLoginProfileRequest;
    type Prepared = Arc<Principal>;
    type Output = GetLoginProfileResponse;
    const NAME: &'static str = "GetLoginProfile";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Arc<Principal>> {
        cx.user_or_caller(input.user_name.as_deref())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, owner: &Arc<Principal>) -> Result<GetLoginProfileResponse> {
        let profile = tx.login_profiles().find(cx.account(), &owner.id.to_string())?;
        let profile = profile.ok_or_else(|| password::not_found(owner))?;
        Ok(GetLoginProfileResponse { login_profile: shape::login_profile(owner, &profile) })
    }
}
