//! UpdateRootEmail: another address for the root user, who signs in with it. Only the root user itself may. The former
//! address is told, so that nobody takes an account over unnoticed.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::account::check_email;
use keystead_core::{Arn, SecretString};
use keystead_gate::mail::Letter;
use keystead_gate::password::Attempt;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::letters::QueuedLetter;
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

/// The address to be, checked, and the letter to the one that was.
pub struct Prepared {
    email: String,
    told: QueuedLetter,
}

impl Operation for UpdateRootEmail {
    type Input = Input;
    type Prepared = Prepared;
    type Output = Output;
    const NAME: &'static str = "UpdateRootEmail";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::root(cx.account()))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Prepared> {
        check_email(&input.email).map_err(|text| Fault::ValidationError(format!("`email`: {text}.")))?;
        let present = confirmed(cx, input.password)?;
        let told = cx.gate().draw_letter(cx.account(), &farewell(cx, &present, &input.email), cx.now)?;
        Ok(Prepared { email: input.email, told })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, Prepared { email, told }: &Prepared) -> Result<Output> {
        tx.accounts().update_email(cx.account(), email).on_constraint("accounts_email_unique", || {
            Fault::EntityAlreadyExists(format!("An account with root e-mail {email} exists."))
        })?;
        tx.letters().insert(told)?;
        tx.touch(Touched::Account(cx.account()));
        Ok(Output { account_id: cx.account().to_string(), email: email.clone() })
    }
}

impl RestOperation for UpdateRootEmail {
    const ROUTE: Route = Route { method: "PUT", path: "/api/v1/root/email" };
}

/// What the former address is told.
fn farewell(cx: &Context, present: &Present, email: &str) -> Letter {
    let account = cx.account();
    let source = &cx.caller.source;
    Letter {
        to: present.root_email().to_owned(),
        subject: format!("The root user of account {account} has another e-mail address"),
        text: format!(
            "The root user of account {account} at {} signs in with {email} from now on. This address is no longer \
             used.\n\nIt was changed on {} from {source}. If that was not you, ask whoever runs the installation for a way \
             back: they make one on its machine with\n\n    keystead admin recover-root {account}\n",
            cx.gate().page_origin(),
            cx.now.to_iso8601(),
        ),
    }
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
