//! Invitations: an address is asked to become a user of the account, with policies that the inviter could attach.
//!
//! Whether the inviter may is asked twice: when the invitation is sent, and again of the permissions that the
//! inviter has when it is accepted, so that nobody leaves invitations behind for what they lost since.

use std::fmt::Write as _;
use std::time::Duration;

use keystead_aws::error::{Fault, Result, text};
use keystead_core::account::check_email;
use keystead_core::rng::uuid;
use keystead_core::{Account, AccountId, Arn, Timestamp};
use keystead_gate::authorize::{ContextKeys, SHIPPED_POLICIES, decide};
use keystead_gate::mail::Letter;
use keystead_gate::{BearerToken, Context};
use keystead_policy::Outcome;
use keystead_store::Tx;
use keystead_store::invitations::{Invitation, InvitationState};
use keystead_store::letters::QueuedLetter;
use serde::Serialize;
use utoipa::ToSchema;

use crate::managed_policy;

/// What tokens of invitations begin with.
const PREFIX: &str = "ksi";
/// How long an invitation can be accepted.
const LASTS: Duration = Duration::from_hours(6 * 24);
/// The folder of the shipped roles, which may be named without it.
const ROLES: &str = "keystead/";
/// As many policies as a user can have by default.
const POLICIES_MAX: usize = 10;
const ATTACH: &str = "iam:AttachUserPolicy";

/// An invitation as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its id.
    pub invitation_id: String,
    /// The address it was sent to.
    pub email: String,
    /// ARNs of the policies that the new user gets.
    pub policies: Vec<String>,
    /// For how many days; absent where for good.
    pub temporary_days: Option<i64>,
    /// `pending`, `expired`, `accepted` or `cancelled`.
    pub state: &'static str,
    /// Who invited.
    pub invited_by: String,
    /// When it was first sent.
    pub created_at: String,
    /// Until when it can be accepted.
    pub expires_at: String,
}

/// An invitation with its letters, before there are rows for them.
pub struct Drawn {
    pub(crate) invitation: Invitation,
    pub(crate) letters: Vec<QueuedLetter>,
}

/// The ARN of an invitation.
pub(crate) fn arn(account: AccountId, invitation_id: &str) -> Arn {
    Arn::keystead(account, &format!("invitation/{invitation_id}"))
}

pub(crate) fn shown(invitation: Invitation, now: Timestamp) -> Shown {
    let state = match invitation.state {
        InvitationState::Pending if invitation.expires_at <= now => "expired",
        state => state.as_str(),
    };
    Shown {
        invitation_id: invitation.id,
        email: invitation.email,
        policies: invitation.policies,
        temporary_days: invitation.temporary_days,
        state,
        invited_by: invitation.inviter_arn,
        created_at: invitation.created_at.to_iso8601(),
        expires_at: invitation.expires_at.to_iso8601(),
    }
}

/// The invitation of that id.
pub(crate) fn get(tx: &mut Tx<'_>, cx: &Context, id: &str) -> Result<Invitation> {
    let found = tx.invitations().find(cx.account(), id)?;
    found.ok_or_else(|| Fault::NoSuchEntity(format!("There is no invitation {id}.")))
}

/// The invitation that a token is of, if it can be accepted.
pub(crate) fn find_open(cx: &Context, token: String) -> Result<Invitation> {
    let hash = BearerToken::presented(token).hash();
    let find =
        |tx: &mut Tx<'_>| tx.invitations().find_by_token_hash(cx.account(), &hash).map_err(Fault::from);
    let found = cx.gate().store().read(find)?.ok_or_else(|| {
        Fault::NoSuchEntity(
            "There is no such invitation. If it was sent more than once, take the newest letter.".to_owned(),
        )
    })?;
    match found.state {
        InvitationState::Accepted => Err(used()),
        InvitationState::Cancelled => Err(Fault::NoSuchEntity("The invitation was cancelled.".to_owned())),
        InvitationState::Pending if found.expires_at <= cx.now => Err(Fault::NoSuchEntity(format!(
            "The invitation ended on {}. Ask for it to be sent again.",
            found.expires_at.to_iso8601()
        ))),
        InvitationState::Pending => Ok(found),
    }
}

/// What is said where an invitation has become a user.
pub(crate) fn used() -> Fault {
    Fault::EntityAlreadyExists("The invitation was accepted already; it is good for one user.".to_owned())
}

/// What is said where an invitation cannot be changed any more.
pub(crate) fn not_pending(id: &str) -> Fault {
    Fault::DeleteConflict(format!("The invitation {id} was accepted or cancelled; invite again instead."))
}

/// The ARNs of the policies that somebody is to be invited with; the shipped roles go by their bare names too.
pub(crate) fn policies(cx: &Context, given: Vec<String>) -> Result<Vec<String>> {
    if !(1..=POLICIES_MAX).contains(&given.len()) {
        return Err(Fault::ValidationError(format!("`policies` needs 1 to {POLICIES_MAX} entries.")));
    }
    let full = |name: String| {
        if name.starts_with("arn:") { name } else { format!("{SHIPPED_POLICIES}{ROLES}{name}") }
    };
    let mut arns: Vec<String> = given.into_iter().map(full).collect();
    arns.sort();
    arns.dedup();
    let usable = |arn: &String| {
        let is_reachable =
            arn.starts_with(SHIPPED_POLICIES) || keystead_core::arn::account_of(arn) == Some(cx.account());
        is_reachable && cx.ring().find_policy(arn).is_some()
    };
    match arns.iter().find(|arn| !usable(arn)) {
        Some(unknown) => Err(Fault::NoSuchEntity(text::policy_not_attachable(unknown))),
        None => Ok(arns),
    }
}

/// Refuses who could not attach these policies to a user.
pub(crate) fn authorize(cx: &Context, policies: &[String]) -> Result<()> {
    let anybody = Arn::user(cx.account(), "/", "*");
    policies.iter().try_for_each(|policy| cx.authorize(ATTACH, &anybody, &keys(policy)))
}

/// Refuses an invitation whose inviter could not attach its policies today.
pub(crate) fn check_inviter(cx: &Context, invitation: &Invitation, user_name: &str) -> Result<()> {
    let inviter = cx.find_owner(&invitation.inviter_id).ok_or_else(|| {
        Fault::Refused(format!(
            "{} invited you and is no longer here. Ask another administrator to send the invitation again.",
            invitation.inviter_arn
        ))
    })?;
    let user = Arn::user(cx.account(), "/", user_name);
    let lost = invitation
        .policies
        .iter()
        .find(|policy| decide(cx, &inviter, None, ATTACH, &user, &keys(policy), None) != Outcome::Allowed);
    match lost {
        None => Ok(()),
        Some(policy) => Err(Fault::Refused(format!(
            "{} invited you and may no longer grant {policy}. Ask another administrator to send the invitation \
             again.",
            inviter.arn()
        ))),
    }
}

fn keys(policy: &str) -> ContextKeys {
    ContextKeys::default().with("iam:PolicyARN", policy)
}

/// Checks an address before anything is sent to it.
pub(crate) fn check_address(email: &str) -> Result<()> {
    check_email(email).map_err(|text| Fault::ValidationError(format!("`email`: {text}.")))
}

/// The id of a new invitation.
pub(crate) fn draw_id(cx: &Context) -> String {
    uuid(cx.rng())
}

/// Gives an invitation a new token, a new term and its present inviter, with the letter that says so.
pub(crate) fn renew(cx: &Context, invitation: &mut Invitation) -> Result<QueuedLetter> {
    let token = BearerToken::draw(PREFIX, cx.account(), cx.rng());
    invitation.token_hash = token.hash();
    invitation.expires_at = cx.now.plus(LASTS);
    invitation.inviter_id = cx.principal()?.id.to_string();
    invitation.inviter_arn = cx.caller.arn().to_string();
    let letter = letter(cx, invitation, &token, &account_now(cx)?);
    cx.gate().draw_letter(cx.account(), &letter, cx.now)
}

/// The account that is invited to.
pub(crate) fn account(tx: &mut Tx<'_>, cx: &Context) -> Result<Account> {
    let id = cx.account();
    tx.accounts().find(id)?.ok_or_else(|| Fault::internal(format!("account {id} has no row")))
}

fn account_now(cx: &Context) -> Result<Account> {
    cx.gate().store().read(|tx| account(tx, cx))
}

fn letter(cx: &Context, invitation: &Invitation, token: &BearerToken, account: &Account) -> Letter {
    let (origin, token) = (cx.gate().page_origin(), token.expose());
    let Invitation { email, inviter_arn, expires_at, .. } = invitation;
    let text = format!(
        "{inviter_arn} invites you to become a user of account {} ({}).\n\n{}\n\
         Accept until {} by choosing a name and a password here:\n\n  {origin}/console/invitations/accept#{token}\n\n\
         Or on a command line, with the token\n\n  {token}\n\nin a file:\n\n  \
         keystead invitation accept --url {origin} --token-file FILE --user-name NAME\n\n\
         This letter is for {email} alone: whoever has it can accept once in your place, so do not forward it. If \
         you did not expect it, leave it alone, and it ends by itself.\n",
        account.id,
        account.name,
        granted(invitation),
        expires_at.to_iso8601(),
    );
    Letter { to: email.clone(), subject: format!("Invitation to Keystead account {}", account.id), text }
}

/// The letter by which the account's owner learns of an invitation. It does not hold the link.
pub(crate) fn copy_to_owner(cx: &Context, invitation: &Invitation) -> Result<QueuedLetter> {
    let account = account_now(cx)?;
    let text = format!(
        "{} invited {} to become a user of account {} ({}).\n\n{}\nThe invitation can be accepted until {}. To take \
         it back: keystead invitation cancel {}\n",
        invitation.inviter_arn,
        invitation.email,
        account.id,
        account.name,
        granted(invitation),
        invitation.expires_at.to_iso8601(),
        invitation.id,
    );
    let subject = format!("Somebody was invited to Keystead account {}", account.id);
    let letter = Letter { to: account.root_email, subject, text };
    cx.gate().draw_letter(cx.account(), &letter, cx.now)
}

fn granted(invitation: &Invitation) -> String {
    let mut text = match invitation.temporary_days {
        None => "The new user is granted:\n".to_owned(),
        Some(1) => "For one day the new user is granted:\n".to_owned(),
        Some(days) => format!("For {days} days the new user is granted:\n"),
    };
    for policy in &invitation.policies {
        let name = policy.strip_prefix(SHIPPED_POLICIES).unwrap_or(policy);
        let _ = writeln!(text, "  {}", name.strip_prefix(ROLES).unwrap_or(name));
    }
    text
}

/// Attaches the policies of an accepted invitation to the user that came of it.
pub(crate) fn grant(tx: &mut Tx<'_>, cx: &Context, invitation: &Invitation, user_id: &str) -> Result<()> {
    for policy_arn in &invitation.policies {
        if !managed_policy::lock(tx, cx, policy_arn)? {
            return Err(Fault::NoSuchEntity(text::policy_not_attachable(policy_arn)));
        }
        tx.policy_attachments().attach(cx.account(), user_id, policy_arn, cx.now)?;
        if let Some(days) = invitation.temporary_days {
            let lasts = Duration::from_hours(24 * days.unsigned_abs());
            tx.temporary_policies().insert(&keystead_store::temporary_policies::TemporaryPolicy {
                account: cx.account(),
                owner_id: user_id.to_owned(),
                policy_arn: policy_arn.clone(),
                ends_at: cx.now.plus(lasts),
            })?;
        }
    }
    cx.check_quota(keystead_core::Quota::AttachedPoliciesPerUser, invitation.policies.len() as u64)
}
