//! The world of a rotation at the embedded authority: the store is the journal and the custody, the gate is
//! the source of evidence, and the endpoint is the authority itself, without a network in between.

mod consumers;
mod custody;
mod evidence;
mod iam;
pub mod journal;
mod remote;

use std::sync::Arc;
use std::time::Duration;

use keystead_aws::Fault;
use keystead_core::rng::uuid;
use keystead_core::{AccessKeyId, AccountId, SecretString, Timestamp};
use keystead_gate::Gate;
use keystead_store::custody::{CredentialKind, ManagedCredential, copy_place};
use keystead_store::rotations::RotationRecord;
use keystead_store::{Command, StoreError, Tx};

use crate::machine::{self, Answer, EvidenceReport, Failure, Observation, Principal, Rotation};
use crate::runner::{Runner, Tick};
use crate::world::{Evidence, JournalError, RemoteIam};
use remote::Remote;

/// One rotation's view of the embedded authority: one tenant, one managed credential, one principal.
pub struct Embedded {
    gate: Arc<Gate>,
    account: AccountId,
    credential: ManagedCredential,
    rotation_id: String,
}

impl Embedded {
    /// The world of a stored rotation.
    pub fn of(gate: &Arc<Gate>, record: &RotationRecord) -> Result<Self, JournalError> {
        let (account, id) = (record.account, record.credential_id.clone());
        let found = gate.store().read(|tx| tx.custody().find(account, &id));
        let credential = found.map_err(|error| journal::failed(&error))?.ok_or(JournalError::NotFound)?;
        Ok(Self { gate: Arc::clone(gate), account, credential, rotation_id: record.id.clone() })
    }

    /// One step of the rotation.
    pub fn tick(&self, now: Timestamp) -> Result<Tick, JournalError> {
        let remote = Remote::new(self);
        let (iam, evidence): (&dyn RemoteIam, &dyn Evidence) = match self.credential.kind {
            CredentialKind::Embedded => (self, self),
            CredentialKind::Remote => (&remote, &remote),
        };
        let policy = &machine::step;
        Runner { journal: self, iam, custody: self, consumers: self, evidence, policy }
            .tick(&self.rotation_id, now)
    }

    /// The unique id of the user whose keys are rotated.
    fn owner_id(&self) -> &str {
        self.credential.owner_id.as_deref().unwrap_or_default()
    }

    fn read<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> keystead_store::Result<T>) -> Result<T, Failure> {
        self.gate.store().read(work).map_err(|error| unavailable(&error))
    }

    /// Seals the secret of a key that another authority made.
    fn take_into_custody(&self, key: AccessKeyId, secret: &SecretString) -> Result<(), Failure> {
        let (account, id, now) = (self.account, self.credential.id.clone(), self.gate.clock().now());
        let (sealer, rng) = (self.gate.store().sealer(), &**self.gate.rng());
        let copy = sealer.seal(&copy_place(account, &id, key), secret.expose().as_bytes(), rng);
        let copy = copy.map_err(|error| unavailable(&error))?;
        let written = self.write(move |tx| tx.custody().insert_copy(account, &id, key, &copy, now));
        written.map_err(|error| unavailable(&error))
    }

    /// A write of its own, named by chance: what it does can be done twice without harm.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> keystead_store::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let id = uuid(&**self.gate.rng());
        self.gate.store().write(Command { id, account: Some(self.account), invocation_id: None }, work)
    }
}

/// Whom a key of a credential that is to be adopted belongs to, by asking its endpoint.
pub fn ask_owner(
    gate: &Arc<Gate>,
    credential: &ManagedCredential,
    key: AccessKeyId,
    secret: &SecretString,
) -> Result<Principal, Failure> {
    let (credential, account) = (credential.clone(), credential.account);
    let world = Embedded { gate: Arc::clone(gate), account, credential, rotation_id: String::new() };
    remote::who_is(&Remote::new(&world), &key.to_string(), secret)
}

/// What the store shows of a rotation's world, for showing it: nothing is flushed, nothing decided, and no
/// endpoint asked.
pub fn glance(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    rotation: &Rotation,
    now: Timestamp,
) -> Result<Observation, Fault> {
    let ids: Vec<_> = [Some(rotation.old_key), rotation.new_key].into_iter().flatten().collect();
    let evidence = match credential.kind {
        CredentialKind::Embedded => evidence::report(tx, credential, &ids, now)?,
        CredentialKind::Remote => EvidenceReport {
            source: rotation.evidence.source.clone(),
            watched_for: Duration::ZERO,
            healthy: true,
            gaps: rotation.evidence.gaps.unwrap_or_default(),
            uses: Vec::new(),
        },
    };
    Ok(Observation {
        keys: Answer::Known(rotation.listing.keys.clone()),
        custody: Answer::Known(tx.custody().list_copies(credential.account, &credential.id)?),
        custody_writable: true,
        targets: Answer::Known(consumers::targets(tx, credential.account, &credential.id)?),
        evidence: Answer::Known(evidence),
        clock_offset_micros: Some(0),
        commands: Vec::new(),
    })
}

/// A store that cannot be asked is a world that does not answer.
fn unavailable(error: &StoreError) -> Failure {
    tracing::warn!(%error, "a rotation could not ask the store");
    Failure::Unavailable
}
