//! The targets of consumers as they are stored: opened with what they are written with, and delivered to.

use std::sync::Arc;

use keystead_core::{AccountId, KeyId, SecretString};
use keystead_gate::Gate;
use keystead_store::Sealed;
use keystead_store::consumers::Consumer;
use keystead_store::custody::{ManagedCredential, copy_place};
use keystead_store::delivery_targets::{DeliveryTarget, secret_place};
use serde::{Deserialize, Serialize};

use super::{Drive, Embedded, unavailable};
use crate::delivery::template::Template;
use crate::delivery::{
    self, Applied, Delivery, Held, Notes, Pair, Settings, Site, Standing, Target, Written,
};
use crate::machine::Failure;

/// How a consumer is stored to which a person carries the key.
pub const MANUAL: &str = "manual";
/// In whose name a key is delivered when a person orders it.
const BY_HAND: &str = "by-hand";

/// What is stored of a target's settings; `T` is how much is made of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stored<T = Settings> {
    /// Where it is.
    pub target: T,
    /// How a value looks there.
    pub template: Template,
}

/// What a look at a target showed.
pub struct Look {
    /// What it holds, compared with the key it is to hold.
    pub standing: Standing,
    /// Whether it tells nobody what it holds, so that this is no more than what was written.
    pub is_hidden: bool,
    /// Whether it may be written to, where it can tell.
    pub may_write: Option<bool>,
}

/// A consumer's target.
pub struct Place<'a> {
    world: &'a Embedded,
    consumer: Consumer,
    row: DeliveryTarget,
    stored: Stored,
}

impl Embedded {
    /// The world of a credential that is not being rotated.
    pub fn at_rest(gate: &Arc<Gate>, credential: &ManagedCredential) -> Self {
        let (credential, account) = (credential.clone(), credential.account);
        Self {
            gate: Arc::clone(gate),
            account,
            credential,
            rotation_id: BY_HAND.to_owned(),
            drive: Drive::default(),
        }
    }
}

impl<'a> Place<'a> {
    /// The target of a consumer; none where Keystead writes nothing for it.
    pub fn find(world: &'a Embedded, consumer: &Consumer) -> Result<Option<Self>, Failure> {
        let row = world.read(|tx| tx.delivery_targets().find(world.account, &consumer.id))?;
        let Some(row) = row.filter(|_| consumer.kind != MANUAL) else { return Ok(None) };
        let stored = serde_json::from_str(&row.settings).map_err(|error| {
            tracing::error!(consumer = consumer.name, %error, "the settings of a target cannot be read");
            Failure::Failed { what: "the settings of the target cannot be read".to_owned() }
        })?;
        Ok(Some(Self { world, consumer: consumer.clone(), row, stored }))
    }

    /// Brings a key there, one at a time: a rotation and a person may want to at once.
    pub fn deliver(&self, key: KeyId, overwrite: bool) -> Result<Applied, Failure> {
        let name = format!("delivery/{}", self.consumer.id);
        let busy = || Failure::Failed { what: "another delivery to it is under way".to_owned() };
        let _claim = self.world.gate.jobs().claim(&name).ok_or_else(busy)?;
        self.with(key, overwrite, |target, delivery| delivery::deliver(target, self, delivery))
    }

    /// Brings the key there that the consumer is served, and enters that.
    pub fn deliver_served(&self, overwrite: bool) -> Result<Applied, Failure> {
        let key = self.consumer.serving_access_key_id;
        let applied = self.deliver(key, overwrite)?;
        self.world.serve(&self.consumer.id, key, applied == Applied::Whole)?;
        Ok(applied)
    }

    /// Looks, and changes nothing.
    pub fn look(&self) -> Result<Look, Failure> {
        self.with(self.consumer.serving_access_key_id, false, |target, delivery| {
            let held = target.read_back()?;
            Ok(Look {
                standing: delivery::standing(&held, self.read()?.as_ref(), delivery),
                is_hidden: matches!(held, Held::Hidden { .. }),
                may_write: target.may_write()?,
            })
        })
    }

    /// Asks whether a key that was written is taken up; none where it was not written.
    pub(super) fn follow_up(&self, key: KeyId) -> Result<Option<Applied>, Failure> {
        let is_written = self.read()?.is_some_and(|written| written.key == key && written.is_done);
        is_written.then(|| self.with(key, false, |target, _| target.apply(key))).transpose()
    }

    fn with<T>(
        &self,
        key: KeyId,
        overwrite: bool,
        work: impl FnOnce(&dyn Target, &Delivery<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let ours = self.world.pairs()?;
        let arriving = ours.iter().find(|pair| pair.key == key).ok_or(Failure::NotFound)?;
        let Stored { target, template } = &self.stored;
        let site = Site {
            gate: &self.world.gate,
            account: self.world.account,
            rotation: &self.world.rotation_id,
            secret: self.secret()?,
            fields: template.fields().into_iter().map(str::to_owned).collect(),
        };
        let rotation = &self.world.rotation_id;
        work(&*target.open(&site), &Delivery { template, arriving, ours: &ours, rotation, overwrite })
    }

    fn secret(&self) -> Result<Option<SecretString>, Failure> {
        let open = |sealed: &Sealed| {
            let place = secret_place(self.row.account, &self.row.consumer_id);
            let opened = self.world.gate.store().sealer().open(&place, sealed.as_bytes());
            text(opened.map_err(|error| unavailable(&error))?.expose())
        };
        self.row.secret.as_ref().map(open).transpose()
    }
}

impl Notes for Place<'_> {
    fn read(&self) -> Result<Option<Written>, Failure> {
        let (account, id) = (self.row.account, &self.row.consumer_id);
        let row = self.world.read(|tx| tx.delivery_targets().find(account, id))?;
        let written = row.and_then(|row| row.written);
        Ok(written.and_then(|written| serde_json::from_str(&written).ok()))
    }

    fn write(&self, written: &Written) -> Result<(), Failure> {
        let (account, id) = (self.row.account, self.row.consumer_id.clone());
        let written = serde_json::to_string(written)
            .map_err(|error| Failure::Failed { what: format!("the write cannot be noted: {error}") })?;
        let noted = self.world.write(move |tx| tx.delivery_targets().update_written(account, &id, &written));
        match noted {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::NotFound),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

impl Embedded {
    /// Every key of the credential with its secret.
    fn pairs(&self) -> Result<Vec<Pair>, Failure> {
        let (account, id) = (self.account, &self.credential.id);
        let copies = self.read(|tx| {
            let keys = tx.custody().list_copies(account, id)?;
            let mut copies = Vec::with_capacity(keys.len());
            for key in keys {
                copies.extend(tx.custody().find_copy(account, id, key)?.map(|copy| (key, copy)));
            }
            Ok(copies)
        })?;
        let open = |(key, copy): (KeyId, Sealed)| {
            let opened = self.gate.store().sealer().open(&copy_place(account, id, key), copy.as_bytes());
            let opened = opened.map_err(|error| unavailable(&error))?;
            Pair::from_custody(self.credential.material, key, opened.expose()).ok_or(Failure::NotFound)
        };
        copies.into_iter().map(open).collect()
    }
}

fn text(bytes: &[u8]) -> Result<SecretString, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::NotFound)?;
    Ok(SecretString::new(text.to_owned()))
}

/// A target's secret, sealed for its place.
pub fn seal_secret(
    gate: &Gate,
    account: AccountId,
    consumer_id: &str,
    secret: &SecretString,
) -> keystead_store::Result<Sealed> {
    let place = secret_place(account, consumer_id);
    gate.store().sealer().seal(&place, secret.expose().as_bytes(), &**gate.rng())
}
