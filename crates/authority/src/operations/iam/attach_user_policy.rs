//! AttachUserPolicy: attaches a managed policy to a user; attaching it again changes nothing.

use keystead_aws::error::Result;
use keystead_aws::model::iam::AttachUserPolicyRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::attached_policies::{self, Wanted};
use crate::grantee;

/// AttachUserPolicy. Source: IAM API reference, AttachUserPolicy.
pub struct AttachUserPolicy;

impl Operation for AttachUserPolicy {
    type Input = AttachUserPolicyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "AttachUserPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::User, &input.user_name)
    }

    fn context_keys(cx: &Context, input: &Self::Input) -> ContextKeys {
        attached_policies::keys(cx, PrincipalKind::User, &input.user_name, &input.policy_arn)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        Wanted::read(cx, PrincipalKind::User, &input.user_name, input.policy_arn)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        wanted.attach(tx, cx)
    }
}
