//! ListAttachedUserPolicies: the managed policies attached to a user.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::shape;

/// ListAttachedUserPolicies. Source: IAM API reference, ListAttachedUserPolicies.
pub struct ListAttachedUserPolicies;

/// Whose policies, below which path, and which page.
pub struct Wanted {
    user: Arc<Principal>,
    path_prefix: String,
    page: PageRequest,
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
            page: PageRequest::read(input.marker.as_deref(), input.max_items)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListAttachedUserPoliciesResponse> {
        let mut arns =
            tx.policy_attachments().list(cx.account(), &wanted.user.id.to_string(), None, i64::MAX)?;
        arns.retain(|arn| path_of(arn).starts_with(&wanted.path_prefix));
        let page = wanted.page.cut_whole(arns, Clone::clone);
        Ok(ListAttachedUserPoliciesResponse {
            attached_policies: page.items.into_iter().map(shape::attached_policy).collect(),
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
