//! ListOpenIDConnectProviders: all providers of the account.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{
    ListOpenIDConnectProvidersRequest, ListOpenIDConnectProvidersResponse, OpenIDConnectProviderListEntry,
};
use keystead_core::{Arn, OidcProvider};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// ListOpenIDConnectProviders. Source: IAM API reference, ListOpenIDConnectProviders.
pub struct ListOpenIdConnectProviders;

impl Operation for ListOpenIdConnectProviders {
    type Input = ListOpenIDConnectProvidersRequest;
    type Prepared = ();
    type Output = ListOpenIDConnectProvidersResponse;
    const NAME: &'static str = "ListOpenIDConnectProviders";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, _: Self::Input) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (): &()) -> Result<ListOpenIDConnectProvidersResponse> {
        let shown =
            |provider: OidcProvider| OpenIDConnectProviderListEntry { arn: Some(provider.arn().to_string()) };
        let providers = tx.oidc_providers().list(cx.account())?;
        Ok(ListOpenIDConnectProvidersResponse {
            open_id_connect_provider_list: providers.into_iter().map(shown).collect(),
        })
    }
}
