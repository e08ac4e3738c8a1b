//! ListOpenIDConnectProviderTags: the tags of a provider by key.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListOpenIDConnectProviderTagsRequest, ListOpenIDConnectProviderTagsResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::provider::Named;
use crate::tagging;

/// ListOpenIDConnectProviderTags. Source: IAM API reference, ListOpenIDConnectProviderTags.
pub struct ListOpenIdConnectProviderTags;

/// Which provider, and which page of its tags.
pub struct Wanted {
    named: Named,
    page: PageRequest,
}

impl Operation for ListOpenIdConnectProviderTags {
    type Input = ListOpenIDConnectProviderTagsRequest;
    type Prepared = Wanted;
    type Output = ListOpenIDConnectProviderTagsResponse;
    const NAME: &'static str = "ListOpenIDConnectProviderTags";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::oidc(&input.open_id_connect_provider_arn)?.arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { named: Named::oidc(&input.open_id_connect_provider_arn)?, page })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &Wanted,
    ) -> Result<ListOpenIDConnectProviderTagsResponse> {
        let provider = wanted.named.get_oidc(tx, cx)?;
        let page = tagging::list(tx, cx, provider.arn().as_str(), &wanted.page)?;
        Ok(ListOpenIDConnectProviderTagsResponse {
            is_truncated: page.marker.is_some(),
            tags: page.items,
            marker: page.marker,
        })
    }
}
