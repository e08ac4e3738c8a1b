//! RemoveClientIDFromOpenIDConnectProvider: one less for whom the tokens of an issuer may be; one that is not there is no
//! error.

use keystead_aws::error::Result;
use keystead_aws::model::iam::RemoveClientIDFromOpenIDConnectProviderRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;

/// RemoveClientIDFromOpenIDConnectProvider. Source: IAM API reference, RemoveClientIDFromOpenIDConnectProvider.
pub struct RemoveClientIdFromOpenIdConnectProvider;

/// Which provider, and for whom its tokens may not be any more.
pub struct Wanted {
    named: Named,
    client_id: String,
}

impl Operation for RemoveClientIdFromOpenIdConnectProvider {
    type Input = RemoveClientIDFromOpenIDConnectProviderRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "RemoveClientIDFromOpenIDConnectProvider";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::oidc(&input.open_id_connect_provider_arn)?.arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let named = Named::oidc(&input.open_id_connect_provider_arn)?;
        Ok(Wanted { named, client_id: input.client_id })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let mut provider = wanted.named.lock_oidc(tx, cx)?;
        provider.client_ids.retain(|client_id| *client_id != wanted.client_id);
        Ok(tx.oidc_providers().update(&provider)?)
    }
}
