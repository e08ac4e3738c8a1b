//! UpdateSAMLProvider: other metadata, another rule of encryption, a private key more or less; what is not given
//! stays.

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{UpdateSAMLProviderRequest, UpdateSAMLProviderResponse};
use keystead_core::{Arn, AssertionEncryption, Timestamp};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;
use crate::saml::{self, NewKey};

/// UpdateSAMLProvider. Source: IAM API reference, UpdateSAMLProvider.
pub struct UpdateSamlProvider;

/// Which provider, and what becomes of it.
pub struct Wanted {
    named: Named,
    metadata: Option<(String, Timestamp)>,
    encryption: Option<AssertionEncryption>,
    new_key: Option<NewKey>,
    old_key: Option<String>,
}

impl Operation for UpdateSamlProvider {
    type Input = UpdateSAMLProviderRequest;
    type Prepared = Wanted;
    type Output = UpdateSAMLProviderResponse;
    const NAME: &'static str = "UpdateSAMLProvider";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::saml(&input.saml_provider_arn)?.arn)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let read = |document: String| {
            saml::read_metadata(&document, cx.now).map(|valid_until| (document, valid_until))
        };
        Ok(Wanted {
            named: Named::saml(&input.saml_provider_arn)?,
            metadata: input.saml_metadata_document.map(read).transpose()?,
            encryption: saml::read_encryption(input.assertion_encryption_mode.as_deref()),
            new_key: input.add_private_key.map(|pem| saml::seal_key(cx, &pem)).transpose()?,
            old_key: input.remove_private_key,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<UpdateSAMLProviderResponse> {
        let mut provider = wanted.named.lock_saml(tx, cx)?;
        if let Some((document, valid_until)) = &wanted.metadata {
            provider.metadata.clone_from(document);
            provider.valid_until = *valid_until;
        }
        provider.encryption = wanted.encryption.unwrap_or(provider.encryption);
        tx.saml_providers().update(&provider)?;
        if let Some(id) = &wanted.old_key
            && !tx.saml_providers().delete_key(&provider, id)?
        {
            return Err(Fault::NoSuchEntity(format!("{} has no private key {id}.", wanted.named.arn)));
        }
        wanted.new_key.iter().try_for_each(|key| saml::add_key(tx, &provider, key))?;
        saml::check_readable(tx, &provider)?;
        Ok(UpdateSAMLProviderResponse { saml_provider_arn: Some(wanted.named.arn.to_string()) })
    }
}
