//! UpdateOpenIDConnectProviderThumbprint: other certificates of an issuer's server, in place of those it has.

use keystead_aws::error::Result;
use keystead_aws::model::iam::UpdateOpenIDConnectProviderThumbprintRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::{Named, check_thumbprints};

/// UpdateOpenIDConnectProviderThumbprint. Source: IAM API reference, UpdateOpenIDConnectProviderThumbprint.
pub struct UpdateOpenIdConnectProviderThumbprint;

/// Which provider, and the certificates it will be known by.
pub struct Wanted {
    named: Named,
    thumbprints: Vec<String>,
}

impl Operation for UpdateOpenIdConnectProviderThumbprint {
    type Input = UpdateOpenIDConnectProviderThumbprintRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateOpenIDConnectProviderThumbprint";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::oidc(&input.open_id_connect_provider_arn)?.arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        let named = Named::oidc(&input.open_id_connect_provider_arn)?;
        check_thumbprints(&input.thumbprint_list)?;
        Ok(Wanted { named, thumbprints: input.thumbprint_list })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let mut provider = wanted.named.lock_oidc(tx, cx)?;
        provider.thumbprints.clone_from(&wanted.thumbprints);
        Ok(tx.oidc_providers().update(&provider)?)
    }
}
