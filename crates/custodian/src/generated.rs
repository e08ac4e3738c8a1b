//! Generated credentials: the parts of a connected account's credentials under names that inputs can select. They
//! have no values of their own; a value is read from the connection's credentials in use, at the moment it is needed.

use keystead_aws::error::{Fault, Result};
use keystead_core::SecretString;
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::cloud_accounts::{
    CloudAccount, CloudCredentialKind, CloudCredentials, private_key_place,
};
use keystead_store::stored_credentials::{StoredCredential, StoredKind};

use crate::connection;

/// A part of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The account's number at the cloud.
    AccountNumber,
    /// The id of its access key.
    AccessKeyId,
    /// The key's secret.
    SecretAccessKey,
    /// The X.509 certificate.
    Certificate,
    /// The certificate's private key.
    PrivateKey,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::AccountNumber, Self::AccessKeyId, Self::SecretAccessKey, Self::Certificate, Self::PrivateKey];

    /// The name of the credential that stands for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountNumber => "AWS_ACCOUNT_NUMBER",
            Self::AccessKeyId => "AWS_ACCESS_KEY_ID",
            Self::SecretAccessKey => "AWS_SECRET_ACCESS_KEY",
            Self::Certificate => "AWS_X509_CERT",
            Self::PrivateKey => "AWS_X509_KEY",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    /// Whether credentials have it. Those of a role are nobody's to hand out, with whichever key it is assumed.
    fn is_in(self, credentials: &CloudCredentials) -> bool {
        let is_key = credentials.kind == CloudCredentialKind::AccessKey;
        match self {
            Self::AccountNumber => true,
            Self::AccessKeyId => is_key && credentials.access_key_id.is_some(),
            Self::SecretAccessKey => is_key && credentials.secret.is_some(),
            Self::Certificate => credentials.certificate.is_some(),
            Self::PrivateKey => credentials.private_key.is_some(),
        }
    }
}

/// Whether a name is kept for generated credentials: it begins as theirs do, or is one of theirs spelt otherwise.
pub fn is_reserved(name: &str) -> bool {
    let folded = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
    };
    let spelt = folded(name);
    name.to_ascii_uppercase().starts_with("AWS_") || Part::ALL.iter().any(|part| folded(part.name()) == spelt)
}

/// Makes the generated credentials of a connected account whose names are free; run again it makes those that were
/// deleted. The caller holds the account's row. Who was granted one before is not granted the new one.
pub fn create(tx: &mut Tx<'_>, cx: &Context, cloud_account_id: &str) -> Result<()> {
    let (_, credentials) = in_use(tx, cx, cloud_account_id)?;
    create_parts(tx, cx, cloud_account_id, |part| part.is_in(&credentials))
}

/// Makes those that other credentials bring with them and the ones `before` did not have. Those that were deleted
/// stay so.
pub fn follow(
    tx: &mut Tx<'_>,
    cx: &Context,
    cloud_account_id: &str,
    before: &CloudCredentials,
) -> Result<()> {
    let (_, credentials) = in_use(tx, cx, cloud_account_id)?;
    create_parts(tx, cx, cloud_account_id, |part| part.is_in(&credentials) && !part.is_in(before))
}

fn create_parts(
    tx: &mut Tx<'_>,
    cx: &Context,
    cloud_account_id: &str,
    wanted: impl Fn(Part) -> bool,
) -> Result<()> {
    for part in Part::ALL.into_iter().filter(|part| wanted(*part)) {
        if tx.stored_credentials().find(cx.account(), part.name())?.is_some() {
            continue;
        }
        tx.stored_credentials().insert(&StoredCredential {
            account: cx.account(),
            // Told apart by the request that made it, so that nothing is drawn in the transaction.
            id: format!("{}:{}", cx.caller.request_id, part.name()),
            name: part.name().to_owned(),
            kind: StoredKind::Generated { cloud_account_id: cloud_account_id.to_owned() },
            description: String::new(),
            version: 0,
            expires_at: None,
            reads: 0,
            last_read_at: None,
            last_read_by: None,
            created_by: cx.caller.arn().to_string(),
            created_at: cx.now,
            updated_at: cx.now,
        })?;
    }
    Ok(())
}

/// The value a generated credential stands for now, and the version of the connection's credentials it is of; `None`
/// where these have no such part.
pub fn value(
    tx: &mut Tx<'_>,
    cx: &Context,
    name: &str,
    cloud_account_id: &str,
) -> Result<Option<(i64, SecretString)>> {
    let (cloud, credentials) = in_use(tx, cx, cloud_account_id)?;
    let Some(part) = Part::of(name).filter(|part| part.is_in(&credentials)) else { return Ok(None) };
    let value = match part {
        Part::AccountNumber => Some(cloud.number.into()),
        Part::AccessKeyId => credentials.access_key_id.clone().map(Into::into),
        Part::SecretAccessKey => connection::open_secret(cx.sealer(), cx.account(), &credentials)?,
        Part::Certificate => credentials.certificate.clone().map(Into::into),
        Part::PrivateKey => private_key(cx, &credentials)?,
    };
    Ok(value.map(|value| (credentials.version, value)))
}

/// Whether the connection has the part that a generated credential of this name stands for.
pub fn has_value(tx: &mut Tx<'_>, cx: &Context, name: &str, cloud_account_id: &str) -> Result<bool> {
    let (_, credentials) = in_use(tx, cx, cloud_account_id)?;
    Ok(Part::of(name).is_some_and(|part| part.is_in(&credentials)))
}

fn private_key(cx: &Context, credentials: &CloudCredentials) -> Result<Option<SecretString>> {
    let Some(sealed) = &credentials.private_key else { return Ok(None) };
    let place = private_key_place(cx.account(), &credentials.cloud_account_id, credentials.version);
    let plain = cx.sealer().open(&place, sealed.as_bytes())?;
    String::from_utf8(plain.expose().clone()).map(|text| Some(text.into())).map_err(Fault::internal)
}

fn in_use(tx: &mut Tx<'_>, cx: &Context, cloud_account_id: &str) -> Result<(CloudAccount, CloudCredentials)> {
    let account = cx.account();
    let gone = || Fault::internal(format!("the connected account {cloud_account_id} has no credentials"));
    let cloud = tx.cloud_accounts().find(account, cloud_account_id)?.ok_or_else(gone)?;
    let credentials = tx.cloud_accounts().find_credentials(account, cloud_account_id, cloud.version)?;
    Ok((cloud, credentials.ok_or_else(gone)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_a_generated_name_is_free() {
        for name in [
            "AWS_ACCESS_KEY_ID",
            "aws_access_key_id",
            "AWS_X",
            "aWs_anything",
            "AWS-ACCESS-KEY-ID",
            "AwsAccessKeyId",
            "a.w.s.x509.cert",
            "=AWS_X509_KEY=",
            "awssecretaccesskey",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["AWS", "AWSOME", "MY_AWS_ACCESS_KEY_ID", "AWS-REGION", "DB_PASSWORD"] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
