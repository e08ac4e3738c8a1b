//! Keystead's own credential store: each field is a stored credential of the account, which has to be there. All of
//! them get their new version in one transaction, with the audit's record of it.

use std::str;

use keystead_core::rng::uuid;
use keystead_core::{Arn, SecretString};
use keystead_gate::audit::insert_own_event;
use keystead_store::Command;
use keystead_store::stored_credentials::{StoredCredential, StoredKind, StoredVersion, value_place};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::settings::Site;
use super::{Fields, Held, Target, Value, failed};
use crate::embedded::unavailable;
use crate::machine::Failure;

/// Nothing: the template names the stored credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

pub(super) struct OwnStore<'a> {
    pub(super) site: &'a Site<'a>,
}

impl OwnStore<'_> {
    /// The stored credentials of the fields, with their newest values.
    fn read(&self) -> Result<Vec<(StoredCredential, SecretString)>, Failure> {
        let (store, account) = (self.site.gate.store(), self.site.account);
        let read = store.read(|tx| {
            let mut found = Vec::new();
            for name in &self.site.fields {
                let Some(credential) = tx.stored_credentials().find(account, name)? else { continue };
                let version = tx.stored_credentials().find_version(&credential.id, credential.version)?;
                found.extend(version.map(|version| (credential, version.value)));
            }
            Ok::<_, keystead_store::StoreError>(found)
        });
        let open = |(credential, sealed): (StoredCredential, keystead_store::Sealed)| {
            let place = value_place(account, &credential.id, credential.version);
            let opened =
                store.sealer().open(&place, sealed.as_bytes()).map_err(|error| unavailable(&error))?;
            let text = str::from_utf8(opened.expose()).map_err(|_| Failure::Conflict)?;
            Ok((credential, SecretString::new(text.to_owned())))
        };
        read.map_err(|error| unavailable(&error))?.into_iter().map(open).collect()
    }

    /// The next version of a credential.
    fn draw(&self, credential: StoredCredential, value: &SecretString) -> Result<Change, Failure> {
        let (store, now) = (self.site.gate.store(), self.site.gate.clock().now());
        let before = credential.version;
        let place = value_place(self.site.account, &credential.id, before + 1);
        let sealed = store.sealer().seal(&place, value.expose().as_bytes(), &**self.site.gate.rng());
        let version = StoredVersion {
            version: before + 1,
            value: sealed.map_err(|error| unavailable(&error))?,
            restored_from: None,
            created_by: Arn::keystead(self.site.account, &format!("rotation/{}", self.site.rotation))
                .to_string(),
            created_at: now,
        };
        let credential = StoredCredential { version: before + 1, updated_at: now, ..credential };
        Ok(Change { credential, version, before, event_id: uuid(&**self.site.gate.rng()) })
    }
}

struct Change {
    credential: StoredCredential,
    version: StoredVersion,
    before: i64,
    event_id: String,
}

impl Target for OwnStore<'_> {
    fn read_back(&self) -> Result<Held, Failure> {
        let fields: Fields = self.read()?.into_iter().map(|(row, value)| (row.name, value)).collect();
        Ok(Held::Shown { fields, rest: serde_json::Value::Null })
    }

    fn write(&self, value: &Value<'_>, seen: &Held) -> Result<(), Failure> {
        let Held::Shown { fields: before, .. } = seen else { return Err(Failure::Conflict) };
        let mut rows = self.read()?;
        if rows.iter().any(|(row, held)| before.get(&row.name) != Some(held)) {
            return Err(failed("a stored credential was changed meanwhile"));
        }
        let mut changes = Vec::new();
        for (name, text) in &value.fields {
            let row =
                rows.extract_if(.., |(row, _)| row.name == *name && row.kind == StoredKind::User).next();
            changes.push(self.draw(row.ok_or_else(|| missing(name))?.0, text)?);
        }
        let (account, id) = (self.site.account, uuid(&**self.site.gate.rng()));
        let (rotation, key) = (self.site.rotation.to_owned(), value.key.to_string());
        let command = Command { id, account: Some(account), invocation_id: None };
        let written = self.site.gate.store().write(command, move |tx| {
            for Change { credential, version, before, event_id } in &changes {
                if !tx.stored_credentials().update(credential, *before)? {
                    return Err(keystead_store::StoreError::Constraint(
                        "stored_credential_changed".to_owned(),
                    ));
                }
                tx.stored_credentials().insert_version(&credential.id, version)?;
                let details =
                    json!({"rotationId": rotation, "credential": credential.name, "accessKeyId": key});
                insert_own_event(
                    tx,
                    account,
                    event_id,
                    version.created_at,
                    "UpdateStoredCredential",
                    &details,
                )?;
            }
            Ok(())
        });
        written.map_err(|error| unavailable(&error))
    }

    fn may_write(&self) -> Result<Option<bool>, Failure> {
        let rows = self.read()?;
        let is_there =
            |name: &str| rows.iter().any(|(row, _)| row.name == name && row.kind == StoredKind::User);
        match self.site.fields.iter().find(|name| !is_there(name)) {
            Some(name) => Err(missing(name)),
            None => Ok(Some(true)),
        }
    }
}

fn missing(name: &str) -> Failure {
    failed(format!("there is no stored credential {name} that has a value of its own"))
}
