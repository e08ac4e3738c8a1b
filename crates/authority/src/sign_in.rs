//! Signing in with a password: is it the right one, and may it still be used.
//!
//! Every attempt costs the same, whether there is such an account, user or password, and whether the budget of
//! attempts is spent: one write, one hash. So neither the answer nor its time tells which names exist. The
//! budget is the principal's, whatever spelling of its name was used, wherever it gives its password; it is
//! kept in the store, so that a restart does not give it back. Five wrong passwords make the principal wait and
//! nobody else. A source that gives many wrong ones, of whomever, is challenged before it is listened to again.

use std::sync::Arc;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::password::Validity;
use keystead_core::{AccountId, SecretString, Timestamp, rng};
use keystead_gate::Gate;
use keystead_gate::password::{Attempt, Whence};
use keystead_gate::ring::{OwnerId, Principal};
use keystead_store::login_profiles::LoginProfile;
use keystead_store::{Command, Tx};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::challenge;
use crate::mfa::{GivenCode, accept_code};
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
    /// It was not looked at: many wrong ones came from there, and no challenge is answered.
    Challenged,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Where a password comes from, and what comes with it.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'e> {
    /// The address.
    pub source: &'e str,
    /// What the browser holds, if somebody may have signed in with it before.
    pub device: Option<&'e KnownDevice>,
    /// A challenge as it was sealed, and its answer.
    pub challenge: Option<(&'e str, &'e str)>,
}

impl Entry<'_> {
    /// Whether to ask for an answer to a challenge. A browser with which the owner signed in before is not asked.
    fn is_challenged(&self, gate: &Gate, now: Timestamp) -> Result<bool> {
        if !gate.sources().is_doubted(self.source, now) {
            return Ok(false);
        }
        let Some((sealed, answer)) = self.challenge else { return Ok(true) };
        Ok(!challenge::is_answered(gate, sealed, answer, now)?)
    }
}

/// Checks a password, at the cost of an attempt, and records its use where it is right.
pub fn check_password(
    gate: &Gate,
    who: &Who<'_>,
    entry: &Entry<'_>,
    password: &SecretString,
    now: Timestamp,
) -> Result<Outcome> {
    let (account, principal) = find(gate, who)?;
    let owner_id = principal.as_ref().map_or_else(|| NOBODY.to_owned(), |principal| principal.id.to_string());
    let profile =
        gate.store().read(|tx| tx.login_profiles().find(account, &owner_id).map_err(Fault::from))?;
    let hash = profile.as_ref().map(|profile| &profile.password_hash);
    let of_device = entry.device.map(|device| device.budget(gate, account, &owner_id, now)).transpose()?;
    let of_device = of_device.flatten();
    if of_device.is_none() && entry.is_challenged(gate, now)? {
        return Ok(Outcome::Challenged);
    }
    let whence = of_device.as_deref().map_or(Whence::Stranger, Whence::Known);
    let attempt = gate.try_password_from(whence, account, &owner_id, hash, password, now)?;
    let (Attempt::Right, Some(principal), Some(profile)) = (attempt, principal, profile) else {
        gate.sources().count_wrong(entry.source, now);
        return Ok(Outcome::Wrong);
    };
    write(gate, account, move |tx| Ok(tx.sign_ins().record_use(account, &owner_id, now)?))?;
    let policy = gate.store().read(|tx| password::policy_of(tx, &principal))?;
    let standing = standing(policy.validity(profile.changed_at, now), &profile);
    Ok(Outcome::Right(Known { principal, version: profile.version, standing }))
}

/// What a browser holds after somebody signed in with it, for a year. Whoever tries passwords elsewhere spends the
/// owner's budget; this browser has one of its own, so its owner still gets in.
#[derive(Clone, Debug)]
pub struct KnownDevice(SecretString);

/// How long a device is known without a sign-in.
const DEVICE_KNOWN: Duration = Duration::from_hours(365 * 24);

impl KnownDevice {
    /// A device nobody knows yet.
    pub fn draw(gate: &Gate) -> Self {
        Self(SecretString::new(gate.rng().text(43, rng::BASE62)))
    }

    /// As a browser sent it.
    pub fn presented(text: &str) -> Self {
        Self(SecretString::new(text.to_owned()))
    }

    /// What the browser keeps.
    pub fn text(&self) -> &SecretString {
        &self.0
    }

    fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.expose().as_bytes()).to_vec()
    }

    /// The name of the budget this device has for that owner, where it is known.
    fn budget(
        &self,
        gate: &Gate,
        account: AccountId,
        owner_id: &str,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let hash = self.hash();
        let seen_after = now.minus(DEVICE_KNOWN);
        let is_known = gate.store().read(|tx| {
            tx.known_devices().is_known(account, owner_id, &hash, seen_after).map_err(Fault::from)
        })?;
        Ok(is_known.then(|| format!("{owner_id}/{}", hex::encode(&hash[..8]))))
    }

    /// Remembers that somebody signed in with it.
    pub fn remember(&self, gate: &Gate, principal: &Principal, now: Timestamp) -> Result<()> {
        let (account, owner_id, hash) = (principal.account, principal.id.to_string(), self.hash());
        let seen_before = now.minus(DEVICE_KNOWN);
        write(gate, account, move |tx| {
            Ok(tx.known_devices().put(account, &owner_id, &hash, now, seen_before)?)
        })
    }
}

/// Whether a code is one of its owner's MFA devices', at the cost of an attempt.
pub fn check_code(gate: &Gate, principal: &Principal, code: &str, now: Timestamp) -> Result<bool> {
    let (account, owner_id) = (principal.account, principal.id.to_string());
    let (code, sealer) = (code.to_owned(), gate.store().sealer().clone());
    write(gate, account, move |tx| {
        let given = GivenCode { account, owner_id: &owner_id, serial_number: None, code: &code };
        accept_code(tx, &sealer, given, now)
    })
}

/// Whether a principal has an MFA device or a passkey, which it shows besides its password.
pub fn needs_second_factor(gate: &Gate, principal: &Principal) -> Result<bool> {
    let owner_id = principal.id.to_string();
    gate.store().read(|tx| tx.mfa_devices().has_any(principal.account, &owner_id).map_err(Fault::from))
}

/// Whether a principal has an MFA device that shows codes.
pub fn has_code(gate: &Gate, principal: &Principal) -> Result<bool> {
    let owner_id = principal.id.to_string();
    let devices = gate
        .store()
        .read(|tx| tx.mfa_devices().list_by_owner(principal.account, &owner_id).map_err(Fault::from))?;
    Ok(!devices.is_empty())
}

/// The number of a principal's present password; none where it has none.
pub fn password_version(gate: &Gate, principal: &Principal) -> Result<Option<i64>> {
    let owner_id = principal.id.to_string();
    let profile = gate
        .store()
        .read(|tx| tx.login_profiles().find(principal.account, &owner_id).map_err(Fault::from))?;
    Ok(profile.map(|profile| profile.version))
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
