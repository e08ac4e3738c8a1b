//! Inputs as they were set on deployments and workloads, and what these may be given of generated credentials.
//!
//! What has inputs is a deployment or a workload; either is called a holder here, by its id.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// An input as it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The environment variable it becomes.
    pub name: String,
    /// Where its value comes from, in the notation it was set in.
    pub source: String,
    /// ARN of who set it.
    pub set_by: String,
    /// When.
    pub set_at: Timestamp,
}

/// A deployment or a workload by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderName {
    /// `deployment` or `workload`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// An input that selects a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialUse {
    /// Whose input it is.
    pub holder: HolderName,
    /// The input's name.
    pub input: String,
}

/// The repository of inputs and grants.
pub struct Inputs<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Inputs and grants.
    pub fn inputs(&mut self) -> Inputs<'_> {
        Inputs { sql: self.sql() }
    }
}

impl Inputs<'_> {
    /// Sets an input, in the place of what it was; `credentials` are the names that its source selects.
    pub fn put(
        &mut self,
        account: AccountId,
        holder_id: &str,
        input: &Input,
        credentials: &[&str],
    ) -> Result<()> {
        self.delete(holder_id, &input.name)?;
        self.sql.execute(
            "insert into inputs (account_id, holder_id, name, source, set_by, set_at)
             values ($1, $2, $3, $4, $5, $6)",
            values![account, holder_id, &input.name, &input.source, &input.set_by, input.set_at],
        )?;
        for credential in credentials {
            self.sql.execute(
                "insert into input_credentials (account_id, holder_id, input_name, credential_name)
                 values ($1, $2, $3, $4) on conflict (holder_id, input_name, credential_name) do nothing",
                values![account, holder_id, &input.name, *credential],
            )?;
        }
        Ok(())
    }

    /// Takes an input away, where it is set.
    pub fn delete(&mut self, holder_id: &str, name: &str) -> Result<()> {
        self.sql
            .execute("delete from inputs where holder_id = $1 and name = $2", values![holder_id, name])?;
        Ok(())
    }

    /// Takes all inputs and grants of a holder away, which is about to be gone.
    pub fn clear(&mut self, account: AccountId, holder_id: &str) -> Result<()> {
        self.sql.execute(
            "delete from inputs where account_id = $1 and holder_id = $2",
            values![account, holder_id],
        )?;
        self.sql.execute(
            "delete from stored_credential_grants where account_id = $1 and holder_id = $2",
            values![account, holder_id],
        )?;
        Ok(())
    }

    /// The inputs set on a holder, by name.
    pub fn list(&mut self, account: AccountId, holder_id: &str) -> Result<Vec<Input>> {
        self.sql.list(
            "select name, source, set_by, set_at from inputs
             where account_id = $1 and holder_id = $2 order by name",
            values![account, holder_id],
            |row| {
                Ok(Input { name: row.get(0)?, source: row.get(1)?, set_by: row.get(2)?, set_at: row.get(3)? })
            },
        )
    }

    /// At most `limit` inputs that select the credential of this name.
    pub fn list_uses(
        &mut self,
        account: AccountId,
        credential_name: &str,
        limit: i64,
    ) -> Result<Vec<CredentialUse>> {
        self.sql.list(
            "select 'deployment', holder.name, used.input_name
             from input_credentials used join deployments holder on holder.deployment_id = used.holder_id
             where used.account_id = $1 and used.credential_name = $2
             union all
             select 'workload', holder.name, used.input_name
             from input_credentials used join workloads holder on holder.workload_id = used.holder_id
             where used.account_id = $1 and used.credential_name = $2
             order by 1, 2, 3 limit $3",
            values![account, credential_name, limit],
            |row| Ok(CredentialUse { holder: holder_name(row)?, input: row.get(2)? }),
        )
    }

    /// Grants a credential to a holder; it may be granted already.
    pub fn put_grant(
        &mut self,
        account: AccountId,
        credential_id: &str,
        holder_id: &str,
        granted_by: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "insert into stored_credential_grants
                 (account_id, stored_credential_id, holder_id, granted_by, granted_at)
             values ($1, $2, $3, $4, $5) on conflict (stored_credential_id, holder_id) do nothing",
            values![account, credential_id, holder_id, granted_by, now],
        )?;
        Ok(())
    }

    /// Takes a grant back; false where there is none.
    pub fn delete_grant(&mut self, credential_id: &str, holder_id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from stored_credential_grants where stored_credential_id = $1 and holder_id = $2",
            values![credential_id, holder_id],
        )?;
        Ok(deleted > 0)
    }

    /// Whether a credential is granted to a holder.
    pub fn is_granted(&mut self, credential_id: &str, holder_id: &str) -> Result<bool> {
        let found = self.sql.find(
            "select 1 from stored_credential_grants where stored_credential_id = $1 and holder_id = $2",
            values![credential_id, holder_id],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// At most `limit` holders that a credential is granted to.
    pub fn list_grants(
        &mut self,
        account: AccountId,
        credential_id: &str,
        limit: i64,
    ) -> Result<Vec<HolderName>> {
        self.sql.list(
            "select 'deployment', holder.name
             from stored_credential_grants granted
             join deployments holder on holder.deployment_id = granted.holder_id
             where granted.account_id = $1 and granted.stored_credential_id = $2
             union all
             select 'workload', holder.name
             from stored_credential_grants granted join workloads holder on holder.workload_id = granted.holder_id
             where granted.account_id = $1 and granted.stored_credential_id = $2
             order by 1, 2 limit $3",
            values![account, credential_id, limit],
            holder_name,
        )
    }
}

fn holder_name(row: &Row<'_>) -> Result<HolderName> {
    Ok(HolderName { kind: row.get(0)?, name: row.get(1)? })
}
