//! UpdateAssumeRolePolicy: another policy that says who may take a role on.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::UpdateAssumeRolePolicyRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::role;
use crate::trust_policy::TrustPolicy;

/// UpdateAssumeRolePolicy. Source: IAM API reference, UpdateAssumeRolePolicy.
pub struct UpdateAssumeRolePolicy;

/// Which role, and its policy from now on.
pub struct Wanted {
    role: Arc<Principal>,
    trust: TrustPolicy,
}

impl Operation for UpdateAssumeRolePolicy {
    type Input = UpdateAssumeRolePolicyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateAssumeRolePolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let role = role::find_modifiable(cx, &input.role_name)?;
        Ok(Wanted { role, trust: TrustPolicy::read(cx, input.policy_document)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let mut role = role::locked(tx, cx, &wanted.role)?;
        role.trust_policy.clone_from(&wanted.trust.document);
        role.trusted_ids.clone_from(&wanted.trust.trusted_ids);
        tx.roles().update(&role)?;
        tx.touch(Touched::Principal { account: role.account, id: role.id });
        Ok(())
    }
}
