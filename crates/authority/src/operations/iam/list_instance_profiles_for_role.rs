//! ListInstanceProfilesForRole: the instance profiles that hold a role, by name, page by page.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListInstanceProfilesForRoleRequest, ListInstanceProfilesForRoleResponse};
use keystead_core::Arn;
use keystead_core::user::fold_name;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::{OwnedPage, PageRequest};
use crate::{instance_profile, role};

/// ListInstanceProfilesForRole. Source: IAM API reference, ListInstanceProfilesForRole.
pub struct ListInstanceProfilesForRole;

impl Operation for ListInstanceProfilesForRole {
    type Input = ListInstanceProfilesForRoleRequest;
    type Prepared = OwnedPage;
    type Output = ListInstanceProfilesForRoleResponse;
    const NAME: &'static str = "ListInstanceProfilesForRole";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<OwnedPage> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(OwnedPage { owner: role::find(cx, &input.role_name)?, page })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &OwnedPage,
    ) -> Result<ListInstanceProfilesForRoleResponse> {
        let OwnedPage { owner, page } = wanted;
        let role_id = owner.id.to_string();
        let mut profiles = tx.instance_profiles();
        let found = profiles.list_of_role(cx.account(), &role_id, page.after(), page.limit())?;
        let page = page.cut(found, |profile| fold_name(&profile.name));
        let shown = page.items.iter().map(|profile| instance_profile::shown(tx, cx, profile));
        Ok(ListInstanceProfilesForRoleResponse {
            instance_profiles: shown.collect::<Result<_>>()?,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
