//! ListUsers: the users of the account by name, page by page.

use std::collections::HashMap;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{self, ListUsersRequest, ListUsersResponse};
use keystead_core::user::fold_name;
use keystead_core::{Arn, User};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::shape;

/// ListUsers. Source: IAM API reference, ListUsers.
pub struct ListUsers;

/// Below which path, and which page.
pub struct Wanted {
    path_prefix: String,
    page: PageRequest,
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
            page: PageRequest::read(input.marker.as_deref(), input.max_items)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListUsersResponse> {
        let Wanted { path_prefix, page } = wanted;
        let found = tx.users().list(cx.account(), path_prefix, page.after(), page.limit())?;
        let page = page.cut(found, |user| fold_name(&user.name));
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
