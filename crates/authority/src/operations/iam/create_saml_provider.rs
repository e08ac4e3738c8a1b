//! CreateSAMLProvider: trust in a provider of SAML assertions. A private key to read them with is sealed here, and no
//! operation shows it again.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{CreateSAMLProviderRequest, CreateSAMLProviderResponse};
use keystead_core::id::certificate_id;
use keystead_core::{Arn, Quota, SamlProvider, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Tx};

use crate::saml::{self, NewKey};
use crate::tagging;

/// CreateSAMLProvider. Source: IAM API reference, CreateSAMLProvider.
pub struct CreateSamlProvider;

/// A provider, its private key where it has one, and the tags it will have.
pub struct New {
    provider: SamlProvider,
    key: Option<NewKey>,
    tags: Vec<Tag>,
}

impl Operation for CreateSamlProvider {
    type Input = CreateSAMLProviderRequest;
    type Prepared = New;
    type Output = CreateSAMLProviderResponse;
    const NAME: &'static str = "CreateSAMLProvider";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::saml_provider(cx.account(), &input.name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<New> {
        let arn = Arn::saml_provider(cx.account(), &input.name);
        tagging::authorize(cx, "iam:TagSAMLProvider", &arn, &input.tags)?;
        let tags = tagging::read(input.tags)?;
        let valid_until = saml::read_metadata(&input.saml_metadata_document, cx.now)?;
        let key = input.add_private_key.map(|pem| saml::seal_key(cx, &pem)).transpose()?;
        let provider = SamlProvider {
            account: cx.account(),
            id: certificate_id(cx.rng()),
            name: input.name,
            metadata: input.saml_metadata_document,
            encryption: saml::read_encryption(input.assertion_encryption_mode.as_deref()).unwrap_or_default(),
            valid_until,
            created_at: cx.now.whole_second(),
        };
        Ok(New { provider, key, tags })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, new: &New) -> Result<CreateSAMLProviderResponse> {
        let New { provider, key, tags } = new;
        let exists = || Fault::EntityAlreadyExists(text::saml_provider_exists(&provider.name));
        let count =
            tx.saml_providers().insert(provider).on_constraint("saml_providers_name_unique", exists)?;
        cx.check_quota(Quota::SamlProviders, count)?;
        key.iter().try_for_each(|key| saml::add_key(tx, provider, key))?;
        saml::check_readable(tx, provider)?;
        let arn = provider.arn().to_string();
        tagging::put(tx, cx, &arn, tags)?;
        let tags = tagging::all(tx, cx, &arn)?;
        Ok(CreateSAMLProviderResponse { saml_provider_arn: Some(arn), tags })
    }
}
