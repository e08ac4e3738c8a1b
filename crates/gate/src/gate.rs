//! What the way in rests on: the store, the key ring, the evidence of use, the audit queue, and the
//! handlers of all operations.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use keystead_aws::error::Result;
use keystead_core::{Clock, Rng, SecretString};
use keystead_store::Store;

use crate::accesses::Accesses;
use crate::audit::Auditor;
use crate::jobs::Jobs;
use crate::last_used::Uses;
use crate::meter::Meter;
use crate::openapi;
use crate::operation::Handler;
use crate::outgoing::{Documents, Outgoing};
use crate::ring::KeyRing;
use crate::sources::Sources;
use crate::turnstile::Turnstile;

/// How many passwords are hashed at once for strangers, and how many for others, at 19 MiB each.
const HASHES_AT_ONCE: usize = 2;
/// How many more may wait for it.
const HASHES_WAITING: usize = 16;

/// What the operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Host names (with port, as clients send them) this installation goes by; empty accepts none.
    pub public_hosts: Vec<String>,
    /// How others reach this installation: scheme and host, with port, of the addresses of its issuers.
    pub origin: String,
    /// How people reach its pages: the same, by plain HTTP where it is served so on loopback.
    pub page_origin: String,
    /// IAM endpoints elsewhere whose credentials may be managed here.
    pub endpoints: Vec<String>,
    /// Addresses inside the operator's network at which delivery targets may be.
    pub targets: Vec<String>,
    /// Who is told of rotations of credentials that name nobody.
    pub notify_email: Option<String>,
    /// Where calls about them go, and what those are signed with.
    pub notify_webhook: Option<(String, SecretString)>,
    /// How far a signature's date may be from ours at `POST /`.
    pub clock_window: Duration,
    /// The same at `/verify`.
    pub verify_window: Duration,
    /// How often connected accounts of clouds are looked after that are well.
    pub cloud_status_interval: Duration,
    /// How soon one that is not is looked after again; doubled each time.
    pub cloud_status_retry: Duration,
    /// How many wrong passwords from one address within a quarter of an hour have sign-ins from there answer a
    /// challenge too.
    pub challenge_after: u32,
    /// What is believed of reports of leaked keys, and done about them.
    pub leaks: LeakSettings,
    /// Whether use of keys is recorded. Off only to measure what recording costs.
    pub record_use: bool,
}

/// What is believed of reports of leaked keys, and what is done about them unasked.
#[derive(Clone, Debug, Default)]
pub struct LeakSettings {
    /// Where the keys are with which GitHub signs its reports; without any its signatures are not looked at.
    pub github_public_keys: Option<PublicKeys>,
    /// Whether a key is contained as soon as its secret was in a report, and not only when somebody says so.
    pub contains_proven: bool,
}

/// A document with public keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKeys {
    /// At an https address, where it may change.
    At(String),
    /// This one.
    Pinned(String),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_hosts: Vec::new(),
            origin: String::new(),
            page_origin: String::new(),
            endpoints: Vec::new(),
            targets: Vec::new(),
            notify_email: None,
            notify_webhook: None,
            clock_window: Duration::from_mins(15),
            verify_window: Duration::from_mins(5),
            cloud_status_interval: Duration::from_mins(5),
            cloud_status_retry: Duration::from_mins(1),
            challenge_after: 20,
            leaks: LeakSettings::default(),
            record_use: true,
        }
    }
}

/// The gate. Shared by all listeners.
pub struct Gate {
    pub(crate) store: Store,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) uses: Uses,
    pub(crate) flushing: Mutex<()>,
    pub(crate) accesses: Accesses,
    pub(crate) auditor: Auditor,
    old_key_uses: Meter,
    pub(crate) settings: Settings,
    jobs: Jobs,
    pub(crate) handlers: Vec<&'static dyn Handler>,
    hashing: Turnstile,
    hashing_for_strangers: Turnstile,
    sources: Sources,
    outgoing: OnceLock<Arc<dyn Outgoing>>,
    pub(crate) documents: Documents,
    openapi: OnceLock<Vec<u8>>,
}

impl Gate {
    /// Builds the key ring from the store and begins to follow it.
    pub fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        settings: Settings,
        handlers: Vec<&'static dyn Handler>,
    ) -> Result<Arc<Self>> {
        let ring = Arc::new(KeyRing::default());
        ring.load(&store)?;
        let follower: Arc<dyn keystead_store::CommitListener> = Arc::<KeyRing>::clone(&ring);
        store.set_listener(follower);
        let uses = Uses::new(settings.record_use);
        uses.load(&store, clock.now())?;
        Ok(Arc::new(Self {
            store,
            ring,
            clock,
            rng,
            uses,
            flushing: Mutex::new(()),
            accesses: Accesses::new(settings.record_use),
            auditor: Auditor::default(),
            old_key_uses: Meter::default(),
            sources: Sources::new(settings.challenge_after),
            settings,
            jobs: Jobs::default(),
            handlers,
            hashing: Turnstile::new(HASHES_AT_ONCE, HASHES_WAITING),
            hashing_for_strangers: Turnstile::new(HASHES_AT_ONCE, HASHES_WAITING),
            outgoing: OnceLock::new(),
            documents: Documents::default(),
            openapi: OnceLock::new(),
        }))
    }

    /// Gives the gate a way out to other authorities; without one they are out of reach.
    pub fn connect(&self, outgoing: Arc<dyn Outgoing>) {
        // A second way out changes nothing: there is one network.
        let _ = self.outgoing.set(outgoing);
    }

    /// The way out to other authorities.
    pub fn outgoing(&self) -> Option<&dyn Outgoing> {
        self.outgoing.get().map(|outgoing| &**outgoing)
    }

    /// Whether the operator lets credentials of that endpoint be managed here. A tenant could otherwise name
    /// an endpoint of its own, or one inside the operator's network.
    pub fn knows_endpoint(&self, endpoint: &str) -> bool {
        self.settings
            .endpoints
            .iter()
            .any(|known| known.trim_end_matches('/') == endpoint.trim_end_matches('/'))
    }

    /// Whether the operator named the place of an address, so that a delivery target may be there although it
    /// is inside the operator's network.
    pub fn knows_target(&self, url: &str) -> bool {
        self.settings.targets.iter().any(|known| {
            let rest = url.strip_prefix(known.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// What the operator has set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Scheme and host, with port, by which others reach this installation.
    pub fn origin(&self) -> &str {
        &self.settings.origin
    }

    /// Scheme and host, with port, of the links that people are given. It is configured: no request has a say in it.
    pub fn page_origin(&self) -> &str {
        &self.settings.page_origin
    }

    /// Where the hashing of passwords has to pass, which takes much memory each time.
    pub fn hashing(&self) -> &Turnstile {
        &self.hashing
    }

    /// The same for sign-ins of whom nothing is known, so that a crowd of them keeps nobody else waiting.
    pub(crate) fn hashing_for_strangers(&self) -> &Turnstile {
        &self.hashing_for_strangers
    }

    /// Where wrong passwords come from.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The store below.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The key ring.
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// The evidence of use.
    pub fn uses(&self) -> &Uses {
        &self.uses
    }

    /// Who was last seen where, fresher than the store.
    pub fn accesses(&self) -> &Accesses {
        &self.accesses
    }

    /// How often keys that are being replaced were used, by consumer.
    pub fn old_key_uses(&self) -> &Meter {
        &self.old_key_uses
    }

    /// Work that goes on after a reply.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// What gathers events that no transaction writes.
    pub fn auditor(&self) -> &Auditor {
        &self.auditor
    }

    /// The clock every request's `now` is read from.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The source of chance.
    pub fn rng(&self) -> &Arc<dyn Rng> {
        &self.rng
    }

    /// The REST API's document, written once.
    pub(crate) fn openapi(&self) -> Result<&[u8]> {
        if let Some(written) = self.openapi.get() {
            return Ok(written);
        }
        let written = openapi::write(&self.handlers)?;
        Ok(self.openapi.get_or_init(|| written))
    }

    /// The handlers of all operations.
    pub fn handlers(&self) -> &[&'static dyn Handler] {
        &self.handlers
    }
}
