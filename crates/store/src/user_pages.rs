//! Everything that hangs on the users of one page, with one query a table and none a user: what a credential
//! report and the authorization details of an account are made from.

use std::collections::HashMap;

use keystead_core::{AccessKey, AccessKeyId, AccountId, KeyStatus, Tag};

use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::tx::Tx;
use crate::uses::LastUse;
use crate::value::values;

/// The users of an account whose folded names come after one and not after another, as a page of
/// [`crate::users::Users::list`] has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSpan {
    /// The account.
    pub account: AccountId,
    /// The name before the first one.
    pub after: String,
    /// The last name.
    pub through: String,
}

/// The repository of what hangs on many users.
pub struct UserPages<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// What hangs on the users of a page.
    pub fn user_pages(&mut self) -> UserPages<'_> {
        UserPages { sql: self.sql() }
    }
}

impl UserPages<'_> {
    /// Their access keys, in no order.
    pub fn access_keys(&mut self, span: &UserSpan) -> Result<Vec<AccessKey>> {
        self.sql.list(
            "select k.access_key_id, k.account_id, k.owner_id, k.status, k.created_at
             from users u join access_keys k on k.account_id = u.account_id and k.owner_id = u.user_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3",
            values![span.account, &span.after, &span.through],
            |row| {
                let status = row.get(3)?;
                Ok(AccessKey {
                    id: row.get(0)?,
                    account: row.get(1)?,
                    owner_id: row.get(2)?,
                    status: KeyStatus::parse(status)
                        .ok_or_else(|| StoreError::Corrupt(format!("`{status}` is no status of a key")))?,
                    created_at: row.get(4)?,
                })
            },
        )
    }

    /// The newest accepted use of each of their access keys.
    pub fn last_uses(&mut self, span: &UserSpan) -> Result<HashMap<AccessKeyId, LastUse>> {
        let mut newest = HashMap::<AccessKeyId, LastUse>::new();
        self.sql.each(
            "select k.access_key_id, s.last_used_at, s.region, s.service
             from users u
             join access_keys k on k.account_id = u.account_id and k.owner_id = u.user_id
             join key_uses s on s.access_key_id = k.access_key_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3
               and s.last_used_at is not null
             order by s.last_used_at, s.consumer_key desc",
            values![span.account, &span.after, &span.through],
            &mut |row| {
                let last_use = LastUse { at: row.get(1)?, region: row.get(2)?, service: row.get(3)? };
                newest.insert(row.get(0)?, last_use);
                Ok(())
            },
        )?;
        Ok(newest)
    }

    /// ARNs of the managed policies attached to each of them, in order, by user id.
    pub fn policies(&mut self, span: &UserSpan) -> Result<HashMap<String, Vec<String>>> {
        let mut policies = HashMap::<String, Vec<String>>::new();
        self.sql.each(
            "select a.user_id, a.policy_arn
             from users u join attached_policies a on a.account_id = u.account_id and a.user_id = u.user_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3
             order by a.policy_arn",
            values![span.account, &span.after, &span.through],
            &mut |row| {
                policies.entry(row.get(0)?).or_default().push(row.get(1)?);
                Ok(())
            },
        )?;
        Ok(policies)
    }

    /// The tags of each of them, by key, by user id.
    pub fn tags(&mut self, span: &UserSpan) -> Result<HashMap<String, Vec<Tag>>> {
        let mut tags = HashMap::<String, Vec<Tag>>::new();
        self.sql.each(
            "select t.resource, t.key, t.value
             from users u join tags t on t.account_id = u.account_id and t.resource = u.user_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3
             order by t.key_folded",
            values![span.account, &span.after, &span.through],
            &mut |row| {
                tags.entry(row.get(0)?).or_default().push(Tag { key: row.get(1)?, value: row.get(2)? });
                Ok(())
            },
        )?;
        Ok(tags)
    }
}
