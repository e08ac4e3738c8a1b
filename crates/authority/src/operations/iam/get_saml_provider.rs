//! GetSAMLProvider: a provider with its metadata and tags; of its private keys the ids.

use keystead_aws::error::Result;
use keystead_aws::model::iam::{GetSAMLProviderRequest, GetSAMLProviderResponse};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;
use crate::{saml, tagging};

/// GetSAMLProvider. Source: IAM API reference, GetSAMLProvider.
pub struct GetSamlProvider;

impl Operation for GetSamlProvider {
    type Input = GetSAMLProviderRequest;
    type Prepared = Named;
    type Output = GetSAMLProviderResponse;
    const NAME: &'static str = "GetSAMLProvider";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::saml(&input.saml_provider_arn)?.arn)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Named> {
        Named::saml(&input.saml_provider_arn)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, named: &Named) -> Result<GetSAMLProviderResponse> {
        let provider = named.get_saml(tx, cx)?;
        Ok(GetSAMLProviderResponse {
            tags: tagging::all(tx, cx, named.arn.as_str())?,
            private_key_list: saml::shown_keys(tx, &provider)?,
            saml_provider_uuid: Some(provider.id),
            saml_metadata_document: Some(provider.metadata),
            create_date: Some(provider.created_at),
            valid_until: Some(provider.valid_until),
            assertion_encryption_mode: Some(provider.encryption.as_str().to_owned()),
        })
    }
}
