//! ListUsers: the users of the account by name, page by page.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListUsersRequest, ListUsersResponse};
use keystead_core::Arn;
use keystead_core::user::fold_name;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::{self, Page};
use crate::shape;

/// ListUsers. Source: IAM API reference, ListUsers.
pub struct ListUsers;

/// Where to begin, below which path, and how many.
pub struct Wanted {
    path_prefix: String,
    after: Option<String>,
    size: i64,
}

impl Operation for ListUsers {
    type Input = ListUsersRequest;
    type Prepared = Wanted;
    type Output = ListUsersResponse;
    const NAME: &'static str = "ListUsers";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::user(cx.account(), input.path_prefix.as_deref().unwrap_or("/"), ""))
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted {
            path_prefix: input.path_prefix.unwrap_or_else(|| "/".to_owned()),
            after: page::open_marker(input.marker.as_deref())?,
            size: page::size(input.max_items),
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListUsersResponse> {
        let found =
            tx.users().list(cx.account(), &wanted.path_prefix, wanted.after.as_deref(), wanted.size + 1)?;
        let page = Page::cut(found, wanted.size, |user| fold_name(&user.name));
        Ok(ListUsersResponse {
            users: page.items.iter().map(shape::user).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
