//! TagSAMLProvider: puts tags on a provider; one whose key is there already is replaced.

use keystead_aws::error::Result;
use keystead_aws::model::iam::TagSAMLProviderRequest;
use keystead_core::{Arn, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;
use crate::tagging;

/// TagSAMLProvider. Source: IAM API reference, TagSAMLProvider.
pub struct TagSamlProvider;

/// Which provider, and the tags it will have besides those it has.
pub struct Wanted {
    named: Named,
    tags: Vec<Tag>,
}

impl Operation for TagSamlProvider {
    type Input = TagSAMLProviderRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "TagSAMLProvider";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::saml(&input.saml_provider_arn)?.arn)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { named: Named::saml(&input.saml_provider_arn)?, tags: tagging::read(input.tags)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let provider = wanted.named.lock_saml(tx, cx)?;
        tagging::put(tx, cx, provider.arn().as_str(), &wanted.tags)
    }
}
