//! ListGroupsForUser: the groups that a user is in, by name.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListGroupsForUserRequest, ListGroupsForUserResponse};
use keystead_core::Arn;
use keystead_core::user::fold_name;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::OwnedPage;
use crate::{group, shape};

/// ListGroupsForUser. Source: IAM API reference, ListGroupsForUser.
pub struct ListGroupsForUser;

impl Operation for ListGroupsForUser {
    type Input = ListGroupsForUserRequest;
    type Prepared = OwnedPage;
    type Output = ListGroupsForUserResponse;
    const NAME: &'static str = "ListGroupsForUser";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<OwnedPage> {
        OwnedPage::read(cx, Some(&input.user_name), input.marker.as_deref(), input.max_items)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &OwnedPage) -> Result<ListGroupsForUserResponse> {
        let found = tx.groups().list_of_user(cx.account(), &wanted.owner.id.to_string())?;
        let page = wanted.page.cut_whole(found, |group| fold_name(&group.name));
        Ok(ListGroupsForUserResponse {
            groups: page.items.iter().map(group::shown).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
