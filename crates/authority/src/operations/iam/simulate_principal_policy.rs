//! SimulatePrincipalPolicy: what the policies of a user, group or role say to actions, with others or without.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{SimulatePolicyResponse, SimulatePrincipalPolicyRequest};
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::{Principal, PrincipalKind};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::simulation::{Caller, Exclusions, Given, Policies, Questions, Simulation, read_entries};
use crate::{granted, grantee};

/// SimulatePrincipalPolicy. Source: IAM API reference, SimulatePrincipalPolicy.
pub struct SimulatePrincipalPolicy;

/// The questions, whose policies, which besides and which not, and as whom.
pub struct Wanted {
    source: Arc<Principal>,
    questions: Questions,
    given: Given,
    exclusions: Exclusions,
    caller: Caller,
    entries: ContextKeys,
}

impl Operation for SimulatePrincipalPolicy {
    type Input = SimulatePrincipalPolicyRequest;
    type Prepared = Wanted;
    type Output = SimulatePolicyResponse;
    const NAME: &'static str = "SimulatePrincipalPolicy";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::written(&*input.policy_source_arn))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let source = grantee::find_by_arn(cx, &input.policy_source_arn)?;
        let caller = input.caller_arn.as_deref().filter(|arn| *arn != input.policy_source_arn);
        let is_user = source.kind == PrincipalKind::User;
        if input.resource_policy.is_some() && !is_user && input.caller_arn.is_none() {
            return Err(Fault::InvalidInput(
                "A ResourcePolicy needs a CallerArn, because PolicySourceArn is not that of an IAM user."
                    .to_owned(),
            ));
        }
        let given = Given::read(
            input.policy_input_list,
            input.permissions_boundary_policy_input_list,
            0,
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
            exclusions: Exclusions(input.policy_exclusion_list),
            caller: match caller {
                Some(arn) => Caller::named(arn)?,
                None => Caller::is_source(cx, &source),
            },
            entries: read_entries(input.context_entries)?,
            source,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<SimulatePolicyResponse> {
        let Wanted { source, questions, given, exclusions, caller, entries } = wanted;
        let mut granted = granted::all(tx, cx, source)?;
        granted.retain(|policy| exclusions.keep(policy));
        let boundary = source.grants.boundary.as_deref().filter(|arn| exclusions.keep_boundary(arn));
        let boundary = match boundary {
            Some(arn) => granted::managed(tx, cx, arn)?,
            None => None,
        };
        let policies = Policies::compile(given, granted, boundary)?;
        let keys = caller.keys.clone().and(entries.clone());
        Ok(Simulation { questions, policies: &policies, caller, keys }.run())
    }
}
