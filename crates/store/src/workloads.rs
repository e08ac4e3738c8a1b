//! Deployments and their workloads, and the tokens with which workloads are enrolled.

use keystead_core::{AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// Workloads that belong together and share inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// Its name, unique in the account.
    pub name: String,
    /// For people.
    pub description: String,
    /// ARN of who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// A process that is given inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub id: String,
    /// The deployment whose inputs it inherits.
    pub deployment_id: Option<String>,
    /// Its name, unique in the account.
    pub name: String,
    /// For people.
    pub description: String,
    /// The names of the inputs without which it does not start.
    pub required: Vec<String>,
    /// When it was enrolled last.
    pub enrolled_at: Option<Timestamp>,
    /// ARN of who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A token with which a workload may be enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrollment {
    /// The workload.
    pub workload_id: String,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// The repository of deployments and workloads.
pub struct Workloads<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Deployments and workloads.
    pub fn workloads(&mut self) -> Workloads<'_> {
        Workloads { sql: self.sql() }
    }

    /// Holds a workload's row until the end of the transaction.
    pub fn lock_workload(&mut self, account: AccountId, id: &str) -> Result<()> {
        self.lock(
            "select workload_id from workloads where account_id = $1 and workload_id = $2 for update",
            values![account, id],
        )
    }
}

impl Workloads<'_> {
    /// Adds a deployment; breaks `deployments_name_unique` where the account has one of this name.
    pub fn insert_deployment(&mut self, deployment: &Deployment) -> Result<()> {
        self.sql.execute(
            "insert into deployments (account_id, deployment_id, name, description, created_by, created_at)
             values ($1, $2, $3, $4, $5, $6)",
            values![
                deployment.account,
                &deployment.id,
                &deployment.name,
                &deployment.description,
                &deployment.created_by,
                deployment.created_at,
            ],
        )?;
        Ok(())
    }

    /// The deployment of this name.
    pub fn find_deployment(&mut self, account: AccountId, name: &str) -> Result<Option<Deployment>> {
        self.sql.find(
            "select account_id, deployment_id, name, description, created_by, created_at
             from deployments where account_id = $1 and name = $2",
            values![account, name],
            deployment,
        )
    }

    /// The deployment of this id.
    pub fn find_deployment_by_id(&mut self, account: AccountId, id: &str) -> Result<Option<Deployment>> {
        self.sql.find(
            "select account_id, deployment_id, name, description, created_by, created_at
             from deployments where account_id = $1 and deployment_id = $2",
            values![account, id],
            deployment,
        )
    }

    /// At most `limit` deployments by name, from the one after `after_name`.
    pub fn list_deployments(
        &mut self,
        account: AccountId,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Deployment>> {
        self.sql.list(
            "select account_id, deployment_id, name, description, created_by, created_at
             from deployments where account_id = $1 and name > $2 order by name limit $3",
            values![account, after_name.unwrap_or_default(), limit],
            deployment,
        )
    }

    /// How many deployments the account has.
    pub fn count_deployments(&mut self, account: AccountId) -> Result<i64> {
        let count = self.sql.find(
            "select count(*) from deployments where account_id = $1",
            values![account],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or_default())
    }

    /// Deletes a deployment, which has no workloads any more. Its inputs and grants are the caller's to clear.
    pub fn delete_deployment(&mut self, account: AccountId, id: &str) -> Result<()> {
        self.sql.execute(
            "delete from deployments where account_id = $1 and deployment_id = $2",
            values![account, id],
        )?;
        Ok(())
    }

    /// Adds a workload; breaks `workloads_name_unique` where the account has one of this name.
    pub fn insert(&mut self, workload: &Workload) -> Result<()> {
        self.sql.execute(
            "insert into workloads
                 (account_id, workload_id, deployment_id, name, description, required, created_by, created_at,
                  updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                workload.account,
                &workload.id,
                workload.deployment_id.as_deref(),
                &workload.name,
                &workload.description,
                required_text(&workload.required)?,
                &workload.created_by,
                workload.created_at,
                workload.updated_at,
            ],
        )?;
        Ok(())
    }

    /// The workload of this name.
    pub fn find(&mut self, account: AccountId, name: &str) -> Result<Option<Workload>> {
        self.sql.find(
            "select account_id, workload_id, deployment_id, name, description, required, enrolled_at,
                    created_by, created_at, updated_at
             from workloads where account_id = $1 and name = $2",
            values![account, name],
            workload,
        )
    }

    /// The workload of this id.
    pub fn find_by_id(&mut self, account: AccountId, id: &str) -> Result<Option<Workload>> {
        self.sql.find(
            "select account_id, workload_id, deployment_id, name, description, required, enrolled_at,
                    created_by, created_at, updated_at
             from workloads where account_id = $1 and workload_id = $2",
            values![account, id],
            workload,
        )
    }

    /// The workload whose token has this hash, in whatever account: the token is all it shows.
    pub fn find_by_token_hash(&mut self, token_hash: &[u8]) -> Result<Option<Workload>> {
        self.sql.find(
            "select account_id, workload_id, deployment_id, name, description, required, enrolled_at,
                    created_by, created_at, updated_at
             from workloads where token_hash = $1",
            values![token_hash],
            workload,
        )
    }

    /// At most `limit` workloads, of a deployment or of all, by name from the one after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        deployment_id: Option<&str>,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Workload>> {
        self.sql.list(
            "select account_id, workload_id, deployment_id, name, description, required, enrolled_at,
                    created_by, created_at, updated_at
             from workloads
             where account_id = $1 and ($2 = '' or deployment_id = $2) and name > $3 order by name limit $4",
            values![account, deployment_id.unwrap_or_default(), after_name.unwrap_or_default(), limit],
            workload,
        )
    }

    /// How many workloads the account has.
    pub fn count(&mut self, account: AccountId) -> Result<i64> {
        let count = self.sql.find(
            "select count(*) from workloads where account_id = $1",
            values![account],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or_default())
    }

    /// Changes what a workload is for and which inputs it needs.
    pub fn update(&mut self, workload: &Workload) -> Result<()> {
        self.sql.execute(
            "update workloads set description = $1, required = $2, updated_at = $3
             where account_id = $4 and workload_id = $5",
            values![
                &workload.description,
                required_text(&workload.required)?,
                workload.updated_at,
                workload.account,
                &workload.id,
            ],
        )?;
        Ok(())
    }

    /// Gives a workload its token, in the place of any other.
    pub fn update_token(
        &mut self,
        account: AccountId,
        id: &str,
        token_hash: &[u8],
        now: Timestamp,
    ) -> Result<()> {
        self.sql.execute(
            "update workloads set token_hash = $1, enrolled_at = $2 where account_id = $3 and workload_id = $4",
            values![token_hash, now, account, id],
        )?;
        Ok(())
    }

    /// Deletes a workload with its enrollment. Its inputs and grants are the caller's to clear.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<()> {
        self.sql.execute(
            "delete from workloads where account_id = $1 and workload_id = $2",
            values![account, id],
        )?;
        Ok(())
    }

    /// Puts a token for enrolling in the place of any earlier one of the workload.
    pub fn put_enrollment(&mut self, enrollment: &Enrollment) -> Result<()> {
        self.sql.execute(
            "insert into workload_enrollments (workload_id, token_hash, expires_at) values ($1, $2, $3)
             on conflict (workload_id)
             do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at",
            values![&enrollment.workload_id, enrollment.token_hash.as_slice(), enrollment.expires_at],
        )?;
        Ok(())
    }

    /// The enrollment whose token has this hash.
    pub fn find_enrollment(&mut self, token_hash: &[u8]) -> Result<Option<Enrollment>> {
        self.sql.find(
            "select workload_id, token_hash, expires_at from workload_enrollments where token_hash = $1",
            values![token_hash],
            |row| {
                Ok(Enrollment { workload_id: row.get(0)?, token_hash: row.get(1)?, expires_at: row.get(2)? })
            },
        )
    }

    /// Uses an enrollment up; false where somebody else did.
    pub fn delete_enrollment(&mut self, token_hash: &[u8]) -> Result<bool> {
        let deleted = self
            .sql
            .execute("delete from workload_enrollments where token_hash = $1", values![token_hash])?;
        Ok(deleted > 0)
    }
}

fn required_text(required: &[String]) -> Result<String> {
    serde_json::to_string(required).map_err(|error| StoreError::Other(error.to_string()))
}

fn deployment(row: &Row<'_>) -> Result<Deployment> {
    Ok(Deployment {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        created_by: row.get(4)?,
        created_at: row.get(5)?,
    })
}

fn workload(row: &Row<'_>) -> Result<Workload> {
    Ok(Workload {
        account: row.get(0)?,
        id: row.get(1)?,
        deployment_id: row.get(2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        required: serde_json::from_str(row.get(5)?)
            .map_err(|_| StoreError::Corrupt("the inputs a workload requires are no list".to_owned()))?,
        enrolled_at: row.get(6)?,
        created_by: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
    })
}
