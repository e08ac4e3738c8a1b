//! Passwords: their hashes, attempts at them, and asking for one again before something that cannot be undone.
//!
//! Hashing is Argon2id, whose cost stands in each hash, so that it can be raised for new ones. It is slow on
//! purpose and takes much memory: call it inside one of the gate's turnstiles only.

use std::sync::{LazyLock, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
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
    let salt = Salt::new(salt).map_err(Fault::internal)?;
    let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params).map_err(Fault::internal)?,
        salt: Some(salt),
        hash: Some(compute(password, &salt, Argon2::new(algorithm, version, params))?),
    };
    Ok(SecretString::new(hash.to_string()))
}

/// Whether a hash is of this password; none is, but finding out takes as long.
pub fn is_of(hash: Option<&SecretString>, password: &SecretString) -> Result<bool> {
    let nobody = (*NOBODY).as_ref().map_err(Clone::clone)?;
    let kept = PasswordHash::new(hash.unwrap_or(nobody).expose()).map_err(Fault::internal)?;
    let (Some(salt), Some(expected), Some(version)) = (&kept.salt, &kept.hash, kept.version) else {
        return Err(Fault::internal("a password's hash is not whole"));
    };
    let algorithm = Algorithm::try_from(kept.algorithm.as_str()).map_err(Fault::internal)?;
    let version = Version::try_from(version).map_err(Fault::internal)?;
    let params = Params::try_from(&kept).map_err(Fault::internal)?;
    // Outputs are compared in constant time.
    let is_right = compute(password.expose(), salt, Argon2::new(algorithm, version, params))? == *expected;
    Ok(is_right && hash.is_some())
}

/// Memory that hashes were computed in, for the next ones. There is one for each place inside a turnstile: asked of the
/// allocator each time, it would stay behind in a heap for every thread that ever computed one.
static MEMORY: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

fn compute(password: &str, salt: &[u8], argon2: Argon2<'_>) -> Result<Output> {
    let kept = || MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let mut memory = kept().pop().unwrap_or_default();
    memory.resize(argon2.params().block_count(), Block::default());
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    argon2
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut out, &mut memory)
        .map_err(Fault::internal)?;
    kept().push(memory);
    Output::new(&out).map_err(Fault::internal)
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

/// From where somebody gives a password.
#[derive(Clone, Copy, Debug)]
pub enum Whence<'b> {
    /// From anywhere, with the owner's budget. Strangers wait for each other and for nobody else.
    Stranger,
    /// From where the owner signed in before, with a budget of that name.
    Known(&'b str),
    /// From a session or with a key of the owner's, with its budget.
    Within,
}

impl Gate {
    /// One attempt at a password by somebody who proved already who it is.
    pub fn try_password(
        &self,
        account: AccountId,
        owner_id: &str,
        hash: Option<&SecretString>,
        password: &SecretString,
        now: Timestamp,
    ) -> Result<Attempt> {
        self.try_password_from(Whence::Within, account, owner_id, hash, password, now)
    }

    /// One attempt at a password: takes it from the budget before looking, and gives the budget back where the
    /// password is right. Takes as long where there is no hash.
    pub fn try_password_from(
        &self,
        whence: Whence<'_>,
        account: AccountId,
        owner_id: &str,
        hash: Option<&SecretString>,
        password: &SecretString,
        now: Timestamp,
    ) -> Result<Attempt> {
        let (budget, hashing) = match whence {
            Whence::Stranger => (owner_id, self.hashing_for_strangers()),
            Whence::Known(budget) => (budget, self.hashing()),
            Whence::Within => (owner_id, self.hashing()),
        };
        let (owner, spent) = (owner_id.to_owned(), budget.to_owned());
        let taken = self.write_attempt(account, move |tx| {
            tx.lock_user(account, &owner)?;
            Ok(tx.sign_ins().take_attempt(account, &spent, now)?)
        })?;
        let right = hashing.pass(|| is_of(hash.filter(|_| taken), password))??;
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

#[cfg(test)]
mod tests {
    use keystead_core::SecretString;

    use super::*;

    #[test]
    fn memory_that_was_used_before_changes_no_hash() {
        let password = |text: &str| SecretString::new(text.to_owned());
        let hash = derive("first", &[7; 16]).unwrap();
        for other in ["second", "", "first"] {
            assert_eq!(is_of(Some(&hash), &password(other)).unwrap(), other == "first");
            assert_eq!(derive("first", &[7; 16]).unwrap().expose(), hash.expose());
        }
        assert!(!is_of(None, &password("")).unwrap(), "nobody has no password, and not the empty one");
        // Made by the reference implementation: `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32`.
        let known = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(is_of(Some(&password(known)), &password("password")).unwrap());
    }
}
