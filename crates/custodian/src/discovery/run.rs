//! One discovery: its lists are planned, read by a bounded number of threads, and what came of them is summed up.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Quota, Timestamp};
use keystead_gate::Gate;
use keystead_store::cloud_discoveries::{CloudList, Discovery, DiscoveryState, Seen};
use keystead_store::{Command, Tx};

use super::GLOBAL;
use super::reading::{REGION_TIME, Reading, Stop};
use super::schedule;
use crate::connection::Connection;
use crate::provider::resource::ResourceKind;
use crate::provider::{CloudFault, Outcome, Patience};

/// How many lists of a discovery are read at once.
const THREADS: usize = 12;
/// How many notes a discovery has at most.
const NOTES_MAX: usize = 100;

/// One list to read.
#[derive(Clone)]
pub(super) struct Task {
    pub(super) kind: &'static dyn ResourceKind,
    pub(super) region: String,
    /// Whether it is the first of its region, which shows whether the region answers at all.
    is_first: bool,
}

/// What the lists of a region share.
#[derive(Default)]
struct Region {
    /// Until when they have time, set by the first that is read after the one that came before all others.
    until: OnceLock<Timestamp>,
    /// Why nothing of it can be read.
    dead: OnceLock<String>,
    /// Whether its first list was read, or could not be.
    is_tried: AtomicBool,
}

/// A discovery under way.
pub(super) struct Run {
    pub(super) gate: Arc<Gate>,
    pub(super) discovery: Discovery,
    pub(super) connection: Connection,
    /// How many resources the account may keep.
    pub(super) quota: u64,
    room: AtomicI64,
    changes: AtomicI64,
    regions: HashMap<String, Region>,
    faults: Mutex<Faults>,
}

/// Why lists could not be read, and which kinds by region that was so of.
#[derive(Default)]
struct Faults {
    kinds: BTreeMap<(String, String), Vec<&'static str>>,
    done: usize,
}

/// Does a discovery that was taken, to its end, whatever that is.
pub(super) fn perform(gate: &Arc<Gate>, discovery: &Discovery) -> Result<()> {
    let (state, notes) = match plan(gate, discovery)? {
        Ok(Plan { run, tasks, notes }) => run.read_all(&tasks, notes)?,
        Err(fault) => (DiscoveryState::Failed, vec![fault.to_string()]),
    };
    schedule::finish(gate, discovery, state, &notes)
}

/// A discovery ready to begin.
struct Plan {
    run: Run,
    tasks: Vec<Task>,
    /// What is not looked through, and why.
    notes: Vec<String>,
}

/// Opens the connection and finds out which lists there are.
fn plan(gate: &Arc<Gate>, discovery: &Discovery) -> Result<Outcome<Plan>> {
    let (account, cloud) = (discovery.account, &*discovery.cloud_account_id);
    let (cloud, count) = gate.store().read(|tx| {
        let found = tx.cloud_accounts().find(account, cloud)?;
        let gone = || Fault::NoSuchEntity(format!("The connected account {cloud} is gone."));
        Ok::<_, Fault>((found.ok_or_else(gone)?, tx.cloud_resources().count(account)?))
    })?;
    let connection = match Connection::open(gate, cloud, Patience::LONG)? {
        Ok(connection) => connection,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut notes = Vec::new();
    let regions = match connection.reach(Patience::LONG, |reach| connection.provider.regions(reach))? {
        Ok(regions) => {
            regions.into_iter().filter(|region| region.enabled).map(|region| region.name).collect()
        }
        Err(fault @ (CloudFault::Unreachable(_) | CloudFault::Throttled(_))) => return Ok(Err(fault)),
        // An endpoint need not have regions, and a key need not be allowed to list them.
        Err(fault) => {
            let region = connection.endpoint.region.clone();
            notes.push(format!("Of all regions only {region} was looked through: {fault}."));
            vec![region]
        }
    };
    let tasks = tasks(connection.provider.kinds(), regions, discovery, &mut notes);
    let quota = gate.ring().quotas(account).get(Quota::CloudResources);
    let run = Run {
        gate: Arc::clone(gate),
        discovery: discovery.clone(),
        connection,
        quota,
        room: AtomicI64::new(quota.cast_signed() - count),
        changes: AtomicI64::new(0),
        regions: tasks.iter().map(|task| (task.region.clone(), Region::default())).collect(),
        faults: Mutex::default(),
    };
    let (planned, discovery) = (tasks.clone(), discovery.clone());
    run.write(move |tx| {
        tx.cloud_discoveries().update_total(&discovery.id, planned.len() as i64)?;
        for task in &planned {
            tx.cloud_discoveries().put_waiting(&discovery, task.kind.name(), &task.region)?;
        }
        Ok(())
    })?;
    Ok(Ok(Plan { run, tasks, notes }))
}

/// The lists that are wanted: first one of each region, which shows whether the region answers, then the others
/// region by region, so that the time that a region takes is its own.
fn tasks(
    kinds: &[&'static dyn ResourceKind],
    mut regions: Vec<String>,
    discovery: &Discovery,
    notes: &mut Vec<String>,
) -> Vec<Task> {
    regions.push(GLOBAL.to_owned());
    for asked in discovery.regions.iter().filter(|asked| !regions.contains(asked)) {
        notes.push(format!("The account has no region {asked}, or has not opted in to it."));
    }
    let is_wanted = |list: &[String], name: &str| list.is_empty() || list.iter().any(|wanted| wanted == name);
    let mut tasks = Vec::new();
    for region in regions.iter().filter(|region| is_wanted(&discovery.regions, region)) {
        let of_region = kinds.iter().filter(|kind| kind.is_global() == (region == GLOBAL));
        let wanted = of_region.filter(|kind| is_wanted(&discovery.kinds, kind.name()));
        tasks.extend(wanted.enumerate().map(|(number, kind)| Task {
            kind: *kind,
            region: region.clone(),
            is_first: number == 0,
        }));
    }
    tasks.sort_by_key(|task| !task.is_first);
    tasks
}

impl Run {
    fn read_all(&self, tasks: &[Task], mut notes: Vec<String>) -> Result<(DiscoveryState, Vec<String>)> {
        let queue = Queue::of(tasks);
        let read = || -> Result<()> {
            while let Some(turn) = queue.next(&self.regions) {
                // What the store refuses it refuses the others, too: the discovery ends here.
                self.read_list(turn.task).inspect_err(|_| queue.clear())?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS.min(tasks.len())).map(|_| scope.spawn(read)).collect();
            let broken = |_| Err(Fault::internal("reading a list broke off"));
            let ended: Vec<Result<()>> =
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(broken)).collect();
            ended.into_iter().collect::<Result<()>>()
        })?;
        let faults = locked(&self.faults);
        let failed = faults.kinds.values().map(Vec::len).sum::<usize>();
        notes.extend(faults.notes());
        let state = match (faults.done, failed) {
            (_, 0) if notes.is_empty() => DiscoveryState::Complete,
            (0, 1..) => DiscoveryState::Failed,
            _ => DiscoveryState::Incomplete,
        };
        Ok((state, notes))
    }

    fn read_list(&self, task: &Task) -> Result<()> {
        let region =
            self.regions.get(&task.region).ok_or_else(|| Fault::internal("a list without a region"))?;
        if let Some(why) = region.dead.get() {
            let now = self.gate.clock().now();
            return self.finish_list(task, Seen::default(), Seen::default(), Some(why.clone()), now);
        }
        let fresh = self.gate.clock().now().plus(REGION_TIME);
        let until = if task.is_first { fresh } else { *region.until.get_or_init(|| fresh) };
        if let Some(stop) = Reading::read(self, task, until)?.filter(Stop::is_of_region) {
            // Another may have said it before, which says the same.
            let _ = region.dead.set(stop.to_string());
        }
        Ok(())
    }

    /// Writes what came of a list; `pending` is what the discovery was not told yet.
    pub(super) fn finish_list(
        &self,
        task: &Task,
        total: Seen,
        pending: Seen,
        fault: Option<String>,
        now: Timestamp,
    ) -> Result<()> {
        {
            let mut faults = locked(&self.faults);
            match &fault {
                None => faults.done += 1,
                Some(why) => {
                    let of = faults.kinds.entry((task.region.clone(), why.clone())).or_default();
                    of.push(task.kind.name());
                }
            }
        }
        let failed = i64::from(fault.is_some());
        let list = CloudList {
            kind: task.kind.name().to_owned(),
            region: task.region.clone(),
            state: if fault.is_none() { "complete" } else { "failed" }.to_owned(),
            seen: total,
            complete_at: fault.is_none().then_some(now),
            fault,
        };
        let (id, cloud) = (self.discovery.id.clone(), self.discovery.cloud_account_id.clone());
        self.write(move |tx| {
            tx.cloud_discoveries().update_list(&cloud, &list)?;
            Ok(tx.cloud_discoveries().add_seen(&id, pending, 1 - failed, failed, now)?)
        })
    }

    /// Whether one more resource may be kept; if so, there is room for one less.
    pub(super) fn take_room(&self) -> bool {
        let take = |room: i64| (room > 0).then(|| room - 1);
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Gives back the room of resources that are gone.
    pub(super) fn give_room(&self, count: usize) {
        self.room.fetch_add(count as i64, Ordering::Relaxed);
    }

    /// The next change's place.
    pub(super) fn next_change(&self) -> i64 {
        self.changes.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn write(&self, work: impl FnMut(&mut Tx<'_>) -> Result<()> + Send + 'static) -> Result<()> {
        let (id, account) = (uuid(&**self.gate.rng()), Some(self.discovery.account));
        self.gate.store().write(Command { id, account, invocation_id: None }, work)
    }
}

impl Faults {
    /// One sentence for each region and reason.
    fn notes(&self) -> Vec<String> {
        let sentence = |((region, why), kinds): (&(String, String), &Vec<&str>)| {
            format!("{region}: {} could not be read to the end: {why}.", kinds.join(", "))
        };
        let mut notes: Vec<String> = self.kinds.iter().take(NOTES_MAX).map(sentence).collect();
        if self.kinds.len() > NOTES_MAX {
            notes.push(format!("{} more reasons are left out here.", self.kinds.len() - NOTES_MAX));
        }
        notes
    }
}

/// The lists that are still to be read.
struct Queue<'t> {
    tasks: Mutex<VecDeque<&'t Task>>,
    tried: Condvar,
}

/// One list to be read now. When this is gone, in whatever way, the others of its region may be read.
struct Turn<'t> {
    task: &'t Task,
    region: &'t Region,
    queue: &'t Queue<'t>,
}

impl<'t> Queue<'t> {
    fn of(tasks: &'t [Task]) -> Self {
        Self { tasks: Mutex::new(tasks.iter().collect()), tried: Condvar::new() }
    }

    /// The next list; waits where all that is left is of regions whose first list is under way.
    fn next(&'t self, regions: &'t HashMap<String, Region>) -> Option<Turn<'t>> {
        let mut tasks = locked(&self.tasks);
        loop {
            let ready = |task: &&Task| {
                let is_tried = |region: &Region| region.is_tried.load(Ordering::Acquire);
                task.is_first || regions.get(&task.region).is_some_and(is_tried)
            };
            if let Some(place) = tasks.iter().position(ready) {
                let task = tasks.remove(place)?;
                return Some(Turn { task, region: regions.get(&task.region)?, queue: self });
            }
            if tasks.is_empty() {
                return None;
            }
            tasks = self.tried.wait(tasks).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn clear(&self) {
        locked(&self.tasks).clear();
        self.tried.notify_all();
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let _tasks = locked(&self.queue.tasks);
        self.region.is_tried.store(true, Ordering::Release);
        self.queue.tried.notify_all();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
