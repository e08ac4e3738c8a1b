//! PutPasswordPreset: a password policy that was thought through, in the place of one made of AWS's fields.

use keystead_aws::error::Result;
use keystead_core::{AccountId, Arn, PasswordPolicy};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::get_password_policy::Output;

/// PutPasswordPreset.
pub struct PutPasswordPreset;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The preset.
    pub preset: Preset,
}

/// The presets.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Preset {
    /// After NIST SP 800-63B-4.
    Nist,
    /// What AWS asks for where nothing is set.
    AwsDefault,
}

impl Operation for PutPasswordPreset {
    type Input = Input;
    type Prepared = Preset;
    type Output = Output;
    const NAME: &'static str = "PutPasswordPreset";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(arn(cx.account()))
    }

    fn prepare(_: &Context, input: Input) -> Result<Preset> {
        Ok(input.preset)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, preset: &Preset) -> Result<Output> {
        tx.lock_account(cx.account())?;
        match preset {
            Preset::Nist => tx.password_policies().put(cx.account(), &PasswordPolicy::NIST)?,
            Preset::AwsDefault => {
                tx.password_policies().delete(cx.account())?;
            }
        }
        Ok(Output::of(&tx.password_policies().in_force(cx.account())?))
    }
}

impl RestOperation for PutPasswordPreset {
    const ROUTE: Route = Route { method: "PUT", path: "/api/v1/password-policy/preset" };
}

/// The ARN of an account's password policy.
pub(super) fn arn(account: AccountId) -> Arn {
    Arn::keystead(account, "password-policy")
}
