//! ListRoles: the roles of the account by name, page by page, without tags and boundaries.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListRolesRequest, ListRolesResponse};
use keystead_core::Arn;
use keystead_core::user::fold_name;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::role;

/// ListRoles. Source: IAM API reference, ListRoles.
pub struct ListRoles;

/// Below which path, and which page.
pub struct Wanted {
    path_prefix: String,
    page: PageRequest,
}

impl Operation for ListRoles {
    type Input = ListRolesRequest;
    type Prepared = Wanted;
    type Output = ListRolesResponse;
    const NAME: &'static str = "ListRoles";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::role(cx.account(), input.path_prefix.as_deref().unwrap_or("/"), ""))
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted {
            path_prefix: input.path_prefix.unwrap_or_else(|| "/".to_owned()),
            page: PageRequest::read(input.marker.as_deref(), input.max_items)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListRolesResponse> {
        let Wanted { path_prefix, page } = wanted;
        let found = tx.roles().list(cx.account(), path_prefix, page.after(), page.limit())?;
        let page = page.cut(found, |role| fold_name(&role.name));
        Ok(ListRolesResponse {
            roles: page.items.iter().map(|role| role::listed(cx, role)).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
