//! CreateOpenIDConnectProvider: trust in an issuer of OpenID Connect tokens. Nothing is asked of the issuer: its
//! certificate is the business of whoever fetches its keys.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{CreateOpenIDConnectProviderRequest, CreateOpenIDConnectProviderResponse};
use keystead_core::{Arn, OidcProvider, Quota, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Tx};

use crate::provider::{check_thumbprints, read_url};
use crate::tagging;

/// CreateOpenIDConnectProvider. Source: IAM API reference, CreateOpenIDConnectProvider.
pub struct CreateOpenIdConnectProvider;

/// A provider, and the tags it will have.
pub struct New {
    provider: OidcProvider,
    tags: Vec<Tag>,
}

impl Operation for CreateOpenIdConnectProvider {
    type Input = CreateOpenIDConnectProviderRequest;
    type Prepared = New;
    type Output = CreateOpenIDConnectProviderResponse;
    const NAME: &'static str = "CreateOpenIDConnectProvider";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::oidc_provider(cx.account(), read_url(&input.url)?))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<New> {
        check_thumbprints(&input.thumbprint_list)?;
        let mut client_ids: Vec<String> = Vec::new();
        for client_id in input.client_id_list {
            if !client_ids.contains(&client_id) {
                client_ids.push(client_id);
            }
        }
        cx.check_quota(Quota::OidcClientIds, client_ids.len() as u64)?;
        let provider = OidcProvider {
            account: cx.account(),
            url: read_url(&input.url)?.to_owned(),
            client_ids,
            thumbprints: input.thumbprint_list,
            created_at: cx.now.whole_second(),
        };
        tagging::authorize(cx, "iam:TagOpenIDConnectProvider", &provider.arn(), &input.tags)?;
        Ok(New { provider, tags: tagging::read(input.tags)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, new: &New) -> Result<CreateOpenIDConnectProviderResponse> {
        let New { provider, tags } = new;
        let exists =
            || Fault::EntityAlreadyExists(text::oidc_provider_exists(&format!("https://{}", provider.url)));
        let count = tx.oidc_providers().insert(provider).on_constraint("oidc_providers_pkey", exists)?;
        cx.check_quota(Quota::OidcProviders, count)?;
        let arn = provider.arn().to_string();
        tagging::put(tx, cx, &arn, tags)?;
        let tags = tagging::all(tx, cx, &arn)?;
        Ok(CreateOpenIDConnectProviderResponse { open_id_connect_provider_arn: Some(arn), tags })
    }
}
