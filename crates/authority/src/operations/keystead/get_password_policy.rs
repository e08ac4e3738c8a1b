//! GetPasswordPolicy: what a password in this account has to be, whether that was set or not, and why.

use keystead_aws::error::Result;
use keystead_core::password::PolicyOrigin;
use keystead_core::{Arn, PasswordPolicy};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::put_password_preset::arn;

/// GetPasswordPolicy.
pub struct GetPasswordPolicy;

/// Nothing has to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// The policy in force.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "the fields are AWS's")]
pub struct Output {
    /// `NIST`, `AWS_DEFAULT`, or `CUSTOM` where UpdateAccountPasswordPolicy set it.
    pub preset: &'static str,
    /// Why it is as it is.
    pub why: &'static str,
    minimum_length: i64,
    require_three_kinds: bool,
    require_symbols: bool,
    require_numbers: bool,
    require_uppercase: bool,
    require_lowercase: bool,
    refuse_guessable: bool,
    allow_users_to_change: bool,
    max_age_days: Option<i64>,
    reuse_prevention: Option<i64>,
    hard_expiry: bool,
}

impl Operation for GetPasswordPolicy {
    type Input = Input;
    type Prepared = ();
    type Output = Output;
    const NAME: &'static str = "GetPasswordPolicy";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(arn(cx.account()))
    }

    fn prepare(_: &Context, _: Input) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (): &()) -> Result<Output> {
        Ok(Output::of(&tx.password_policies().in_force(cx.account())?))
    }
}

impl RestOperation for GetPasswordPolicy {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/password-policy" };
}

impl Output {
    pub(super) fn of(policy: &PasswordPolicy) -> Self {
        let (preset, why) = match policy.origin {
            PolicyOrigin::Default => (
                "AWS_DEFAULT",
                "Nothing was set, so what AWS asks for by default holds: at least three kinds of characters, no \
                 expiry.",
            ),
            PolicyOrigin::Fields => {
                ("CUSTOM", "UpdateAccountPasswordPolicy set it; its fields are all that is asked for.")
            }
            PolicyOrigin::Nist => (
                "NIST",
                "Length and a list of known passwords keep guessers out, while rules on characters and expiry make \
                 people choose by patterns that guessers know (NIST SP 800-63B-4).",
            ),
        };
        Self {
            preset,
            why,
            minimum_length: policy.minimum_length,
            require_three_kinds: policy.origin == PolicyOrigin::Default,
            require_symbols: policy.require_symbols,
            require_numbers: policy.require_numbers,
            require_uppercase: policy.require_uppercase,
            require_lowercase: policy.require_lowercase,
            refuse_guessable: policy.origin == PolicyOrigin::Nist,
            allow_users_to_change: policy.allow_users_to_change,
            max_age_days: policy.max_age_days,
            reuse_prevention: policy.reuse_prevention,
            hard_expiry: policy.hard_expiry.unwrap_or_default(),
        }
    }
}
