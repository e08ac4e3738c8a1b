//! Which principal was last seen at which service, and which of Keystead's own actions it last took: what tells
//! whether a permission is still needed.
//!
//! As with the use of keys, recording happens in memory and is written now and then. Of each principal and
//! service one access in a quarter of an hour is kept, of which the first counts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;
use keystead_core::{AccountId, Timestamp};
use keystead_store::accesses::Access;
use keystead_store::last_used::SPAN;

use crate::ring::{OwnerId, Principal};

const SHARDS: usize = 16;
/// How many services and actions of one principal are told apart; those that come later are not recorded.
const PLACES_MAX: usize = 512;

/// What a principal was seen at.
struct Place {
    account: AccountId,
    service: Box<str>,
    /// Empty for the service as a whole.
    action: Box<str>,
    region: Box<str>,
    at: Timestamp,
    dirty: bool,
}

impl Place {
    fn access(&self, id: OwnerId) -> Access {
        Access {
            account: self.account,
            principal_id: id.to_string(),
            service: self.service.to_string(),
            action: (!self.action.is_empty()).then(|| self.action.to_string()),
            region: self.region.to_string(),
            at: self.at,
        }
    }

    fn is_of(&self, service: &str, action: &str) -> bool {
        &*self.service == service && &*self.action == action
    }
}

/// The accesses still in memory.
pub struct Accesses {
    shards: [Mutex<HashMap<OwnerId, Vec<Place>>>; SHARDS],
    on: bool,
}

impl Accesses {
    pub(crate) fn new(on: bool) -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()), on }
    }

    fn shard(&self, id: OwnerId) -> MutexGuard<'_, HashMap<OwnerId, Vec<Place>>> {
        let place = (id.number() % SHARDS as u128) as usize;
        self.shards[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a principal was at a service, or took an action of it.
    pub(crate) fn record(
        &self,
        principal: &Principal,
        service: &str,
        action: &str,
        region: &str,
        now: Timestamp,
    ) {
        if !self.on {
            return;
        }
        let mut shard = self.shard(principal.id);
        let places = shard.entry(principal.id).or_default();
        let full = places.len() >= PLACES_MAX;
        match places.iter_mut().find(|place| place.is_of(service, action)) {
            Some(place) if now.since(place.at) < SPAN => {}
            Some(place) => {
                (place.at, place.region, place.dirty) = (now.whole_second(), region.into(), true);
            }
            None if full => {}
            None => places.push(Place {
                account: principal.account,
                service: service.into(),
                action: action.into(),
                region: region.into(),
                at: now.whole_second(),
                dirty: true,
            }),
        }
    }

    /// What is in memory of a principal.
    pub fn of(&self, id: OwnerId) -> Vec<Access> {
        let shard = self.shard(id);
        shard.get(&id).into_iter().flatten().map(|place| place.access(id)).collect()
    }

    /// Takes out what is not in the store, and forgets what is and whose span is over.
    pub(crate) fn take_due(&self, now: Timestamp) -> Vec<Access> {
        let mut due = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|id, places| {
                places.retain_mut(|place| {
                    let taken = std::mem::take(&mut place.dirty);
                    due.extend(taken.then(|| place.access(*id)));
                    taken || now.since(place.at) < SPAN
                });
                !places.is_empty()
            });
        }
        due
    }

    /// Marks what could not be written.
    pub(crate) fn put_back(&self, due: &[Access]) {
        for access in due {
            let Some(id) = OwnerId::parse(&access.principal_id) else { continue };
            let action = access.action.as_deref().unwrap_or_default();
            let mut shard = self.shard(id);
            let places = shard.get_mut(&id).into_iter().flatten();
            places.filter(|place| place.is_of(&access.service, action)).for_each(|place| place.dirty = true);
        }
    }
}
