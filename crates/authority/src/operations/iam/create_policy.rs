//! CreatePolicy: a new managed policy, whose name is unique in the account without regard to case.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{CreatePolicyRequest, CreatePolicyResponse, Policy};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{Arn, ManagedPolicy, PolicyVersion, Quota, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::policy_usage::Usage;
use keystead_store::{OnConstraint, Touched, Tx};

use crate::managed_policy::{self, Described};
use crate::tagging;

/// CreatePolicy. Source: IAM API reference, CreatePolicy.
pub struct CreatePolicy;

/// A policy drawn, its first version, and the tags it will have.
pub struct NewPolicy {
    policy: ManagedPolicy,
    version: PolicyVersion,
    tags: Vec<Tag>,
}

impl Operation for CreatePolicy {
    type Input = CreatePolicyRequest;
    type Prepared = NewPolicy;
    type Output = CreatePolicyResponse;
    const NAME: &'static str = "CreatePolicy";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::policy(cx.account(), input.path.as_deref().unwrap_or("/"), &input.policy_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<NewPolicy> {
        tagging::authorize(cx, "iam:TagPolicy", &Self::resource(cx, &input)?, &input.tags)?;
        let tags = tagging::read_of_policy(input.tags)?;
        managed_policy::check_document(cx, &input.policy_document)?;
        let created_at = cx.now.whole_second();
        let policy = ManagedPolicy {
            account: cx.account(),
            id: unique_id(UniqueIdKind::Policy, cx.rng()),
            name: input.policy_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            description: input.description,
            default_version: 1,
            versions_made: 1,
            created_at,
            updated_at: created_at,
        };
        Ok(NewPolicy {
            policy,
            version: PolicyVersion { number: 1, document: input.policy_document, created_at },
            tags,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, new: &NewPolicy) -> Result<CreatePolicyResponse> {
        let NewPolicy { policy, version, tags } = new;
        let count = tx.policies().insert(policy).on_constraint("policies_name_unique", || {
            Fault::EntityAlreadyExists(text::policy_exists(&policy.name))
        })?;
        cx.check_quota(Quota::Policies, count)?;
        let count = tx.policies().insert_version(policy.account, &policy.id, version)?;
        cx.check_quota(Quota::PolicyVersions, count)?;
        tagging::put(tx, cx, &policy.id, tags)?;
        tx.touch(Touched::Policy { account: policy.account, arn: policy.arn().to_string() });
        let tags = tagging::all(tx, cx, &policy.id)?;
        let shown = Described::from(policy.clone()).shown(Usage::default());
        Ok(CreatePolicyResponse {
            policy: Some(Policy { tags: (!tags.is_empty()).then_some(tags), ..shown }),
        })
    }
}
