//! How many of a thing an account has, counted as they come and go, so that a quota is checked and a summary
//! given without counting rows.

use keystead_core::AccountId;

use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// What is counted. The words are GetAccountSummary's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// IAM users.
    Users,
    /// Virtual MFA devices, assigned or not.
    MfaDevices,
    /// MFA devices that are assigned to a user or root user.
    MfaDevicesInUse,
    /// Server certificates.
    ServerCertificates,
    /// Providers of identities by OpenID Connect. GetAccountSummary has one word for these and the next.
    OidcProviders,
    /// Providers of identities by SAML.
    SamlProviders,
    /// Groups.
    Groups,
    /// Roles.
    Roles,
    /// Instance profiles.
    InstanceProfiles,
    /// Managed policies of the account.
    Policies,
    /// Versions of them.
    PolicyVersionsInUse,
}

impl Counted {
    /// The word it is stored as.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Users => "Users",
            Self::MfaDevices => "MFADevices",
            Self::MfaDevicesInUse => "MFADevicesInUse",
            Self::ServerCertificates => "ServerCertificates",
            Self::OidcProviders => "OIDCProviders",
            Self::SamlProviders => "SAMLProviders",
            Self::Groups => "Groups",
            Self::Roles => "Roles",
            Self::InstanceProfiles => "InstanceProfiles",
            Self::Policies => "Policies",
            Self::PolicyVersionsInUse => "PolicyVersionsInUse",
        }
    }
}

/// The repository of counts.
pub struct Counts<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Counts of what accounts have.
    pub fn counts(&mut self) -> Counts<'_> {
        Counts { sql: self.sql() }
    }
}

impl<'t> Counts<'t> {
    /// For a repository that counts what it adds and deletes.
    pub(crate) fn new(sql: &'t mut dyn Sql) -> Self {
        Self { sql }
    }
}

impl Counts<'_> {
    /// Counts `by` more or fewer and tells how many there are now. Whoever else counts the same thing in the
    /// same account waits until this transaction ends.
    pub fn add(&mut self, account: AccountId, kind: Counted, by: i64) -> Result<u64> {
        self.sql.execute(
            "insert into account_counts (account_id, kind, value) values ($1, $2, 0)
             on conflict (account_id, kind) do nothing",
            values![account, kind.as_str()],
        )?;
        self.sql.execute(
            "update account_counts set value = value + $1 where account_id = $2 and kind = $3",
            values![by, account, kind.as_str()],
        )?;
        self.get(account, kind)
    }

    /// How many there are.
    pub fn get(&mut self, account: AccountId, kind: Counted) -> Result<u64> {
        let value: Option<i64> = self.sql.find(
            "select value from account_counts where account_id = $1 and kind = $2",
            values![account, kind.as_str()],
            |row| row.get(0),
        )?;
        u64::try_from(value.unwrap_or(0))
            .map_err(|_| StoreError::Corrupt(format!("fewer than no {}", kind.as_str())))
    }
}
