//! GetGroup: a group and, page by page, the users in it.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetGroupRequest, GetGroupResponse};
use keystead_core::Arn;
use keystead_core::user::fold_name;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::{OwnedPage, PageRequest};
use crate::{group, shape};

/// GetGroup. Source: IAM API reference, GetGroup.
pub struct GetGroup;

impl Operation for GetGroup {
    type Input = GetGroupRequest;
    type Prepared = OwnedPage;
    type Output = GetGroupResponse;
    const NAME: &'static str = "GetGroup";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(group::arn(cx, &input.group_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<OwnedPage> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(OwnedPage { owner: group::find(cx, &input.group_name)?, page })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &OwnedPage) -> Result<GetGroupResponse> {
        let OwnedPage { owner, page } = wanted;
        let group = group::get(tx, cx, owner)?;
        let found = tx.groups().list_members(cx.account(), &group.id, page.after(), page.limit())?;
        let page = page.cut(found, |user| fold_name(&user.name));
        Ok(GetGroupResponse {
            group: group::shown(&group),
            users: page.items.iter().map(shape::user).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
