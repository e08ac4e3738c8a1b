//! GetOpenIDConnectProvider: an issuer that the account trusts, with its lists and tags.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetOpenIDConnectProviderRequest, GetOpenIDConnectProviderResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;
use crate::tagging;

/// GetOpenIDConnectProvider. Source: IAM API reference, GetOpenIDConnectProvider.
pub struct GetOpenIdConnectProvider;

impl Operation for GetOpenIdConnectProvider {
    type Input = GetOpenIDConnectProviderRequest;
    type Prepared = Named;
    type Output = GetOpenIDConnectProviderResponse;
    const NAME: &'static str = "GetOpenIDConnectProvider";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::oidc(&input.open_id_connect_provider_arn)?.arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Named> {
        Named::oidc(&input.open_id_connect_provider_arn)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, named: &Named) -> Result<GetOpenIDConnectProviderResponse> {
        let provider = named.get_oidc(tx, cx)?;
        Ok(GetOpenIDConnectProviderResponse {
            tags: tagging::all(tx, cx, named.arn.as_str())?,
            url: Some(provider.url),
            client_id_list: provider.client_ids,
            thumbprint_list: provider.thumbprints,
            create_date: Some(provider.created_at),
        })
    }
}
