//! Tags of users and of everything else that can have them.

use keystead_core::tag::fold_key;
use keystead_core::{AccountId, Tag};

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The repository of tags.
pub struct Tags<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Tags.
    pub fn tags(&mut self) -> Tags<'_> {
        Tags { sql: self.sql() }
    }
}

impl Tags<'_> {
    /// Puts tags on a resource; one whose key is there already, without regard to case, is replaced.
    pub fn put(&mut self, account: AccountId, resource: &str, tags: &[Tag]) -> Result<()> {
        for tag in tags {
            self.sql.execute(
                "insert into tags (account_id, resource, key_folded, key, value) values ($1, $2, $3, $4, $5)
                 on conflict (account_id, resource, key_folded)
                 do update set key = excluded.key, value = excluded.value",
                values![account, resource, tag.folded_key(), &tag.key, &tag.value],
            )?;
        }
        Ok(())
    }

    /// Takes tags off a resource, those that are there.
    pub fn remove(&mut self, account: AccountId, resource: &str, keys: &[String]) -> Result<()> {
        for key in keys {
            self.sql.execute(
                "delete from tags where account_id = $1 and resource = $2 and key_folded = $3",
                values![account, resource, fold_key(key)],
            )?;
        }
        Ok(())
    }

    /// Takes all tags off a resource, which is about to be gone.
    pub fn clear(&mut self, account: AccountId, resource: &str) -> Result<()> {
        self.sql.execute(
            "delete from tags where account_id = $1 and resource = $2",
            values![account, resource],
        )?;
        Ok(())
    }

    /// At most `limit` tags of a resource by key, from the one after `after_key`.
    pub fn list(
        &mut self,
        account: AccountId,
        resource: &str,
        after_key: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Tag>> {
        self.sql.list(
            "select key, value from tags
             where account_id = $1 and resource = $2 and key_folded > $3
             order by key_folded limit $4",
            values![account, resource, fold_key(after_key.unwrap_or_default()), limit],
            |row| Ok(Tag { key: row.get(0)?, value: row.get(1)? }),
        )
    }

    /// Every tag of the installation, for the key ring: resource and tag, by key.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(&str, Tag) -> Result<()>) -> Result<()> {
        self.sql.each("select resource, key, value from tags order by key_folded", &[], &mut |row| {
            visit(row.get(0)?, Tag { key: row.get(1)?, value: row.get(2)? })
        })
    }
}
