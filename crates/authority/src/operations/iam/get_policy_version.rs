//! GetPolicyVersion: a version of a managed policy, with its document.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{GetPolicyVersionRequest, GetPolicyVersionResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::managed_policy::{self, Described, Documents, version_shown};

/// GetPolicyVersion. Source: IAM API reference, GetPolicyVersion.
pub struct GetPolicyVersion;

impl Operation for GetPolicyVersion {
    type Input = GetPolicyVersionRequest;
    type Prepared = GetPolicyVersionRequest;
    type Output = GetPolicyVersionResponse;
    const NAME: &'static str = "GetPolicyVersion";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Self::Prepared> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Self::Prepared) -> Result<GetPolicyVersionResponse> {
        // AWS speaks of the version even where the policy is not there.
        let missing =
            || Fault::NoSuchEntity(text::policy_version_not_found(&wanted.policy_arn, &wanted.version_id));
        let policy = Described::find(tx, cx, &wanted.policy_arn)?.ok_or_else(missing)?;
        let number = managed_policy::version_number(&wanted.version_id);
        let mut versions = policy.versions(tx, cx.account())?.into_iter();
        let version = versions.find(|version| Some(version.number) == number).ok_or_else(missing)?;
        let shown = version_shown(version, policy.default_version, Documents::Shown);
        Ok(GetPolicyVersionResponse { policy_version: Some(shown) })
    }
}
