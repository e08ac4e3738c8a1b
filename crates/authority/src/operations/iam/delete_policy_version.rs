//! DeletePolicyVersion: any version but the one in force.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeletePolicyVersionRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::managed_policy;

/// DeletePolicyVersion. Source: IAM API reference, DeletePolicyVersion; the texts as recorded from AWS.
pub struct DeletePolicyVersion;

impl Operation for DeletePolicyVersion {
    type Input = DeletePolicyVersionRequest;
    type Prepared = DeletePolicyVersionRequest;
    type Output = ();
    const NAME: &'static str = "DeletePolicyVersion";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Self::Prepared> {
        managed_policy::check_own(cx, &input.policy_arn, text::POLICY_VERSION_NOT_YOURS_TO_DELETE)?;
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Self::Prepared) -> Result<()> {
        let account = cx.account();
        let policy = managed_policy::lock_own(tx, cx, &wanted.policy_arn)?;
        let number = managed_policy::version_number(&wanted.version_id);
        if number == Some(policy.default_version) {
            return Err(Fault::DeleteConflict(text::POLICY_VERSION_IN_FORCE.to_owned()));
        }
        let deleted = match number {
            Some(number) => tx.policies().delete_version(account, &policy.id, number)?,
            None => false,
        };
        if !deleted {
            let missing = text::policy_version_not_found(&wanted.policy_arn, &wanted.version_id);
            return Err(Fault::NoSuchEntity(missing));
        }
        tx.touch(Touched::Policy { account, arn: wanted.policy_arn.clone() });
        Ok(())
    }
}
