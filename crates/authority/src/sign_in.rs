//! Signing in with a password: is it the right one, and may it still be used.
//!
//! Every attempt costs the same, whether there is such an account, user or password, and whether the budget of
//! attempts is spent: one write, one hash. So neither the answer nor its time tells which names exist. The
//! budget is the principal's, whatever spelling of its name was used, wherever it gives its password; it is
//! kept in the store, so that a restart does not give it back. Five wrong passwords make the principal wait and
//! nobody else.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_core::password::Validity;
use keystead_core::{AccountId, SecretString, Timestamp, rng};
use keystead_gate::Gate;
use keystead_gate::password::Attempt;
use keystead_gate::ring::{OwnerId, Principal};
use keystead_store::login_profiles::LoginProfile;
use keystead_store::{Command, Tx};

use crate::password;

/// Whose password it is said to be.
#[derive(Clone, Copy, Debug)]
pub enum Who<'w> {
    /// The root user with this address.
    Root {
        /// The address, in whatever case.
        email: &'w str,
    },
    /// An IAM user.
    User {
        /// The account.
        account: AccountId,
        /// The name, in whatever case.
        name: &'w str,
    },
}

/// What came of giving a password.
#[derive(Debug)]
pub enum Outcome {
    /// It is not right, or nobody knows: there is no such principal, it has no password, or it gave five wrong
    /// ones in fifteen minutes. These are told apart nowhere.
    Wrong,
    /// It is right.
    Right(Known),
}

/// Somebody who knew the password.
#[derive(Debug)]
pub struct Known {
    /// Who.
    pub principal: Arc<Principal>,
    /// Which of the principal's passwords it was; a session is good for as long as this is the present one.
    pub version: i64,
    /// What it is good for.
    pub standing: Standing,
}

/// What a right password is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Signing in.
    Good,
    /// Signing in, and its owner is to be told that it ends in so many days.
    EndsInDays(i64),
    /// Only setting another one: an administrator asked for that.
    ResetRequired,
    /// Only setting another one: it expired.
    Expired,
    /// Nothing: it expired, and only an administrator can set another one.
    HardExpired,
}

/// The owner that attempts for nobody are counted under: it has no password, and its budget binds nobody.
const NOBODY: &str = "-";

/// Checks a password, at the cost of an attempt, and records its use where it is right.
pub fn check_password(
    gate: &Gate,
    who: &Who<'_>,
    password: &SecretString,
    now: Timestamp,
) -> Result<Outcome> {
    let (account, principal) = find(gate, who)?;
    let owner_id = principal.as_ref().map_or_else(|| NOBODY.to_owned(), |principal| principal.id.to_string());
    let profile =
        gate.store().read(|tx| tx.login_profiles().find(account, &owner_id).map_err(Fault::from))?;
    let hash = profile.as_ref().map(|profile| &profile.password_hash);
    let attempt = gate.try_password(account, &owner_id, hash, password, now)?;
    let (Attempt::Right, Some(principal), Some(profile)) = (attempt, principal, profile) else {
        return Ok(Outcome::Wrong);
    };
    write(gate, account, move |tx| Ok(tx.sign_ins().record_use(account, &owner_id, now)?))?;
    let policy = gate.store().read(|tx| password::policy_of(tx, &principal))?;
    let standing = standing(policy.validity(profile.changed_at, now), &profile);
    Ok(Outcome::Right(Known { principal, version: profile.version, standing }))
}

fn standing(validity: Validity, profile: &LoginProfile) -> Standing {
    match validity {
        Validity::HardExpired => Standing::HardExpired,
        Validity::Expired => Standing::Expired,
        _ if profile.reset_required => Standing::ResetRequired,
        Validity::EndsInDays(days) => Standing::EndsInDays(days),
        Validity::Good => Standing::Good,
    }
}

/// The account and principal that are meant; no principal where there is none that could sign in.
fn find(gate: &Gate, who: &Who<'_>) -> Result<(AccountId, Option<Arc<Principal>>)> {
    let (account, principal) = match who {
        Who::Root { email } => {
            let found = gate.store().read(|tx| tx.accounts().find_by_email(email).map_err(Fault::from))?;
            let root = found.as_ref().and_then(|found| gate.ring().find_principal(OwnerId::root(found.id)));
            (found.map_or_else(nowhere, |found| Ok(found.id))?, root)
        }
        Who::User { account, name } => (*account, gate.ring().find_user(*account, name)),
    };
    Ok((account, principal.filter(|_| gate.ring().is_account_open(account))))
}

/// The account that attempts at addresses nobody has are counted in; there is none of this number.
fn nowhere() -> Result<AccountId> {
    AccountId::from_number(0).map_err(Fault::internal)
}

fn write<T: Send + 'static>(
    gate: &Gate,
    account: AccountId,
    work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let command = Command { id: rng::uuid(&**gate.rng()), account: Some(account), invocation_id: None };
    gate.store().write(command, work)
}
