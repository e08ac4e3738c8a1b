//! What the owner of an account is told: that credentials fail or work again, and that somebody who holds a working key of
//! a connected account asks to be invited.

use keystead_aws::error::{Fault, Result};
use keystead_core::AccountId;
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::cloud_regions::CloudAlert;

/// Credentials of a connected account fail.
pub(crate) fn credentials_fail(tx: &mut Tx<'_>, cloud: &CloudAccount, alert: &CloudAlert) -> Result<()> {
    let text = format!(
        "The credentials with which Keystead reaches the cloud account {} ({}, as {}) fail: {}. Give it others: keystead \
         cloud update {}",
        cloud.name, cloud.number, cloud.principal_arn, alert.reason, cloud.name
    );
    tell_owner(tx, cloud.account, "Credentials of a cloud account fail", &text)
}

/// They work again.
pub(crate) fn credentials_work(tx: &mut Tx<'_>, cloud: &CloudAccount, alert: &CloudAlert) -> Result<()> {
    let text = format!(
        "The credentials with which Keystead reaches the cloud account {} ({}, as {}) work again. They failed from {} on.",
        cloud.name,
        cloud.number,
        cloud.principal_arn,
        alert.began_at.to_iso8601()
    );
    tell_owner(tx, cloud.account, "Credentials of a cloud account work again", &text)
}

/// Somebody of another account proved a working key of a connected account, and asks its owner for an invitation.
pub(crate) fn invitation_requested(tx: &mut Tx<'_>, cx: &Context, holder: &CloudAccount) -> Result<()> {
    let asking = tx.accounts().find(cx.account())?;
    let text = format!(
        "{} ({}) holds a working key of the AWS account {}, which you have connected to Keystead as {}, and asks to be \
         invited to your account. If you want that: keystead invitation create",
        cx.caller.arn(),
        asking.map(|asking| asking.root_email).unwrap_or_default(),
        holder.number,
        holder.name
    );
    tell_owner(tx, holder.account, "Somebody asks for an invitation", &text)
}

/// Tells the root user of an account.
fn tell_owner(tx: &mut Tx<'_>, account: AccountId, subject: &str, text: &str) -> Result<()> {
    let owner = tx.accounts().find(account)?.ok_or_else(|| Fault::internal("an account is gone"))?;
    tracing::info!(account = %account, owner = owner.root_email, subject, text, "the owner is to be told");
    Ok(())
}
