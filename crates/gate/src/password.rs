//! Passwords: their hashes, attempts at them, and asking for one again before something that cannot be undone.
//!
//! Hashing is Argon2id, whose cost stands in each hash, so that it can be raised for new ones. It is slow on
//! purpose and takes much memory: call it inside the gate's turnstile only.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use keystead_aws::error::{Fault, Result, text};
use keystead_core::{AccountId, Rng, SecretString, Timestamp, rng};
use keystead_store::{Command, Tx};

use crate::context::Context;
use crate::gate::Gate;

/// Source: OWASP Password Storage Cheat Sheet, the smallest it recommends for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The hash of no password, to be checked where there is none, so that this takes as long.
static NOBODY: LazyLock<Result<SecretString>> = LazyLock::new(|| derive("", &[0; 16]));

/// A new hash of a password, in PHC form.
pub fn hash(password: &SecretString, rng: &dyn Rng) -> Result<SecretString> {
    let mut salt = [0; 16];
    rng.fill(&mut salt);
    derive(password.expose(), &salt)
}

fn derive(password: &str, salt: &[u8]) -> Result<SecretString> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Fault::internal)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash =
        argon2.hash_password_with_salt(password.as_bytes(), salt).map_err(Fault::internal)?;
    Ok(SecretString::new(hash.to_string()))
}

/// Whether a hash is of this password; none is, but finding out takes as long.
pub fn is_of(hash: Option<&SecretString>, password: &SecretString) -> Result<bool> {
    let nobody = (*NOBODY).as_ref().map_err(Clone::clone)?;
    let parsed = PasswordHash::new(hash.unwrap_or(nobody).expose()).map_err(Fault::internal)?;
    match Argon2::default().verify_password(password.expose().as_bytes(), &parsed) {
        Ok(()) => Ok(hash.is_some()),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(Fault::internal(error)),
    }
}

/// What came of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is the password.
    Right,
    /// It is not.
    Wrong,
    /// The budget is spent; whether it was right is not known.
    Refused,
}

impl Gate {
    /// Whether `password` is the one of that hash. Takes as long where there is no hash.
    pub fn is_password(&self, hash: Option<&SecretString>, password: &SecretString) -> Result<bool> {
        self.hashing().pass(|| is_of(hash, password))?
    }

    /// One attempt at a password: takes it from the budget before looking, and gives the budget back where the
    /// password is right.
    pub fn try_password(
        &self,
        account: AccountId,
        owner_id: &str,
        hash: Option<&SecretString>,
        password: &SecretString,
        now: Timestamp,
    ) -> Result<Attempt> {
        self.try_password_within(account, (owner_id, owner_id), hash, password, now)
    }

    /// The same with the budget that goes by another name than the owner's.
    pub fn try_password_within(
        &self,
        account: AccountId,
        (owner_id, budget): (&str, &str),
        hash: Option<&SecretString>,
        password: &SecretString,
        now: Timestamp,
    ) -> Result<Attempt> {
        let (owner, spent) = (owner_id.to_owned(), budget.to_owned());
        let taken = self.write_attempt(account, move |tx| {
            tx.lock_user(account, &owner)?;
            Ok(tx.sign_ins().take_attempt(account, &spent, now)?)
        })?;
        let right = self.is_password(hash.filter(|_| taken), password)?;
        if !taken {
            return Ok(Attempt::Refused);
        }
        if !right {
            return Ok(Attempt::Wrong);
        }
        let spent = budget.to_owned();
        self.write_attempt(account, move |tx| Ok(tx.sign_ins().clear_attempts(account, &spent)?))?;
        Ok(Attempt::Right)
    }

    fn write_attempt<T: Send + 'static>(
        &self,
        account: AccountId,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let command = Command { id: rng::uuid(&*self.rng), account: Some(account), invocation_id: None };
        self.store().write(command, work)
    }
}

impl Context {
    /// Asks the caller for its password once more, in `prepare` of what cannot be undone or shows a secret. Whoever
    /// has no password, a role for example, cannot do such a thing. An attempt costs of the budget of sign-ins.
    pub fn confirm_password(&self, password: Option<String>) -> Result<()> {
        let nobody = self.session().is_some_and(|session| !session.is_of_owner());
        let owner_id = self.principal()?.id.to_string();
        let find = |tx: &mut Tx<'_>| tx.login_profiles().find(self.account(), &owner_id).map_err(Fault::from);
        let profile = self.gate().store().read(find)?.filter(|_| !nobody).ok_or_else(|| {
            Fault::Refused(
                "This needs your password once more, and you have none: only users and root users with a password \
                 can do it."
                    .to_owned(),
            )
        })?;
        let password = password.map(SecretString::new).ok_or_else(|| {
            Fault::ValidationError("`password` is missing: give your own password once more.".to_owned())
        })?;
        let hash = Some(&profile.password_hash);
        match self.gate().try_password(self.account(), &owner_id, hash, &password, self.now)? {
            Attempt::Right => Ok(()),
            Attempt::Wrong => Err(Fault::PasswordIncorrect),
            Attempt::Refused => Err(Fault::LimitReached(text::passwords_exceeded())),
        }
    }
}
