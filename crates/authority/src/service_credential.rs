//! Service-specific credentials as they are shown.

use keystead_aws::model::iam;
use keystead_core::{ServiceCredential, Timestamp};
use keystead_gate::Context;
pub(crate) use keystead_gate::service_credential::{Form, PasswordSecret, expiry, form, free_name};

/// A credential with its secret, as it is shown once.
pub(crate) fn revealed(
    credential: &ServiceCredential,
    form: Form,
    password: &PasswordSecret,
    user_name: &str,
    cx: &Context,
) -> iam::ServiceSpecificCredential {
    let shown = self::shown(credential, user_name, cx.now);
    let secret = Some(form.secret(&credential.service_user_name, password));
    let (service_password, service_credential_secret) = match form {
        Form::Password => (secret, None),
        Form::ApiKey { .. } => (None, secret),
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
