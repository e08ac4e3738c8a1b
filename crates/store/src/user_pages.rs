//! Everything that hangs on the users of one page, with one query a table and none a user: what a credential
//! report and the authorization details of an account are made from.

use std::collections::HashMap;

use keystead_core::{AccessKey, AccountId, KeyStatus, Tag, Timestamp};

use crate::access_keys::{access_key, key_status};
use crate::error::Result;
use crate::inline_policies::InlinePolicy;
use crate::last_used::LastUse;
use crate::sql::Sql;
use crate::tx::Tx;
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
    /// Their access keys, in no order, each with its last use.
    pub fn access_keys(&mut self, span: &UserSpan) -> Result<Vec<(AccessKey, Option<LastUse>)>> {
        self.sql.list(
            "select k.access_key_id, k.account_id, k.owner_id, k.status, k.created_at,
                    l.used_at, l.region, l.service
             from users u
             join access_keys k on k.account_id = u.account_id and k.owner_id = u.user_id
             left join key_last_used l on l.access_key_id = k.access_key_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3",
            values![span.account, &span.after, &span.through],
            |row| {
                let key = access_key(row)?;
                let last_use = |at| {
                    let (account, access_key_id) = (key.account, key.id);
                    Ok(LastUse { account, access_key_id, at, region: row.get(6)?, service: row.get(7)? })
                };
                let last_use = row.get::<Option<Timestamp>>(5)?.map(last_use).transpose()?;
                Ok((key, last_use))
            },
        )
    }

    /// Their signing certificates, in no order: the id of the user, the status, and the time of uploading.
    pub fn certificates(&mut self, span: &UserSpan) -> Result<Vec<(String, KeyStatus, Timestamp)>> {
        self.sql.list(
            "select c.owner_id, c.status, c.uploaded_at
             from users u
             join signing_certificates c on c.account_id = u.account_id and c.owner_id = u.user_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3",
            values![span.account, &span.after, &span.through],
            |row| Ok((row.get(0)?, key_status(row.get(1)?)?, row.get(2)?)),
        )
    }

    /// Their passwords: the id of the user, the time of setting, and of the last use.
    pub fn passwords(&mut self, span: &UserSpan) -> Result<Vec<(String, Timestamp, Option<Timestamp>)>> {
        self.sql.list(
            "select p.owner_id, p.changed_at, s.last_used_at
             from users u
             join login_profiles p on p.account_id = u.account_id and p.owner_id = u.user_id
             left join password_uses s on s.account_id = p.account_id and s.owner_id = p.owner_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3",
            values![span.account, &span.after, &span.through],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
    }

    /// Which of them have an MFA device, by user id; who has more than one may be there more often.
    pub fn with_mfa(&mut self, span: &UserSpan) -> Result<Vec<String>> {
        self.sql.list(
            "select m.owner_id
             from users u join mfa_devices m on m.account_id = u.account_id and m.owner_id = u.user_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3
             union all
             select p.owner_id
             from users u join passkeys p on p.account_id = u.account_id and p.owner_id = u.user_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3",
            values![span.account, &span.after, &span.through],
            |row| row.get(0),
        )
    }

    /// ARNs of the managed policies attached to each of them, in order, by user id.
    pub fn policies(&mut self, span: &UserSpan) -> Result<HashMap<String, Vec<String>>> {
        self.texts(
            "select a.owner_id, a.policy_arn
             from users u join policy_attachments a on a.account_id = u.account_id and a.owner_id = u.user_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3
             order by a.policy_arn",
            span,
        )
    }

    /// The names of the groups that each of them is in, in order, by user id.
    pub fn groups(&mut self, span: &UserSpan) -> Result<HashMap<String, Vec<String>>> {
        self.texts(
            "select m.user_id, g.group_name
             from users u
             join group_members m on m.account_id = u.account_id and m.user_id = u.user_id
             join user_groups g on g.group_id = m.group_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3
             order by g.group_name_folded",
            span,
        )
    }

    /// What a query over a span tells in a text a row, by user id.
    fn texts(&mut self, sql: &str, span: &UserSpan) -> Result<HashMap<String, Vec<String>>> {
        let mut texts = HashMap::<String, Vec<String>>::new();
        self.sql.each(sql, values![span.account, &span.after, &span.through], &mut |row| {
            texts.entry(row.get(0)?).or_default().push(row.get(1)?);
            Ok(())
        })?;
        Ok(texts)
    }

    /// The inline policies of each of them, by name, by user id.
    pub fn inline_policies(&mut self, span: &UserSpan) -> Result<HashMap<String, Vec<InlinePolicy>>> {
        let mut policies = HashMap::<String, Vec<InlinePolicy>>::new();
        self.sql.each(
            "select i.owner_id, i.policy_name, i.document
             from users u join inline_policies i on i.account_id = u.account_id and i.owner_id = u.user_id
             where u.account_id = $1 and u.user_name_folded > $2 and u.user_name_folded <= $3
             order by i.policy_name",
            values![span.account, &span.after, &span.through],
            &mut |row| {
                let policy = InlinePolicy { name: row.get(1)?, document: row.get(2)? };
                policies.entry(row.get(0)?).or_default().push(policy);
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
