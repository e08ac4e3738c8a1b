//! SetSecurityTokenServicePreferences: which session tokens the global endpoint gives out. There is one endpoint
//! here and one kind of token, so the preference is kept and shown, and that is all.

use keystead_aws::error::Result;
use keystead_aws::model::iam::SetSecurityTokenServicePreferencesRequest;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

/// SetSecurityTokenServicePreferences. Source: IAM API reference, SetSecurityTokenServicePreferences.
pub struct SetSecurityTokenServicePreferences;

impl Operation for SetSecurityTokenServicePreferences {
    type Input = SetSecurityTokenServicePreferencesRequest;
    type Prepared = i64;
    type Output = ();
    const NAME: &'static str = "SetSecurityTokenServicePreferences";
    const KIND: Kind = Kind::Write;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, input: Self::Input) -> Result<i64> {
        Ok(if input.global_endpoint_token_version == "v2Token" { 2 } else { 1 })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, version: &i64) -> Result<()> {
        Ok(tx.accounts().set_token_version(cx.account(), *version)?)
    }
}
