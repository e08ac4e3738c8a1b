//! One consumer's thread: asks the server for its key, keeps the answer where endpoints find it, brings the outputs up
//! to date, and tells the server once all of them are.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::Duration;

use keystead_core::{Clock, Timestamp};

use super::folder::{Folder, Kept};
use super::held::{Held, Session, Written};
use super::output::Output;
use super::settings::ConsumerSettings;
use super::source::{Served, Source};
use crate::clock::SystemClock;
use crate::connection::Remote;
use crate::failure::{Failure, Kind};

/// How often the server is asked whether there is another key. It answers from two rows and keeps no record of it.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The same with leases under a minute, which are a demonstration's.
const LOOK_OFTEN: Duration = Duration::from_millis(500);
/// After a failure: first this, then twice as long each time, up to the longest.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_LONGEST: Duration = LOOK_EVERY;

/// A consumer as endpoints see it.
pub(crate) struct Holding {
    /// Its settings.
    pub(crate) settings: ConsumerSettings,
    held: RwLock<Option<Arc<Held>>>,
}

impl Holding {
    /// The answer to pass on.
    pub(crate) fn held(&self) -> Option<Arc<Held>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hold(&self, held: Held) {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(held));
    }
}

/// Tells threads to end.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// Tells them.
    pub(crate) fn tell(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Waits, and says whether it was told to end.
    fn comes_within(&self, time: Duration) -> bool {
        let told = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (told, _) =
            self.0.1.wait_timeout_while(told, time, |told| !*told).unwrap_or_else(PoisonError::into_inner);
        *told
    }
}

/// One consumer's work.
pub(crate) struct Keeper {
    holding: Arc<Holding>,
    outputs: Vec<Output>,
    remote: Remote,
    source: Option<Source>,
    folder: Folder,
    kept: Kept,
    /// What this process has told the server; it is told again after a restart.
    reported: Option<String>,
    has_warned: bool,
}

impl Keeper {
    /// Takes up what is in the state folder, so that there is an answer before the server gives one.
    pub(crate) fn new(settings: ConsumerSettings, remote: Remote, folder: Folder) -> Self {
        let mut kept = folder.load(&settings.name);
        let held = kept.held.take().map(Held::from);
        // What the settings no longer want is not passed on.
        let held = held.filter(|held| held.session.is_some() == settings.wants_session());
        let outputs = Output::of(&settings);
        let names: Vec<String> = outputs.iter().map(Output::name).collect();
        kept.outputs.retain(|name, _| names.contains(name));
        let holding = Arc::new(Holding { settings, held: RwLock::new(held.map(Arc::new)) });
        Self { holding, outputs, remote, source: None, folder, kept, reported: None, has_warned: false }
    }

    /// What endpoints are to see.
    pub(crate) fn holding(&self) -> Arc<Holding> {
        Arc::clone(&self.holding)
    }

    /// Works until it is told to end.
    pub(crate) fn run(mut self, stop: &Stop) {
        let mut retry = RETRY_FIRST;
        loop {
            let outcome = self.turn();
            self.note(outcome.as_ref().err());
            let outcome = outcome.ok();
            let wait = outcome.unwrap_or(retry);
            retry = if outcome.is_some() { RETRY_FIRST } else { (retry * 2).min(RETRY_LONGEST) };
            if stop.comes_within(wait) {
                return;
            }
        }
    }

    /// Asks, puts in place, reports; gives the time until the next turn. What is held is put in place although the
    /// server does not answer: a reload may have failed before.
    fn turn(&mut self) -> Result<Duration, Failure> {
        let lease = self.ask();
        if matches!(&lease, Err(failure) if failure.kind == Kind::Denied) {
            // The token file may have been replaced.
            self.source = None;
        }
        let put = self.put();
        let wait = if lease? < Duration::from_mins(1) { LOOK_OFTEN } else { LOOK_EVERY };
        put?;
        self.report()?;
        Ok(wait)
    }

    /// Asks which key there is to be, and for the key itself where that is another one or the lease wants it.
    fn ask(&mut self) -> Result<Duration, Failure> {
        let source = match self.source.take() {
            Some(source) => source,
            None => Source::new(&self.remote, &self.holding.settings.token_file)?,
        };
        let source = self.source.insert(source);
        let now = SystemClock.now();
        let served = source.served()?;
        let held = self.holding.held();
        let is_enough = held.as_deref().is_some_and(|held| {
            held.key.access_key_id == served.access_key_id
                && held.lease <= served.lease()
                && !held.is_due(now)
                && (!self.holding.settings.wants_session() || held.has_good_session(now))
        });
        if !is_enough {
            let (key, lease) = source.reveal()?;
            let mut next = Held { key, session: None, lease, asked_at: now };
            if self.holding.settings.wants_session() {
                next.session = Some(session(source, &served, &next, held.as_deref(), now)?);
            }
            if held.is_none_or(|held| held.key.access_key_id != next.key.access_key_id) {
                let consumer = &self.holding.settings.name;
                tracing::info!(consumer, access_key_id = next.key.access_key_id, "there is another key");
            }
            self.holding.hold(next);
            self.save()?;
        }
        self.warn(&served);
        Ok(served.lease())
    }

    /// Says once that the consumer was enrolled as something else than it is.
    fn warn(&mut self, served: &Served) {
        let settings = &self.holding.settings;
        let is_lasting = !self.outputs.is_empty() || settings.systemd.is_some();
        let is_asked = matches!(served.kind.as_str(), "container" | "imds" | "credential_process");
        if is_lasting && is_asked && !self.has_warned {
            self.has_warned = true;
            tracing::warn!(
                consumer = settings.name,
                kind = served.kind,
                "it was enrolled as one that asks again, but it has outputs that are kept: enroll it as file, exec or \
                 systemd, or a rotation will not wait until it is seen with its key"
            );
        }
    }

    /// Brings the outputs up to date.
    fn put(&mut self) -> Result<(), Failure> {
        let Some(held) = self.holding.held() else { return Ok(()) };
        let before = self.kept.outputs.clone();
        let mut failures = Vec::new();
        for output in &self.outputs {
            let record = self.kept.outputs.entry(output.name()).or_default();
            failures.extend(output.apply(&self.holding.settings.name, &held.key, record).err());
        }
        if self.kept.outputs != before {
            self.save()?;
        }
        let Some(first) = failures.first() else { return Ok(()) };
        let text = failures.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        Err(Failure::new(first.kind, text))
    }

    /// Tells the server that the key is in place everywhere.
    fn report(&mut self) -> Result<(), Failure> {
        let (Some(source), Some(held)) = (&self.source, self.holding.held()) else { return Ok(()) };
        let id = &held.key.access_key_id;
        if self.reported.as_ref() != Some(id) {
            source.report(id)?;
            self.reported = Some(id.clone());
        }
        Ok(())
    }

    /// Logs what has begun or stopped to go wrong, and keeps it for whoever asks how things stand.
    fn note(&mut self, failure: Option<&Failure>) {
        let trouble = failure.map(ToString::to_string);
        let holding = self.holding();
        let consumer = &holding.settings.name;
        let standing = &mut self.kept.standing;
        let has_turned = standing.trouble != trouble;
        let has_moved = self.reported.is_some() && standing.reported != self.reported;
        if !has_turned && !has_moved {
            return;
        }
        match &trouble {
            Some(trouble) => tracing::warn!(consumer, "{trouble} Trying again until it works."),
            None if has_turned => tracing::info!(consumer, "it works again"),
            None => tracing::info!(consumer, access_key_id = self.reported, "the key is in place everywhere"),
        }
        standing.trouble = trouble;
        if has_moved {
            standing.reported.clone_from(&self.reported);
        }
        standing.since = SystemClock.now().to_iso8601();
        if let Err(failure) = self.save() {
            tracing::warn!(consumer, "{failure}");
        }
    }

    fn save(&mut self) -> Result<(), Failure> {
        self.kept.held = self.holding.held().as_deref().map(Written::from);
        self.folder.save(&self.holding.settings.name, &self.kept)
    }
}

/// A session made with the key, or the one there is, while that is good and there is no better.
fn session(
    source: &Source,
    served: &Served,
    next: &Held,
    held: Option<&Held>,
    now: Timestamp,
) -> Result<Session, Failure> {
    let of_this_key = held.filter(|held| held.key.access_key_id == next.key.access_key_id);
    if let Some(session) =
        of_this_key.filter(|held| held.has_good_session(now)).and_then(|held| held.session.clone())
    {
        return Ok(session);
    }
    source.session(served, &next.key).or_else(|failure| {
        let left = of_this_key.and_then(|held| held.session.clone());
        left.filter(|session| session.ends_at > now).ok_or(failure)
    })
}

/// The consumers by their names.
pub(crate) type Table = Arc<RwLock<BTreeMap<String, Arc<Holding>>>>;

/// The consumer of that name.
pub(crate) fn find(table: &Table, name: &str) -> Option<Arc<Holding>> {
    table.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
}
