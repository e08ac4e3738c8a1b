//! DeleteSAMLProvider: a provider gone with its tags and private keys.

use keystead_aws::error::Result;
use keystead_aws::model::iam::DeleteSAMLProviderRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;

/// DeleteSAMLProvider. Source: IAM API reference, DeleteSAMLProvider.
pub struct DeleteSamlProvider;

impl Operation for DeleteSamlProvider {
    type Input = DeleteSAMLProviderRequest;
    type Prepared = Named;
    type Output = ();
    const NAME: &'static str = "DeleteSAMLProvider";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::saml(&input.saml_provider_arn)?.arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Named> {
        Named::saml(&input.saml_provider_arn)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, named: &Named) -> Result<()> {
        let provider = named.lock_saml(tx, cx)?;
        tx.saml_providers().delete(&provider)?;
        Ok(tx.tags().clear(provider.account, named.arn.as_str())?)
    }
}
