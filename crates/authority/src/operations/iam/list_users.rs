//! ListUsers: the users of the account by name, page by page.

use std::collections::HashMap;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{self, ListUsersRequest, ListUsersResponse};
use keystead_core::user::fold_name;
use keystead_core::{Arn, User};
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
        let uses = match (page.items.first(), page.items.last()) {
            (Some(first), Some(last)) => {
                tx.sign_ins().list_last_uses(cx.account(), &first.name, &last.name)?
            }
            _ => HashMap::new(),
        };
        let shown =
            |user: &User| iam::User { password_last_used: uses.get(&user.id).copied(), ..shape::user(user) };
        Ok(ListUsersResponse {
            users: page.items.iter().map(shown).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
