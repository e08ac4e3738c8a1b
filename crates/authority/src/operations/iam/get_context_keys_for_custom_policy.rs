//! GetContextKeysForCustomPolicy: the context keys that the policies of a request ask about.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetContextKeysForCustomPolicyRequest, GetContextKeysForPolicyResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::simulation::{Given, Policies};

/// GetContextKeysForCustomPolicy. Source: IAM API reference, GetContextKeysForCustomPolicy.
pub struct GetContextKeysForCustomPolicy;

impl Operation for GetContextKeysForCustomPolicy {
    type Input = GetContextKeysForCustomPolicyRequest;
    type Prepared = Given;
    type Output = GetContextKeysForPolicyResponse;
    const NAME: &'static str = "GetContextKeysForCustomPolicy";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Given> {
        Given::read(input.policy_input_list, Vec::new(), 0, None)
    }

    fn commit(_: &mut Tx<'_>, _: &Context, given: &Given) -> Result<GetContextKeysForPolicyResponse> {
        let context_key_names = Policies::compile(given, Vec::new(), None)?.context_keys();
        Ok(GetContextKeysForPolicyResponse { context_key_names })
    }
}
