//! How the API shows what the custodian keeps, and what names may be.

use keystead_aws::error::{Fault, Result};
use keystead_store::cloud_accounts;
use serde::Serialize;
use utoipa::ToSchema;

use crate::provider::Identity;

/// A connected account; its secrets are never shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CloudAccount {
    /// Its id.
    pub cloud_account_id: String,
    /// Its name.
    pub name: String,
    /// Which cloud.
    pub provider: String,
    /// At which endpoint.
    pub endpoint: String,
    /// Its number at the cloud.
    pub account_number: String,
    /// What its credentials are: `access_key` or `role`.
    pub credential_kind: &'static str,
    /// Who they are at the cloud.
    pub principal_arn: String,
    /// How often they were given.
    pub credential_version: i64,
    /// Who connected it.
    pub connected_by: String,
    /// When, RFC 3339.
    pub created_at: String,
    /// When its credentials were last changed, RFC 3339.
    pub updated_at: String,
}

impl From<&cloud_accounts::CloudAccount> for CloudAccount {
    fn from(row: &cloud_accounts::CloudAccount) -> Self {
        Self {
            cloud_account_id: row.id.clone(),
            name: row.name.clone(),
            provider: row.provider.clone(),
            endpoint: row.endpoint.clone(),
            account_number: row.number.clone(),
            credential_kind: row.kind.as_str(),
            principal_arn: row.principal_arn.clone(),
            credential_version: row.version,
            connected_by: row.connected_by.clone(),
            created_at: row.created_at.to_iso8601(),
            updated_at: row.updated_at.to_iso8601(),
        }
    }
}

/// What should be known about credentials that are taken.
pub fn warnings(identity: &Identity) -> Vec<String> {
    let root = "These are the credentials of the account's root user, whom no policy restrains. Make an IAM user for \
                Keystead with the policy of keystead cloud help, and give its key with keystead cloud update.";
    identity.is_root().then(|| root.to_owned()).into_iter().collect()
}

/// Names stand in paths and on command lines.
pub fn check_name(field: &str, name: &str) -> Result<()> {
    let right = (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b));
    if right && !matches!(name, "." | "..") {
        return Ok(());
    }
    Err(Fault::ValidationError(format!("`{field}` has 1 to 128 letters, digits or characters of +=,.@_-.")))
}
