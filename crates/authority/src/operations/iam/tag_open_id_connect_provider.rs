//! TagOpenIDConnectProvider: puts tags on a provider; one whose key is there already is replaced.

use keystead_aws::error::Result;
use keystead_aws::model::iam::TagOpenIDConnectProviderRequest;
use keystead_core::{Arn, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;
use crate::tagging;

/// TagOpenIDConnectProvider. Source: IAM API reference, TagOpenIDConnectProvider.
pub struct TagOpenIdConnectProvider;

/// Which provider, and the tags it will have besides those it has.
pub struct Wanted {
    named: Named,
    tags: Vec<Tag>,
}

impl Operation for TagOpenIdConnectProvider {
    type Input = TagOpenIDConnectProviderRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "TagOpenIDConnectProvider";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::oidc(&input.open_id_connect_provider_arn)?.arn)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted {
            named: Named::oidc(&input.open_id_connect_provider_arn)?,
            tags: tagging::read(input.tags)?,
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let provider = wanted.named.lock_oidc(tx, cx)?;
        tagging::put(tx, cx, provider.arn().as_str(), &wanted.tags)
    }
}
