//! Service-specific credentials: which services have them, how their secrets are drawn, and how they are shown.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam;
use keystead_core::{Rng, SecretBytes, SecretString, ServiceCredential, Timestamp};
use keystead_gate::Context;
use sha2::{Digest, Sha256};

/// What a user shows to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
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
pub(crate) fn form(service: &str) -> Result<Form> {
    let found = SERVICES.iter().find(|(name, _)| *name == service);
    found
        .map(|(_, form)| *form)
        .ok_or_else(|| Fault::NoSuchEntity(text::service_without_credentials(service)))
}

/// When a credential that is made now ends; only API keys ever do.
pub(crate) fn expiry(
    service: &str,
    form: Form,
    days: Option<i64>,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
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
pub(crate) struct PasswordSecret(SecretString);

impl PasswordSecret {
    /// Draws one.
    pub(crate) fn draw(rng: &dyn Rng) -> Self {
        let mut bytes = vec![0; 32];
        rng.fill(&mut bytes);
        Self(SecretString::new(STANDARD.encode(SecretBytes::new(bytes).expose())))
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.expose()).to_vec()
    }
}

/// A credential with its secret, as it is shown once.
pub(crate) fn revealed(
    credential: &ServiceCredential,
    form: Form,
    password: &PasswordSecret,
    user_name: &str,
    cx: &Context,
) -> iam::ServiceSpecificCredential {
    let shown = self::shown(credential, user_name, cx.now);
    let (service_password, service_credential_secret) = match form {
        Form::Password => (Some(password.0.clone()), None),
        Form::ApiKey { prefix } => {
            let both = SecretString::new(format!("{}:{}", credential.service_user_name, password.0.expose()));
            (None, Some(SecretString::new(format!("{prefix}{}", STANDARD.encode(both.expose())))))
        }
    };
    iam::ServiceSpecificCredential {
        create_date: shown.create_date,
        expiration_date: shown.expiration_date,
        service_name: shown.service_name,
        service_user_name: shown.service_user_name,
        service_password,
        service_credential_alias: shown.service_credential_alias,
        service_credential_secret,
        service_specific_credential_id: shown.service_specific_credential_id,
        user_name: shown.user_name,
        status: shown.status,
    }
}

/// A credential as lists show it.
pub(crate) fn shown(
    credential: &ServiceCredential,
    user_name: &str,
    now: Timestamp,
) -> iam::ServiceSpecificCredentialMetadata {
    let has_ended = credential.expires_at.is_some_and(|end| end <= now);
    let status = if has_ended { "Expired" } else { credential.status.as_str() };
    let name = Some(credential.service_user_name.clone());
    let (service_user_name, service_credential_alias) = match form(&credential.service) {
        Ok(Form::ApiKey { .. }) => (None, name),
        _ => (name, None),
    };
    iam::ServiceSpecificCredentialMetadata {
        user_name: user_name.to_owned(),
        status: status.to_owned(),
        service_user_name,
        service_credential_alias,
        create_date: credential.created_at,
        expiration_date: credential.expires_at,
        service_specific_credential_id: credential.id.clone(),
        service_name: credential.service.clone(),
    }
}
