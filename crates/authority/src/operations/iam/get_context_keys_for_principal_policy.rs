//! GetContextKeysForPrincipalPolicy: the context keys that the policies of a user, group or role ask about.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetContextKeysForPolicyResponse, GetContextKeysForPrincipalPolicyRequest};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::simulation::{Given, Policies};
use crate::{granted, grantee};

/// GetContextKeysForPrincipalPolicy. Source: IAM API reference, GetContextKeysForPrincipalPolicy.
pub struct GetContextKeysForPrincipalPolicy;

/// Whose policies, and which besides.
pub struct Wanted {
    source: Arc<Principal>,
    given: Given,
}

impl Operation for GetContextKeysForPrincipalPolicy {
    type Input = GetContextKeysForPrincipalPolicyRequest;
    type Prepared = Wanted;
    type Output = GetContextKeysForPolicyResponse;
    const NAME: &'static str = "GetContextKeysForPrincipalPolicy";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::written(&*input.policy_source_arn))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let source = grantee::find_by_arn(cx, &input.policy_source_arn)?;
        Ok(Wanted { source, given: Given::read(input.policy_input_list, Vec::new(), 0, None)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<GetContextKeysForPolicyResponse> {
        let granted = granted::all(tx, cx, &wanted.source)?;
        let context_key_names = Policies::compile(&wanted.given, granted, None)?.context_keys();
        Ok(GetContextKeysForPolicyResponse { context_key_names })
    }
}
