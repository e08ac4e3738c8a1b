//! The endpoint for signing certificates: the embedded authority. The second certificate is made here with a key
//! of its own, lasts as long as the first did, and is uploaded and sealed in one transaction.

use std::time::Duration;

use keystead_core::rng::uuid;
use keystead_core::{KeyId, KeyStatus, Quota, SigningCertificate, Timestamp};
use keystead_gate::audit::insert_own_event;
use keystead_gate::certificate;
use keystead_store::custody::copy_place;
use keystead_store::{Touched, Tx};
use serde_json::json;

use super::{Embedded, unavailable};
use crate::key_pair::{DAYS_DEFAULT, KeyPair};
use crate::machine::{Failure, Intent, ListedKey, Place, Principal};
use crate::world::Authority;

/// The signing certificates of a principal.
pub(super) struct Certificates<'w>(pub(super) &'w Embedded);

impl Certificates<'_> {
    fn touched(&self) -> Touched {
        Touched::SigningCertificates { account: self.0.account, owner_id: self.0.owner_id().to_owned() }
    }

    /// Writes a change of a certificate together with the audit's record of it.
    fn change(
        &self,
        action: &'static str,
        key: KeyId,
        change: impl FnMut(&mut Tx<'_>) -> keystead_store::Result<bool> + Send + 'static,
    ) -> Result<(), Failure> {
        let details = json!({"rotationId": self.0.rotation_id, "certificateId": key.to_string()});
        self.0.change(action, details, self.touched(), change)
    }

    fn pair(&self, key: KeyId) -> Result<KeyPair, Failure> {
        KeyPair::from_custody(self.0.copy(key)?.expose()).ok_or(Failure::NotAccepted)
    }

    /// How long the certificate in use lasts from its beginning to its end.
    fn lasts(&self, now: Timestamp) -> Duration {
        let current = self.pair(self.0.credential.current_access_key_id).ok();
        let read = current.and_then(|pair| certificate::read_signing(&pair.certificate_pem, now).ok());
        read.map_or(Duration::from_hours(24) * DAYS_DEFAULT, |read| read.lasts)
    }

    fn draw(&self, now: Timestamp) -> Option<(KeyPair, SigningCertificate)> {
        let (world, rng) = (self.0, &**self.0.gate.rng());
        let name = &world.credential.user_name;
        let pair = KeyPair::generate(name, now, self.lasts(now)).ok()?;
        let body = pair.certificate_pem.clone();
        let row = certificate::uploaded(world.account, world.owner_id(), body, now, rng).ok()?;
        Some((pair, row))
    }
}

impl Authority for Certificates<'_> {
    fn list_keys(&self) -> Result<Vec<ListedKey>, Failure> {
        let (account, owner) = (self.0.account, self.0.owner_id());
        let rows = self.0.read(|tx| tx.signing_certificates().list_by_owner(account, owner))?;
        let listed = |row: SigningCertificate| {
            Some(ListedKey { id: row.id.parse().ok()?, status: row.status, created_at: row.uploaded_at })
        };
        rows.into_iter().map(|row| listed(row).ok_or(Failure::Unavailable)).collect()
    }

    fn create_key(&self, intent: &Intent) -> Result<KeyId, Failure> {
        let world = self.0;
        let (store, rng) = (world.gate.store(), &**world.gate.rng());
        let broken = || Failure::Failed { what: "no certificate could be made".to_owned() };
        let (pair, row) = self.draw(world.gate.clock().now()).ok_or_else(broken)?;
        let id: KeyId = row.id.parse().map_err(|_| broken())?;
        let (account, credential) = (world.account, world.credential.id.clone());
        let secret = pair.to_secret().map_err(|_| broken())?;
        let place = copy_place(account, &credential, id);
        let copy = store.sealer().seal(&place, secret.expose().as_bytes(), rng);
        let copy = copy.map_err(|error| unavailable(&error))?;
        let details = json!({"rotationId": world.rotation_id, "certificateId": row.id});
        let (event_id, touched) = (uuid(rng), self.touched());
        let quota = world.gate.ring().quotas(account).get(Quota::SigningCertificatesPerUser);
        // One intent makes at most one certificate, however often it is tried.
        let name = format!("rotation/{}/create/{}", world.rotation_id, intent.at.micros());
        let created = world.write_as(name, move |tx| {
            tx.lock_user(account, &row.owner_id)?;
            if tx.signing_certificates().list_by_owner(account, &row.owner_id)?.len() as u64 >= quota {
                return Ok(false);
            }
            tx.signing_certificates().insert(&row)?;
            tx.custody().insert_copy(account, &credential, id, &copy, row.uploaded_at)?;
            tx.touch(touched.clone());
            insert_own_event(tx, account, &event_id, row.uploaded_at, "UploadSigningCertificate", &details)?;
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
        self.change("UpdateSigningCertificate", key, move |tx| {
            tx.signing_certificates().update_status(account, &owner, key.as_str(), status)
        })
    }

    fn delete_key(&self, key: KeyId) -> Result<(), Failure> {
        let (account, owner) = (self.0.account, self.0.owner_id().to_owned());
        self.change("DeleteSigningCertificate", key, move |tx| {
            tx.signing_certificates().delete(account, &owner, key.as_str())
        })
    }

    /// No session is made with a certificate: each request proves it anew.
    fn cut_sessions(&self, _: KeyId) -> Result<(), Failure> {
        Ok(())
    }

    /// Tries the pair as a verifier would: the private key must be the certificate's, and the certificate the
    /// principal's.
    fn who_am_i(&self, key: KeyId, _: Option<&Place>) -> Result<Principal, Failure> {
        let (pair, now) = (self.pair(key)?, self.0.gate.clock().now());
        pair.check(now).map_err(|_| Failure::NotAccepted)?;
        let fingerprint = certificate::fingerprint(&pair.certificate_pem).ok_or(Failure::NotAccepted)?;
        let holder = self.0.gate.who_holds(self.0.account, &fingerprint, now);
        let holder = holder.map_err(|_| Failure::NotAccepted)?;
        Ok(Principal { account: holder.account.to_string(), arn: holder.arn().to_string() })
    }

    fn clock_offset_micros(&self) -> Option<i64> {
        Some(0)
    }
}
