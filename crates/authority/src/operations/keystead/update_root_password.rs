//! UpdateRootPassword: another password for the root user, or its first. AWS's API has no call for it:
//! ChangePassword is for IAM users, and UpdateLoginProfile has to name one.

use keystead_aws::error::Result;
use keystead_core::{Arn, SecretString};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::update_root_email::confirmed;
use crate::password::Present;

/// UpdateRootPassword.
pub struct UpdateRootPassword;

/// The password to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The present password, where one is set.
    pub password: Option<String>,
    /// The new one; no policy binds it, but it has at least eight characters.
    pub new_password: String,
}

/// Whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account.
    pub account_id: String,
}

/// What was there, and what shall be.
pub struct Wanted {
    present: Present,
    password_hash: SecretString,
}

impl Operation for UpdateRootPassword {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Output;
    const NAME: &'static str = "UpdateRootPassword";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::root(cx.account()))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Wanted> {
        let new_password = SecretString::new(input.new_password);
        let present = confirmed(cx, input.password)?;
        let password_hash = present.accept(cx, &new_password)?;
        Ok(Wanted { present, password_hash })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Output> {
        wanted.present.put(tx, cx, &wanted.password_hash, false)?;
        Ok(Output { account_id: cx.account().to_string() })
    }
}

impl RestOperation for UpdateRootPassword {
    const ROUTE: Route = Route { method: "PUT", path: "/api/v1/root/password" };
}
