//! Who is told of the rotations of a managed credential.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sealing::{Place, Sealed};
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of addresses for notices.
pub struct NoticeAddresses<'t> {
    sql: &'t mut dyn Sql,
}

/// Who is told of one credential's rotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeAddress {
    /// Whose it is.
    pub account: AccountId,
    /// The credential.
    pub credential_id: String,
    /// An e-mail address.
    pub email: Option<String>,
    /// Where calls go.
    pub webhook: Option<Hook>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Where calls go, and what they are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The address.
    pub url: String,
    /// The secret; [`secret_place`] says where it opens.
    pub secret: Sealed,
}

/// Where the secret of a webhook is sealed for: what is for one address does not open for another.
pub fn secret_place(account: AccountId, url: &str) -> Place {
    Place {
        tenant: account,
        table: "notice_addresses",
        row: url.to_owned(),
        column: "webhook_secret_sealed",
        version: 1,
    }
}

impl Tx<'_> {
    /// Who is told of rotations.
    pub fn notice_addresses(&mut self) -> NoticeAddresses<'_> {
        NoticeAddresses { sql: self.sql() }
    }
}

impl NoticeAddresses<'_> {
    /// Sets who is told of a credential's rotations.
    pub fn put(&mut self, address: &NoticeAddress) -> Result<()> {
        let (url, secret) = address.webhook.as_ref().map(|hook| (&*hook.url, hook.secret.as_bytes())).unzip();
        self.sql.execute(
            "insert into notice_addresses
                 (account_id, credential_id, email, webhook, webhook_secret_sealed, updated_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (credential_id) do update set email = excluded.email, webhook = excluded.webhook,
                 webhook_secret_sealed = excluded.webhook_secret_sealed, updated_at = excluded.updated_at",
            values![
                address.account,
                &address.credential_id,
                address.email.as_deref(),
                url,
                secret,
                address.updated_at,
            ],
        )?;
        Ok(())
    }

    /// Who is told of a credential's rotations, where somebody has said so.
    pub fn find(&mut self, account: AccountId, credential_id: &str) -> Result<Option<NoticeAddress>> {
        self.sql.find(
            "select account_id, credential_id, email, webhook, webhook_secret_sealed, updated_at
             from notice_addresses where account_id = $1 and credential_id = $2",
            values![account, credential_id],
            |row| {
                let (url, secret): (Option<String>, Option<Vec<u8>>) = (row.get(3)?, row.get(4)?);
                let hook = |(url, secret)| Hook { url, secret: Sealed::from_bytes(secret) };
                Ok(NoticeAddress {
                    account: row.get(0)?,
                    credential_id: row.get(1)?,
                    email: row.get(2)?,
                    webhook: url.zip(secret).map(hook),
                    updated_at: row.get(5)?,
                })
            },
        )
    }
}
