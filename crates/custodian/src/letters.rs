//! What the owner of an account is told by mail: that credentials fail or work again, and that somebody who holds a
//! working key of a connected account asks to be invited.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Account, Timestamp};
use keystead_gate::mail::Letter;
use keystead_gate::{Context, Gate};
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::letters::QueuedLetter;

/// Credentials of a connected account fail.
pub(crate) fn credentials_fail(
    gate: &Gate,
    owner: &Account,
    cloud: &CloudAccount,
    reason: &str,
    now: Timestamp,
) -> Result<QueuedLetter> {
    let text = format!(
        "The credentials with which Keystead reaches the cloud account {} (number {}, as {}) fail.\n\n\
         What was seen: {reason}.\n\n\
         Look at it:       keystead cloud status {}\n\
         Give it others:   keystead cloud update {}\n\n\
         You will be told once more when it is over.\n",
        cloud.name, cloud.number, cloud.principal_arn, cloud.name, cloud.name
    );
    draw(gate, owner, "Credentials of a cloud account fail", text, now)
}

/// They work again.
pub(crate) fn credentials_work(
    gate: &Gate,
    owner: &Account,
    cloud: &CloudAccount,
    began_at: Timestamp,
    now: Timestamp,
) -> Result<QueuedLetter> {
    let text = format!(
        "The credentials with which Keystead reaches the cloud account {} (number {}, as {}) work again. They had been \
         failing since {}.\n",
        cloud.name,
        cloud.number,
        cloud.principal_arn,
        began_at.to_iso8601()
    );
    draw(gate, owner, "Credentials of a cloud account work again", text, now)
}

/// Somebody of another account proved a working key of a connected account, and asks its owner for an invitation.
pub(crate) fn invitation_requested(
    cx: &Context,
    asking: &Account,
    owner: &Account,
    holder: &CloudAccount,
) -> Result<QueuedLetter> {
    let text = format!(
        "{} asks to be invited to your account at Keystead.\n\n\
         They are {} there, and have just proved a working key of the AWS account {}, which you have connected as {}.\n\n\
         If you want that:  keystead invitation create {}\n\
         If not, there is nothing to do, but find out who has a key of that account.\n",
        asking.root_email,
        cx.caller.arn(),
        holder.number,
        holder.name,
        asking.root_email
    );
    draw(cx.gate(), owner, "Somebody asks to be invited to your account", text, cx.now)
}

fn draw(gate: &Gate, owner: &Account, subject: &str, text: String, now: Timestamp) -> Result<QueuedLetter> {
    let letter = Letter { to: owner.root_email.clone(), subject: subject.to_owned(), text };
    gate.draw_letter(owner.id, &letter, now).map_err(|fault| match fault {
        // The address is not one that whoever asks has given.
        Fault::ValidationError(text) => Fault::internal(text),
        other => other,
    })
}
