//! The enrolled consumers: what each is served, how long it may keep what it was answered, and where it is
//! written to instead.

use std::collections::BTreeMap;

use keystead_core::{AccountId, KeyId};
use keystead_store::Tx;

use super::targets::{self, Place};
use super::{Embedded, unavailable};
use crate::consumer::ConsumerKind;
use crate::delivery::Applied;
use crate::machine::{Failure, Lease, Target};
use crate::managed::PEM_FILES;
use crate::world::Consumers;

/// The most consumers a credential may have.
const CONSUMERS_MAX: i64 = 10_000;

/// How each consumer of a credential stands.
pub(super) fn targets(
    tx: &mut Tx<'_>,
    account: AccountId,
    credential_id: &str,
) -> keystead_store::Result<Vec<Target>> {
    let mut leases = Vec::new();
    for key in tx.custody().list_copies(account, credential_id)? {
        leases.extend(tx.consumers().list_leases(account, key)?);
    }
    let every: BTreeMap<_, _> =
        tx.known_consumers().list_batch_intervals(account, credential_id)?.into_iter().collect();
    let consumers = tx.consumers().list(account, credential_id, None, CONSUMERS_MAX)?;
    Ok(consumers
        .into_iter()
        .map(|consumer| {
            let own = leases.iter().filter(|lease| lease.consumer_id == consumer.id);
            Target {
                leases: own
                    .map(|lease| Lease {
                        key: lease.access_key_id,
                        answered_at: lease.issued_at,
                        lasts: lease.expires_at.since(lease.issued_at),
                    })
                    .collect(),
                kind: kind(&consumer.kind),
                consumer: consumer.name,
                serving: consumer.serving_access_key_id,
                applied: consumer.applied_access_key_id,
                batch_interval: every.get(&consumer.id).copied(),
                required: consumer.required,
            }
        })
        .collect())
}

/// How the key reaches a consumer, by the word in storage.
pub(crate) fn kind(word: &str) -> ConsumerKind {
    match word {
        // What a service was started with it holds for as long as it runs, however it came by it.
        "credentials_file" | "file" | "exec" | "systemd" | PEM_FILES => ConsumerKind::File,
        "credential_process" | "container" | "imds" => ConsumerKind::Pull,
        targets::MANUAL => ConsumerKind::Manual,
        _ => ConsumerKind::Push,
    }
}

impl Consumers for Embedded {
    fn targets(&self, credential: &str) -> Result<Vec<Target>, Failure> {
        self.follow_up(credential)?;
        self.read(|tx| targets(tx, self.account, credential))
    }

    fn deliver(&self, credential: &str, consumer: &str, key: KeyId) -> Result<(), Failure> {
        let account = self.account;
        let found = self.read(|tx| tx.consumers().find_by_name(account, credential, consumer))?;
        let found = found.ok_or(Failure::NotFound)?;
        let place = Place::find(self, &found)?;
        let is_applied = place.map(|place| place.deliver(key, false)).transpose()? == Some(Applied::Whole);
        self.serve(&found.id, key, is_applied)
    }
}

impl Embedded {
    /// Serves a consumer with a key from now on.
    pub(super) fn serve(&self, consumer_id: &str, key: KeyId, is_applied: bool) -> Result<(), Failure> {
        let (account, id, now) = (self.account, consumer_id.to_owned(), self.gate.clock().now());
        let served = self.write(move |tx| {
            let Some(mut consumer) = tx.consumers().find(account, &id)? else {
                return Ok(false);
            };
            consumer.serving_access_key_id = key;
            if is_applied {
                (consumer.applied_access_key_id, consumer.applied_at) = (Some(key), Some(now));
            }
            tx.consumers().update(&consumer)
        });
        match served {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::NotFound),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Asks the targets where a key was written and is not taken up whether it is by now.
    fn follow_up(&self, credential: &str) -> Result<(), Failure> {
        let consumers = self.read(|tx| tx.consumers().list(self.account, credential, None, CONSUMERS_MAX))?;
        for consumer in consumers {
            let key = consumer.serving_access_key_id;
            if consumer.applied_access_key_id == Some(key) {
                continue;
            }
            let Some(place) = Place::find(self, &consumer)? else { continue };
            match place.follow_up(key) {
                Ok(Some(Applied::Whole)) => self.serve(&consumer.id, key, true)?,
                Ok(Some(Applied::UnderWay) | None) => {}
                Err(failure) => {
                    tracing::warn!(consumer = consumer.name, %failure, "a target did not tell how far it is");
                }
            }
        }
        Ok(())
    }
}
