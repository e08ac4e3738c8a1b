//! AcceptInvitation: whoever brings the token of an invitation becomes a user of the account, by a name and with a
//! password of their own choice, and with the address that was invited. Once.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{Arn, Quota, SecretString, User};
use keystead_gate::{Audience, Context, Kind, Operation, RestOperation, Route};
use keystead_store::invitations::{Invitation, InvitationState};
use keystead_store::login_profiles::LoginProfile;
use keystead_store::{OnConstraint, Touched, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{invitation, password};

/// AcceptInvitation.
pub struct AcceptInvitation;

/// Who one wants to be. There is no `Debug`: secrets are among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The token in the letter.
    pub token: String,
    /// A name: 1 to 64 letters, digits or characters of `+=,.@_-`.
    pub user_name: String,
    /// A password, which the account's password policy takes.
    pub password: String,
}

/// The new user.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account.
    pub account_id: String,
    /// The user's name.
    pub user_name: String,
    /// Its ARN.
    pub arn: String,
    /// What to do next.
    pub next_step: &'static str,
}

/// What is to be made.
pub struct Prepared {
    invitation: Invitation,
    user: User,
    password_hash: SecretString,
}

const NEXT_STEP: &str = "Enable an MFA device before anything else: a password alone is too little for an account \
                         that keeps credentials.";

impl Operation for AcceptInvitation {
    type Input = Input;
    type Prepared = Prepared;
    type Output = Output;
    const NAME: &'static str = "AcceptInvitation";
    const KIND: Kind = Kind::Write;
    const NEEDS_PERMISSION: bool = false;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(invitation::arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Prepared> {
        let invitation = invitation::find_open(cx, input.token)?;
        check_name(&input.user_name)?;
        if cx.ring().find_user(cx.account(), &input.user_name).is_some() {
            return Err(Fault::EntityAlreadyExists(text::user_exists(&input.user_name)));
        }
        let password_hash = password::first(cx, &input.user_name, &SecretString::new(input.password))?;
        let user = User {
            account: cx.account(),
            id: unique_id(UniqueIdKind::User, cx.rng()),
            name: input.user_name,
            path: "/".to_owned(),
            permissions_boundary: None,
            created_at: cx.now.whole_second(),
        };
        Ok(Prepared { invitation, user, password_hash })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, prepared: &Prepared) -> Result<Output> {
        let Prepared { invitation, user, password_hash } = prepared;
        let (account, id) = (cx.account(), &user.id);
        if !tx.invitations().end(account, &invitation.id, InvitationState::Accepted, Some(id))? {
            return Err(invitation::used());
        }
        // Sent again since it was looked at, it has another token.
        let held = invitation::get(tx, cx, &invitation.id)?;
        if held.token_hash != invitation.token_hash {
            return Err(invitation::used());
        }
        invitation::check_inviter(cx, &held, &user.name)?;
        let count = tx.users().insert(user, Some(&held.email)).on_constraint("users_name_unique", || {
            Fault::EntityAlreadyExists(text::user_exists(&user.name))
        })?;
        cx.check_quota(Quota::Users, count)?;
        tx.login_profiles().insert(&LoginProfile::first(account, id, password_hash, cx.now))?;
        invitation::grant(tx, cx, &held, id)?;
        tx.touch(Touched::Principal { account, id: id.clone() });
        Ok(Output {
            account_id: account.to_string(),
            user_name: user.name.clone(),
            arn: user.arn().to_string(),
            next_step: NEXT_STEP,
        })
    }
}

impl RestOperation for AcceptInvitation {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/invitation/accept" };
    const AUDIENCE: Audience = Audience::Bearers;
}

/// Source: IAM API reference, CreateUser.
fn check_name(name: &str) -> Result<()> {
    let is_right = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte));
    if is_right {
        return Ok(());
    }
    Err(Fault::ValidationError(
        "`user_name` has 1 to 64 letters, digits or characters of +=,.@_-.".to_owned(),
    ))
}
