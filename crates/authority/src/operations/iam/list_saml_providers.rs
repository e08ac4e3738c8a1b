//! ListSAMLProviders: all providers of the account.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{ListSAMLProvidersRequest, ListSAMLProvidersResponse, SAMLProviderListEntry};
use keystead_core::{Arn, SamlProvider};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// ListSAMLProviders. Source: IAM API reference, ListSAMLProviders.
pub struct ListSamlProviders;

impl Operation for ListSamlProviders {
    type Input = ListSAMLProvidersRequest;
    type Prepared = ();
    type Output = ListSAMLProvidersResponse;
    const NAME: &'static str = "ListSAMLProviders";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, _: Self::Input) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (): &()) -> Result<ListSAMLProvidersResponse> {
        let shown = |provider: SamlProvider| SAMLProviderListEntry {
            arn: Some(provider.arn().to_string()),
            valid_until: Some(provider.valid_until),
            create_date: Some(provider.created_at),
        };
        let providers = tx.saml_providers().list(cx.account())?;
        Ok(ListSAMLProvidersResponse { saml_provider_list: providers.into_iter().map(shown).collect() })
    }
}
