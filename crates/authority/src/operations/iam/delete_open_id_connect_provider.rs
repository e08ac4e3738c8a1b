//! DeleteOpenIDConnectProvider: a provider gone with its tags and pinned keys; its tokens are not taken any more.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeleteOpenIDConnectProviderRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;

/// DeleteOpenIDConnectProvider. Source: IAM API reference, DeleteOpenIDConnectProvider.
pub struct DeleteOpenIdConnectProvider;

impl Operation for DeleteOpenIdConnectProvider {
    type Input = DeleteOpenIDConnectProviderRequest;
    type Prepared = Named;
    type Output = ();
    const NAME: &'static str = "DeleteOpenIDConnectProvider";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::oidc(&input.open_id_connect_provider_arn)?.arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Named> {
        Named::oidc(&input.open_id_connect_provider_arn)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, named: &Named) -> Result<()> {
        let missing = || Fault::NoSuchEntity(text::oidc_provider_not_deleted(named.arn.as_str()));
        let provider = named.find_oidc(tx, cx)?.ok_or_else(missing)?;
        if !tx.oidc_providers().delete(provider.account, &provider.url)? {
            return Err(missing());
        }
        Ok(tx.tags().clear(provider.account, named.arn.as_str())?)
    }
}
