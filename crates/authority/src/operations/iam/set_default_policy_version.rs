//! SetDefaultPolicyVersion: puts a version of a managed policy in force for everybody who has the policy.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::SetDefaultPolicyVersionRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::managed_policy;

/// SetDefaultPolicyVersion. Source: IAM API reference, SetDefaultPolicyVersion.
pub struct SetDefaultPolicyVersion;

impl Operation for SetDefaultPolicyVersion {
    type Input = SetDefaultPolicyVersionRequest;
    type Prepared = SetDefaultPolicyVersionRequest;
    type Output = ();
    const NAME: &'static str = "SetDefaultPolicyVersion";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Self::Prepared> {
        managed_policy::check_own(cx, &input.policy_arn, text::POLICY_NOT_YOURS_TO_UPDATE)?;
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Self::Prepared) -> Result<()> {
        let account = cx.account();
        let mut policy = managed_policy::lock_own(tx, cx, &wanted.policy_arn)?;
        let version = match managed_policy::version_number(&wanted.version_id) {
            Some(number) => tx.policies().find_version(account, &policy.id, number)?,
            None => None,
        };
        let missing =
            || Fault::NoSuchEntity(text::policy_version_not_found(&wanted.policy_arn, &wanted.version_id));
        policy.default_version = version.ok_or_else(missing)?.number;
        tx.policies().update(&policy)?;
        tx.touch(Touched::Policy { account, arn: wanted.policy_arn.clone() });
        Ok(())
    }
}
