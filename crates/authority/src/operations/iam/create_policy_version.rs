//! CreatePolicyVersion: another version of a managed policy, in force at once where that is asked for.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{CreatePolicyVersionRequest, CreatePolicyVersionResponse};
use keystead_core::{Arn, PolicyVersion, Quota};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::managed_policy::{self, Documents, VERSIONS_MAX, version_shown};

/// CreatePolicyVersion. Source: IAM API reference, CreatePolicyVersion.
pub struct CreatePolicyVersion;

/// Of which policy, with which document, and whether it is the one in force.
pub struct Wanted {
    arn: String,
    document: String,
    is_default: bool,
}

impl Operation for CreatePolicyVersion {
    type Input = CreatePolicyVersionRequest;
    type Prepared = Wanted;
    type Output = CreatePolicyVersionResponse;
    const NAME: &'static str = "CreatePolicyVersion";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        managed_policy::check_own(cx, &input.policy_arn, text::POLICY_NOT_YOURS_TO_UPDATE)?;
        managed_policy::check_document(cx, &input.policy_document)?;
        Ok(Wanted {
            arn: input.policy_arn,
            document: input.policy_document,
            is_default: input.set_as_default.unwrap_or(false),
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<CreatePolicyVersionResponse> {
        let account = cx.account();
        let mut policy = managed_policy::lock_own(tx, cx, &wanted.arn)?;
        if tx.policies().list_versions(account, &policy.id)?.len() >= VERSIONS_MAX {
            return Err(Fault::LimitReached(text::TOO_MANY_POLICY_VERSIONS.to_owned()));
        }
        let created_at = cx.now.whole_second();
        let number = policy.versions_made + 1;
        let version = PolicyVersion { number, document: wanted.document.clone(), created_at };
        let count = tx.policies().insert_version(account, &policy.id, &version)?;
        cx.check_quota(Quota::PolicyVersions, count)?;
        (policy.versions_made, policy.updated_at) = (number, created_at);
        if wanted.is_default {
            policy.default_version = number;
        }
        tx.policies().update(&policy)?;
        tx.touch(Touched::Policy { account, arn: wanted.arn.clone() });
        let shown = version_shown(version, policy.default_version, Documents::LeftOut);
        Ok(CreatePolicyVersionResponse { policy_version: Some(shown) })
    }
}
