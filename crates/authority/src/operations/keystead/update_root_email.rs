//! UpdateRootEmail: another address for the root user, who signs in with it. Only the root user itself may.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::account::check_email;
use keystead_core::{Arn, SecretString};
use keystead_gate::password::Attempt;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::{OnConstraint, Touched, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::password::Present;

/// UpdateRootEmail.
pub struct UpdateRootEmail;

/// The address to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The new address; no other root user of the installation has it, in whatever case.
    pub email: String,
    /// The root user's password, where one is set: a key that was lost must not be enough.
    pub password: Option<String>,
}

/// The address that is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account.
    pub account_id: String,
    /// The new address.
    pub email: String,
}

impl Operation for UpdateRootEmail {
    type Input = Input;
    type Prepared = String;
    type Output = Output;
    const NAME: &'static str = "UpdateRootEmail";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::root(cx.account()))
    }

    fn prepare(cx: &Context, input: Input) -> Result<String> {
        check_email(&input.email).map_err(|text| Fault::ValidationError(format!("`email`: {text}.")))?;
        confirmed(cx, input.password)?;
        Ok(input.email)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, email: &String) -> Result<Output> {
        tx.accounts().update_email(cx.account(), email).on_constraint("accounts_email_unique", || {
            Fault::EntityAlreadyExists(format!("An account with root e-mail {email} exists."))
        })?;
        tx.touch(Touched::Account(cx.account()));
        Ok(Output { account_id: cx.account().to_string(), email: email.clone() })
    }
}

impl RestOperation for UpdateRootEmail {
    const ROUTE: Route = Route { method: "PUT", path: "/api/v1/root/email" };
}

/// The root user's password as it is, where the caller is the root user and, if a password is set, knows it.
pub(super) fn confirmed(cx: &Context, password: Option<String>) -> Result<Present> {
    let root = cx.root_user()?;
    let present = Present::of(cx, root)?;
    let Ok(profile) = present.profile() else { return Ok(present) };
    let password = password.map(SecretString::new).ok_or_else(|| {
        Fault::ValidationError(
            "`password` is missing: the root user has a password, which must be given.".to_owned(),
        )
    })?;
    let hash = Some(&profile.password_hash);
    match cx.gate().try_password(cx.account(), &profile.owner_id, hash, &password, cx.now)? {
        Attempt::Right => Ok(present),
        Attempt::Wrong => Err(Fault::PasswordIncorrect),
        Attempt::Refused => Err(Fault::LimitReached(text::passwords_exceeded())),
    }
}
