//! Which principal was last seen at which service, and which of Keystead's own actions it last took.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of last accesses.
pub struct Accesses<'t> {
    sql: &'t mut dyn Sql,
}

/// The last access of a principal to a service, or the last time it took an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The principal's account.
    pub account: AccountId,
    /// The unique id of a user or role, or the account's number.
    pub principal_id: String,
    /// The service.
    pub service: String,
    /// The action; `None` for the service as a whole.
    pub action: Option<String>,
    /// The region of the credential scope.
    pub region: String,
    /// When.
    pub at: Timestamp,
}

impl Tx<'_> {
    /// Last accesses.
    pub fn accesses(&mut self) -> Accesses<'_> {
        Accesses { sql: self.sql() }
    }
}

impl Accesses<'_> {
    /// Keeps an access, unless a later one is kept.
    pub fn keep(&mut self, access: &Access) -> Result<()> {
        let Access { account, principal_id, service, action, region, at } = access;
        match action {
            None => self.sql.execute(
                "insert into service_accesses (account_id, principal_id, service, region, accessed_at)
                 values ($1, $2, $3, $4, $5)
                 on conflict (account_id, principal_id, service) do update
                 set region = excluded.region, accessed_at = excluded.accessed_at
                 where service_accesses.accessed_at < excluded.accessed_at",
                values![*account, principal_id, service, region, *at],
            )?,
            Some(action) => self.sql.execute(
                "insert into action_accesses (account_id, principal_id, service, action, region, accessed_at)
                 values ($1, $2, $3, $4, $5, $6)
                 on conflict (account_id, principal_id, service, action) do update
                 set region = excluded.region, accessed_at = excluded.accessed_at
                 where action_accesses.accessed_at < excluded.accessed_at",
                values![*account, principal_id, service, action, region, *at],
            )?,
        };
        Ok(())
    }

    /// Forgets the accesses of a principal that is gone.
    pub fn delete(&mut self, account: AccountId, principal_id: &str) -> Result<()> {
        self.sql.execute(
            "delete from service_accesses where account_id = $1 and principal_id = $2",
            values![account, principal_id],
        )?;
        self.sql.execute(
            "delete from action_accesses where account_id = $1 and principal_id = $2",
            values![account, principal_id],
        )?;
        Ok(())
    }

    /// Every service a principal was seen at.
    pub fn list_services(&mut self, account: AccountId, principal_id: &str) -> Result<Vec<Access>> {
        self.sql.list(
            "select account_id, principal_id, service, null, region, accessed_at from service_accesses
             where account_id = $1 and principal_id = $2",
            values![account, principal_id],
            access,
        )
    }

    /// Every action a principal took.
    pub fn list_actions(&mut self, account: AccountId, principal_id: &str) -> Result<Vec<Access>> {
        self.sql.list(
            "select account_id, principal_id, service, action, region, accessed_at from action_accesses
             where account_id = $1 and principal_id = $2",
            values![account, principal_id],
            access,
        )
    }
}

fn access(row: &Row<'_>) -> Result<Access> {
    Ok(Access {
        account: row.get(0)?,
        principal_id: row.get(1)?,
        service: row.get(2)?,
        action: row.get(3)?,
        region: row.get(4)?,
        at: row.get(5)?,
    })
}
