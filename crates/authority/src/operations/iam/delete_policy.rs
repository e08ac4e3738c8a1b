//! DeletePolicy: refused while it is attached to anybody, bounds anybody, or has other versions than its default.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeletePolicyRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::policy_usage::Usage;
use keystead_store::{Touched, Tx};

use crate::managed_policy;

/// DeletePolicy. Source: IAM API reference, DeletePolicy; the conflicts' texts as recorded from AWS.
pub struct DeletePolicy;

impl Operation for DeletePolicy {
    type Input = DeletePolicyRequest;
    type Prepared = String;
    type Output = ();
    const NAME: &'static str = "DeletePolicy";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<String> {
        managed_policy::check_own(cx, &input.policy_arn, text::POLICY_NOT_YOURS_TO_DELETE)?;
        Ok(input.policy_arn)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, arn: &String) -> Result<()> {
        let account = cx.account();
        let policy = managed_policy::lock_own(tx, cx, arn)?;
        if tx.policy_usage().of(account, arn)? != Usage::default() {
            return Err(Fault::DeleteConflict(text::POLICY_ATTACHED.to_owned()));
        }
        if tx.policies().list_versions(account, &policy.id)?.len() > 1 {
            return Err(Fault::DeleteConflict(text::POLICY_HAS_VERSIONS.to_owned()));
        }
        tx.policies().delete_version(account, &policy.id, policy.default_version)?;
        tx.policies().delete(account, &policy.id)?;
        tx.tags().clear(account, &policy.id)?;
        tx.touch(Touched::Policy { account, arn: arn.clone() });
        Ok(())
    }
}
