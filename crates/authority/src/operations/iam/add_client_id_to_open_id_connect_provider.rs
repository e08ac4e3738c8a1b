//! AddClientIDToOpenIDConnectProvider: one more for whom the tokens of an issuer may be; one that is there is no error.

use keystead_aws::error::Result;
use keystead_aws::model::iam::AddClientIDToOpenIDConnectProviderRequest;
use keystead_core::{Arn, Quota};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;

/// AddClientIDToOpenIDConnectProvider. Source: IAM API reference, AddClientIDToOpenIDConnectProvider.
pub struct AddClientIdToOpenIdConnectProvider;

/// Which provider, and for whom its tokens may be besides.
pub struct Wanted {
    named: Named,
    client_id: String,
}

impl Operation for AddClientIdToOpenIdConnectProvider {
    type Input = AddClientIDToOpenIDConnectProviderRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "AddClientIDToOpenIDConnectProvider";
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
        if provider.client_ids.contains(&wanted.client_id) {
            return Ok(());
        }
        provider.client_ids.push(wanted.client_id.clone());
        cx.check_quota(Quota::OidcClientIds, provider.client_ids.len() as u64)?;
        Ok(tx.oidc_providers().update(&provider)?)
    }
}
