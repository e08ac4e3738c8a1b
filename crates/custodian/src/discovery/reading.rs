//! Reading one list to its end, page by page, and what is made of each page.
//!
//! Whatever the cloud answers, this ends: after so many pages, so much time, a token that comes twice, or as many
//! resources as the account may keep. What was seen until then is kept.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::{Quota, Timestamp};
use keystead_store::Tx;
use keystead_store::cloud_discoveries::{CloudChange, Discovery, Seen};
use keystead_store::cloud_resources::{CloudResource, Digest};

use super::known;
use super::run::{Run, Task};
use crate::provider::resource::Page;
use crate::provider::{CloudFault, Patience};

/// The most pages of a list that are read.
const PAGES_MAX: usize = 10_000;
/// How long all lists of a region may take together.
pub(super) const REGION_TIME: Duration = Duration::from_mins(1);
/// How many resources are written in one transaction, so that nobody else waits long.
const BATCH: usize = 200;
/// How many changes of a discovery are listed; the others are counted.
const CHANGES_MAX: i64 = 10_000;
/// How often progress is written where there is nothing else to write.
const PROGRESS: Duration = Duration::from_secs(1);

/// A resource as it was known when the list was begun.
struct Known {
    digest: Digest,
    is_there: bool,
}

/// Something to be written of a page.
enum Step {
    /// Store it. The number is its place among the changes, if it is one that is listed.
    Put { resource: CloudResource, change: Option<i64> },
    /// Forget it.
    Remove { id: String, change: Option<i64> },
}

/// One list being read.
pub(super) struct Reading<'r> {
    run: &'r Run,
    task: &'r Task,
    known: HashMap<String, Known>,
    /// Whether the list was read to its end before, so that it can be compared.
    is_comparable: bool,
    /// What was seen and is not written yet, and all in all.
    pending: Seen,
    total: Seen,
    written_at: Timestamp,
}

/// Why a list was not read to its end.
pub(super) enum Stop {
    /// The cloud did not give it.
    Cloud(CloudFault),
    /// It is too much, or without end.
    Bound(String),
}

impl<'r> Reading<'r> {
    /// Reads a list, and writes what came of it.
    pub(super) fn read(run: &'r Run, task: &'r Task, until: Timestamp) -> Result<Option<Stop>> {
        let (cloud, kind, region) = (&run.discovery.cloud_account_id, task.kind.name(), &*task.region);
        let (digests, complete_at) = run.gate.store().read(|tx| {
            let digests = tx.cloud_resources().list_digests(cloud, kind, region)?;
            Ok::<_, Fault>((digests, tx.cloud_discoveries().find_complete_at(cloud, kind, region)?))
        })?;
        let known = |(id, digest)| (id, Known { digest, is_there: false });
        let mut reading = Self {
            run,
            task,
            known: digests.into_iter().map(known).collect(),
            is_comparable: complete_at.is_some(),
            pending: Seen::default(),
            total: Seen::default(),
            written_at: run.gate.clock().now(),
        };
        let stop = reading.read_pages(until)?;
        if stop.is_none() {
            reading.remove_rest()?;
        }
        reading.finish(stop.as_ref())?;
        Ok(stop)
    }

    fn read_pages(&mut self, until: Timestamp) -> Result<Option<Stop>> {
        let bound = |why: String| Ok(Some(Stop::Bound(why)));
        let mut tokens: HashSet<String> = HashSet::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            if self.run.gate.clock().now() > until {
                return bound(format!("it takes longer than the {} s a region has", REGION_TIME.as_secs()));
            }
            let asked = self.run.connection.reach(Patience::LONG, |reach| {
                self.task.kind.page(reach, &self.task.region, token.as_deref())
            })?;
            let page = match asked {
                Ok(page) => page,
                Err(fault) => return Ok(Some(Stop::Cloud(fault))),
            };
            let (next, skipped) = (page.next.clone(), page.skipped);
            if !self.take(page)? {
                let quota = self.run.quota;
                return bound(format!(
                    "the account keeps as many resources as it may ({quota}, quota {}): what is new is left out",
                    Quota::CloudResources.name()
                ));
            }
            if skipped > 0 {
                return bound(format!("{skipped} of its items have no id, or are too many for one answer"));
            }
            let Some(next) = next else { return Ok(None) };
            if !tokens.insert(next.clone()) {
                return bound("it goes round in circles: the same page came twice".to_owned());
            }
            token = Some(next);
        }
        bound(format!("it has more than {PAGES_MAX} pages"))
    }

    /// Sorts out a page and writes what is new; false where something was left out because there is no more room.
    fn take(&mut self, page: Page) -> Result<bool> {
        let now = self.run.gate.clock().now();
        let (mut steps, mut fits) = (Vec::new(), true);
        self.pending.calls += page.calls.cast_signed();
        for resource in page.resources {
            let resource = known::of(resource, self.task.kind.name(), &self.task.region, now);
            match self.known.get_mut(&resource.id) {
                Some(known) => {
                    self.pending.found += i64::from(!mem::replace(&mut known.is_there, true));
                    let before = mem::replace(&mut known.digest, resource.digest);
                    if before.whole == resource.digest.whole {
                        continue;
                    }
                    let is_change = self.is_comparable && before.lasting != resource.digest.lasting;
                    self.pending.changed += i64::from(is_change);
                    steps.push(Step::Put { resource, change: self.number(is_change) });
                }
                None if self.run.take_room() => {
                    let known = Known { digest: resource.digest, is_there: true };
                    self.known.insert(resource.id.clone(), known);
                    self.pending.found += 1;
                    self.pending.added += i64::from(self.is_comparable);
                    steps.push(Step::Put { resource, change: self.number(self.is_comparable) });
                }
                None => fits = false,
            }
        }
        self.write(steps)?;
        Ok(fits)
    }

    /// The next place among the changes that are listed.
    fn number(&self, is_change: bool) -> Option<i64> {
        is_change.then(|| self.run.next_change()).filter(|number| *number <= CHANGES_MAX)
    }

    /// What was known and was not in the list is gone.
    fn remove_rest(&mut self) -> Result<()> {
        let rest: Vec<String> =
            self.known.iter().filter(|(_, known)| !known.is_there).map(|(id, _)| id.clone()).collect();
        self.run.give_room(rest.len());
        self.pending.removed += if self.is_comparable { rest.len() as i64 } else { 0 };
        let steps = rest.into_iter().map(|id| Step::Remove { change: self.number(self.is_comparable), id });
        self.write(steps.collect())
    }

    fn write(&mut self, steps: Vec<Step>) -> Result<()> {
        let now = self.run.gate.clock().now();
        if steps.is_empty() && now.since(self.written_at) < PROGRESS {
            return Ok(());
        }
        self.written_at = now;
        let mut seen = self.settle();
        let mut steps = steps.into_iter().peekable();
        loop {
            let batch: Vec<Step> = steps.by_ref().take(BATCH).collect();
            let (discovery, kind, region) =
                (self.run.discovery.clone(), self.task.kind.name(), self.task.region.clone());
            let seen = mem::take(&mut seen);
            self.run.write(move |tx| {
                for step in &batch {
                    step.take(tx, &discovery, kind, &region)?;
                }
                Ok(tx.cloud_discoveries().add_seen(&discovery.id, seen, 0, 0, now)?)
            })?;
            if steps.peek().is_none() {
                return Ok(());
            }
        }
    }

    /// What is to be added to the discovery now.
    fn settle(&mut self) -> Seen {
        let seen = mem::take(&mut self.pending);
        self.total.found += seen.found;
        self.total.added += seen.added;
        self.total.changed += seen.changed;
        self.total.removed += seen.removed;
        seen
    }

    fn finish(&mut self, stop: Option<&Stop>) -> Result<()> {
        let now = self.run.gate.clock().now();
        let pending = self.settle();
        self.run.finish_list(self.task, self.total, pending, stop.map(Stop::to_string), now)
    }
}

impl Step {
    fn take(&self, tx: &mut Tx<'_>, discovery: &Discovery, kind: &str, region: &str) -> Result<()> {
        let (account, cloud) = (discovery.account, &*discovery.cloud_account_id);
        let before = |tx: &mut Tx<'_>, id: &str| tx.cloud_resources().find(cloud, kind, region, id);
        let change = match self {
            Self::Put { resource, change: None } => {
                tx.cloud_resources().put(account, cloud, resource)?;
                None
            }
            Self::Put { resource, change: Some(number) } => {
                let before = before(tx, &resource.id)?;
                tx.cloud_resources().put(account, cloud, resource)?;
                Some(match before {
                    Some(before) => {
                        change(*number, "changed", resource, known::changed_members(&before, resource))
                    }
                    None => change(*number, "added", resource, "{}".to_owned()),
                })
            }
            Self::Remove { id, change: number } => {
                let gone = before(tx, id)?;
                tx.cloud_resources().delete(cloud, kind, region, id)?;
                gone.zip(*number).map(|(gone, number)| change(number, "removed", &gone, "{}".to_owned()))
            }
        };
        if let Some(change) = change {
            tx.cloud_discoveries().insert_change(account, &discovery.id, &change)?;
        }
        Ok(())
    }
}

fn change(number: i64, word: &str, resource: &CloudResource, members: String) -> CloudChange {
    CloudChange {
        number,
        change: word.to_owned(),
        kind: resource.kind.clone(),
        region: resource.region.clone(),
        resource_id: resource.id.clone(),
        name: resource.name.clone(),
        members,
    }
}

impl Stop {
    /// Whether nothing else can be had of the region either.
    pub(super) fn is_of_region(&self) -> bool {
        matches!(
            self,
            Self::Cloud(
                CloudFault::Unreachable(_) | CloudFault::NotAccepted { .. } | CloudFault::ClockSkew { .. }
            )
        )
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cloud(fault) => fault.fmt(f),
            Self::Bound(why) => f.write_str(why),
        }
    }
}
