//! The enrolled consumers: what each is served, and how long it may keep what it was answered.

use keystead_core::{AccessKeyId, AccountId};
use keystead_store::Tx;

use super::{Embedded, unavailable};
use crate::consumer::ConsumerKind;
use crate::machine::{Failure, Lease, Target};
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
    let consumers = tx.consumers().list(account, credential_id, None, CONSUMERS_MAX)?;
    Ok(consumers
        .into_iter()
        .filter(|consumer| consumer.required)
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
                kind: match consumer.kind.as_str() {
                    "credentials_file" => ConsumerKind::File,
                    _ => ConsumerKind::Pull,
                },
                consumer: consumer.name,
                serving: consumer.serving_access_key_id,
                applied: consumer.applied_access_key_id,
                batch_interval: None,
            }
        })
        .collect())
}

impl Consumers for Embedded {
    fn targets(&self, credential: &str) -> Result<Vec<Target>, Failure> {
        self.read(|tx| targets(tx, self.account, credential))
    }

    fn deliver(&self, credential: &str, consumer: &str, key: AccessKeyId) -> Result<(), Failure> {
        let (account, credential, name) = (self.account, credential.to_owned(), consumer.to_owned());
        let delivered = self.write(move |tx| {
            let Some(mut consumer) = tx.consumers().find_by_name(account, &credential, &name)? else {
                return Ok(false);
            };
            consumer.serving_access_key_id = key;
            tx.consumers().update(&consumer)
        });
        match delivered {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::NotFound),
            Err(error) => Err(unavailable(&error)),
        }
    }
}
