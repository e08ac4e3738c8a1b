//! DisableOutboundWebIdentityFederation: no more tokens. Those given out hold until they end, so the keys to
//! verify them with stay published.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// DisableOutboundWebIdentityFederation. Source: IAM API reference, DisableOutboundWebIdentityFederation.
pub struct DisableOutboundWebIdentityFederation;

impl Operation for DisableOutboundWebIdentityFederation {
    type Input = ();
    type Prepared = ();
    type Output = ();
    const NAME: &'static str = "DisableOutboundWebIdentityFederation";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, (): &()) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, (): ()) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (): &()) -> Result<()> {
        tx.lock_account(cx.account())?;
        let issuer = tx.issuers().find(cx.account())?;
        issuer.filter(|issuer| issuer.enabled).ok_or(Fault::FeatureDisabled)?;
        Ok(tx.issuers().update_enabled(cx.account(), false)?)
    }
}
