//! Tokens whose bearer may do one thing, for example accept an invitation.
//!
//! A token says what it is for and in which account, so that it can be looked up without asking every account:
//! `ksi_111122223333_` and 43 characters of base62, 256 bits of chance. What is stored is its hash.

use keystead_core::rng::BASE62;
use keystead_core::{AccountId, Rng, SecretString};
use sha2::{Digest, Sha256};

const SECRET_LENGTH: usize = 43;

/// A token as it is given to its bearer, once.
#[derive(Clone, Debug)]
pub struct BearerToken(SecretString);

impl BearerToken {
    /// Draws a token; `prefix` says what it is for, for example `ksi`.
    pub fn draw(prefix: &str, account: AccountId, rng: &dyn Rng) -> Self {
        Self(SecretString::new(format!("{prefix}_{account}_{}", rng.text(SECRET_LENGTH, BASE62))))
    }

    /// A token as somebody brought it.
    pub fn presented(text: String) -> Self {
        Self(SecretString::new(text))
    }

    /// The account a token is of, right or wrong; `None` where it is no token at all.
    pub fn account_of(text: &str) -> Option<AccountId> {
        let mut parts = text.split('_');
        let (_, account, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let is_whole = secret.len() == SECRET_LENGTH && parts.next().is_none();
        account.parse().ok().filter(|_| is_whole)
    }

    /// What is stored of it, and found by.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.expose().as_bytes()).to_vec()
    }

    /// The text, for the one answer or letter that gives it away.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keystead_store::testing::SeededRng;

    #[test]
    fn a_token_names_its_account_and_prints_as_stars() {
        let account: AccountId = "111122223333".parse().unwrap();
        let token = BearerToken::draw("ksi", account, &SeededRng::new(1));
        assert_eq!(BearerToken::account_of(token.expose()), Some(account));
        assert!(!format!("{token:?}").contains(token.expose()));
        for wrong in ["", "ksi_111122223333", "ksi_111122223333_short", &format!("{}_x", token.expose())] {
            assert_eq!(BearerToken::account_of(wrong), None, "{wrong}");
        }
    }
}
