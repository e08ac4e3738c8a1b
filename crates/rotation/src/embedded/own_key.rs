//! Keystead's own key at a connected account. Its consumer is Keystead itself: it signs with the new key before the
//! old one goes, and every use up to that moment is its own as far as the endpoint can tell; a later one is somebody's.

use std::collections::BTreeMap;
use std::time::Duration;

use keystead_core::rng::uuid;
use keystead_core::{AccountId, Arn, KeyId, SecretBytes, SecretString, Timestamp};
use keystead_gate::audit::insert_own_event;
use keystead_store::cloud_accounts::{CloudAccount, CloudCredentials, private_key_place, secret_place};
use keystead_store::custody::{ManagedCredential, Material};
use keystead_store::{Place, Sealed, StoreError, Tx};
use serde_json::json;

use super::{Embedded, stored_value, unavailable};
use crate::machine::{Failure, Use};

/// The name of the consumer that Keystead itself is.
const OWN: &str = "keystead (discovers and rotates with it)";
/// The generated credential whose readers hold the key, too.
const READABLE: &str = "AWS_SECRET_ACCESS_KEY";
/// Reads of it that are looked at.
const READS_MAX: i64 = 1000;
/// How long a call that began with the former key may take.
const IN_FLIGHT: Duration = Duration::from_mins(1);

/// A connected account and the credentials it is reached with.
pub(super) struct InUse {
    cloud: CloudAccount,
    credentials: CloudCredentials,
}

/// How a connected account is reached now, where the credential is Keystead's own key at it.
pub(super) fn in_use(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
) -> keystead_store::Result<Option<InUse>> {
    let (account, Some(id)) = (credential.account, &credential.cloud_account_id) else { return Ok(None) };
    let Some(cloud) = tx.cloud_accounts().find(account, id)? else { return Ok(None) };
    let credentials = tx.cloud_accounts().find_credentials(account, id, cloud.version)?;
    Ok(credentials.map(|credentials| InUse { cloud, credentials }))
}

/// Whether the connection was given another key, or the stored credential another value, by hand since this credential was last rotated.
pub(crate) fn is_stale(tx: &mut Tx<'_>, credential: &ManagedCredential) -> keystead_store::Result<bool> {
    let (account, current) = (credential.account, credential.current_access_key_id);
    if credential.material == Material::StoredValue {
        let is_running = tx.rotations().find_running(account, &credential.id)?.is_some();
        return Ok(!is_running && !stored_value::is_newest(tx, credential, current)?);
    }
    if credential.cloud_account_id.is_none()
        || tx.rotations().find_running(account, &credential.id)?.is_some()
    {
        return Ok(false);
    }
    Ok(!in_use(tx, credential)?.is_some_and(|now| now.is_with(current)))
}

impl InUse {
    fn is_with(&self, key: KeyId) -> bool {
        self.credentials.access_key_id.as_deref() == Some(&*key.to_string())
    }
}

/// Who used which key of a connected account, beside what the endpoint tells.
#[derive(Default)]
pub(super) struct OwnUses {
    /// Keystead's uses, and what those who read the secret were given.
    pub(super) uses: Vec<Use>,
    is_own: bool,
    /// Until when each key was in use; none where it is.
    until: BTreeMap<KeyId, Option<Timestamp>>,
}

impl OwnUses {
    pub(super) fn of(
        tx: &mut Tx<'_>,
        credential: &ManagedCredential,
        keys: &[KeyId],
    ) -> keystead_store::Result<Self> {
        let Some(id) = &credential.cloud_account_id else { return Ok(Self::default()) };
        let mut own = Self { is_own: true, ..Self::default() };
        let mut keys_by_version = BTreeMap::new();
        for version in tx.cloud_accounts().list_credentials(credential.account, id)? {
            let key = version.access_key_id.as_deref().and_then(|key| key.parse().ok());
            let Some(key) = key.filter(|key| keys.contains(key)) else { continue };
            keys_by_version.insert(version.version, key);
            own.until.insert(key, version.replaced_at);
            own.uses.retain(|seen: &Use| seen.key != key);
            own.uses.push(seen(OWN.to_owned(), key, version.replaced_at.unwrap_or(version.created_at)));
        }
        own.uses.extend(readers(tx, credential.account, id, &keys_by_version)?);
        Ok(own)
    }

    /// Whether a use that the endpoint tells of is Keystead's own, and counts it if so: Keystead signed with the key at
    /// the time, or nobody else was ever given it.
    pub(super) fn explains(&mut self, key: KeyId, at: Timestamp) -> bool {
        let until = self.until.get(&key).copied().flatten();
        if !self.is_own || until.is_some_and(|until| at > until.plus(IN_FLIGHT)) {
            return false;
        }
        match self.uses.iter_mut().find(|seen| seen.key == key && seen.consumer == OWN) {
            Some(own) => own.last_at = own.last_at.max(at),
            None => self.uses.push(seen(OWN.to_owned(), key, at)),
        }
        true
    }
}

/// Who was given the secret as an input, and which key that was.
fn readers(
    tx: &mut Tx<'_>,
    account: AccountId,
    cloud_account_id: &str,
    keys: &BTreeMap<i64, KeyId>,
) -> keystead_store::Result<Vec<Use>> {
    let found = tx.stored_credentials().find(account, READABLE)?;
    let Some(found) = found.filter(|found| found.kind.cloud_account_id() == Some(cloud_account_id)) else {
        return Ok(Vec::new());
    };
    let mut latest = BTreeMap::new();
    for read in tx.stored_credentials().list_reads(&found.id, i64::MAX, READS_MAX)? {
        if let Some(key) = keys.get(&read.version) {
            // The newest comes first.
            latest.entry((read.reader, *key)).or_insert(read.at);
        }
    }
    let given = |((reader, key), at)| seen(format!("{reader} (was given {READABLE})"), key, at);
    Ok(latest.into_iter().map(given).collect())
}

fn seen(consumer: String, key: KeyId, last_at: Timestamp) -> Use {
    Use { consumer, key, last_at, count: 1, refused: 0, slowest_interval: None }
}

impl Embedded {
    /// The secret that calls to the connected account are signed with, if this key is the one in use.
    pub(super) fn own_secret(&self, key: KeyId) -> Result<Option<SecretString>, Failure> {
        let now = self.read(|tx| in_use(tx, &self.credential))?.filter(|now| now.is_with(key));
        let Some(InUse { cloud, credentials: CloudCredentials { secret: Some(sealed), version, .. } }) = now
        else {
            return Ok(None);
        };
        let opened = self.open(&secret_place(self.account, &cloud.id, version), &sealed)?;
        let text = std::str::from_utf8(opened.expose()).map_err(|_| Failure::NotFound)?;
        Ok(Some(SecretString::new(text.to_owned())))
    }

    /// Reaches the connected account with `key` from now on. Done again it changes nothing.
    pub(super) fn reach_with(&self, key: KeyId) -> Result<(), Failure> {
        let Some(before) = self.read(|tx| in_use(tx, &self.credential))? else { return Ok(()) };
        if before.is_with(key) {
            return Ok(());
        }
        let (account, now) = (self.account, self.gate.clock().now());
        let held = self.read(|tx| tx.custody().list_copies(account, &self.credential.id))?;
        if !held.iter().any(|held| before.is_with(*held)) {
            return Err(Failure::Conflict);
        }
        let after = self.next_version(&before, key, now)?;
        let details = json!({
            "rotationId": self.rotation_id,
            "cloudAccountId": before.cloud.id,
            "accessKeyId": key.to_string(),
            "version": after.version,
        });
        let event_id = uuid(&**self.gate.rng());
        let written = self.write(move |tx| {
            let id = &before.cloud.id;
            tx.lock_cloud_account(account, id)?;
            let found = tx.cloud_accounts().find(account, id)?;
            let Some(mut cloud) = found.filter(|cloud| cloud.version == before.cloud.version) else {
                return Err(StoreError::Other("the connection was changed a moment ago".to_owned()));
            };
            (cloud.version, cloud.updated_at) = (after.version, now);
            tx.cloud_accounts().replace_credentials(account, id, before.cloud.version, now)?;
            tx.cloud_accounts().insert_credentials(account, &after)?;
            tx.cloud_accounts().update_credentials(&cloud)?;
            tx.cloud_regions().hasten(account, id, now)?;
            insert_own_event(tx, account, &event_id, now, "UpdateCloudCredentials", &details)
        });
        written.map_err(|error| unavailable(&error))
    }

    /// The version after the one in use: the same but for its key.
    fn next_version(&self, before: &InUse, key: KeyId, now: Timestamp) -> Result<CloudCredentials, Failure> {
        let (account, id, version) = (self.account, &before.cloud.id, before.credentials.version + 1);
        let secret = self.seal(&secret_place(account, id, version), &self.copy(key)?)?;
        let private_key = before.credentials.private_key.as_ref().map(|sealed| {
            let opened = self.open(&private_key_place(account, id, before.credentials.version), sealed)?;
            self.seal(&private_key_place(account, id, version), &opened)
        });
        Ok(CloudCredentials {
            version,
            access_key_id: Some(key.to_string()),
            secret: Some(secret),
            private_key: private_key.transpose()?,
            created_by: Arn::keystead(account, &format!("rotation/{}", self.rotation_id)).to_string(),
            created_at: now,
            replaced_at: None,
            ..before.credentials.clone()
        })
    }

    pub(super) fn open(&self, place: &Place, sealed: &Sealed) -> Result<SecretBytes, Failure> {
        self.gate.store().sealer().open(place, sealed.as_bytes()).map_err(|error| unavailable(&error))
    }

    pub(super) fn seal(&self, place: &Place, secret: &SecretBytes) -> Result<Sealed, Failure> {
        let sealed = self.gate.store().sealer().seal(place, secret.expose(), &**self.gate.rng());
        sealed.map_err(|error| unavailable(&error))
    }
}
