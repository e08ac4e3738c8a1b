//! Which discovery is done when: those that somebody asked for, and those that are due; a few at once, one of an
//! account, in turns. What a run of the program left undone is begun again by the next.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{AccountId, Timestamp};
use keystead_gate::Gate;
use keystead_store::cloud_discoveries::{Discovery, DiscoveryState, Seen};
use keystead_store::{Command, OnConstraint, Tx};

use super::run;

/// How many discoveries are done at once.
const AT_ONCE: usize = 2;
/// How many of those that wait, or are due, are looked at in one turn.
const LOOKED_AT: i64 = 1_000;
/// How long one under way elsewhere may be silent before it is taken for broken off: longer than the cloud may
/// keep one call waiting.
const SILENCE: Duration = Duration::from_mins(5);
/// How soon a connected account is looked through again where something changes, and at the latest.
const EVERY: Duration = Duration::from_hours(1);
const EVERY_MAX: Duration = Duration::from_hours(6);
/// How many finished ones of a connected account are kept.
const KEPT: i64 = 100;

/// Asks for a connected account to be looked through as soon as possible.
pub fn request(tx: &mut Tx<'_>, account: AccountId, cloud_account_id: &str, now: Timestamp) -> Result<()> {
    Ok(tx.cloud_accounts().update_discover_at(account, cloud_account_id, Some(now))?)
}

/// A discovery that waits for its turn.
pub fn queued(
    account: AccountId,
    cloud_account_id: &str,
    id: String,
    requested_by: Option<String>,
    now: Timestamp,
) -> Discovery {
    Discovery {
        account,
        cloud_account_id: cloud_account_id.to_owned(),
        id,
        state: DiscoveryState::Queued,
        regions: Vec::new(),
        kinds: Vec::new(),
        requested_by,
        tasks_total: 0,
        tasks_done: 0,
        tasks_failed: 0,
        seen: Seen::default(),
        notes: Vec::new(),
        created_at: now,
        started_at: None,
        finished_at: None,
    }
}

/// Does discoveries, turn by turn.
pub struct Discoverer {
    gate: Arc<Gate>,
    /// Those under way here, with whose they are.
    active: Arc<Mutex<HashMap<String, AccountId>>>,
    /// When the last one of each account began.
    last: Mutex<HashMap<AccountId, Timestamp>>,
    has_turned: AtomicBool,
}

impl Discoverer {
    /// One that has not done anything yet.
    pub fn of(gate: &Arc<Gate>) -> Self {
        Self {
            gate: Arc::clone(gate),
            active: Arc::default(),
            last: Mutex::default(),
            has_turned: AtomicBool::new(false),
        }
    }

    /// Looks what there is to do, and begins it on threads of its own.
    pub fn turn(&self) -> Result<()> {
        let now = self.gate.clock().now();
        self.begin_again(now)?;
        self.queue_due(now)?;
        while locked(&self.active).len() < AT_ONCE {
            let queued = self
                .gate
                .store()
                .read(|tx| tx.cloud_discoveries().list_queued(LOOKED_AT).map_err(Fault::from))?;
            let chosen = choose(&queued, &locked(&self.active), &locked(&self.last));
            let Some(discovery) = chosen else { break };
            self.start(discovery.clone(), now)?;
        }
        Ok(())
    }

    /// Ends those that were broken off, and queues them again.
    fn begin_again(&self, now: Timestamp) -> Result<()> {
        // Nobody else works on the data of this machine, so at first whatever is under way was broken off.
        let is_first = !self.has_turned.swap(true, Ordering::Relaxed);
        let since = if is_first && self.gate.store().is_embedded() { now } else { now.minus(SILENCE) };
        let silent =
            self.gate.store().read(|tx| tx.cloud_discoveries().list_silent(since).map_err(Fault::from))?;
        for broken in silent {
            if locked(&self.active).contains_key(&broken.id) {
                continue;
            }
            let id = uuid(&**self.gate.rng());
            let again =
                queued(broken.account, &broken.cloud_account_id, id, broken.requested_by.clone(), now);
            let again = Discovery { regions: broken.regions.clone(), kinds: broken.kinds.clone(), ..again };
            let notes =
                [format!("Keystead was stopped while it was under way; it was begun again as {}.", again.id)];
            write(&self.gate, broken.account, move |tx| {
                if tx.cloud_discoveries().finish(&broken.id, DiscoveryState::BrokenOff, &notes, now)? {
                    tx.cloud_discoveries().insert(&again)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Queues a discovery of each connected account that is due.
    fn queue_due(&self, now: Timestamp) -> Result<()> {
        let due = self
            .gate
            .store()
            .read(|tx| tx.cloud_accounts().list_to_discover(now, LOOKED_AT).map_err(Fault::from))?;
        for (account, cloud_account_id) in due {
            let discovery = queued(account, &cloud_account_id, uuid(&**self.gate.rng()), None, now);
            write(&self.gate, account, move |tx| {
                tx.cloud_accounts().update_discover_at(account, &discovery.cloud_account_id, None)?;
                tx.cloud_discoveries().insert(&discovery).on_constraint("cloud_discoveries_one_open", || {
                    Fault::ConcurrentModification("A discovery was asked for at the same time.".to_owned())
                })
            })?;
        }
        Ok(())
    }

    fn start(&self, discovery: Discovery, now: Timestamp) -> Result<()> {
        locked(&self.last).insert(discovery.account, now);
        let id = discovery.id.clone();
        let is_taken =
            write(&self.gate, discovery.account, move |tx| Ok(tx.cloud_discoveries().start(&id, now)?))?;
        if !is_taken {
            return Ok(());
        }
        let active = Active::enter(&self.active, &discovery);
        let gate = Arc::clone(&self.gate);
        let work = move || {
            let _active = active;
            if let Err(fault) = run::perform(&gate, &discovery) {
                tracing::warn!(discovery = discovery.id, error = ?fault, "a discovery broke off");
                let notes = ["It broke off by a failure of Keystead's own; its log says more.".to_owned()];
                // Where not even this can be written, it is begun again once it has been silent for long enough.
                let _ = finish(&gate, &discovery, DiscoveryState::BrokenOff, &notes);
            }
        };
        thread::Builder::new().name("discovery".to_owned()).spawn(work).map(drop).map_err(Fault::internal)
    }
}

/// A discovery under way, for as long as this is there.
struct Active {
    all: Arc<Mutex<HashMap<String, AccountId>>>,
    id: String,
}

impl Active {
    fn enter(all: &Arc<Mutex<HashMap<String, AccountId>>>, discovery: &Discovery) -> Self {
        locked(all).insert(discovery.id.clone(), discovery.account);
        Self { all: Arc::clone(all), id: discovery.id.clone() }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        locked(&self.all).remove(&self.id);
    }
}

/// The next one: of the account that has waited longest since its last, and has none under way.
fn choose<'q>(
    queued: &'q [Discovery],
    active: &HashMap<String, AccountId>,
    last: &HashMap<AccountId, Timestamp>,
) -> Option<&'q Discovery> {
    let is_free = |discovery: &&Discovery| !active.values().any(|account| *account == discovery.account);
    queued.iter().filter(is_free).min_by_key(|discovery| (last.get(&discovery.account), discovery.created_at))
}

/// Ends a discovery, forgets old ones, and says when the connected account is looked through next.
pub(super) fn finish(
    gate: &Gate,
    discovery: &Discovery,
    state: DiscoveryState,
    notes: &[String],
) -> Result<()> {
    let (now, discovery, notes) = (gate.clock().now(), discovery.clone(), notes.to_vec());
    let chance = gate.rng().next_u64();
    write(gate, discovery.account, move |tx| {
        let (account, cloud) = (discovery.account, &*discovery.cloud_account_id);
        if !tx.cloud_discoveries().finish(&discovery.id, state, &notes, now)? {
            return Ok(());
        }
        tx.cloud_discoveries().prune(cloud, KEPT)?;
        let before = tx.cloud_discoveries().list(account, cloud, None, 8)?;
        let next = now.plus(jittered(interval(&before), chance));
        Ok(tx.cloud_accounts().propose_discover_at(account, cloud, next)?)
    })
}

/// How long to wait after discoveries, the newest first: an hour, twice as long with each that found no change.
fn interval(before: &[Discovery]) -> Duration {
    let of_all = before.iter().filter(|one| one.regions.is_empty() && one.kinds.is_empty());
    let is_quiet = |one: &&Discovery| one.seen.added + one.seen.changed + one.seen.removed == 0;
    let quiet = of_all.take_while(is_quiet).count() as u32;
    (EVERY * 2_u32.pow(quiet.saturating_sub(1).min(8))).min(EVERY_MAX)
}

/// Up to a tenth less, so that what was begun together does not stay together.
fn jittered(interval: Duration, chance: u64) -> Duration {
    interval.saturating_sub(interval / 10 * (chance % 1_000) as u32 / 1_000)
}

fn write<T: Send + 'static>(
    gate: &Gate,
    account: AccountId,
    work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    gate.store().write(Command { id: uuid(&**gate.rng()), account: Some(account), invocation_id: None }, work)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: u8) -> AccountId {
        format!("{number:012}").parse().unwrap()
    }

    fn discovery(of: u8, at: i64, changed: i64) -> Discovery {
        let made = queued(account(of), "cloud", format!("{of}-{at}"), None, Timestamp::from_secs(at));
        Discovery { seen: Seen { changed, ..Seen::default() }, ..made }
    }

    #[test]
    fn accounts_take_turns_however_much_one_of_them_asks_for() {
        let queued: Vec<Discovery> =
            (1..=20).map(|at| discovery(1, at, 0)).chain([discovery(2, 30, 0)]).collect();
        let (mut active, mut last) = (HashMap::new(), HashMap::new());
        assert_eq!(choose(&queued, &active, &last).unwrap().id, "1-1");
        active.insert("1-1".to_owned(), account(1));
        assert_eq!(choose(&queued, &active, &last).unwrap().id, "2-30");
        active.insert("2-30".to_owned(), account(2));
        assert_eq!(choose(&queued, &active, &last), None);
        active.clear();
        last.insert(account(1), Timestamp::from_secs(100));
        assert_eq!(choose(&queued, &active, &last).unwrap().id, "2-30");
        last.insert(account(2), Timestamp::from_secs(200));
        assert_eq!(choose(&queued, &active, &last).unwrap().id, "1-1");
    }

    #[test]
    fn where_nothing_changes_it_is_looked_more_and_more_seldom() {
        let hours = |changes: &[i64]| {
            let before: Vec<Discovery> =
                changes.iter().enumerate().map(|(at, changed)| discovery(1, at as i64, *changed)).collect();
            interval(&before).as_secs() / 3_600
        };
        assert_eq!(hours(&[]), 1);
        assert_eq!(hours(&[3, 0, 0]), 1);
        assert_eq!([&[0][..], &[0, 1], &[0, 0], &[0, 0, 0], &[0; 4], &[0; 8]].map(hours), [1, 1, 2, 4, 6, 6]);
        let hour = Duration::from_hours(1);
        assert_eq!(jittered(hour, 0), hour);
        assert!((Duration::from_mins(54)..hour).contains(&jittered(hour, 999)));
    }
}
