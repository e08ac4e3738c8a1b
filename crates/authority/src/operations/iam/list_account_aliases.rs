//! ListAccountAliases: the one alias of the account, or none.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListAccountAliasesRequest, ListAccountAliasesResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;

/// ListAccountAliases. Source: IAM API reference, ListAccountAliases.
pub struct ListAccountAliases;

/// Which page.
pub struct Wanted {
    page: PageRequest,
}

impl Operation for ListAccountAliases {
    type Input = ListAccountAliasesRequest;
    type Prepared = Wanted;
    type Output = ListAccountAliasesResponse;
    const NAME: &'static str = "ListAccountAliases";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { page: PageRequest::read(input.marker.as_deref(), input.max_items)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListAccountAliasesResponse> {
        let aliases = tx.aliases().find(cx.account())?.into_iter().collect();
        let page = wanted.page.cut_whole(aliases, Clone::clone);
        Ok(ListAccountAliasesResponse {
            account_aliases: page.items,
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}
