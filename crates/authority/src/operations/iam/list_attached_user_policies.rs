//! ListAttachedUserPolicies: the managed policies attached to a user.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{
    AttachedPolicy, ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse,
};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::{self, Page};
use crate::shape;

/// ListAttachedUserPolicies. Source: IAM API reference, ListAttachedUserPolicies.
pub struct ListAttachedUserPolicies;

/// Whose policies, below which path, after which, and how many.
pub struct Wanted {
    user: Arc<Principal>,
    path_prefix: String,
    after: Option<String>,
    size: i64,
}

impl Operation for ListAttachedUserPolicies {
    type Input = ListAttachedUserPoliciesRequest;
    type Prepared = Wanted;
    type Output = ListAttachedUserPoliciesResponse;
    const NAME: &'static str = "ListAttachedUserPolicies";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted {
            user: cx.user_or_caller(Some(&input.user_name))?,
            path_prefix: input.path_prefix.unwrap_or_else(|| "/".to_owned()),
            after: page::open_marker(input.marker.as_deref())?,
            size: page::size(input.max_items),
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListAttachedUserPoliciesResponse> {
        // A user has at most ten: they are read whole and cut here.
        let after = wanted.after.as_deref();
        let mut arns = tx.policies().list(cx.account(), &wanted.user.id.to_string(), after, i64::MAX)?;
        arns.retain(|arn| path_of(arn).starts_with(&wanted.path_prefix));
        let page = Page::cut(arns, wanted.size, Clone::clone);
        let attached = page.items.iter().map(|arn| AttachedPolicy {
            policy_name: arn.rsplit('/').next().map(str::to_owned),
            policy_arn: Some(arn.clone()),
        });
        Ok(ListAttachedUserPoliciesResponse {
            attached_policies: attached.collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}

/// The path in a policy's ARN: what stands between `policy` and its name.
fn path_of(arn: &str) -> &str {
    let from = arn.find(":policy/").map_or(0, |at| at + ":policy".len());
    let to = arn.rfind('/').map_or(arn.len(), |at| at + 1);
    arn.get(from..to).unwrap_or("/")
}
