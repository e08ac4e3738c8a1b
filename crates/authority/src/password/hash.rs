//! Hashing of passwords: Argon2id, whose cost stands in each hash, so that it can be raised for new ones.
//!
//! All of it is slow on purpose and takes much memory: call it inside the gate's turnstile only.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use keystead_aws::error::{Fault, Result};
use keystead_core::{Rng, SecretString};

/// Source: OWASP Password Storage Cheat Sheet, the smallest it recommends for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The hash of no password, to be checked where there is none, so that this takes as long.
static NOBODY: LazyLock<Result<SecretString>> = LazyLock::new(|| derive("", &[0; 16]));

/// A new hash of a password, in PHC form.
pub(super) fn hash(password: &SecretString, rng: &dyn Rng) -> Result<SecretString> {
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
pub(super) fn is_of(hash: Option<&SecretString>, password: &SecretString) -> Result<bool> {
    let nobody = (*NOBODY).as_ref().map_err(Clone::clone)?;
    let parsed = PasswordHash::new(hash.unwrap_or(nobody).expose()).map_err(Fault::internal)?;
    match Argon2::default().verify_password(password.expose().as_bytes(), &parsed) {
        Ok(()) => Ok(hash.is_some()),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(Fault::internal(error)),
    }
}
