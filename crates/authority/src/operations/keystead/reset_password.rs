//! ResetPassword: whoever brings the token of a link sets a password without knowing the present one. Once.

use keystead_aws::error::Result;
use keystead_core::{Arn, SecretString};
use keystead_gate::{Audience, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::password_resets::PasswordReset;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::password::Present;
use crate::password_reset;

/// ResetPassword.
pub struct ResetPassword;

/// What to set. There is no `Debug`: secrets are among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The token in the link.
    pub token: String,
    /// A password, which the account's password policy takes.
    pub new_password: String,
}

/// Whose it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account.
    pub account_id: String,
    /// The user's name; absent for a root user.
    pub user_name: Option<String>,
}

/// What is to be set.
pub struct Prepared {
    reset: PasswordReset,
    present: Present,
    password_hash: SecretString,
}

impl Operation for ResetPassword {
    type Input = Input;
    type Prepared = Prepared;
    type Output = Output;
    const NAME: &'static str = "ResetPassword";
    const KIND: Kind = Kind::Write;
    const NEEDS_PERMISSION: bool = false;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(password_reset::arn(cx.account()))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Prepared> {
        let reset = password_reset::find_open(cx, input.token)?;
        let present = Present::of(cx, &password_reset::owner(cx, &reset)?)?;
        let password_hash = present.accept(cx, &SecretString::new(input.new_password))?;
        Ok(Prepared { reset, present, password_hash })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, prepared: &Prepared) -> Result<Output> {
        let Prepared { reset, present, password_hash } = prepared;
        if !tx.password_resets().take(&reset.token_hash, cx.now)? {
            return Err(password_reset::used());
        }
        present.put(tx, cx, password_hash, false)?;
        let owner = &present.owner;
        Ok(Output {
            account_id: cx.account().to_string(),
            user_name: (!owner.is_root()).then(|| owner.name.to_string()),
        })
    }
}

impl RestOperation for ResetPassword {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/password-reset" };
    const AUDIENCE: Audience = Audience::Bearers;
}
