//! The endpoint for stored credentials whose value is a password somewhere: it has one value at a time. A new value is
//! drawn and sealed first, which changes nothing. To switch is one effect: a signed call sets the value where it is
//! checked, and then it is stored, so that readers are given it from their next question on. Done again it does the
//! same, so a crash in between is healed by the next step. The former value stays in custody for the way back.

use std::collections::BTreeMap;
use std::time::Duration;

use keystead_core::rng::{BASE62, uuid};
use keystead_core::{AccountId, Arn, KeyId, KeyStatus, SecretBytes, SecretString, Timestamp};
use keystead_gate::audit::insert_own_event;
use keystead_store::custody::{ManagedCredential, copy_place};
use keystead_store::stored_credentials::{StoredCredential, StoredVersion, value_place};
use keystead_store::value_setters::{ValueSetter, key_place};
use keystead_store::{Sealed, StoreError, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Embedded, unavailable};
use crate::delivery::webhook;
use crate::machine::{Failure, Intent, ListedKey, Place, Principal, Use};
use crate::world::Authority;

/// Reads of a stored credential that are looked at.
const READS_MAX: i64 = 1000;

/// How a new value is drawn and set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Where calls go.
    pub url: String,
    /// Whether a value is also tried there.
    pub is_tested: bool,
    /// How many characters a new value has.
    pub length: usize,
    /// Which characters; letters and digits when not said.
    pub alphabet: Option<String>,
}

/// A value in custody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct HeldValue {
    /// The newest version of the stored credential that it is; none where it was never stored.
    version: Option<i64>,
    is_inactive: bool,
    created_at: Timestamp,
}

type HeldValues = BTreeMap<KeyId, HeldValue>;

/// The values in custody of a credential that begins to be rotated.
pub(crate) fn beginning(key: KeyId, version: i64, now: Timestamp) -> String {
    let held = HeldValue { version: Some(version), is_inactive: false, created_at: now };
    write_held(&BTreeMap::from([(key, held)]))
}

fn write_held(held: &HeldValues) -> String {
    serde_json::to_string(held).unwrap_or_default()
}

fn read_held(setter: &ValueSetter) -> keystead_store::Result<HeldValues> {
    serde_json::from_str(&setter.values).map_err(|error| StoreError::Corrupt(format!("values held: {error}")))
}

/// A setter, the values in custody, and the stored credential.
struct Standing {
    setter: ValueSetter,
    held: HeldValues,
    stored: StoredCredential,
}

impl Standing {
    fn of(tx: &mut Tx<'_>, account: AccountId, credential_id: &str) -> keystead_store::Result<Self> {
        let gone = || StoreError::Other(format!("{credential_id} has no stored credential any more"));
        let setter = tx.value_setters().find(account, credential_id)?.ok_or_else(gone)?;
        let stored = tx.stored_credentials().find_by_id(account, &setter.stored_credential_id)?;
        Ok(Self { held: read_held(&setter)?, setter, stored: stored.ok_or_else(gone)? })
    }

    /// The key of the value that readers are given now, if it is one of these.
    fn newest(&self) -> Option<KeyId> {
        let is_newest = |held: &HeldValue| held.version == Some(self.stored.version);
        self.held.iter().find(|(_, held)| is_newest(held)).map(|(key, _)| *key)
    }
}

/// Whether readers are given this value now.
pub(super) fn is_newest(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    key: KeyId,
) -> keystead_store::Result<bool> {
    Ok(Standing::of(tx, credential.account, &credential.id)?.newest() == Some(key))
}

/// The values in custody as an endpoint would list its keys.
pub(super) fn list(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
) -> keystead_store::Result<Vec<ListedKey>> {
    let listed = |(id, held): (KeyId, HeldValue)| {
        let status = if held.is_inactive { KeyStatus::Inactive } else { KeyStatus::Active };
        ListedKey { id, status, created_at: held.created_at }
    };
    Ok(Standing::of(tx, credential.account, &credential.id)?.held.into_iter().map(listed).collect())
}

/// Who was given which value. A reader that comes no more is nobody to wait for: what it holds works no longer.
pub(super) fn reads(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    keys: &[KeyId],
) -> keystead_store::Result<Vec<Use>> {
    let Standing { held, stored, .. } = Standing::of(tx, credential.account, &credential.id)?;
    let key_of = |version: i64| {
        let found = held.iter().find(|(key, held)| held.version == Some(version) && keys.contains(key));
        found.map(|(key, _)| *key)
    };
    let mut uses: BTreeMap<(String, KeyId), Use> = BTreeMap::new();
    for read in tx.stored_credentials().list_reads(&stored.id, i64::MAX, READS_MAX)? {
        let Some(key) = key_of(read.version) else { continue };
        let (consumer, slowest_interval) = (read.reader.clone(), Some(Duration::ZERO));
        // The newest comes first.
        let newest = Use { consumer, key, last_at: read.at, count: 0, refused: 0, slowest_interval };
        uses.entry((read.reader, key)).or_insert(newest).count += 1;
    }
    Ok(uses.into_values().collect())
}

/// The values of one stored credential.
pub(super) struct Values<'w>(pub(super) &'w Embedded);

impl Values<'_> {
    /// Changes what is noted of the values in custody, with the audit's record of it.
    fn change(
        &self,
        action: &'static str,
        key: KeyId,
        change: impl Fn(&mut Tx<'_>, &mut HeldValues) -> keystead_store::Result<()> + Send + 'static,
    ) -> Result<(), Failure> {
        let (account, id, now) = (self.0.account, self.0.credential.id.clone(), self.0.gate.clock().now());
        let details = json!({"rotationId": self.0.rotation_id, "value": key.to_string()});
        let event_id = uuid(&**self.0.gate.rng());
        let changed = self.0.write(move |tx| {
            let Standing { mut held, .. } = Standing::of(tx, account, &id)?;
            change(tx, &mut held)?;
            tx.value_setters().update_values(account, &id, &write_held(&held))?;
            insert_own_event(tx, account, &event_id, now, action, &details)
        });
        changed.map_err(|error| unavailable(&error))
    }
}

impl Authority for Values<'_> {
    fn list_keys(&self) -> Result<Vec<ListedKey>, Failure> {
        self.0.read(|tx| list(tx, &self.0.credential))
    }

    fn create_key(&self, intent: &Intent) -> Result<KeyId, Failure> {
        let world = self.0;
        let (account, id) = (world.account, world.credential.id.clone());
        let Standing { setter, held, stored } = world.read(|tx| Standing::of(tx, account, &id))?;
        let settings = settings(&setter)?;
        let alphabet = settings.alphabet.as_ref().map_or(BASE62, |alphabet| alphabet.as_bytes());
        let value = SecretString::new(world.gate.rng().text(settings.length, alphabet));
        let next = held.keys().filter_map(|key| key.as_str().strip_prefix('v')?.parse().ok());
        let next = next.chain([stored.version]).max().unwrap_or_default() + 1;
        let key: KeyId = format!("v{next}").parse().map_err(|_| Failure::Unavailable)?;
        let copy = world.gate.store().sealer().seal(
            &copy_place(account, &id, key),
            value.expose().as_bytes(),
            &**world.gate.rng(),
        );
        let (copy, created_at) = (copy.map_err(|error| unavailable(&error))?, intent.at);
        self.change("CreateStoredValue", key, move |tx, held| {
            tx.custody().insert_copy(account, &id, key, &copy, created_at)?;
            held.insert(key, HeldValue { version: None, is_inactive: false, created_at });
            Ok(())
        })?;
        Ok(key)
    }

    /// The value that leaves works no longer since the switch; it is only noted that nobody goes back to it unasked.
    fn set_status(&self, key: KeyId, status: KeyStatus) -> Result<(), Failure> {
        self.change("UpdateStoredValue", key, move |_, held| {
            if let Some(held) = held.get_mut(&key) {
                held.is_inactive = status == KeyStatus::Inactive;
            }
            Ok(())
        })
    }

    fn delete_key(&self, key: KeyId) -> Result<(), Failure> {
        let (account, id) = (self.0.account, self.0.credential.id.clone());
        self.change("DeleteStoredValue", key, move |tx, held| {
            held.remove(&key);
            tx.custody().delete_copy(account, &id, key)?;
            Ok(())
        })
    }

    fn cut_sessions(&self, _: KeyId) -> Result<(), Failure> {
        Ok(())
    }

    /// A value that is in use is tried where it is checked; of another there is nothing to know but that it is kept.
    fn who_am_i(&self, key: KeyId, _: Option<&Place>) -> Result<Principal, Failure> {
        let world = self.0;
        let standing = world.read(|tx| Standing::of(tx, world.account, &world.credential.id))?;
        let value = world.copy(key)?;
        if standing.newest() == Some(key) && settings(&standing.setter)?.is_tested {
            world.call(&standing, "test", key, &value, None)?;
        }
        let arn = format!("stored-credential/{}", standing.stored.name);
        Ok(Principal {
            account: world.account.to_string(),
            arn: Arn::keystead(world.account, &arn).to_string(),
        })
    }

    fn clock_offset_micros(&self) -> Option<i64> {
        Some(0)
    }
}

fn settings(setter: &ValueSetter) -> Result<Settings, Failure> {
    serde_json::from_str(&setter.settings).map_err(|_| Failure::Unavailable)
}

impl Embedded {
    /// Sets a value where it is checked and stores it at once.
    pub(super) fn put_in_use(&self, key: KeyId) -> Result<(), Failure> {
        let standing = self.read(|tx| Standing::of(tx, self.account, &self.credential.id))?;
        let Some(newest) = standing.newest() else { return Err(Failure::Conflict) };
        let (value, other) = (self.copy(key)?, standing.held.keys().find(|other| **other != key));
        let former = other.map(|other| self.copy(*other)).transpose()?;
        // Also where it is the newest: another may have been set whose storing failed.
        self.call(&standing, "set", key, &value, former.as_ref())?;
        if newest == key { Ok(()) } else { self.store_value(standing, key, &value) }
    }

    /// The next version of the stored credential.
    fn store_value(&self, standing: Standing, key: KeyId, value: &SecretBytes) -> Result<(), Failure> {
        let (account, now) = (self.account, self.gate.clock().now());
        let Standing { setter, mut held, stored } = standing;
        let before = stored.version;
        let version = StoredVersion {
            version: before + 1,
            value: self.seal(&value_place(account, &stored.id, before + 1), value)?,
            restored_from: None,
            created_by: Arn::keystead(account, &format!("rotation/{}", self.rotation_id)).to_string(),
            created_at: now,
        };
        if let Some(held) = held.get_mut(&key) {
            held.version = Some(version.version);
        }
        let stored = StoredCredential { version: version.version, updated_at: now, ..stored };
        let details = json!({
            "rotationId": self.rotation_id,
            "credential": stored.name,
            "value": key.to_string(),
            "version": version.version,
        });
        let (event_id, held) = (uuid(&**self.gate.rng()), write_held(&held));
        let written = self.write(move |tx| {
            if !tx.stored_credentials().update(&stored, before)? {
                return Err(StoreError::Other("the stored credential was changed a moment ago".to_owned()));
            }
            tx.stored_credentials().insert_version(&stored.id, &version)?;
            tx.value_setters().update_values(account, &setter.credential_id, &held)?;
            insert_own_event(tx, account, &event_id, now, "UpdateStoredCredential", &details)
        });
        written.map_err(|error| unavailable(&error))
    }

    /// A signed call about a value to where it is checked. It has the same id when it is tried again.
    fn call(
        &self,
        standing: &Standing,
        purpose: &str,
        key: KeyId,
        value: &SecretBytes,
        former: Option<&SecretBytes>,
    ) -> Result<(), Failure> {
        let setter = &standing.setter;
        let signing = self.open(&key_place(self.account, &setter.credential_id), &setter.key)?;
        let body = json!({
            "purpose": purpose,
            "credential": standing.stored.name,
            "rotation_id": self.rotation_id,
            "version": key.to_string(),
            "value": text(value)?.expose(),
            "former_value": former.map(text).transpose()?.map(|former| former.expose().clone()),
        });
        let delivery = format!("{}/{key}/{purpose}", self.rotation_id);
        let url = settings(setter)?.url;
        let place = (&*url, self.gate.knows_target(&url));
        let answered = webhook::post(&self.gate, place, &text(&signing)?, &delivery, &body.to_string());
        answered.map_err(|failure| match failure {
            Failure::Conflict | Failure::Denied { .. } | Failure::Failed { .. } if purpose == "test" => {
                Failure::NotAccepted
            }
            other => other,
        })
    }
}

fn text(bytes: &SecretBytes) -> Result<SecretString, Failure> {
    let text = std::str::from_utf8(bytes.expose()).map_err(|_| Failure::NotFound)?;
    Ok(SecretString::new(text.to_owned()))
}

/// Seals what calls are signed with.
pub(crate) fn seal_key(
    cx: &keystead_gate::Context,
    credential_id: &str,
    key: &SecretString,
) -> keystead_store::Result<Sealed> {
    cx.sealer().seal(&key_place(cx.account(), credential_id), key.expose().as_bytes(), cx.rng())
}
