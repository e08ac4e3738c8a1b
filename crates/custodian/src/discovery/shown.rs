//! How the API shows discoveries, the lists they read, and resources.

use keystead_aws::error::{Fault, Result};
use keystead_core::Timestamp;
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::cloud_discoveries::{self, CloudList};
use keystead_store::cloud_resources;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::known;

/// A discovery.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Discovery {
    /// Its id.
    pub discovery_id: String,
    /// `queued`, `running`, `complete`, `incomplete` (some lists could not be read to the end), `failed` (none
    /// could), or `broken_off` (and begun again).
    pub state: &'static str,
    /// The regions it looks through; empty for all.
    pub regions: Vec<String>,
    /// The kinds of resources it looks for; empty for all.
    pub kinds: Vec<String>,
    /// Who asked for it; null where it was due.
    pub requested_by: Option<String>,
    /// How many lists there are to read: one a kind in a region.
    pub tasks_total: i64,
    /// How many were read to the end.
    pub tasks_done: i64,
    /// How many could not be.
    pub tasks_failed: i64,
    /// How many answers of the cloud that took.
    pub calls: i64,
    /// How many resources were seen.
    pub found: i64,
    /// How many of them are new, in lists that had been read before.
    pub added: i64,
    /// How many were known and are another now.
    pub changed: i64,
    /// How many were known and are gone.
    pub removed: i64,
    /// What is missing in the result, and why.
    pub notes: Vec<String>,
    /// When it was asked for, RFC 3339.
    pub created_at: String,
    /// When it began, RFC 3339.
    pub started_at: Option<String>,
    /// When it ended, RFC 3339.
    pub finished_at: Option<String>,
}

/// A list that a discovery reads: one kind in one region.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct List {
    /// The kind of resources in it.
    pub kind: String,
    /// The region, or `global`.
    pub region: String,
    /// `waiting`, `complete` or `failed`.
    pub state: String,
    /// How many resources were seen.
    pub found: i64,
    /// How many of them are new.
    pub added: i64,
    /// How many were known and are another now.
    pub changed: i64,
    /// How many were known and are gone.
    pub removed: i64,
    /// Why it could not be read to the end.
    pub fault: Option<String>,
    /// When it was last read to the end, by whichever discovery, RFC 3339.
    pub complete_at: Option<String>,
}

/// A resource. Its texts are the cloud's own: show them as text only.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Resource {
    /// What it is, for example `instances`.
    pub kind: String,
    /// Where it is, or `global`.
    pub region: String,
    /// What the cloud knows it by.
    pub resource_id: String,
    /// What people call it.
    pub name: String,
    /// Its state, where it has one.
    pub state: Option<String>,
    /// What else is known of it, by name.
    #[schema(value_type = Object)]
    pub attributes: Value,
    /// When it was first seen, RFC 3339.
    pub first_seen_at: String,
    /// When it was last seen, RFC 3339.
    pub last_seen_at: String,
    /// When it was last seen to be another than before, RFC 3339.
    pub changed_at: String,
}

impl From<&cloud_discoveries::Discovery> for Discovery {
    fn from(row: &cloud_discoveries::Discovery) -> Self {
        Self {
            discovery_id: row.id.clone(),
            state: row.state.as_str(),
            regions: row.regions.clone(),
            kinds: row.kinds.clone(),
            requested_by: row.requested_by.clone(),
            tasks_total: row.tasks_total,
            tasks_done: row.tasks_done,
            tasks_failed: row.tasks_failed,
            calls: row.seen.calls,
            found: row.seen.found,
            added: row.seen.added,
            changed: row.seen.changed,
            removed: row.seen.removed,
            notes: row.notes.clone(),
            created_at: row.created_at.to_iso8601(),
            started_at: row.started_at.map(Timestamp::to_iso8601),
            finished_at: row.finished_at.map(Timestamp::to_iso8601),
        }
    }
}

impl From<CloudList> for List {
    fn from(row: CloudList) -> Self {
        Self {
            kind: row.kind,
            region: row.region,
            state: row.state,
            found: row.seen.found,
            added: row.seen.added,
            changed: row.seen.changed,
            removed: row.seen.removed,
            fault: row.fault,
            complete_at: row.complete_at.map(Timestamp::to_iso8601),
        }
    }
}

impl From<&cloud_resources::CloudResource> for Resource {
    fn from(row: &cloud_resources::CloudResource) -> Self {
        Self {
            kind: row.kind.clone(),
            region: row.region.clone(),
            resource_id: row.id.clone(),
            name: row.name.clone(),
            state: row.state.clone(),
            attributes: Value::Object(known::attributes(row)),
            first_seen_at: row.first_seen_at.to_iso8601(),
            last_seen_at: row.seen_at.to_iso8601(),
            changed_at: row.changed_at.to_iso8601(),
        }
    }
}

/// The discovery of that id of a connected account.
pub fn get(tx: &mut Tx<'_>, cloud: &CloudAccount, id: &str) -> Result<cloud_discoveries::Discovery> {
    let found = tx.cloud_discoveries().find(cloud.account, &cloud.id, id)?;
    found.ok_or_else(|| Fault::NoSuchEntity(format!("There is no discovery {id} of {}.", cloud.name)))
}
