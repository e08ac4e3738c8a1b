//! Looks through connected accounts, the changes they found, and the lists they read.

use keystead_core::{AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// What became of a discovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscoveryState {
    /// It waits for its turn.
    Queued,
    /// It is under way.
    Running,
    /// Every list was read to the end.
    Complete,
    /// Some lists were not.
    Incomplete,
    /// None could be read.
    Failed,
    /// Whatever ran it is gone.
    BrokenOff,
}

impl DiscoveryState {
    const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Complete, Self::Incomplete, Self::Failed, Self::BrokenOff];

    /// The word in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::BrokenOff => "broken_off",
        }
    }

    fn parse(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == word);
        found.ok_or_else(|| StoreError::Corrupt(format!("`{word}` is no state of a discovery")))
    }
}

/// How much was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Answers of the cloud.
    pub calls: i64,
    /// Resources.
    pub found: i64,
    /// Of them, those that were not known where the list had been read before.
    pub added: i64,
    /// Those that were known and another.
    pub changed: i64,
    /// Those that were known and are gone.
    pub removed: i64,
}

/// A discovery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// The account here.
    pub account: AccountId,
    /// The connected account.
    pub cloud_account_id: String,
    /// Its id.
    pub id: String,
    /// What became of it.
    pub state: DiscoveryState,
    /// The regions to look through; empty for all.
    pub regions: Vec<String>,
    /// The kinds to look for; empty for all.
    pub kinds: Vec<String>,
    /// ARN of who asked for it; `None` where it was due.
    pub requested_by: Option<String>,
    /// Lists to read.
    pub tasks_total: i64,
    /// Lists read to the end.
    pub tasks_done: i64,
    /// Lists that could not be.
    pub tasks_failed: i64,
    /// What was seen.
    pub seen: Seen,
    /// What is missing in the result, in words.
    pub notes: Vec<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A change that a discovery found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudChange {
    /// Its place among the changes, from 1.
    pub number: i64,
    /// `added`, `changed` or `removed`.
    pub change: String,
    /// The resource's kind.
    pub kind: String,
    /// Where it is.
    pub region: String,
    /// What the cloud knows it by.
    pub resource_id: String,
    /// What people call it.
    pub name: String,
    /// JSON object of what was changed: the value before and the one after.
    pub members: String,
}

/// A list of a connected account: one kind in one region, as it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudList {
    /// The kind of resources in it.
    pub kind: String,
    /// The region, or `global`.
    pub region: String,
    /// `waiting`, `complete` or `failed`.
    pub state: String,
    /// What was seen.
    pub seen: Seen,
    /// Why it was not read to the end.
    pub fault: Option<String>,
    /// When it was last read to the end.
    pub complete_at: Option<Timestamp>,
}

/// The repository of discoveries.
pub struct CloudDiscoveries<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Discoveries.
    pub fn cloud_discoveries(&mut self) -> CloudDiscoveries<'_> {
        CloudDiscoveries { sql: self.sql() }
    }
}

impl CloudDiscoveries<'_> {
    /// Adds one that waits for its turn; breaks `cloud_discoveries_one_open` where one waits or runs already.
    pub fn insert(&mut self, discovery: &Discovery) -> Result<()> {
        self.sql.execute(
            "insert into cloud_discoveries
                 (account_id, cloud_account_id, discovery_id, state, regions, kinds, requested_by, tasks_total,
                  tasks_done, tasks_failed, calls, found, added, changed, removed, notes, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, 0, 0, 0, '[]', $8)",
            values![
                discovery.account,
                &discovery.cloud_account_id,
                &discovery.id,
                discovery.state.as_str(),
                texts(&discovery.regions),
                texts(&discovery.kinds),
                discovery.requested_by.as_deref(),
                discovery.created_at,
            ],
        )?;
        Ok(())
    }

    /// The discovery of this id.
    pub fn find(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
        id: &str,
    ) -> Result<Option<Discovery>> {
        self.sql.find(
            "select account_id, cloud_account_id, discovery_id, state, regions, kinds, requested_by, tasks_total,
                    tasks_done, tasks_failed, calls, found, added, changed, removed, notes, created_at, started_at,
                    finished_at
             from cloud_discoveries where account_id = $1 and cloud_account_id = $2 and discovery_id = $3",
            values![account, cloud_account_id, id],
            discovery,
        )
    }

    /// The one of a connected account that waits or runs.
    pub fn find_open(&mut self, cloud_account_id: &str) -> Result<Option<Discovery>> {
        self.sql.find(
            "select account_id, cloud_account_id, discovery_id, state, regions, kinds, requested_by, tasks_total,
                    tasks_done, tasks_failed, calls, found, added, changed, removed, notes, created_at, started_at,
                    finished_at
             from cloud_discoveries where cloud_account_id = $1 and finished_at is null",
            values![cloud_account_id],
            discovery,
        )
    }

    /// At most `limit` that wait for their turn, the oldest first.
    pub fn list_queued(&mut self, limit: i64) -> Result<Vec<Discovery>> {
        self.sql.list(
            "select account_id, cloud_account_id, discovery_id, state, regions, kinds, requested_by, tasks_total,
                    tasks_done, tasks_failed, calls, found, added, changed, removed, notes, created_at, started_at,
                    finished_at
             from cloud_discoveries where finished_at is null and state = 'queued'
             order by created_at, discovery_id limit $1",
            values![limit],
            discovery,
        )
    }

    /// Those under way that nobody has seen to go on since.
    pub fn list_silent(&mut self, since: Timestamp) -> Result<Vec<Discovery>> {
        self.sql.list(
            "select account_id, cloud_account_id, discovery_id, state, regions, kinds, requested_by, tasks_total,
                    tasks_done, tasks_failed, calls, found, added, changed, removed, notes, created_at, started_at,
                    finished_at
             from cloud_discoveries where finished_at is null and state = 'running' and seen_at < $1",
            values![since],
            discovery,
        )
    }

    /// At most `limit` of a connected account, the newest first, from the one after that time and id.
    pub fn list(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> Result<Vec<Discovery>> {
        let (at, id) = after.unwrap_or((Timestamp::from_micros(i64::MAX), ""));
        self.sql.list(
            "select account_id, cloud_account_id, discovery_id, state, regions, kinds, requested_by, tasks_total,
                    tasks_done, tasks_failed, calls, found, added, changed, removed, notes, created_at, started_at,
                    finished_at
             from cloud_discoveries
             where account_id = $1 and cloud_account_id = $2
               and (created_at < $3 or (created_at = $3 and discovery_id > $4))
             order by created_at desc, discovery_id limit $5",
            values![account, cloud_account_id, at, id, limit],
            discovery,
        )
    }

    /// Takes one that waits; false where somebody else has taken it.
    pub fn start(&mut self, id: &str, now: Timestamp) -> Result<bool> {
        let taken = self.sql.execute(
            "update cloud_discoveries set state = 'running', started_at = $1, seen_at = $1
             where discovery_id = $2 and state = 'queued'",
            values![now, id],
        )?;
        Ok(taken > 0)
    }

    /// Says how many lists there are to read.
    pub fn update_total(&mut self, id: &str, tasks_total: i64) -> Result<()> {
        self.sql.execute(
            "update cloud_discoveries set tasks_total = $1 where discovery_id = $2",
            values![tasks_total, id],
        )?;
        Ok(())
    }

    /// Adds what was seen since, and the lists that were finished with it.
    pub fn add_seen(&mut self, id: &str, seen: Seen, done: i64, failed: i64, now: Timestamp) -> Result<()> {
        self.sql.execute(
            "update cloud_discoveries
             set calls = calls + $1, found = found + $2, added = added + $3, changed = changed + $4,
                 removed = removed + $5, tasks_done = tasks_done + $6, tasks_failed = tasks_failed + $7,
                 seen_at = $8
             where discovery_id = $9",
            values![seen.calls, seen.found, seen.added, seen.changed, seen.removed, done, failed, now, id],
        )?;
        Ok(())
    }

    /// Ends one; false where it has ended already or is gone.
    pub fn finish(
        &mut self,
        id: &str,
        state: DiscoveryState,
        notes: &[String],
        now: Timestamp,
    ) -> Result<bool> {
        let ended = self.sql.execute(
            "update cloud_discoveries set state = $1, notes = $2, finished_at = $3
             where discovery_id = $4 and finished_at is null",
            values![state.as_str(), texts(notes), now, id],
        )?;
        Ok(ended > 0)
    }

    /// Forgets all finished ones of a connected account but the newest `kept`.
    pub fn prune(&mut self, cloud_account_id: &str, kept: i64) -> Result<()> {
        self.sql.execute(
            "delete from cloud_discoveries
             where cloud_account_id = $1 and finished_at is not null and discovery_id not in
                 (select discovery_id from cloud_discoveries where cloud_account_id = $1
                  order by created_at desc, discovery_id limit $2)",
            values![cloud_account_id, kept],
        )?;
        Ok(())
    }

    /// Adds a change to a discovery's.
    pub fn insert_change(&mut self, account: AccountId, id: &str, change: &CloudChange) -> Result<()> {
        self.sql.execute(
            "insert into cloud_changes
                 (account_id, discovery_id, number, change, kind, region, resource_id, name, members)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                account,
                id,
                change.number,
                &change.change,
                &change.kind,
                &change.region,
                &change.resource_id,
                &change.name,
                &change.members,
            ],
        )?;
        Ok(())
    }

    /// At most `limit` changes of a discovery, from the one after that number.
    pub fn list_changes(
        &mut self,
        account: AccountId,
        id: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<CloudChange>> {
        self.sql.list(
            "select number, change, kind, region, resource_id, name, members
             from cloud_changes where account_id = $1 and discovery_id = $2 and number > $3
             order by number limit $4",
            values![account, id, after, limit],
            |row| {
                Ok(CloudChange {
                    number: row.get(0)?,
                    change: row.get(1)?,
                    kind: row.get(2)?,
                    region: row.get(3)?,
                    resource_id: row.get(4)?,
                    name: row.get(5)?,
                    members: row.get(6)?,
                })
            },
        )
    }

    /// Marks a list as one that a discovery is about to read.
    pub fn put_waiting(&mut self, discovery: &Discovery, kind: &str, region: &str) -> Result<()> {
        self.sql.execute(
            "insert into cloud_lists
                 (account_id, cloud_account_id, kind, region, discovery_id, state, found, added, changed, removed)
             values ($1, $2, $3, $4, $5, 'waiting', 0, 0, 0, 0)
             on conflict (cloud_account_id, kind, region) do update
             set discovery_id = $5, state = 'waiting', found = 0, added = 0, changed = 0, removed = 0, fault = null",
            values![discovery.account, &discovery.cloud_account_id, kind, region, &discovery.id],
        )?;
        Ok(())
    }

    /// Says what came of reading a list; `complete_at` of one that was read before stays where there is none.
    pub fn update_list(&mut self, cloud_account_id: &str, list: &CloudList) -> Result<()> {
        self.sql.execute(
            "update cloud_lists
             set state = $1, found = $2, added = $3, changed = $4, removed = $5, fault = $6,
                 complete_at = coalesce($7, complete_at)
             where cloud_account_id = $8 and kind = $9 and region = $10",
            values![
                &list.state,
                list.seen.found,
                list.seen.added,
                list.seen.changed,
                list.seen.removed,
                list.fault.as_deref(),
                list.complete_at,
                cloud_account_id,
                &list.kind,
                &list.region,
            ],
        )?;
        Ok(())
    }

    /// When a list was last read to the end.
    pub fn find_complete_at(
        &mut self,
        cloud_account_id: &str,
        kind: &str,
        region: &str,
    ) -> Result<Option<Timestamp>> {
        let found = self.sql.find(
            "select complete_at from cloud_lists where cloud_account_id = $1 and kind = $2 and region = $3",
            values![cloud_account_id, kind, region],
            |row| row.get(0),
        )?;
        Ok(found.flatten())
    }

    /// The lists that a discovery reads or was the last to read.
    pub fn list_lists(&mut self, account: AccountId, discovery_id: &str) -> Result<Vec<CloudList>> {
        self.sql.list(
            "select kind, region, state, found, added, changed, removed, fault, complete_at
             from cloud_lists where account_id = $1 and discovery_id = $2 order by kind, region",
            values![account, discovery_id],
            |row| {
                Ok(CloudList {
                    kind: row.get(0)?,
                    region: row.get(1)?,
                    state: row.get(2)?,
                    seen: Seen {
                        calls: 0,
                        found: row.get(3)?,
                        added: row.get(4)?,
                        changed: row.get(5)?,
                        removed: row.get(6)?,
                    },
                    fault: row.get(7)?,
                    complete_at: row.get(8)?,
                })
            },
        )
    }
}

fn texts(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

fn list_of(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("a list of a discovery: {error}")))
}

fn discovery(row: &Row<'_>) -> Result<Discovery> {
    Ok(Discovery {
        account: row.get(0)?,
        cloud_account_id: row.get(1)?,
        id: row.get(2)?,
        state: DiscoveryState::parse(row.get(3)?)?,
        regions: list_of(row.get(4)?)?,
        kinds: list_of(row.get(5)?)?,
        requested_by: row.get(6)?,
        tasks_total: row.get(7)?,
        tasks_done: row.get(8)?,
        tasks_failed: row.get(9)?,
        seen: Seen {
            calls: row.get(10)?,
            found: row.get(11)?,
            added: row.get(12)?,
            changed: row.get(13)?,
            removed: row.get(14)?,
        },
        notes: list_of(row.get(15)?)?,
        created_at: row.get(16)?,
        started_at: row.get(17)?,
        finished_at: row.get(18)?,
    })
}
