//! What a user shows to a service, as custody holds it and consumers are given it.

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{AccountId, KeyStatus, Rng, SecretString, ServiceCredential, Timestamp};
use keystead_gate::service_credential::{PasswordSecret, form};
use serde::{Deserialize, Serialize};

/// The name that the service knows the user by, and the secret. Has no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct ServiceLogin {
    /// The name.
    pub service_user_name: String,
    /// A password, or an API key that holds one.
    pub service_password: String,
}

/// A credential, before there are rows for it.
pub struct Drawn {
    /// The row.
    pub row: ServiceCredential,
    /// What is kept of its password.
    pub password_hash: Vec<u8>,
    /// What custody is to hold.
    pub login: ServiceLogin,
}

/// Whose credential is drawn, and for what.
pub struct Wanted {
    /// The account.
    pub account: AccountId,
    /// The unique id of the user.
    pub user_id: String,
    /// The service.
    pub service: String,
    /// A name that the service knows nobody by.
    pub service_user_name: String,
    /// How long it lasts, if it ends.
    pub lasts: Option<Duration>,
}

/// Draws a credential.
pub fn draw(wanted: Wanted, now: Timestamp, rng: &dyn Rng) -> Result<Drawn> {
    let Wanted { account, user_id, service, service_user_name, lasts } = wanted;
    let password = PasswordSecret::draw(rng);
    let secret = form(&service)?.secret(&service_user_name, &password);
    let login = ServiceLogin {
        service_user_name: service_user_name.clone(),
        service_password: secret.expose().clone(),
    };
    let created_at = now.whole_second();
    let row = ServiceCredential {
        account,
        id: unique_id(UniqueIdKind::ServiceSpecificCredential, rng),
        user_id,
        service,
        service_user_name,
        status: KeyStatus::Active,
        created_at,
        expires_at: lasts.map(|lasts| created_at.plus(lasts)),
    };
    Ok(Drawn { row, password_hash: password.hash(), login })
}

impl ServiceLogin {
    /// Reads what custody holds.
    pub fn from_custody(secret: &[u8]) -> Option<Self> {
        serde_json::from_slice(secret).ok()
    }

    /// What custody is to hold.
    pub fn to_secret(&self) -> Result<SecretString> {
        serde_json::to_string(self).map(SecretString::new).map_err(Fault::internal)
    }

    /// Whether this is what the user shows for a credential.
    pub fn is_of(&self, row: &ServiceCredential, password_hash: &[u8]) -> bool {
        let secret = SecretString::new(self.service_password.clone());
        let hash = form(&row.service).ok().and_then(|form| form.hash(&secret));
        self.service_user_name == row.service_user_name && hash.as_deref() == Some(password_hash)
    }
}
