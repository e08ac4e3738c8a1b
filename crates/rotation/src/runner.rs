//! The runner: observes, asks [`machine::step`] what to do, writes the intent down, does that one thing,
//! writes the result down. After a crash it finds an intent without a result and observes again; it
//! never repeats an effect because it was intended.

use keystead_core::{KeyStatus, Timestamp};

use crate::machine::{
    self, Action, Answer, Effect, Failure, Happening, Intent, Observation, Outcome, Rotation, Step,
};
use crate::receipt::Entry;
use crate::world::{Authority, Consumers, Custody, Evidence, Journal, JournalError};

/// A policy: [`machine::step`], or in the simulator one that was broken on purpose.
pub type Policy<'a> = &'a dyn Fn(&Rotation, &Observation, Timestamp) -> Step;

/// Moves rotations of one principal, one step at a time.
pub struct Runner<'a> {
    /// Where documents and entries are kept.
    pub journal: &'a dyn Journal,
    /// The endpoint.
    pub authority: &'a dyn Authority,
    /// The secrets.
    pub custody: &'a dyn Custody,
    /// The registered consumers.
    pub consumers: &'a dyn Consumers,
    /// The uses.
    pub evidence: &'a dyn Evidence,
    /// What decides.
    pub policy: Policy<'a>,
}

/// What came of one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Tick again at once.
    Again,
    /// Tick again at this time at the latest, or when an operator gives an order.
    Next(Timestamp),
    /// The rotation has ended.
    Ended,
}

/// Writes the document and the first entry of a new rotation; `save` of version 0 makes it.
pub fn start(
    journal: &dyn Journal,
    mut rotation: Rotation,
    now: Timestamp,
) -> Result<Rotation, JournalError> {
    let started = Happening::Started {
        credential: rotation.credential.clone(),
        old_key: rotation.old_key,
        profile: rotation.profile.name.clone(),
    };
    let entries = chain(&mut rotation, vec![started], now);
    journal.save(&rotation, 0, &entries)?;
    Ok(rotation)
}

impl Runner<'_> {
    /// One step of one rotation, with at most one effect.
    pub fn tick(&self, id: &str, now: Timestamp) -> Result<Tick, JournalError> {
        let (rotation, version) = self.journal.load(id)?;
        if rotation.state.is_ended() {
            return Ok(Tick::Ended);
        }
        let observation = self.observe(&rotation)?;
        let Step { rotation, happenings, action } = (self.policy)(&rotation, &observation, now);
        match action {
            Action::Perform(effect) => {
                self.perform(rotation, version, happenings, effect, now)?;
                Ok(Tick::Again)
            }
            Action::Advance | Action::Ask(_) | Action::Finish => {
                let has_ended = rotation.state.is_ended();
                self.save(rotation, version, happenings, now)?;
                Ok(if has_ended { Tick::Ended } else { Tick::Again })
            }
            Action::Wait { until } => {
                let mut rotation = rotation;
                let entries = chain(&mut rotation, happenings, now);
                self.journal.save_until(&rotation, version, &entries, until)?;
                Ok(Tick::Next(until))
            }
        }
    }

    /// Everything the world shows. What cannot be asked is unknown; only the journal is indispensable.
    pub fn observe(&self, rotation: &Rotation) -> Result<Observation, JournalError> {
        let keys = self.authority.list_keys();
        let mut ids: Vec<_> = keys.iter().flatten().map(|k| k.id).chain([rotation.old_key]).collect();
        // Of a key that could not be listed just now silence would be taken for no use.
        ids.extend(rotation.listing.keys.iter().map(|k| k.id));
        ids.extend(rotation.new_key);
        ids.sort_unstable();
        ids.dedup();
        let evidence = Answer::from(self.evidence.read(&rotation.principal, &ids));
        Ok(Observation {
            keys: keys.into(),
            custody: self.custody.held_keys(&rotation.credential).into(),
            custody_writable: self.custody.is_writable(),
            targets: self.consumers.targets(&rotation.credential).into(),
            evidence,
            places: self.authority.places(),
            clock_offset_micros: self.authority.clock_offset_micros(),
            commands: self.journal.commands(&rotation.id, rotation.orders)?,
        })
    }

    fn perform(
        &self,
        rotation: Rotation,
        version: u64,
        mut happenings: Vec<Happening>,
        effect: Effect,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let (intended, intent) = machine::intend(&rotation, effect, now);
        happenings.push(Happening::Intended { effect: intent.effect.clone() });
        let (intended, version) = self.save(intended, version, happenings, now)?;
        let outcome = self.act(&intended.credential, &intent);
        let recorded = machine::record(&intended, &intent.effect, &outcome);
        let resulted = Happening::Resulted { effect: intent.effect, outcome };
        self.save(recorded, version, vec![resulted], now)?;
        Ok(())
    }

    /// Does the one thing.
    fn act(&self, credential: &str, intent: &Intent) -> Outcome {
        let ok = |result: Result<(), Failure>| result.map(|()| Outcome::Ok);
        let result = match &intent.effect {
            Effect::CreateKey => self.authority.create_key(intent).map(|key| Outcome::Created { key }),
            Effect::VerifyKey { key, place } => {
                self.authority.who_am_i(*key, place.as_ref()).map(|principal| Outcome::Identity { principal })
            }
            Effect::Deliver { consumer, key } => ok(self.consumers.deliver(credential, consumer, *key)),
            Effect::Deactivate { key } => ok(self.authority.set_status(*key, KeyStatus::Inactive)),
            Effect::Reactivate { key } => ok(self.authority.set_status(*key, KeyStatus::Active)),
            Effect::DeleteKey { key } => ok(self.authority.delete_key(*key)),
            Effect::CutSessions { key } => ok(self.authority.cut_sessions(*key)),
            Effect::SwitchSelf { key } => ok(self.custody.switch_self(credential, *key)),
            Effect::Conclude { current } => ok(self.custody.conclude(credential, *current)),
        };
        result.unwrap_or_else(|failure| Outcome::Failed { failure })
    }

    fn save(
        &self,
        mut rotation: Rotation,
        version: u64,
        happenings: Vec<Happening>,
        now: Timestamp,
    ) -> Result<(Rotation, u64), JournalError> {
        let entries = chain(&mut rotation, happenings, now);
        let version = self.journal.save(&rotation, version, &entries)?;
        Ok((rotation, version))
    }
}

fn chain(rotation: &mut Rotation, happenings: Vec<Happening>, now: Timestamp) -> Vec<Entry> {
    let position = &mut rotation.journal;
    happenings.into_iter().map(|happening| Entry::chain(position, now, happening)).collect()
}
