//! SimulateCustomPolicy: what the policies of a request would say to actions, before anybody is given them.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{SimulateCustomPolicyRequest, SimulatePolicyResponse};
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::simulation::{Caller, Given, Policies, Questions, Simulation, read_entries};

/// SimulateCustomPolicy. Source: IAM API reference, SimulateCustomPolicy.
pub struct SimulateCustomPolicy;

/// The questions, the policies, and as whom.
pub struct Wanted {
    questions: Questions,
    given: Given,
    caller: Caller,
    entries: ContextKeys,
}

impl Operation for SimulateCustomPolicy {
    type Input = SimulateCustomPolicyRequest;
    type Prepared = Wanted;
    type Output = SimulatePolicyResponse;
    const NAME: &'static str = "SimulateCustomPolicy";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let of_organizations = input.ordered_organization_policy_input_list.len();
        let caller = input.caller_arn.as_deref().map(Caller::named);
        let given = Given::read(
            input.policy_input_list,
            input.permissions_boundary_policy_input_list,
            of_organizations,
            input.resource_policy,
        )?;
        Ok(Wanted {
            questions: Questions::read(
                input.action_names,
                input.resource_arns,
                input.resource_owner.as_deref(),
                &given,
                input.marker.as_deref(),
                input.max_items,
            )?,
            given,
            caller: caller.transpose()?.unwrap_or_else(|| Caller::anybody(cx)),
            entries: read_entries(input.context_entries)?,
        })
    }

    fn commit(_: &mut Tx<'_>, _: &Context, wanted: &Wanted) -> Result<SimulatePolicyResponse> {
        let Wanted { questions, given, caller, entries } = wanted;
        let policies = Policies::compile(given, Vec::new(), None)?;
        let keys = caller.keys.clone().and(entries.clone());
        Ok(Simulation { questions, policies: &policies, caller, keys }.run())
    }
}
