//! PutUserPolicy: gives a user an inline policy, in the place of the one of that name if there is one.

use keystead_aws::error::Result;
use keystead_aws::model::iam::PutUserPolicyRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::grantee;
use crate::inline_policies::{Named, New};

/// PutUserPolicy. Source: IAM API reference, PutUserPolicy.
pub struct PutUserPolicy;

impl Operation for PutUserPolicy {
    type Input = PutUserPolicyRequest;
    type Prepared = New;
    type Output = ();
    const NAME: &'static str = "PutUserPolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        grantee::arn(cx, PrincipalKind::User, &input.user_name)
    }

    fn context_keys(cx: &Context, input: &Self::Input) -> ContextKeys {
        grantee::boundary_keys(cx, PrincipalKind::User, &input.user_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<New> {
        let named = Named::read_to_change(cx, PrincipalKind::User, &input.user_name, input.policy_name)?;
        New::read(cx, named, input.policy_document)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, new: &New) -> Result<()> {
        new.put(tx, cx)
    }
}
