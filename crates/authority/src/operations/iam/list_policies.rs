//! ListPolicies: the managed policies that an account can use, its own and those that every account has.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListPoliciesRequest, ListPoliciesResponse};
use keystead_core::Arn;
use keystead_core::user::fold_name;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;
use keystead_store::policy_usage::Usage;

use crate::managed_policy::{self, Described};
use crate::page::PageRequest;

/// ListPolicies. Source: IAM API reference, ListPolicies.
pub struct ListPolicies;

/// Whose policies, below which path, in which use, and which page.
pub struct Wanted {
    own: bool,
    shipped: bool,
    path_prefix: String,
    used_as: Use,
    page: PageRequest,
}

/// In which use a policy must be.
enum Use {
    Any,
    Permissions,
    Boundary,
}

impl Operation for ListPolicies {
    type Input = ListPoliciesRequest;
    type Prepared = Wanted;
    type Output = ListPoliciesResponse;
    const NAME: &'static str = "ListPolicies";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let scope = input.scope.as_deref().unwrap_or("All");
        let used_as = match input.policy_usage_filter.as_deref() {
            Some("PermissionsBoundary") => Use::Boundary,
            Some(_) => Use::Permissions,
            None if input.only_attached == Some(true) => Use::Permissions,
            None => Use::Any,
        };
        Ok(Wanted {
            own: scope != "AWS",
            shipped: scope != "Local",
            path_prefix: input.path_prefix.unwrap_or_else(|| "/".to_owned()),
            used_as,
            page: PageRequest::read(input.marker.as_deref(), input.max_items)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListPoliciesResponse> {
        let mut policies = Vec::new();
        if wanted.own {
            let own = tx.policies().list(cx.account(), &wanted.path_prefix, None, i64::MAX)?;
            policies.extend(own.into_iter().map(Described::from));
        }
        if wanted.shipped {
            let shipped = managed_policy::shipped();
            policies.extend(shipped.filter(|policy| policy.path.starts_with(&wanted.path_prefix)));
        }
        let usage = tx.policy_usage().all(cx.account())?;
        let usage_of = |policy: &Described| usage.get(&policy.arn).copied().unwrap_or_default();
        policies.retain(|policy| wanted.used_as.includes(usage_of(policy)));
        // An account's own may have the name of one that every account has.
        let page =
            wanted.page.cut_whole(policies, |policy| format!("{} {}", fold_name(&policy.name), policy.arn));
        Ok(ListPoliciesResponse {
            policies: page.items.iter().map(|policy| policy.shown(usage_of(policy))).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}

impl Use {
    const fn includes(&self, usage: Usage) -> bool {
        match self {
            Self::Any => true,
            Self::Permissions => usage.attachments > 0,
            Self::Boundary => usage.boundaries > 0,
        }
    }
}
