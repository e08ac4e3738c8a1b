//! What ends by itself: certificates, and passwords by their age.

use std::ops::Range;

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of what ends by itself.
pub struct Endings<'t> {
    sql: &'t mut dyn Sql,
}

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The id of a signing certificate, the name of a server certificate; nothing of a password.
    pub name: Option<String>,
    /// The user it is of; none of the root user's, and of what is the account's.
    pub user_name: Option<String>,
    /// When a certificate ends, or when a password was set.
    pub at: Timestamp,
}

impl Tx<'_> {
    /// What ends by itself.
    pub fn endings(&mut self) -> Endings<'_> {
        Endings { sql: self.sql() }
    }
}

impl Endings<'_> {
    /// Active signing certificates that end within a time, the first first.
    pub fn list_signing_certificates(
        &mut self,
        account: AccountId,
        within: &Range<Timestamp>,
        limit: i64,
    ) -> Result<Vec<Ending>> {
        self.sql.list(
            "select c.certificate_id, u.user_name, c.expires_at
             from signing_certificates c
             left join users u on u.user_id = c.owner_id and u.account_id = c.account_id
             where c.account_id = $1 and c.expires_at >= $2 and c.expires_at < $3 and c.status = 'Active'
             order by c.expires_at, c.certificate_id limit $4",
            values![account, within.start, within.end, limit],
            ending,
        )
    }

    /// Server certificates that end within a time, the first first.
    pub fn list_server_certificates(
        &mut self,
        account: AccountId,
        within: &Range<Timestamp>,
        limit: i64,
    ) -> Result<Vec<Ending>> {
        self.sql.list(
            "select name, null, expires_at from server_certificates
             where account_id = $1 and expires_at >= $2 and expires_at < $3
             order by expires_at, name limit $4",
            values![account, within.start, within.end, limit],
            ending,
        )
    }

    /// The passwords of users that were set within a time, the first first.
    pub fn list_passwords(
        &mut self,
        account: AccountId,
        set_within: &Range<Timestamp>,
        limit: i64,
    ) -> Result<Vec<Ending>> {
        self.sql.list(
            "select null, u.user_name, p.changed_at
             from login_profiles p
             join users u on u.user_id = p.owner_id and u.account_id = p.account_id
             where p.account_id = $1 and p.changed_at >= $2 and p.changed_at < $3
             order by p.changed_at, p.owner_id limit $4",
            values![account, set_within.start, set_within.end, limit],
            ending,
        )
    }
}

fn ending(row: &Row<'_>) -> Result<Ending> {
    Ok(Ending { name: row.get(0)?, user_name: row.get(1)?, at: row.get(2)? })
}
