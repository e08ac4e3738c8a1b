//! AttachRolePolicy: attaches a managed policy to a role; attaching it again changes nothing.

use keystead_aws::error::Result;
use keystead_aws::model::iam::AttachRolePolicyRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::attached_policies::{self, Wanted};
use crate::grantee;

/// AttachRolePolicy. Source: IAM API reference, AttachRolePolicy.
pub struct AttachRolePolicy;

impl Operation for AttachRolePolicy {
    type Input = AttachRolePolicyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "AttachRolePolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::Role, &input.role_name)
    }

    fn context_keys(cx: &Context, input: &Self::Input) -> ContextKeys {
        attached_policies::keys(cx, PrincipalKind::Role, &input.role_name, &input.policy_arn)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        Wanted::read(cx, PrincipalKind::Role, &input.role_name, input.policy_arn)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        wanted.attach(tx, cx)
    }
}
