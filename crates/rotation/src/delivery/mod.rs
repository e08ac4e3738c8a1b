//! Delivery targets: the places that Keystead itself writes a key to, one file a kind, all behind one trait.
//!
//! [`deliver`] is the order of things at every target: look what is there, write only over what is this
//! credential's own, look again, have it taken up. So a crash at any point is followed by a look and never by
//! a second write, and what somebody else wrote stays until a person orders otherwise. A written key is not a
//! used one: that a consumer has switched is only known by being seen, for which [`marks`] says whose a use is.

mod aws;
mod github_actions;
pub(crate) mod http;
mod kubernetes;
pub mod marks;
mod openbao;
mod own_store;
mod secrets_manager;
pub mod settings;
mod ssm_parameter;
pub mod template;
pub(crate) mod webhook;

use std::collections::BTreeMap;

use keystead_core::{KeyId, SecretString};
use keystead_store::custody::Material;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::machine::Failure;
use crate::service_login::ServiceLogin;
pub use settings::{Settings, Site};
use template::Template;

/// The fields of a target by name. What a template does not name is somebody else's and stays as it is.
pub type Fields = BTreeMap<String, SecretString>;

/// A key and its secret.
#[derive(Clone)]
pub struct Pair {
    /// The key.
    pub key: KeyId,
    /// What is shown beside the secret: the key's id, or the name that a service knows its user by.
    pub shown_as: String,
    /// Its secret.
    pub secret: SecretString,
}

impl Pair {
    /// Reads what custody holds of a key; none where it is nothing of this kind.
    pub fn from_custody(material: Material, key: KeyId, secret: &[u8]) -> Option<Self> {
        if material == Material::ServiceCredential {
            let login = ServiceLogin::from_custody(secret)?;
            let secret = SecretString::new(login.service_password);
            return Some(Self { key, shown_as: login.service_user_name, secret });
        }
        let secret = SecretString::new(std::str::from_utf8(secret).ok()?.to_owned());
        Some(Self { key, shown_as: key.to_string(), secret })
    }
}

/// What was found at a target.
pub enum Held {
    /// What can be read there; no fields where there is nothing yet.
    Shown {
        /// The fields that the template names.
        fields: Fields,
        /// What the target needs to know again when it is written to, in its own form.
        rest: serde_json::Value,
    },
    /// It tells nobody what it holds, at most when that was last changed.
    Hidden {
        /// When, for each field and in the target's own words.
        changed: Vec<String>,
    },
}

/// What is to be written.
pub struct Value<'a> {
    /// The fields.
    pub fields: Fields,
    /// The key that they hold.
    pub key: KeyId,
    /// The rotation on whose behalf, or that it is by hand.
    pub rotation: &'a str,
    /// Counts the values written to this target; a write that is tried again has the same number.
    pub version: u64,
}

/// Whether whoever reads at a target has taken up what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// There is nothing left to do.
    Whole,
    /// It is under way.
    UnderWay,
}

/// A place that Keystead writes a key to.
pub trait Target {
    /// What is there now.
    fn read_back(&self) -> Result<Held, Failure>;

    /// Puts a value in the place of what was seen there.
    fn write(&self, value: &Value<'_>, seen: &Held) -> Result<(), Failure>;

    /// Has what is there taken up, and tells whether it is. Asked again it begins nothing a second time.
    fn apply(&self, _: KeyId) -> Result<Applied, Failure> {
        Ok(Applied::Whole)
    }

    /// Whether it may be written to, where it can tell without being written to.
    fn may_write(&self) -> Result<Option<bool>, Failure> {
        Ok(None)
    }
}

/// The newest write to a target, noted before it is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Written {
    /// The key.
    pub key: KeyId,
    /// The number of the write.
    pub version: u64,
    /// Whether it is known to have been made.
    pub is_done: bool,
    /// When each field of the target was last changed, before the write or, once that is known, by it.
    pub changed: Vec<String>,
}

/// Where writes are noted.
pub trait Notes {
    /// The newest.
    fn read(&self) -> Result<Option<Written>, Failure>;
    /// Replaces it. Durable before it returns.
    fn write(&self, written: &Written) -> Result<(), Failure>;
}

/// One delivery.
pub struct Delivery<'a> {
    /// How a value looks there.
    pub template: &'a Template,
    /// What is to be there.
    pub arriving: &'a Pair,
    /// Every key of the credential: what may be written over.
    pub ours: &'a [Pair],
    /// The rotation on whose behalf, or that it is by hand.
    pub rotation: &'a str,
    /// Whether a person ordered to write over what somebody else wrote.
    pub overwrite: bool,
}

/// What a target holds, as a delivery sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// What is to be there.
    Arrived,
    /// Nothing, or a key of this credential.
    Ours,
    /// Something that somebody else wrote.
    Foreign,
}

/// Brings a key to a target.
pub fn deliver(target: &dyn Target, notes: &dyn Notes, delivery: &Delivery<'_>) -> Result<Applied, Failure> {
    let held = target.read_back()?;
    let noted = notes.read()?;
    match standing(&held, noted.as_ref(), delivery) {
        Standing::Arrived => conclude(notes, noted, &held)?,
        Standing::Foreign if !delivery.overwrite => return Err(Failure::Conflict),
        Standing::Ours | Standing::Foreign => write(target, notes, delivery, &held, noted)?,
    }
    target.apply(delivery.arriving.key)
}

fn write(
    target: &dyn Target,
    notes: &dyn Notes,
    delivery: &Delivery<'_>,
    held: &Held,
    noted: Option<Written>,
) -> Result<(), Failure> {
    let key = delivery.arriving.key;
    let again = noted.as_ref().filter(|noted| noted.key == key && !noted.is_done).map(|noted| noted.version);
    let version = again.unwrap_or_else(|| noted.map_or(1, |noted| noted.version + 1));
    notes.write(&Written { key, version, is_done: false, changed: held.changed() })?;
    let fields = delivery.template.render(delivery.arriving, held);
    target.write(&Value { fields, key, rotation: delivery.rotation, version }, held)?;
    let after = target.read_back()?;
    if matches!(after, Held::Shown { .. }) && standing(&after, None, delivery) != Standing::Arrived {
        return Err(failed("the target does not show what was written to it"));
    }
    notes.write(&Written { key, version, is_done: true, changed: after.changed() })
}

/// A write that was cut short has turned out to be made.
fn conclude(notes: &dyn Notes, noted: Option<Written>, held: &Held) -> Result<(), Failure> {
    match noted {
        Some(noted) if !noted.is_done => {
            notes.write(&Written { is_done: true, changed: held.changed(), ..noted })
        }
        _ => Ok(()),
    }
}

impl Held {
    fn changed(&self) -> Vec<String> {
        match self {
            Self::Shown { .. } => Vec::new(),
            Self::Hidden { changed } => changed.clone(),
        }
    }
}

/// What a target holds.
pub fn standing(held: &Held, noted: Option<&Written>, delivery: &Delivery<'_>) -> Standing {
    match held {
        Held::Shown { fields, .. } => shown_standing(fields, delivery),
        Held::Hidden { changed } => hidden_standing(changed, noted, delivery.arriving.key),
    }
}

/// Each part is looked at by itself: two fields that are written one after the other may hold half of two keys.
fn shown_standing(fields: &Fields, delivery: &Delivery<'_>) -> Standing {
    let Some(found) = delivery.template.read(fields) else { return Standing::Foreign };
    let is = |part: &Option<SecretString>, wanted: &str| {
        part.as_ref().is_some_and(|part| part.expose().as_bytes().ct_eq(wanted.as_bytes()).into())
    };
    let has = |pair: &Pair| (is(&found.id, &pair.shown_as), is(&found.secret, pair.secret.expose()));
    if has(delivery.arriving) == (true, true) {
        return Standing::Arrived;
    }
    let is_id_known = found.id.is_none() || delivery.ours.iter().any(|pair| has(pair).0);
    let is_secret_known = found.secret.is_none() || delivery.ours.iter().any(|pair| has(pair).1);
    if is_id_known && is_secret_known { Standing::Ours } else { Standing::Foreign }
}

/// Where nothing can be read, a change since our own write is somebody else's, and a change of every field since a
/// write that was cut short is that write.
fn hidden_standing(changed: &[String], noted: Option<&Written>, arriving: KeyId) -> Standing {
    let Some(noted) = noted else { return Standing::Ours };
    let is_unchanged = noted.changed == changed;
    let is_changed_all_over =
        !is_unchanged && noted.changed.iter().zip(changed).all(|(then, now)| then != now);
    match (noted.key == arriving, noted.is_done) {
        (true, true) if is_unchanged => Standing::Arrived,
        (true, false) if is_changed_all_over => Standing::Arrived,
        (false, true) if is_unchanged => Standing::Ours,
        (_, true) => Standing::Foreign,
        (_, false) => Standing::Ours,
    }
}

/// A refusal in words for people. Never with anything in it that a target answered at length: it may repeat what it
/// was sent.
fn failed(what: impl Into<String>) -> Failure {
    Failure::Failed { what: what.into() }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    fn pair(number: u32, secret: &str) -> Pair {
        let key = format!("AKIA{number:016}").parse().unwrap();
        Pair::from_custody(Material::AccessKey, key, secret.as_bytes()).unwrap()
    }

    /// A target and its notes in memory. `dies_at` is the call of `write` or of the notes that does not come back.
    #[derive(Default)]
    struct Memory {
        fields: RefCell<Fields>,
        is_hidden: bool,
        changes: Cell<u32>,
        applied: Cell<u32>,
        noted: RefCell<Option<Written>>,
        calls: Cell<u32>,
        dies_at: Cell<u32>,
    }

    impl Memory {
        /// Whether the process lives on after this call; the call itself is made.
        fn lives(&self) -> Result<(), Failure> {
            self.calls.set(self.calls.get() + 1);
            if self.calls.get() == self.dies_at.get() { Err(Failure::Unavailable) } else { Ok(()) }
        }
    }

    impl Target for Memory {
        fn read_back(&self) -> Result<Held, Failure> {
            if self.is_hidden {
                return Ok(Held::Hidden { changed: vec![self.changes.get().to_string()] });
            }
            Ok(Held::Shown { fields: self.fields.borrow().clone(), rest: serde_json::Value::Null })
        }

        fn write(&self, value: &Value<'_>, _: &Held) -> Result<(), Failure> {
            self.fields.borrow_mut().clone_from(&value.fields);
            self.changes.set(self.changes.get() + 1);
            self.lives()
        }

        fn apply(&self, _: KeyId) -> Result<Applied, Failure> {
            self.applied.set(self.applied.get() + 1);
            Ok(Applied::Whole)
        }
    }

    impl Notes for Memory {
        fn read(&self) -> Result<Option<Written>, Failure> {
            Ok(self.noted.borrow().clone())
        }

        fn write(&self, written: &Written) -> Result<(), Failure> {
            *self.noted.borrow_mut() = Some(written.clone());
            self.lives()
        }
    }

    #[test]
    fn a_delivery_that_dies_anywhere_is_finished_with_one_write() {
        let (old, new) = (pair(2, "old"), pair(3, "new"));
        let ours = [old.clone(), new.clone()];
        for (is_hidden, dies_at) in
            [false, true].into_iter().flat_map(|hidden| (1..=4).map(move |at| (hidden, at)))
        {
            let memory = Memory { is_hidden, ..Memory::default() };
            let template = Template::default();
            let bring = |pair, overwrite| {
                let delivery =
                    Delivery { template: &template, arriving: pair, ours: &ours, rotation: "r", overwrite };
                deliver(&memory, &memory, &delivery)
            };
            bring(&old, false).unwrap();
            memory.calls.set(0);
            memory.dies_at.set(dies_at);
            assert_eq!(bring(&new, false).is_err(), dies_at < 4);
            memory.dies_at.set(0);
            bring(&new, false).unwrap();
            assert_eq!(memory.changes.get(), 2, "hidden {is_hidden}, died at {dies_at}");

            // Somebody else writes: nothing is done without the order.
            memory.changes.set(7);
            memory
                .fields
                .borrow_mut()
                .insert(template.access_key_id.clone(), SecretString::new("x".to_owned()));
            assert_eq!(bring(&old, false), Err(Failure::Conflict));
            assert_eq!(memory.changes.get(), 7);
            bring(&old, true).unwrap();
            assert_eq!(memory.changes.get(), 8);
        }
    }

    #[test]
    fn half_of_two_keys_is_still_ours() {
        let (old, new) = (pair(2, "old"), pair(3, "new"));
        let template = Template::default();
        let delivery = Delivery {
            template: &template,
            arriving: &new,
            ours: &[old.clone(), new.clone()],
            rotation: "r",
            overwrite: false,
        };
        let fields = |id: &Pair, secret: &str| {
            Fields::from([
                (template.access_key_id.clone(), SecretString::new(id.key.to_string())),
                (template.secret_access_key.clone(), SecretString::new(secret.to_owned())),
            ])
        };
        for (fields, expected) in [
            (Fields::new(), Standing::Ours),
            (fields(&old, "old"), Standing::Ours),
            (fields(&new, "old"), Standing::Ours),
            (fields(&new, "new"), Standing::Arrived),
            (fields(&new, "other"), Standing::Foreign),
            (fields(&pair(4, ""), "old"), Standing::Foreign),
        ] {
            assert_eq!(shown_standing(&fields, &delivery), expected);
        }
    }
}
