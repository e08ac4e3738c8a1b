//! What there is in connected accounts, as it was last seen.

use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// A resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudResource {
    /// What it is, for example `instances`.
    pub kind: String,
    /// Where it is, or `global`.
    pub region: String,
    /// What the cloud knows it by.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its state, where it has one.
    pub state: Option<String>,
    /// JSON object of what else is known.
    pub attributes: String,
    /// What is searched: everything in lower case.
    pub search_text: String,
    /// Of everything, to be compared.
    pub digest: Digest,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When it was last seen to be another than before.
    pub changed_at: Timestamp,
    /// When it was last seen; not stored, because a list that was read to the end says it of all in it.
    pub seen_at: Timestamp,
}

/// What stands for a resource when it is compared with what was known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Of everything.
    pub whole: i64,
    /// Of what does not change by mere use.
    pub lasting: i64,
}

/// Which resources are wanted; what is empty is not asked after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this kind.
    pub kind: String,
    /// In this region.
    pub region: String,
    /// With this in lower case in the text that is searched.
    pub search: String,
}

/// A resource's place in the order of a list: kind, region, id.
pub type ResourcePlace = (String, String, String);

/// The repository of resources.
pub struct CloudResources<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Resources of connected accounts.
    pub fn cloud_resources(&mut self) -> CloudResources<'_> {
        CloudResources { sql: self.sql() }
    }
}

impl CloudResources<'_> {
    /// Adds a resource, or puts it in the place of what was known of it; when it was first seen stays.
    pub fn put(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
        resource: &CloudResource,
    ) -> Result<()> {
        self.sql.execute(
            "insert into cloud_resources
                 (account_id, cloud_account_id, kind, region, resource_id, name, state, attributes, search_text,
                  digest, lasting_digest, first_seen_at, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             on conflict (cloud_account_id, kind, region, resource_id) do update
             set name = $6, state = $7, attributes = $8, search_text = $9, digest = $10, lasting_digest = $11,
                 changed_at = $13",
            values![
                account,
                cloud_account_id,
                &resource.kind,
                &resource.region,
                &resource.id,
                &resource.name,
                resource.state.as_deref(),
                &resource.attributes,
                &resource.search_text,
                resource.digest.whole,
                resource.digest.lasting,
                resource.first_seen_at,
                resource.changed_at,
            ],
        )?;
        Ok(())
    }

    /// Forgets a resource; false where it is not known.
    pub fn delete(&mut self, cloud_account_id: &str, kind: &str, region: &str, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from cloud_resources
             where cloud_account_id = $1 and kind = $2 and region = $3 and resource_id = $4",
            values![cloud_account_id, kind, region, id],
        )?;
        Ok(deleted > 0)
    }

    /// The resource at that place.
    pub fn find(
        &mut self,
        cloud_account_id: &str,
        kind: &str,
        region: &str,
        id: &str,
    ) -> Result<Option<CloudResource>> {
        self.sql.find(
            "select r.kind, r.region, r.resource_id, r.name, r.state, r.attributes, r.search_text, r.digest,
                    r.lasting_digest, r.first_seen_at, r.changed_at, coalesce(l.complete_at, 0)
             from cloud_resources r
             left join cloud_lists l on l.cloud_account_id = r.cloud_account_id and l.kind = r.kind
                                    and l.region = r.region
             where r.cloud_account_id = $1 and r.kind = $2 and r.region = $3 and r.resource_id = $4",
            values![cloud_account_id, kind, region, id],
            resource,
        )
    }

    /// The regions where a resource of that id is known.
    pub fn list_regions(&mut self, cloud_account_id: &str, kind: &str, id: &str) -> Result<Vec<String>> {
        self.sql.list(
            "select region from cloud_resources
             where cloud_account_id = $1 and kind = $2 and resource_id = $3 order by region",
            values![cloud_account_id, kind, id],
            |row| row.get(0),
        )
    }

    /// The digests of all resources in a list, by id.
    pub fn list_digests(
        &mut self,
        cloud_account_id: &str,
        kind: &str,
        region: &str,
    ) -> Result<Vec<(String, Digest)>> {
        self.sql.list(
            "select resource_id, digest, lasting_digest from cloud_resources
             where cloud_account_id = $1 and kind = $2 and region = $3",
            values![cloud_account_id, kind, region],
            |row| Ok((row.get(0)?, Digest { whole: row.get(1)?, lasting: row.get(2)? })),
        )
    }

    /// At most `limit` of the resources that are wanted, in order, from the one after that place. Both engines
    /// have `replace`, and it is no search for patterns: whatever is looked for stands for itself.
    pub fn list(
        &mut self,
        account: AccountId,
        cloud_account_id: &str,
        wanted: &Wanted,
        after: &ResourcePlace,
        limit: i64,
    ) -> Result<Vec<CloudResource>> {
        let (kind, region, id) = after;
        self.sql.list(
            "select r.kind, r.region, r.resource_id, r.name, r.state, r.attributes, r.search_text, r.digest,
                    r.lasting_digest, r.first_seen_at, r.changed_at, coalesce(l.complete_at, 0)
             from cloud_resources r
             left join cloud_lists l on l.cloud_account_id = r.cloud_account_id and l.kind = r.kind
                                    and l.region = r.region
             where r.account_id = $1 and r.cloud_account_id = $2
               and ($3 = '' or r.kind = $3) and ($4 = '' or r.region = $4)
               and ($5 = '' or replace(r.search_text, $5, '') <> r.search_text)
               and (r.kind, r.region, r.resource_id) > ($6, $7, $8)
             order by r.kind, r.region, r.resource_id limit $9",
            values![
                account,
                cloud_account_id,
                &wanted.kind,
                &wanted.region,
                &wanted.search,
                kind,
                region,
                id,
                limit,
            ],
            resource,
        )
    }

    /// How many a connected account has of each kind.
    pub fn count_kinds(&mut self, account: AccountId, cloud_account_id: &str) -> Result<Vec<(String, i64)>> {
        self.sql.list(
            "select kind, count(*) from cloud_resources where account_id = $1 and cloud_account_id = $2
             group by kind order by kind",
            values![account, cloud_account_id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// How many an account has, of all its connected accounts.
    pub fn count(&mut self, account: AccountId) -> Result<i64> {
        let counted = self.sql.find(
            "select count(*) from cloud_resources where account_id = $1",
            values![account],
            |row| row.get(0),
        )?;
        Ok(counted.unwrap_or_default())
    }
}

fn resource(row: &Row<'_>) -> Result<CloudResource> {
    Ok(CloudResource {
        kind: row.get(0)?,
        region: row.get(1)?,
        id: row.get(2)?,
        name: row.get(3)?,
        state: row.get(4)?,
        attributes: row.get(5)?,
        search_text: row.get(6)?,
        digest: Digest { whole: row.get(7)?, lasting: row.get(8)? },
        first_seen_at: row.get(9)?,
        changed_at: row.get(10)?,
        seen_at: row.get::<Timestamp>(10)?.max(row.get(11)?),
    })
}
