//! The endpoint: the embedded authority. Creating the second key and sealing its custody copy are one
//! transaction, so a key without a copy cannot come about here.

use keystead_aws::sigv4::{Request, Signer};
use keystead_core::rng::uuid;
use keystead_core::{AccessKeyId, AccountId, KeyId, KeyStatus, SecretBytes};
use keystead_gate::audit::insert_own_event;
use keystead_store::access_keys::{self, DrawnKey};
use keystead_store::custody::copy_place;
use keystead_store::{StoreError, Touched, Tx};
use serde_json::json;

use super::{Embedded, unavailable};
use crate::leaks::response;
use crate::machine::{Failure, Intent, ListedKey, Place, Principal};
use crate::world::Authority;

/// The keys of an owner as an endpoint would list them.
pub(super) fn list(
    tx: &mut Tx<'_>,
    account: AccountId,
    owner_id: &str,
) -> keystead_store::Result<Vec<ListedKey>> {
    let keys = tx.access_keys().list_by_owner(account, owner_id)?;
    Ok(keys
        .into_iter()
        .map(|k| ListedKey { id: k.id.into(), status: k.status, created_at: k.created_at })
        .collect())
}

/// The keys of this authority's users are access keys.
fn access_key(key: KeyId) -> Result<AccessKeyId, Failure> {
    key.access_key().ok_or(Failure::NotFound)
}

impl Embedded {
    /// Writes a change of an access key together with the audit's record of it.
    fn change_key(
        &self,
        action: &'static str,
        key: AccessKeyId,
        change: impl FnMut(&mut Tx<'_>) -> keystead_store::Result<bool> + Send + 'static,
    ) -> Result<(), Failure> {
        let details = json!({"rotationId": self.rotation_id, "accessKeyId": key.to_string()});
        self.change(action, details, Touched::AccessKey(key), change)
    }

    /// Writes a change of what is rotated together with the audit's record of it.
    pub(super) fn change(
        &self,
        action: &'static str,
        details: serde_json::Value,
        touched: Touched,
        mut change: impl FnMut(&mut Tx<'_>) -> keystead_store::Result<bool> + Send + 'static,
    ) -> Result<(), Failure> {
        let (account, now, event_id) = (self.account, self.gate.clock().now(), uuid(&**self.gate.rng()));
        let changed = self.write(move |tx| {
            if !change(tx)? {
                return Ok(false);
            }
            tx.touch(touched.clone());
            insert_own_event(tx, account, &event_id, now, action, &details)?;
            Ok(true)
        });
        match changed {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::NotFound),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

impl Authority for Embedded {
    fn list_keys(&self) -> Result<Vec<ListedKey>, Failure> {
        self.read(|tx| list(tx, self.account, self.owner_id()))
    }

    fn create_key(&self, intent: &Intent) -> Result<KeyId, Failure> {
        let (store, rng) = (self.gate.store(), &**self.gate.rng());
        let drawn = access_keys::draw(store, self.account, self.owner_id(), intent.at, rng);
        let DrawnKey { key, secret, sealed } = drawn.map_err(|error| unavailable(&error))?;
        let place = copy_place(self.account, &self.credential.id, key.id.into());
        let copy = store.sealer().seal(&place, secret.expose().as_bytes(), rng);
        let copy = copy.map_err(|error| unavailable(&error))?;
        let (account, credential, id) = (self.account, self.credential.id.clone(), KeyId::from(key.id));
        let details = json!({"rotationId": self.rotation_id, "accessKeyId": id.to_string()});
        let event_id = uuid(&**self.gate.rng());
        // One intent makes at most one key, however often it is tried.
        let name = format!("rotation/{}/create/{}", self.rotation_id, intent.at.micros());
        let created = self.write_as(name, move |tx| {
            tx.lock_user(account, &key.owner_id)?;
            tx.access_keys().insert(&key, &sealed)?;
            tx.custody().insert_copy(account, &credential, id, &copy, key.created_at)?;
            tx.touch(Touched::AccessKey(key.id));
            insert_own_event(tx, account, &event_id, key.created_at, "CreateAccessKey", &details)
        });
        match created {
            Ok(()) => Ok(id),
            Err(StoreError::Constraint(name)) if name == "access_keys_slot_unique" => {
                Err(Failure::LimitExceeded)
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn set_status(&self, key: KeyId, status: KeyStatus) -> Result<(), Failure> {
        let (account, owner) = (self.account, self.owner_id().to_owned());
        let key = access_key(key)?;
        self.change_key("UpdateAccessKey", key, move |tx| {
            tx.lock_user(account, &owner)?;
            tx.access_keys().update_status(account, &owner, key, status)
        })
    }

    fn delete_key(&self, key: KeyId) -> Result<(), Failure> {
        let (account, owner) = (self.account, self.owner_id().to_owned());
        let key = access_key(key)?;
        self.change_key("DeleteAccessKey", key, move |tx| {
            tx.lock_user(account, &owner)?;
            tx.access_keys().delete(account, &owner, key)
        })
    }

    fn cut_sessions(&self, key: KeyId) -> Result<(), Failure> {
        let (account, now, key) = (self.account, self.gate.clock().now(), access_key(key)?);
        let cut = self.write(move |tx| response::cut_sessions(tx, account, key, now));
        cut.map_err(|error| unavailable(&error))
    }

    fn who_am_i(&self, key: KeyId, _: Option<&Place>) -> Result<Principal, Failure> {
        let secret = self.copy(key)?;
        let secret = std::str::from_utf8(secret.expose()).map_err(|_| Failure::NotAccepted)?;
        self.sign_and_verify(&key.to_string(), secret)
    }

    fn clock_offset_micros(&self) -> Option<i64> {
        Some(0)
    }
}

impl Embedded {
    /// What custody holds of a key.
    pub(super) fn copy(&self, key: KeyId) -> Result<SecretBytes, Failure> {
        let id = &self.credential.id;
        let copy = self.read(|tx| tx.custody().find_copy(self.account, id, key))?.ok_or(Failure::NotFound)?;
        let place = copy_place(self.account, id, key);
        self.gate.store().sealer().open(&place, copy.as_bytes()).map_err(|error| unavailable(&error))
    }

    /// Signs GetCallerIdentity with the key as any client would, and lets the gate say who signed.
    fn sign_and_verify(&self, key: &str, secret: &str) -> Result<Principal, Failure> {
        const HOST: &str = "keystead";
        const BODY: &[u8] = b"Action=GetCallerIdentity&Version=2011-06-15";
        let now = self.gate.clock().now();
        let signer =
            Signer { access_key_id: key, secret, session_token: None, region: "us-east-1", service: "sts" };
        let added = signer.sign("POST", "/", "", &[("host", HOST)], BODY, now);
        let mut headers = vec![("host", HOST.as_bytes())];
        headers.extend(added.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
        let request = Request { method: "POST", path: "/", query: "", headers: &headers };
        let signed_by = self.gate.who_signed(&request, BODY, now).map_err(|_| Failure::NotAccepted)?;
        Ok(Principal { account: signed_by.account.to_string(), arn: signed_by.arn().to_string() })
    }
}
