//! Custody: the sealed copies in the store.

use keystead_core::KeyId;
use keystead_store::StoreError;
use keystead_store::custody::Material;

use super::{Embedded, unavailable};
use crate::machine::Failure;
use crate::world::Custody;

impl Custody for Embedded {
    fn held_keys(&self, credential: &str) -> Result<Vec<KeyId>, Failure> {
        self.read(|tx| tx.custody().list_copies(self.account, credential))
    }

    /// The intent to create a key is written to the same store just before the key is: a full disk stops the
    /// intent, so there is nothing more to ask here.
    fn is_writable(&self) -> bool {
        true
    }

    fn switch_self(&self, _: &str, key: KeyId) -> Result<(), Failure> {
        match self.credential.material {
            Material::StoredValue => self.put_in_use(key),
            _ => self.reach_with(key),
        }
    }

    fn conclude(&self, credential: &str, current: KeyId) -> Result<(), Failure> {
        let (account, id, now) = (self.account, credential.to_owned(), self.gate.clock().now());
        let concluded = self.write(move |tx| {
            let Some(mut credential) = tx.custody().find(account, &id)? else {
                return Err(StoreError::Corrupt(format!("the managed credential {id} is gone")));
            };
            (credential.current_access_key_id, credential.updated_at) = (current, now);
            tx.custody().update(&credential)?;
            for other in tx.custody().list_copies(account, &id)? {
                if other != current {
                    tx.custody().delete_copy(account, &id, other)?;
                    tx.consumers().delete_leases(account, other)?;
                }
            }
            Ok(())
        });
        concluded.map_err(|error| unavailable(&error))
    }
}
