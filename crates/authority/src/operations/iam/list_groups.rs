//! ListGroups: the groups of the account by name, page by page.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListGroupsRequest, ListGroupsResponse};
use keystead_core::Arn;
use keystead_core::user::fold_name;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::group;
use crate::page::PageRequest;

/// ListGroups. Source: IAM API reference, ListGroups.
pub struct ListGroups;

/// Below which path, and which page.
pub struct Wanted {
    path_prefix: String,
    page: PageRequest,
}

impl Operation for ListGroups {
    type Input = ListGroupsRequest;
    type Prepared = Wanted;
    type Output = ListGroupsResponse;
    const NAME: &'static str = "ListGroups";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::group(cx.account(), input.path_prefix.as_deref().unwrap_or("/"), ""))
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted {
            path_prefix: input.path_prefix.unwrap_or_else(|| "/".to_owned()),
            page: PageRequest::read(input.marker.as_deref(), input.max_items)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListGroupsResponse> {
        let Wanted { path_prefix, page } = wanted;
        let found = tx.groups().list(cx.account(), path_prefix, page.after(), page.limit())?;
        let page = page.cut(found, |group| fold_name(&group.name));
        Ok(ListGroupsResponse {
            groups: page.items.iter().map(group::shown).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
