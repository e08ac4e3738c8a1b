//! EnableOutboundWebIdentityFederation: the account becomes an issuer of tokens about its principals. One that
//! was an issuer before keeps its address and its keys.

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::EnableOutboundWebIdentityFederationResponse;
use keystead_core::Arn;
use keystead_core::rng::uuid;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;
use keystead_store::issuers::{Issuer, IssuerKey};

use crate::issuer;

/// EnableOutboundWebIdentityFederation. Source: IAM API reference, EnableOutboundWebIdentityFederation.
pub struct EnableOutboundWebIdentityFederation;

/// An issuer, for an account that has not been one.
pub struct Drawn {
    issuer: Issuer,
    keys: Vec<IssuerKey>,
}

impl Operation for EnableOutboundWebIdentityFederation {
    type Input = ();
    type Prepared = Drawn;
    type Output = EnableOutboundWebIdentityFederationResponse;
    const NAME: &'static str = "EnableOutboundWebIdentityFederation";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, (): &()) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(cx: &Context, (): ()) -> Result<Drawn> {
        let issuer = Issuer { account: cx.account(), id: uuid(cx.rng()), enabled: true };
        Ok(Drawn { issuer, keys: issuer::draw_keys(cx)? })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        drawn: &Drawn,
    ) -> Result<EnableOutboundWebIdentityFederationResponse> {
        tx.lock_account(cx.account())?;
        let id = match tx.issuers().find(cx.account())? {
            Some(Issuer { enabled: true, .. }) => return Err(Fault::FeatureEnabled),
            Some(former) => {
                tx.issuers().update_enabled(cx.account(), true)?;
                former.id
            }
            None => {
                tx.issuers().insert(&drawn.issuer, &drawn.keys)?;
                drawn.issuer.id.clone()
            }
        };
        let issuer_identifier = Some(issuer::address(cx.gate().origin(), &id));
        Ok(EnableOutboundWebIdentityFederationResponse { issuer_identifier })
    }
}
