//! ListEntitiesForPolicy: the groups, users and roles that a managed policy is attached to or bounds.

use std::collections::BTreeSet;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{
    ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse, PolicyGroup, PolicyRole, PolicyUser,
};
use keystead_core::Arn;
use keystead_gate::ring::PrincipalKind;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::managed_policy::{self, Described};
use crate::page::PageRequest;

/// ListEntitiesForPolicy. Source: IAM API reference, ListEntitiesForPolicy.
pub struct ListEntitiesForPolicy;

/// Which policy, whom of those who use it, and which page.
pub struct Wanted {
    arn: String,
    kind: Option<PrincipalKind>,
    /// A filter for something else than users, groups and roles lets nobody through.
    nobody: bool,
    attached: bool,
    bounded: bool,
    path_prefix: String,
    page: PageRequest,
}

impl Operation for ListEntitiesForPolicy {
    type Input = ListEntitiesForPolicyRequest;
    type Prepared = Wanted;
    type Output = ListEntitiesForPolicyResponse;
    const NAME: &'static str = "ListEntitiesForPolicy";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        managed_policy::resource(&input.policy_arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let kind = match input.entity_filter.as_deref() {
            Some("User") => Some(PrincipalKind::User),
            Some("Group") => Some(PrincipalKind::Group),
            Some("Role") => Some(PrincipalKind::Role),
            _ => None,
        };
        let usage = input.policy_usage_filter.as_deref();
        Ok(Wanted {
            arn: input.policy_arn,
            nobody: kind.is_none() && input.entity_filter.is_some(),
            kind,
            attached: usage != Some("PermissionsBoundary"),
            bounded: usage != Some("PermissionsPolicy"),
            path_prefix: input.path_prefix.unwrap_or_else(|| "/".to_owned()),
            page: PageRequest::read(input.marker.as_deref(), input.max_items)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListEntitiesForPolicyResponse> {
        if Described::find(tx, cx, &wanted.arn)?.is_none() {
            return Err(Fault::NoSuchEntity(text::policy_not_attachable(&wanted.arn)));
        }
        // By unique id, whose beginning tells groups from users from roles, so that these follow one another.
        let mut ids = BTreeSet::new();
        if wanted.attached {
            ids.extend(tx.policy_attachments().list_owners(cx.account(), &wanted.arn)?);
        }
        if wanted.bounded {
            ids.extend(tx.policy_usage().list_bounded(cx.account(), &wanted.arn)?);
        }
        let mut entities: Vec<_> = ids.iter().filter_map(|id| cx.find_owner(id)).collect();
        entities.retain(|entity| {
            !wanted.nobody
                && wanted.kind.is_none_or(|kind| kind == entity.kind)
                && entity.path.starts_with(&wanted.path_prefix)
        });
        let page = wanted.page.cut_whole(entities, |entity| entity.id.to_string());
        let mut answer = ListEntitiesForPolicyResponse {
            is_truncated: page.marker.is_some(),
            marker: page.marker,
            ..Default::default()
        };
        for entity in page.items {
            let (name, id) = (Some(entity.name.to_string()), Some(entity.id.to_string()));
            match entity.kind {
                PrincipalKind::Group => {
                    answer.policy_groups.push(PolicyGroup { group_name: name, group_id: id });
                }
                PrincipalKind::Role => answer.policy_roles.push(PolicyRole { role_name: name, role_id: id }),
                PrincipalKind::User | PrincipalKind::Root => {
                    answer.policy_users.push(PolicyUser { user_name: name, user_id: id });
                }
            }
        }
        Ok(answer)
    }
}
