//! UntagOpenIDConnectProvider: takes tags off a provider; a key that is not there is no error.

use keystead_aws::error::Result;
use keystead_aws::model::iam::UntagOpenIDConnectProviderRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::provider::Named;

/// UntagOpenIDConnectProvider. Source: IAM API reference, UntagOpenIDConnectProvider.
pub struct UntagOpenIdConnectProvider;

/// Which provider, and the keys it will be without.
pub struct Wanted {
    named: Named,
    keys: Vec<String>,
}

impl Operation for UntagOpenIdConnectProvider {
    type Input = UntagOpenIDConnectProviderRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UntagOpenIDConnectProvider";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Named::oidc(&input.open_id_connect_provider_arn)?.arn)
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        ContextKeys::default().with_many("aws:TagKeys", input.tag_keys.clone())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { named: Named::oidc(&input.open_id_connect_provider_arn)?, keys: input.tag_keys })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let provider = wanted.named.lock_oidc(tx, cx)?;
        Ok(tx.tags().remove(provider.account, provider.arn().as_str(), &wanted.keys)?)
    }
}
