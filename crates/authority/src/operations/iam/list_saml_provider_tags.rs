//! ListSAMLProviderTags: the tags of a provider by key.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListSAMLProviderTagsRequest, ListSAMLProviderTagsResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::provider::Named;
use crate::tagging;

/// ListSAMLProviderTags. Source: IAM API reference, ListSAMLProviderTags.
pub struct ListSamlProviderTags;

/// Which provider, and which page of its tags.
pub struct Wanted {
    named: Named,
    page: PageRequest,
}

impl Operation for ListSamlProviderTags {
    type Input = ListSAMLProviderTagsRequest;
    type Prepared = Wanted;
    type Output = ListSAMLProviderTagsResponse;
    const NAME: &'static str = "ListSAMLProviderTags";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::saml(&input.saml_provider_arn)?.arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { named: Named::saml(&input.saml_provider_arn)?, page })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<ListSAMLProviderTagsResponse> {
        let provider = wanted.named.get_saml(tx, cx)?;
        let page = tagging::list(tx, cx, provider.arn().as_str(), &wanted.page)?;
        Ok(ListSAMLProviderTagsResponse {
            is_truncated: page.marker.is_some(),
            tags: page.items,
            marker: page.marker,
        })
    }
}
