//! Quotas, as the operator sees and sets them on the installation's own machine. An account cannot raise its
//! own, so these are not operations of any API.

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, Quota, Quotas, Rng, Timestamp};
use keystead_gate::audit::insert_own_event;
use keystead_store::{Command, Store, Touched, Tx};
use serde_json::json;

/// The quotas of an account.
pub fn list(store: &Store, account: AccountId) -> Result<Quotas> {
    store.read(|tx| {
        check_account(tx, account)?;
        Ok(tx.quotas().of(account)?)
    })
}

/// Gives an account another value than AWS's. What it has more of already, it keeps.
pub fn set(
    store: &Store,
    account: AccountId,
    quota: Quota,
    value: i64,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<()> {
    check_settable(quota)?;
    if value < 0 {
        return Err(Fault::ValidationError(format!("{} cannot be {value}. Give 0 or more.", quota.name())));
    }
    change(store, account, quota, Some(value), now, rng)
}

/// Goes back to AWS's value.
pub fn reset(store: &Store, account: AccountId, quota: Quota, now: Timestamp, rng: &dyn Rng) -> Result<()> {
    check_settable(quota)?;
    change(store, account, quota, None, now, rng)
}

fn check_settable(quota: Quota) -> Result<()> {
    if quota.is_settable() {
        return Ok(());
    }
    Err(Fault::ValidationError(format!(
        "{} is always {}: a rotation needs the second key beside the first, and a third would be one that no \
         rotation looks after.",
        quota.name(),
        quota.default_value(),
    )))
}

fn check_account(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    match tx.accounts().find(account)? {
        Some(_) => Ok(()),
        None => Err(Fault::NoSuchEntity(format!("There is no account {account}."))),
    }
}

fn change(
    store: &Store,
    account: AccountId,
    quota: Quota,
    value: Option<i64>,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<()> {
    let command = Command { id: keystead_core::rng::uuid(rng), account: Some(account), invocation_id: None };
    let event_id = keystead_core::rng::uuid(rng);
    store.write(command, move |tx| {
        check_account(tx, account)?;
        let name = match value {
            Some(value) => tx.quotas().set(account, quota, value).map(|()| "SetQuota")?,
            None => tx.quotas().reset(account, quota).map(|_| "ResetQuota")?,
        };
        tx.touch(Touched::Account(account));
        let details = json!({"accountId": account.to_string(), "quota": quota.name(), "value": value});
        insert_own_event(tx, account, &event_id, now, name, &details).map_err(Fault::from)
    })
}
