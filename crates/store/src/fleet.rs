//! What is asked about many credentials at once: how each stands, and how many rotations are under way.

use keystead_core::{AccessKeyId, AccountId, KeyId, KeyStatus, Timestamp};

use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of questions about all credentials of an account.
pub struct Fleet<'t> {
    sql: &'t mut dyn Sql,
}

/// How many old keys are looked at for whether they are used: to look at more takes longer than a page may.
pub const OLD_KEYS_MAX: i64 = 10_000;

/// A managed credential in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetLine {
    /// Its id.
    pub credential_id: String,
    /// Its name.
    pub name: String,
    /// The user whose keys are rotated.
    pub user_name: String,
    /// Where a remote authority answers.
    pub endpoint: Option<String>,
    /// The key that consumers should use.
    pub key: KeyId,
    /// When that key was made, where it is a key of this authority.
    pub key_made_at: Option<Timestamp>,
    /// When the credential was made.
    pub created_at: Timestamp,
    /// By which rule it is rotated, JSON.
    pub schedule: Option<String>,
    /// When the next rotation begins.
    pub next_at: Option<Timestamp>,
    /// Its running rotation and the state that is in.
    pub rotation: Option<(String, String)>,
    /// When its key was last used.
    pub last_used_at: Option<Timestamp>,
    /// How many consumers are enrolled.
    pub consumers: i64,
    /// Whether there is an open report that its key has leaked, and whether the secret came with one.
    pub leak: Option<bool>,
}

/// An access key of this authority in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// The key.
    pub key: AccessKeyId,
    /// Its owner's unique id.
    pub owner_id: String,
    /// Its owner's name; none is the root user.
    pub user_name: Option<String>,
    /// Whether it works.
    pub status: KeyStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// The managed credential of its owner.
    pub credential: Option<String>,
    /// The running rotation of that.
    pub rotation_id: Option<String>,
    /// How many active keys its owner has.
    pub active_keys: i64,
}

/// How old the active keys of an account are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyAges {
    /// How many in each span, the newest first.
    pub ages: [i64; 4],
    /// How many of the last span are not used.
    pub unused: i64,
    /// How many are the root user's.
    pub of_root: i64,
}

/// An old key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldKey {
    /// Its id.
    pub key: String,
    /// Whose it is; nobody for the root user.
    pub user_name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

impl Tx<'_> {
    /// Questions about all credentials of an account.
    pub fn fleet(&mut self) -> Fleet<'_> {
        Fleet { sql: self.sql() }
    }
}

impl Fleet<'_> {
    /// All managed credentials of an account, by name.
    pub fn list_credentials(&mut self, account: AccountId) -> Result<Vec<FleetLine>> {
        self.sql.list(
            "select c.credential_id, c.name, c.user_name, c.endpoint, c.current_access_key_id, k.created_at,
                    c.created_at, p.schedule, p.next_at, r.rotation_id, r.state,
                    (select max(u.last_used_at) from key_uses u
                     where u.access_key_id = c.current_access_key_id and u.account_id = c.account_id),
                    (select count(*) from consumers s where s.credential_id = c.credential_id),
                    (select max(l.is_proven) from leak_reports l
                     where l.account_id = c.account_id and l.access_key_id = c.current_access_key_id
                         and l.state = 'open')
             from managed_credentials c
             left join access_keys k
                 on k.access_key_id = c.current_access_key_id and k.account_id = c.account_id
             left join rotation_plans p on p.credential_id = c.credential_id
             left join rotations r on r.credential_id = c.credential_id and r.finished_at is null
             where c.account_id = $1 order by c.name",
            values![account],
            fleet_line,
        )
    }

    /// At most `limit` access keys of an account, by their ids, from the one after `after`.
    pub fn list_keys(&mut self, account: AccountId, after: Option<&str>, limit: i64) -> Result<Vec<KeyLine>> {
        self.sql.list(
            "select k.access_key_id, k.owner_id, u.user_name, k.status, k.created_at,
                    (select max(s.last_used_at) from key_uses s where s.access_key_id = k.access_key_id),
                    (select used_at from key_last_used l where l.access_key_id = k.access_key_id),
                    (select min(c.name) from managed_credentials c
                     where c.account_id = k.account_id and c.owner_id = k.owner_id),
                    (select min(r.rotation_id) from rotations r
                     join managed_credentials c on c.credential_id = r.credential_id
                     where c.account_id = k.account_id and c.owner_id = k.owner_id and r.finished_at is null),
                    (select count(*) from access_keys o
                     where o.account_id = k.account_id and o.owner_id = k.owner_id and o.status = 'Active')
             from access_keys k
             left join users u on u.user_id = k.owner_id and u.account_id = k.account_id
             where k.account_id = $1 and k.access_key_id > $2 order by k.access_key_id limit $3",
            values![account, after.unwrap_or_default(), limit],
            key_line,
        )
    }

    /// How many active keys of an account were made after each of three instants, the latest first, how many earlier,
    /// and how many of the oldest [`OLD_KEYS_MAX`] of the latter were not used since a fourth.
    pub fn count_ages(
        &mut self,
        account: AccountId,
        after: [Timestamp; 3],
        used_after: Timestamp,
    ) -> Result<KeyAges> {
        let counted = self.sql.find(
            "select (select count(*) from access_keys
                     where account_id = $1 and owner_id = $1 and status = 'Active'),
                    (select count(*) from access_keys
                     where account_id = $1 and status = 'Active' and created_at > $2),
                    (select count(*) from access_keys
                     where account_id = $1 and status = 'Active' and created_at <= $2 and created_at > $3),
                    (select count(*) from access_keys
                     where account_id = $1 and status = 'Active' and created_at <= $3 and created_at > $4),
                    (select count(*) from access_keys
                     where account_id = $1 and status = 'Active' and created_at <= $4),
                    (select count(*) from
                        (select access_key_id from access_keys
                         where account_id = $1 and status = 'Active' and created_at <= $4
                         order by created_at limit $5) k
                     left join key_last_used l on l.access_key_id = k.access_key_id
                     where l.used_at is null or l.used_at <= $6)",
            values![account, after[0], after[1], after[2], OLD_KEYS_MAX, used_after],
            |row| {
                let ages = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
                Ok(KeyAges { ages, unused: row.get(5)?, of_root: row.get(0)? })
            },
        )?;
        Ok(counted.unwrap_or_default())
    }

    /// The active keys of an account that were made before an instant, the oldest first: key, user, when it was made
    /// and last used.
    pub fn list_old_keys(
        &mut self,
        account: AccountId,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<OldKey>> {
        self.sql.list(
            "select k.access_key_id, u.user_name, k.created_at, l.used_at
             from access_keys k
             left join users u on u.user_id = k.owner_id and u.account_id = k.account_id
             left join key_last_used l on l.access_key_id = k.access_key_id
             where k.account_id = $1 and k.status = 'Active' and k.created_at <= $2
             order by k.created_at, k.access_key_id limit $3",
            values![account, before, limit],
            |row| {
                let (created_at, used_at) = (row.get(2)?, row.get(3)?);
                Ok(OldKey { key: row.get(0)?, user_name: row.get(1)?, created_at, used_at })
            },
        )
    }

    /// How many rotations of an account are at work: those that only wait, for silence or for somebody, are not.
    pub fn count_at_work(&mut self, account: AccountId) -> Result<u64> {
        let count = self.sql.find(
            "select count(*) from rotations where account_id = $1 and finished_at is null
                 and state in ('preflight', 'creating', 'staged', 'verifying', 'delivering')",
            values![account],
            |row| row.get::<i64>(0),
        )?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    /// The same by how their consumers get their keys.
    pub fn count_at_work_by_kind(&mut self, account: AccountId) -> Result<Vec<(String, u64)>> {
        self.sql.list(
            "select c.kind, count(distinct r.rotation_id) from rotations r
             join consumers c on c.credential_id = r.credential_id
             where r.account_id = $1 and r.finished_at is null
                 and r.state in ('preflight', 'creating', 'staged', 'verifying', 'delivering')
             group by c.kind order by c.kind",
            values![account],
            |row| Ok((row.get(0)?, row.get::<i64>(1)?.unsigned_abs())),
        )
    }

    /// The running rotations of all accounts by the state they are in: how many, and since when the one that is in it
    /// longest.
    pub fn count_by_state(&mut self) -> Result<Vec<(String, u64, Timestamp)>> {
        self.sql.list(
            "select state, count(*), min(coalesce(state_since, created_at)) from rotations
             where finished_at is null group by state order by state",
            values![],
            |row| Ok((row.get(0)?, row.get::<i64>(1)?.unsigned_abs(), row.get(2)?)),
        )
    }

    /// When the current keys of all managed credentials were made; a key of another authority is at least as old as its
    /// custody copy.
    pub fn list_key_births(&mut self) -> Result<Vec<Timestamp>> {
        self.sql.list(
            "select coalesce(k.created_at, s.uploaded_at, p.created_at, c.updated_at) from managed_credentials c
             left join access_keys k
                 on k.access_key_id = c.current_access_key_id and k.account_id = c.account_id
             left join signing_certificates s
                 on s.certificate_id = c.current_access_key_id and s.account_id = c.account_id
             left join service_credentials p
                 on p.credential_id = c.current_access_key_id and p.account_id = c.account_id",
            values![],
            |row| row.get(0),
        )
    }

    /// How the consumers of a credential get their keys.
    pub fn list_kinds(&mut self, account: AccountId, credential_id: &str) -> Result<Vec<String>> {
        self.sql.list(
            "select distinct kind from consumers where account_id = $1 and credential_id = $2 order by kind",
            values![account, credential_id],
            |row| row.get(0),
        )
    }
}

fn fleet_line(row: &Row<'_>) -> Result<FleetLine> {
    let rotation: Option<String> = row.get(9)?;
    let state: Option<String> = row.get(10)?;
    Ok(FleetLine {
        credential_id: row.get(0)?,
        name: row.get(1)?,
        user_name: row.get(2)?,
        endpoint: row.get(3)?,
        key: row.get(4)?,
        key_made_at: row.get(5)?,
        created_at: row.get(6)?,
        schedule: row.get(7)?,
        next_at: row.get(8)?,
        rotation: rotation.zip(state),
        last_used_at: row.get(11)?,
        consumers: row.get(12)?,
        leak: row.get::<Option<i64>>(13)?.map(|is_proven| is_proven == 1),
    })
}

fn key_line(row: &Row<'_>) -> Result<KeyLine> {
    let status = row.get(3)?;
    let (seen, shown): (Option<Timestamp>, Option<Timestamp>) = (row.get(5)?, row.get(6)?);
    Ok(KeyLine {
        key: row.get(0)?,
        owner_id: row.get(1)?,
        user_name: row.get(2)?,
        status: KeyStatus::parse(status)
            .ok_or_else(|| StoreError::Corrupt(format!("`{status}` is no status of a key")))?,
        created_at: row.get(4)?,
        last_used_at: seen.max(shown),
        credential: row.get(7)?,
        rotation_id: row.get(8)?,
        active_keys: row.get(9)?,
    })
}
