//! The endpoint for service-specific credentials: the embedded authority. A user may have two of a service. Only the
//! service is shown the password, so nothing here sees whether one is used; a person answers for that.

use std::time::Duration;

use keystead_core::rng::uuid;
use keystead_core::{KeyId, KeyStatus, Quota, ServiceCredential};
use keystead_gate::audit::insert_own_event;
use keystead_gate::service_credential::free_name;
use keystead_store::custody::{ManagedCredential, copy_place};
use keystead_store::{Touched, Tx};
use serde_json::json;

use super::{Embedded, unavailable};
use crate::machine::{Failure, Intent, ListedKey, Place, Principal};
use crate::managed;
use crate::service_login::{self, Drawn, ServiceLogin, Wanted};
use crate::world::Authority;

/// The service-specific credentials of a user for one service.
pub(super) struct ServiceCredentials<'w>(pub(super) &'w Embedded);

/// The credentials that the user has for the service of a managed one: that of those in custody.
fn rows(tx: &mut Tx<'_>, managed: &ManagedCredential) -> keystead_store::Result<Vec<ServiceCredential>> {
    let owner = managed.owner_id.as_deref().unwrap_or_default();
    let held = tx.custody().list_copies(managed.account, &managed.id)?;
    let mut rows = tx.service_credentials().list_by_user(managed.account, owner)?;
    let ours = rows.iter().find(|row| held.iter().any(|key| key.as_str() == row.id));
    let service = ours.map(|row| row.service.clone());
    rows.retain(|row| Some(&row.service) == service.as_ref());
    Ok(rows)
}

/// The same as an endpoint would list its keys.
pub(super) fn list(tx: &mut Tx<'_>, managed: &ManagedCredential) -> keystead_store::Result<Vec<ListedKey>> {
    let listed = |row: ServiceCredential| {
        Some(ListedKey { id: row.id.parse().ok()?, status: row.status, created_at: row.created_at })
    };
    Ok(rows(tx, managed)?.into_iter().filter_map(listed).collect())
}

impl ServiceCredentials<'_> {
    fn touched(&self) -> Touched {
        Touched::Custody { account: self.0.account, credential: self.0.credential.id.clone() }
    }

    /// Writes a change of a credential together with the audit's record of it.
    fn change(
        &self,
        action: &'static str,
        key: KeyId,
        change: impl FnMut(&mut Tx<'_>) -> keystead_store::Result<bool> + Send + 'static,
    ) -> Result<(), Failure> {
        let details = json!({
            "rotationId": self.0.rotation_id,
            "serviceSpecificCredentialId": key.to_string(),
        });
        self.0.change(action, details, self.touched(), change)
    }

    /// One more for the same service, that lasts as long as the one in use.
    fn draw(&self) -> Result<Drawn, Failure> {
        let (world, now) = (self.0, self.0.gate.clock().now());
        let current = world.credential.current_access_key_id;
        let user = managed::user_name(&world.gate, &world.credential).ok_or(Failure::NotFound)?;
        let (row, service_user_name) = world
            .read(|tx| {
                let rows = rows(tx, &world.credential)?;
                let Some(row) = rows.into_iter().find(|row| row.id == current.as_str()) else {
                    return Ok(None);
                };
                let name = free_name(tx, world.account, &row.service, &user)?;
                Ok(Some((row, name)))
            })?
            .ok_or(Failure::NotFound)?;
        let lasts = |row: &ServiceCredential| Some(row.expires_at?.since(row.created_at));
        let wanted = Wanted {
            account: world.account,
            user_id: world.owner_id().to_owned(),
            lasts: lasts(&row).filter(|lasts| *lasts > Duration::ZERO),
            service: row.service,
            service_user_name,
        };
        service_login::draw(wanted, now, &**world.gate.rng()).map_err(|_| Failure::Failed {
            what: "the service has no credentials of its own any more".to_owned(),
        })
    }
}

impl Authority for ServiceCredentials<'_> {
    fn list_keys(&self) -> Result<Vec<ListedKey>, Failure> {
        self.0.read(|tx| list(tx, &self.0.credential))
    }

    fn create_key(&self, intent: &Intent) -> Result<KeyId, Failure> {
        let world = self.0;
        let broken = || Failure::Failed { what: "no credential could be made".to_owned() };
        let Drawn { row, password_hash, login } = self.draw()?;
        let id: KeyId = row.id.parse().map_err(|_| broken())?;
        let (account, credential, rng) = (world.account, world.credential.id.clone(), &**world.gate.rng());
        let secret = login.to_secret().map_err(|_| broken())?;
        let place = copy_place(account, &credential, id);
        let copy = world.gate.store().sealer().seal(&place, secret.expose().as_bytes(), rng);
        let copy = copy.map_err(|error| unavailable(&error))?;
        let details = json!({"rotationId": world.rotation_id, "serviceSpecificCredentialId": row.id});
        let (event_id, touched) = (uuid(rng), self.touched());
        let quota = world.gate.ring().quotas(account).get(Quota::ServiceSpecificCredentialsPerUser);
        // One intent makes at most one credential, however often it is tried.
        let name = format!("rotation/{}/create/{}", world.rotation_id, intent.at.micros());
        let created = world.write_as(name, move |tx| {
            tx.lock_user(account, &row.user_id)?;
            let has = tx.service_credentials().list_by_user(account, &row.user_id)?;
            if has.iter().filter(|other| other.service == row.service).count() as u64 >= quota {
                return Ok(false);
            }
            tx.service_credentials().insert(&row, &password_hash)?;
            tx.custody().insert_copy(account, &credential, id, &copy, row.created_at)?;
            tx.touch(touched.clone());
            let action = "CreateServiceSpecificCredential";
            insert_own_event(tx, account, &event_id, row.created_at, action, &details)?;
            Ok(true)
        });
        match created {
            Ok(true) => Ok(id),
            Ok(false) => Err(Failure::LimitExceeded),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn set_status(&self, key: KeyId, status: KeyStatus) -> Result<(), Failure> {
        let (account, owner) = (self.0.account, self.0.owner_id().to_owned());
        self.change("UpdateServiceSpecificCredential", key, move |tx| {
            tx.service_credentials().update_status(account, &owner, key.as_str(), status)
        })
    }

    fn delete_key(&self, key: KeyId) -> Result<(), Failure> {
        let (account, owner) = (self.0.account, self.0.owner_id().to_owned());
        self.change("DeleteServiceSpecificCredential", key, move |tx| {
            tx.service_credentials().delete(account, &owner, key.as_str())
        })
    }

    /// No session is made with a password for a service.
    fn cut_sessions(&self, _: KeyId) -> Result<(), Failure> {
        Ok(())
    }

    /// Tries what custody holds against what this authority would check it with.
    fn who_am_i(&self, key: KeyId, _: Option<&Place>) -> Result<Principal, Failure> {
        let (world, account, owner) = (self.0, self.0.account, self.0.owner_id());
        let login = ServiceLogin::from_custody(world.copy(key)?.expose()).ok_or(Failure::NotAccepted)?;
        let (row, hash) = world.read(|tx| {
            let row = tx.service_credentials().find(account, owner, key.as_str())?;
            Ok((row, tx.service_credentials().find_password_hash(account, owner, key.as_str())?))
        })?;
        let (row, hash) = row.zip(hash).ok_or(Failure::NotAccepted)?;
        let is_over = row.expires_at.is_some_and(|end| end <= world.gate.clock().now());
        if is_over || row.status != KeyStatus::Active || !login.is_of(&row, &hash) {
            return Err(Failure::NotAccepted);
        }
        managed::principal(&world.gate, &world.credential).map_err(|_| Failure::NotAccepted)
    }

    fn clock_offset_micros(&self) -> Option<i64> {
        Some(0)
    }
}
