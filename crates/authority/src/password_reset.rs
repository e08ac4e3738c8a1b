//! Setting a password without knowing the present one: by a link that is good once. A root user is sent one to the
//! address of the account, or has one from the operator; an IAM user has one from an administrator.
//!
//! Whoever asks by e-mail is told the same, at the same cost, whether there is such an address. A link sets a password
//! and nothing more: whoever has an MFA device gives its code at the sign-in that follows.

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, Arn, Rng, SecretString, Timestamp, rng};
use keystead_gate::audit::insert_own_event;
use keystead_gate::mail::Letter;
use keystead_gate::ring::OwnerId;
use keystead_gate::{BearerToken, Context, Gate};
use keystead_store::password_resets::PasswordReset;
use keystead_store::{Command, Store, Tx};
use serde_json::json;

/// What tokens of these links begin with.
const PREFIX: &str = "ksr";
/// How long a link by e-mail is good.
pub const BY_EMAIL: Duration = Duration::from_mins(10);
/// How long a link from an administrator or the operator is good.
pub const BY_HAND: Duration = Duration::from_hours(24);
/// How soon another letter is sent.
const PAUSE: Duration = Duration::from_mins(1);

/// A link before there is a row for it.
pub struct DrawnReset {
    /// What is stored.
    pub reset: PasswordReset,
    /// What its bearer is given.
    pub token: BearerToken,
}

/// Draws a link for an owner.
pub fn draw(
    (account, owner_id): (AccountId, &str),
    made_by: &str,
    lasts: Duration,
    now: Timestamp,
    rng: &dyn Rng,
) -> DrawnReset {
    let token = BearerToken::draw(PREFIX, account, rng);
    let reset = PasswordReset {
        account,
        owner_id: owner_id.to_owned(),
        token_hash: token.hash(),
        made_by: made_by.to_owned(),
        created_at: now,
        expires_at: now.plus(lasts),
    };
    DrawnReset { reset, token }
}

/// The address of the page that takes a token.
pub fn link(origin: &str, token: &BearerToken) -> SecretString {
    SecretString::new(format!("{origin}/console/reset-password/{}", token.expose()))
}

/// Sends the root user with this address a link, if there is one, none was sent a moment ago, and none
/// that was made by hand is good still. What it takes is the
/// same otherwise: one look, one write.
pub fn send_to_root(gate: &Gate, email: &str, now: Timestamp) -> Result<()> {
    let found = gate.store().read(|tx| tx.accounts().find_by_email(email).map_err(Fault::from))?;
    let found = found.filter(|account| gate.ring().is_account_open(account.id));
    let to = found.as_ref().map_or_else(|| AccountId::from_number(0), |found| Ok(found.id));
    let to = to.map_err(Fault::internal)?;
    let drawn = draw((to, &to.to_string()), "email", BY_EMAIL, now, &**gate.rng());
    let letter = Letter {
        to: found.as_ref().map_or_else(|| "nobody@example.com".to_owned(), |found| found.root_email.clone()),
        subject: "Set another root password".to_owned(),
        text: letter(gate, &drawn.token, to),
    };
    let queued = gate.draw_letter(to, &letter, now)?;
    let is_there = found.is_some();
    let command = Command { id: rng::uuid(&**gate.rng()), account: None, invocation_id: None };
    gate.store().write(command, move |tx| {
        let owner_id = to.to_string();
        let is_held_back = tx.password_resets().holds_back_letter(to, &owner_id, now.minus(PAUSE), now)?;
        if is_there && !is_held_back {
            tx.password_resets().put(&drawn.reset)?;
            tx.letters().insert(&queued)?;
        }
        Ok::<_, Fault>(())
    })
}

fn letter(gate: &Gate, token: &BearerToken, account: AccountId) -> String {
    format!(
        "Somebody asked for another password for the root user of the Keystead account {account}.\n\n\
         Set it here, within ten minutes:\n\n    {}\n\n\
         The link is good once. Whoever has an MFA device is asked for its code when signing in afterwards.\n\n\
         If it was not you, do nothing: the present password stays as it is.\n",
        link(gate.page_origin(), token).expose()
    )
}

/// Makes a link for a root user, for whoever works on the installation's own machine.
pub fn recover_root(store: &Store, account: AccountId, now: Timestamp, rng: &dyn Rng) -> Result<DrawnReset> {
    let found = store.read(|tx| tx.accounts().find(account).map_err(Fault::from))?;
    if found.is_none() {
        return Err(Fault::NoSuchEntity(format!("There is no account {account}.")));
    }
    let drawn = draw((account, &account.to_string()), "operator", BY_HAND, now, rng);
    let reset = drawn.reset.clone();
    let id = rng::uuid(rng);
    let command = Command { id: id.clone(), account: Some(account), invocation_id: None };
    store.write(command, move |tx| {
        tx.password_resets().put(&reset).map_err(Fault::from)?;
        let details = json!({"accountId": account.to_string()});
        insert_own_event(tx, account, &id, now, "RecoverRoot", &details).map_err(Fault::from)
    })?;
    Ok(drawn)
}

/// The link of a token, where it is good.
pub(crate) fn find_open(cx: &Context, token: String) -> Result<PasswordReset> {
    let hash = BearerToken::presented(token).hash();
    let find = |tx: &mut Tx<'_>| tx.password_resets().find_open(&hash, cx.now).map_err(Fault::from);
    let found = cx.gate().store().read(find)?.filter(|found| found.account == cx.account());
    found.ok_or_else(used)
}

/// The principal whose password a link sets.
pub(crate) fn owner(
    cx: &Context,
    reset: &PasswordReset,
) -> Result<std::sync::Arc<keystead_gate::ring::Principal>> {
    let principal = OwnerId::parse(&reset.owner_id).and_then(|id| cx.ring().find_principal(id));
    principal.ok_or_else(used)
}

/// The ARN of whoever a link is for, whom nobody knows before the token is looked up.
pub(crate) fn arn(account: AccountId) -> Arn {
    Arn::keystead(account, "password-reset/*")
}

/// What is said of a link that is not good, for whichever reason.
pub(crate) fn used() -> Fault {
    Fault::NoSuchEntity(
        "This link is not good: it was used, it is too old, or a newer one was sent. Ask for another."
            .to_owned(),
    )
}
