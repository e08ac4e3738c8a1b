//! Access keys. That an owner never has more than two of them is a constraint of the table: an owner has
//! two slots, and a key takes one.

use keystead_core::access_key::NewAccessKey;
use keystead_core::{AccessKey, AccessKeyId, AccountId, KeyStatus, Rng, SecretString, Timestamp};

use crate::error::{Result, StoreError};
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::store::Store;
use crate::tx::Tx;
use crate::value::values;

/// The constraint that a third key breaks.
const SLOT_UNIQUE: &str = "access_keys_slot_unique";
const SLOTS: [i64; 2] = [1, 2];

/// The repository of access keys.
pub struct AccessKeys<'t> {
    sql: &'t mut dyn Sql,
}

/// A key as the key ring keeps it, borrowed from its row.
#[derive(Clone, Copy, Debug)]
pub struct RingKey<'r> {
    /// Its id.
    pub id: AccessKeyId,
    /// The account it belongs to.
    pub account: AccountId,
    /// A user id, or the account's number for a root key.
    pub owner_id: &'r str,
    /// Active or inactive.
    pub status: KeyStatus,
    /// The sealed secret; [`secret_place`] says where it opens.
    pub secret_sealed: &'r [u8],
}

/// Where the secret of a key is sealed for.
pub fn secret_place(account: AccountId, id: AccessKeyId) -> Place {
    Place { tenant: account, table: "access_keys", row: id.to_string(), column: "secret_sealed", version: 1 }
}

/// A key drawn and its secret sealed, before there is a row for it.
pub struct DrawnKey {
    /// The key, active.
    pub key: AccessKey,
    /// Its secret: for whoever may see it, once.
    pub secret: SecretString,
    /// Its secret as the row will hold it.
    pub sealed: Sealed,
}

/// Draws a key for an owner. This and [`AccessKeys::insert`] are all there is to making one.
pub fn draw(
    store: &Store,
    account: AccountId,
    owner_id: &str,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<DrawnKey> {
    let new = NewAccessKey::generate(account, store.installation(), rng);
    let sealed = store.sealer().seal(&secret_place(account, new.id), new.secret.expose().as_bytes(), rng)?;
    let key = AccessKey {
        id: new.id,
        account,
        owner_id: owner_id.to_owned(),
        status: KeyStatus::Active,
        created_at: now.whole_second(),
    };
    Ok(DrawnKey { key, secret: new.secret, sealed })
}

impl Tx<'_> {
    /// Access keys.
    pub fn access_keys(&mut self) -> AccessKeys<'_> {
        AccessKeys { sql: self.sql() }
    }
}

impl AccessKeys<'_> {
    /// Adds a key in the owner's lowest free slot; breaks `access_keys_slot_unique` where none is free.
    pub fn insert(&mut self, key: &AccessKey, secret: &Sealed) -> Result<()> {
        let taken: Vec<i64> = self.sql.list(
            "select slot from access_keys where account_id = $1 and owner_id = $2",
            values![key.account, &key.owner_id],
            |row| row.get(0),
        )?;
        let free = SLOTS.into_iter().find(|slot| !taken.contains(slot));
        let slot = free.ok_or_else(|| StoreError::Constraint(SLOT_UNIQUE.to_owned()))?;
        self.sql.execute(
            "insert into access_keys
                 (access_key_id, account_id, owner_id, slot, status, secret_sealed, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            values![
                key.id,
                key.account,
                &key.owner_id,
                slot,
                key.status.as_str(),
                secret.as_bytes(),
                key.created_at,
            ],
        )?;
        Ok(())
    }

    /// The key of this id.
    pub fn find(&mut self, account: AccountId, id: AccessKeyId) -> Result<Option<AccessKey>> {
        self.sql.find(
            "select access_key_id, account_id, owner_id, status, created_at
             from access_keys where account_id = $1 and access_key_id = $2",
            values![account, id],
            access_key,
        )
    }

    /// The keys of an owner, oldest first.
    pub fn list_by_owner(&mut self, account: AccountId, owner_id: &str) -> Result<Vec<AccessKey>> {
        self.sql.list(
            "select access_key_id, account_id, owner_id, status, created_at
             from access_keys where account_id = $1 and owner_id = $2 order by created_at, access_key_id",
            values![account, owner_id],
            access_key,
        )
    }

    /// Makes a key active or inactive; false where the owner has no such key.
    pub fn update_status(
        &mut self,
        account: AccountId,
        owner_id: &str,
        id: AccessKeyId,
        status: KeyStatus,
    ) -> Result<bool> {
        let updated = self.sql.execute(
            "update access_keys set status = $1
             where account_id = $2 and owner_id = $3 and access_key_id = $4",
            values![status.as_str(), account, owner_id, id],
        )?;
        Ok(updated > 0)
    }

    /// Deletes a key; false where the owner has no such key.
    pub fn delete(&mut self, account: AccountId, owner_id: &str, id: AccessKeyId) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from access_keys where account_id = $1 and owner_id = $2 and access_key_id = $3",
            values![account, owner_id, id],
        )?;
        Ok(deleted > 0)
    }

    /// Every key of the installation, for the key ring.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(RingKey<'_>) -> Result<()>) -> Result<()> {
        self.sql.each(
            "select access_key_id, account_id, owner_id, status, secret_sealed from access_keys",
            &[],
            &mut |row| visit(ring_key(row)?),
        )
    }

    /// One key for the key ring; false where there is none of this id, in whatever account.
    pub fn find_for_ring(
        &mut self,
        id: AccessKeyId,
        visit: &mut dyn FnMut(RingKey<'_>) -> Result<()>,
    ) -> Result<bool> {
        let mut found = false;
        self.sql.each(
            "select access_key_id, account_id, owner_id, status, secret_sealed
             from access_keys where access_key_id = $1",
            values![id],
            &mut |row| {
                found = true;
                visit(ring_key(row)?)
            },
        )?;
        Ok(found)
    }
}

/// A key from the five columns that begin a row of it.
pub(crate) fn access_key(row: &Row<'_>) -> Result<AccessKey> {
    Ok(AccessKey {
        id: row.get(0)?,
        account: row.get(1)?,
        owner_id: row.get(2)?,
        status: key_status(row.get(3)?)?,
        created_at: row.get(4)?,
    })
}

fn ring_key<'r>(row: &Row<'r>) -> Result<RingKey<'r>> {
    Ok(RingKey {
        id: row.get(0)?,
        account: row.get(1)?,
        owner_id: row.get(2)?,
        status: key_status(row.get(3)?)?,
        secret_sealed: row.get(4)?,
    })
}

pub(crate) fn key_status(word: &str) -> Result<KeyStatus> {
    KeyStatus::parse(word).ok_or_else(|| StoreError::Corrupt(format!("`{word}` is no status of a key")))
}
