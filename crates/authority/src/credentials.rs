//! What an owner proves itself with, all of it and no secret: what summaries and reports are about. Of the
//! users of a page it is read with one query a table.

use std::collections::HashMap;

use keystead_aws::error::Result;
use keystead_core::{AccessKey, AccountId, Timestamp};
use keystead_store::Tx;
use keystead_store::last_used::LastUse;
use keystead_store::user_pages::UserSpan;

/// The credentials of a user or root user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credentials {
    /// Its access keys, and where each was used last.
    pub(crate) access_keys: Vec<(AccessKey, Option<LastUse>)>,
    /// Its signing certificates.
    pub(crate) certificates: Vec<Certificate>,
    /// Its password.
    pub(crate) password: Option<Password>,
    /// Whether an MFA device is assigned to it.
    pub(crate) mfa_active: bool,
}

/// A signing certificate.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) is_active: bool,
    pub(crate) uploaded_at: Timestamp,
}

/// A password.
#[derive(Clone, Debug)]
pub(crate) struct Password {
    pub(crate) changed_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

impl Credentials {
    /// Those of the root user.
    pub(crate) fn of_root(tx: &mut Tx<'_>, account: AccountId) -> Result<Self> {
        let mut root = Self::default();
        for key in tx.access_keys().list_by_owner(account, &account.to_string())? {
            let last_use = tx.last_used().find(account, key.id)?;
            root.access_keys.push((key, last_use));
        }
        Ok(root)
    }

    /// Those of the users of a page, by user id; who has none may be missing.
    pub(crate) fn of_users(tx: &mut Tx<'_>, span: &UserSpan) -> Result<HashMap<String, Self>> {
        let mut found = HashMap::<String, Self>::new();
        for (key, last_use) in tx.user_pages().access_keys(span)? {
            found.entry(key.owner_id.clone()).or_default().access_keys.push((key, last_use));
        }
        Ok(found)
    }
}
