//! Access keys by id, compactly: a million of them are meant to fit in a hundred and some megabytes.
//!
//! Each shard keeps its records in chunks (a growing vector would hold up to twice what it needs) and a
//! table of 32-bit positions hashed by id. The place of a removed record is used again.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hashbrown::{DefaultHashBuilder, HashTable};
use keystead_core::{AccessKeyId, KeyStatus};
use std::hash::BuildHasher;

use super::principals::{OwnerId, Principal};

const SHARDS: usize = 64;
const CHUNK: usize = 512;

/// A sealed secret of usual length, kept inside the record; a longer one on the heap.
#[derive(Clone)]
pub enum SealedSecret {
    /// Length and bytes.
    Inline(u8, [u8; Self::INLINE]),
    /// Longer than the secrets Keystead makes: an imported one.
    Heap(Box<[u8]>),
}

impl SealedSecret {
    /// A 40-character secret under a header of 17 bytes and a tag of 16.
    const INLINE: usize = 73;

    /// Takes the sealed bytes in.
    pub fn new(bytes: &[u8]) -> Self {
        let mut inline = [0; Self::INLINE];
        match inline.get_mut(..bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                Self::Inline(bytes.len() as u8, inline)
            }
            None => Self::Heap(bytes.into()),
        }
    }

    /// The sealed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline(length, bytes) => &bytes[..usize::from(*length)],
            Self::Heap(bytes) => bytes,
        }
    }
}

/// One access key: who it belongs to, whether it is accepted, and its sealed secret.
#[derive(Clone)]
pub struct KeyEntry {
    /// Its id.
    pub id: AccessKeyId,
    /// The user or root user it belongs to.
    pub principal: Arc<Principal>,
    /// Active or inactive.
    pub status: KeyStatus,
    /// Its secret, sealed in the store's place for it.
    pub sealed: SealedSecret,
}

/// What is kept of a [`KeyEntry`]: the id split so that it packs beside the secret.
struct Record {
    principal: Arc<Principal>,
    id_low: u64,
    id_high: u32,
    status: KeyStatus,
    sealed: SealedSecret,
}

impl Record {
    fn new(entry: KeyEntry) -> Self {
        let packed = entry.id.packed();
        Self {
            principal: entry.principal,
            id_low: packed as u64,
            id_high: (packed >> 64) as u32,
            status: entry.status,
            sealed: entry.sealed,
        }
    }

    fn packed(&self) -> u128 {
        u128::from(self.id_high) << 64 | u128::from(self.id_low)
    }

    fn to_entry(&self) -> KeyEntry {
        KeyEntry {
            id: AccessKeyId::from_packed(self.packed()),
            principal: Arc::clone(&self.principal),
            status: self.status,
            sealed: self.sealed.clone(),
        }
    }
}

#[derive(Default)]
struct Shard {
    places: HashTable<u32>,
    chunks: Vec<Vec<Option<Record>>>,
    free: Vec<u32>,
}

impl Shard {
    fn record(&self, place: u32) -> Option<&Record> {
        self.chunks.get(place as usize / CHUNK)?.get(place as usize % CHUNK)?.as_ref()
    }

    fn slot(&mut self, place: u32) -> Option<&mut Option<Record>> {
        self.chunks.get_mut(place as usize / CHUNK)?.get_mut(place as usize % CHUNK)
    }

    fn find(&self, hash: u64, packed: u128) -> Option<&Record> {
        let is_it = |&place: &u32| self.record(place).is_some_and(|r| r.packed() == packed);
        self.record(*self.places.find(hash, is_it)?)
    }

    fn remove(&mut self, hash: u64, packed: u128) {
        let Self { places, chunks, .. } = self;
        let is_it = |&place: &u32| {
            let record = chunks.get(place as usize / CHUNK).and_then(|c| c.get(place as usize % CHUNK));
            record.and_then(Option::as_ref).is_some_and(|r| r.packed() == packed)
        };
        if let Ok(found) = places.find_entry(hash, is_it) {
            let (place, _) = found.remove();
            if let Some(slot) = self.slot(place) {
                *slot = None;
            }
            self.free.push(place);
        }
    }

    fn push(&mut self, record: Record) -> u32 {
        if let Some(place) = self.free.pop() {
            if let Some(slot) = self.slot(place) {
                *slot = Some(record);
            }
            return place;
        }
        if self.chunks.last().is_none_or(|c| c.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let full = (self.chunks.len() - 1) * CHUNK;
        let mut place = full;
        if let Some(chunk) = self.chunks.last_mut() {
            place = full + chunk.len();
            chunk.push(Some(record));
        }
        place as u32
    }

    fn put(&mut self, hash: u64, record: Record, rehash: impl Fn(u128) -> u64) {
        self.remove(hash, record.packed());
        let place = self.push(record);
        let Self { places, chunks, .. } = self;
        places.insert_unique(hash, place, |&other| {
            let record = chunks.get(other as usize / CHUNK).and_then(|c| c.get(other as usize % CHUNK));
            record.and_then(Option::as_ref).map_or(0, |r| rehash(r.packed()))
        });
    }
}

/// All access keys.
pub(super) struct Keys {
    hasher: DefaultHashBuilder,
    shards: [RwLock<Shard>; SHARDS],
}

impl Default for Keys {
    fn default() -> Self {
        Self { hasher: DefaultHashBuilder::default(), shards: std::array::from_fn(|_| RwLock::default()) }
    }
}

impl Keys {
    fn hash(&self, packed: u128) -> u64 {
        self.hasher.hash_one(packed)
    }

    // A shard is left in order by every method here even if a thread dies holding it: poison is ignored.
    fn reading(&self, hash: u64) -> RwLockReadGuard<'_, Shard> {
        self.shards[shard_of(hash)].read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self, hash: u64) -> RwLockWriteGuard<'_, Shard> {
        self.shards[shard_of(hash)].write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn find(&self, id: AccessKeyId) -> Option<KeyEntry> {
        let hash = self.hash(id.packed());
        self.reading(hash).find(hash, id.packed()).map(Record::to_entry)
    }

    pub(super) fn put(&self, entry: KeyEntry) {
        let record = Record::new(entry);
        let hash = self.hash(record.packed());
        self.writing(hash).put(hash, record, |packed| self.hash(packed));
    }

    pub(super) fn remove(&self, id: AccessKeyId) {
        let hash = self.hash(id.packed());
        self.writing(hash).remove(hash, id.packed());
    }

    /// Removes every key of a principal, by looking at all there are.
    pub(super) fn remove_all_of(&self, owner: OwnerId) {
        for shard in &self.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            let Shard { places, chunks, free } = &mut *shard;
            places.retain(|&mut place| {
                let slot =
                    chunks.get_mut(place as usize / CHUNK).and_then(|c| c.get_mut(place as usize % CHUNK));
                let removed = slot.and_then(|slot| slot.take_if(|record| record.principal.id == owner));
                free.extend(removed.as_ref().map(|_| place));
                removed.is_none()
            });
        }
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|s| s.read().unwrap_or_else(PoisonError::into_inner).places.len()).sum()
    }
}

/// The table uses the low and the topmost bits of the hash; the shard takes some in between.
fn shard_of(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u128, status: KeyStatus) -> KeyEntry {
        KeyEntry {
            id: AccessKeyId::from_packed(number),
            principal: Arc::new(Principal::root("123456789012".parse().unwrap(), "r@example.com")),
            status,
            sealed: SealedSecret::new(&number.to_be_bytes()),
        }
    }

    #[test]
    fn keys_are_found_replaced_and_removed() {
        let keys = Keys::default();
        for number in 0..5000 {
            keys.put(entry(number, KeyStatus::Active));
        }
        keys.put(entry(77, KeyStatus::Inactive));
        for number in (0..5000).step_by(2) {
            keys.remove(AccessKeyId::from_packed(number));
        }
        for number in 5000..7000 {
            keys.put(entry(number, KeyStatus::Active));
        }
        assert_eq!(keys.len(), 4500);
        assert!(keys.find(AccessKeyId::from_packed(78)).is_none());
        assert_eq!(keys.find(AccessKeyId::from_packed(77)).unwrap().status, KeyStatus::Inactive);
        for number in (1..7000).step_by(2) {
            let found = keys.find(AccessKeyId::from_packed(number)).unwrap();
            assert_eq!(found.sealed.as_bytes(), number.to_be_bytes());
        }
    }

    #[test]
    fn the_keys_of_a_principal_go_together_and_their_places_are_used_again() {
        let keys = Keys::default();
        let other = Arc::new(Principal::root("999999999999".parse().unwrap(), "o@example.com"));
        for number in 0..2000 {
            let ours = entry(number, KeyStatus::Active);
            keys.put(if number % 2 == 0 { ours } else { KeyEntry { principal: Arc::clone(&other), ..ours } });
        }
        keys.remove_all_of(other.id);
        assert_eq!(keys.len(), 1000);
        for number in 0..2000 {
            assert_eq!(keys.find(AccessKeyId::from_packed(number)).is_some(), number % 2 == 0, "{number}");
        }
        for number in 2000..3000 {
            keys.put(entry(number, KeyStatus::Active));
        }
        assert!((0..3000).filter(|n| keys.find(AccessKeyId::from_packed(*n)).is_some()).count() == 2000);
    }

    #[test]
    fn a_record_is_small() {
        assert!(size_of::<Option<Record>>() <= 104, "{}", size_of::<Option<Record>>());
    }
}
