//! Service-specific credentials: which services have them, how their secrets are drawn, and how one is recognised.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystead_aws::error::{Fault, Result, text};
use keystead_core::service_credential::service_user_name;
use keystead_core::{AccountId, Rng, SecretBytes, SecretString, Timestamp};
use keystead_store::Tx;
use sha2::{Digest, Sha256};

/// What a user shows to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A name and a password.
    Password,
    /// One text that begins with a prefix and holds both. Only these can end by themselves.
    ApiKey {
        /// What scanners know it by.
        prefix: &'static str,
    },
}

/// The services that have credentials of their own.
/// Source: IAM API reference, CreateServiceSpecificCredential.
const SERVICES: [(&str, Form); 4] = [
    ("codecommit.amazonaws.com", Form::Password),
    ("cassandra.amazonaws.com", Form::Password),
    ("bedrock.amazonaws.com", Form::ApiKey { prefix: "ABSK" }),
    ("logs.amazonaws.com", Form::ApiKey { prefix: "ACWL" }),
];

/// The form of a service's credentials; fails where it has none.
pub fn form(service: &str) -> Result<Form> {
    let found = SERVICES.iter().find(|(name, _)| *name == service);
    found
        .map(|(_, form)| *form)
        .ok_or_else(|| Fault::NoSuchEntity(text::service_without_credentials(service)))
}

impl Form {
    /// What the user shows to the service: the password, or the text that holds it.
    pub fn secret(self, service_user_name: &str, password: &PasswordSecret) -> SecretString {
        let Self::ApiKey { prefix } = self else { return password.0.clone() };
        let both = SecretString::new(format!("{service_user_name}:{}", password.0.expose()));
        SecretString::new(format!("{prefix}{}", STANDARD.encode(both.expose())))
    }

    /// The hash of the password in what a user shows; none where there cannot be one.
    pub fn hash(self, shown: &SecretString) -> Option<Vec<u8>> {
        let Self::ApiKey { prefix } = self else { return Some(hash(shown.expose().as_bytes())) };
        let both = SecretBytes::new(STANDARD.decode(shown.expose().strip_prefix(prefix)?).ok()?);
        let colon = both.expose().iter().position(|byte| *byte == b':')?;
        both.expose().get(colon + 1..).map(hash)
    }
}

/// When a credential that is made now ends; only API keys ever do.
pub fn expiry(service: &str, form: Form, days: Option<i64>, now: Timestamp) -> Result<Option<Timestamp>> {
    match (form, days) {
        (_, None) => Ok(None),
        (Form::ApiKey { .. }, Some(days)) => {
            let age = Duration::from_secs(days.unsigned_abs() * 24 * 60 * 60);
            Ok(Some(now.whole_second().plus(age)))
        }
        (Form::Password, Some(_)) => Err(Fault::ValidationError(format!(
            "CredentialAgeDays is for API keys, and credentials for {service} are passwords. Leave it out."
        ))),
    }
}

/// A password as random as its hash is long, so that the hash needs no salt and no stretching.
pub struct PasswordSecret(SecretString);

impl PasswordSecret {
    /// Draws one.
    pub fn draw(rng: &dyn Rng) -> Self {
        let mut bytes = vec![0; 32];
        rng.fill(&mut bytes);
        Self(SecretString::new(STANDARD.encode(SecretBytes::new(bytes).expose())))
    }

    /// What is kept of it.
    pub fn hash(&self) -> Vec<u8> {
        hash(self.0.expose().as_bytes())
    }
}

fn hash(password: &[u8]) -> Vec<u8> {
    Sha256::digest(password).to_vec()
}

/// The first name that the service does not know anybody by: a user that was renamed keeps its old one.
pub fn free_name(
    tx: &mut Tx<'_>,
    account: AccountId,
    service: &str,
    user_name: &str,
) -> keystead_store::Result<String> {
    let mut nth = 0;
    loop {
        let name = service_user_name(user_name, account, nth);
        if !tx.service_credentials().has_name(account, service, &name)? {
            return Ok(name);
        }
        nth += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_to_a_service_leads_back_to_the_hash_that_is_kept() {
        let password = PasswordSecret(SecretString::new("a/b+c:d=".to_owned()));
        for (service, _) in SERVICES {
            let form = form(service).unwrap();
            let shown = form.secret("ann-at-123456789012", &password);
            assert_eq!(form.hash(&shown), Some(password.hash()), "{service}");
            assert_ne!(form.hash(&SecretString::new("other".to_owned())), Some(password.hash()));
        }
    }
}
