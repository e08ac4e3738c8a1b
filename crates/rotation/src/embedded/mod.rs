//! The world of a rotation at the embedded authority: the store is the journal and the custody, the gate is
//! the source of evidence, and the endpoint is the authority itself, without a network in between.

pub(crate) mod attribution;
pub mod capabilities;
mod certificate;
pub(crate) mod consumers;
mod custody;
mod evidence;
mod iam;
pub mod journal;
mod logs;
pub(crate) mod opening;
pub(crate) mod own_key;
mod remote;
mod service_credential;
pub(crate) mod stored_value;
pub mod targets;
mod throttle;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use keystead_core::rng::uuid;
use keystead_core::{AccountId, KeyId, SecretString, Timestamp};
use keystead_gate::Gate;
use keystead_store::custody::{CredentialKind, ManagedCredential, Material, copy_place};
use keystead_store::leaderships::ROTATION;
use keystead_store::rotations::RotationRecord;
use keystead_store::{Command, StoreError, Tx};

use crate::machine::{self, Answer, EvidenceReport, Failure, Observation, Principal, Rotation};
use crate::runner::{Runner, Tick};
use crate::world::{Authority, Evidence, JournalError};
use capabilities::Capabilities;
use certificate::Certificates;
use remote::Remote;
use service_credential::ServiceCredentials;
use stored_value::Values;
pub use throttle::Throttles;

/// What all rotations that a server advances have in common.
#[derive(Clone, Debug, Default)]
pub struct Drive {
    /// The fence under which this server leads; what it writes after another took over is refused. What is done by
    /// hand needs none.
    pub fence: Option<i64>,
    /// How fast endpoints are called.
    pub throttles: Arc<Throttles>,
}

/// One rotation's view of the embedded authority: one tenant, one managed credential, one principal.
pub struct Embedded {
    gate: Arc<Gate>,
    account: AccountId,
    credential: ManagedCredential,
    rotation_id: String,
    drive: Drive,
}

impl Embedded {
    /// The world of a stored rotation.
    pub fn of(gate: &Arc<Gate>, record: &RotationRecord, drive: &Drive) -> Result<Self, JournalError> {
        let (account, id) = (record.account, record.credential_id.clone());
        let found = gate.store().read(|tx| tx.custody().find(account, &id));
        let credential = found.map_err(|error| journal::failed(&error))?.ok_or(JournalError::NotFound)?;
        let (gate, rotation_id, drive) = (Arc::clone(gate), record.id.clone(), drive.clone());
        Ok(Self { gate, account, credential, rotation_id, drive })
    }

    /// When its endpoint may be called again, if not now.
    pub fn must_wait(&self, now: Timestamp) -> Option<Timestamp> {
        self.drive.throttles.wait(self.credential.endpoint.as_deref()?, now)
    }

    /// One step of the rotation.
    pub fn tick(&self, now: Timestamp) -> Result<Tick, JournalError> {
        self.order_exemptions(now)?;
        let remote = Remote::new(self);
        let (certificates, services, values) = (Certificates(self), ServiceCredentials(self), Values(self));
        let (authority, evidence): (&dyn Authority, &dyn Evidence) =
            match (self.credential.kind, self.credential.material) {
                (CredentialKind::Embedded, Material::AccessKey) => (self, self),
                (CredentialKind::Embedded, Material::SigningCertificate) => (&certificates, self),
                (CredentialKind::Embedded, Material::ServiceCredential) => (&services, self),
                (CredentialKind::Embedded, Material::StoredValue) => (&values, self),
                (CredentialKind::Remote, _) => (&remote, &remote),
            };
        let uses = RefCell::default();
        let policy = &|rotation: &Rotation, observation: &Observation, now| {
            let step = machine::step(rotation, observation, now);
            uses.replace(old_key_uses(rotation, &step.rotation));
            step
        };
        let runner = Runner { journal: self, authority, custody: self, consumers: self, evidence, policy };
        let ticked = runner.tick(&self.rotation_id, now)?;
        for (consumer, count) in uses.take() {
            self.gate.old_key_uses().add(&consumer, count);
        }
        Ok(ticked)
    }

    /// The unique id of the user whose keys are rotated.
    fn owner_id(&self) -> &str {
        self.credential.owner_id.as_deref().unwrap_or_default()
    }

    fn read<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> keystead_store::Result<T>) -> Result<T, Failure> {
        self.gate.store().read(work).map_err(|error| unavailable(&error))
    }

    /// Seals the secret of a key that another authority made.
    fn take_into_custody(&self, key: KeyId, secret: &SecretString) -> Result<(), Failure> {
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
        self.write_as(uuid(&**self.gate.rng()), work)
    }

    /// A write of that name, refused where another server leads by now.
    fn write_as<T: Send + 'static>(
        &self,
        id: String,
        mut work: impl FnMut(&mut Tx<'_>) -> keystead_store::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let fence = self.drive.fence;
        let command = Command { id, account: Some(self.account), invocation_id: None };
        self.gate.store().write(command, move |tx| {
            if let Some(fence) = fence
                && !tx.leaderships().is_held(ROTATION, fence)?
            {
                return Err(StoreError::Other("another server advances rotations by now".to_owned()));
            }
            work(tx)
        })
    }
}

/// How often each consumer has used the old key between two documents of a rotation. What it did before the rotation
/// began is learned at its first step and does not count.
fn old_key_uses(before: &Rotation, after: &Rotation) -> Vec<(String, u64)> {
    let count = |rotation: &Rotation, name: &str| {
        let trace = rotation.consumers.get(name).and_then(|c| c.traces.get(&rotation.old_key));
        trace.map_or(0, |trace| trace.count.saturating_sub(trace.refused))
    };
    let is_first = before.evidence.gaps.is_none();
    let more = |name: &String| count(after, name).saturating_sub(count(before, name));
    let used = after.consumers.keys().map(|name| (name.clone(), more(name)));
    used.filter(|(_, count)| *count > 0 && !is_first).collect()
}

/// Whom a key of a credential that is to be adopted belongs to, and what its endpoint can do, by asking that.
pub fn ask_owner(
    gate: &Arc<Gate>,
    credential: &ManagedCredential,
    key: KeyId,
    secret: &SecretString,
) -> Result<(Principal, Capabilities), Failure> {
    let (credential, account) = (credential.clone(), credential.account);
    let world = Embedded {
        gate: Arc::clone(gate),
        account,
        credential,
        rotation_id: String::new(),
        drive: Drive::default(),
    };
    let remote = Remote::new(&world);
    let owner = remote::who_is(&remote, &key.to_string(), secret, None)?;
    let user_name = owner.arn.rsplit('/').next().unwrap_or_default();
    let capabilities = capabilities::ask(&remote, user_name, key, secret);
    Ok((owner, capabilities))
}

/// Whether a consumer was seen using a key, as far as this authority tells.
pub fn was_seen_with(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    consumer: &str,
    key: KeyId,
    now: Timestamp,
) -> keystead_store::Result<bool> {
    let report = evidence::report(tx, credential, &[key], now)?;
    Ok(report.uses.iter().any(|one| one.consumer == consumer && one.count > one.refused))
}

/// What the store shows of a rotation's world, for showing it: nothing is flushed, nothing decided, and no
/// endpoint asked.
pub fn glance(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
    rotation: &Rotation,
    now: Timestamp,
) -> keystead_store::Result<Observation> {
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
        places: Vec::new(),
        commands: Vec::new(),
    })
}

/// The keys of a credential of this authority, as they are stored.
pub fn list_keys(
    tx: &mut Tx<'_>,
    credential: &ManagedCredential,
) -> keystead_store::Result<Vec<machine::ListedKey>> {
    match credential.material {
        Material::StoredValue => stored_value::list(tx, credential),
        Material::ServiceCredential => service_credential::list(tx, credential),
        _ => iam::list(tx, credential.account, credential.owner_id.as_deref().unwrap_or_default()),
    }
}

/// A store that cannot be asked is a world that does not answer.
pub(crate) fn unavailable(error: &StoreError) -> Failure {
    tracing::warn!(%error, "a rotation could not ask the store");
    Failure::Unavailable
}
