//! UntagSAMLProvider: takes tags off a provider; a key that is not there is no error.

use keystead_aws::error::Result;
use keystead_aws::model::iam::UntagSAMLProviderRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;

/// UntagSAMLProvider. Source: IAM API reference, UntagSAMLProvider.
pub struct UntagSamlProvider;

/// Which provider, and the keys it will be without.
pub struct Wanted {
    named: Named,
    keys: Vec<String>,
}

impl Operation for UntagSamlProvider {
    type Input = UntagSAMLProviderRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UntagSAMLProvider";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::saml(&input.saml_provider_arn)?.arn)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        ContextKeys::default().with_many("aws:TagKeys", input.tag_keys.clone())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { named: Named::saml(&input.saml_provider_arn)?, keys: input.tag_keys })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let provider = wanted.named.lock_saml(tx, cx)?;
        Ok(tx.tags().remove(provider.account, provider.arn().as_str(), &wanted.keys)?)
    }
}
