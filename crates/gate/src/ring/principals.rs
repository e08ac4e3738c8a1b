//! Accounts, root users, users, groups and roles, by unique id and by name.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use keystead_core::rng::BASE32;
use keystead_core::role::TrustedId;
use keystead_core::{AccountId, Arn, Quotas, Tag, Timestamp};
use keystead_policy::Policy;
use std::hash::BuildHasher;

use super::grants::Grants;

const SHARDS: usize = 16;

/// The unique id of a principal in 16 bytes: 21 characters of base32, or an account number for a root user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OwnerId(u128);

const ROOT_BIT: u128 = 1 << 127;

impl OwnerId {
    /// The root user of an account.
    pub const fn root(account: AccountId) -> Self {
        Self(ROOT_BIT | account.number() as u128)
    }

    /// From an id as it is stored: `AIDA…` or twelve digits.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(account) = text.parse::<AccountId>() {
            return Some(Self::root(account));
        }
        if text.len() != 21 {
            return None;
        }
        text.bytes()
            .try_fold(0, |bits: u128, letter| {
                let value = match letter {
                    b'A'..=b'Z' => letter - b'A',
                    b'2'..=b'7' => letter - b'2' + 26,
                    _ => return None,
                };
                Some(bits << 5 | u128::from(value))
            })
            .map(Self)
    }

    /// The id as one number, for tables.
    pub const fn number(self) -> u128 {
        self.0
    }
}

impl std::fmt::Display for OwnerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 & ROOT_BIT != 0 {
            return write!(f, "{:012}", self.0 & !ROOT_BIT);
        }
        let letters: [u8; 21] =
            std::array::from_fn(|place| BASE32[(self.0 >> ((20 - place) * 5) & 31) as usize]);
        f.write_str(std::str::from_utf8(&letters).map_err(|_| std::fmt::Error)?)
    }
}

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// The root user of an account.
    Root,
    /// An IAM user.
    User,
    /// A group. It never signs; it stands here because it is named and granted policies as users are.
    Group,
    /// A role, for which sessions sign.
    Role,
}

/// A root user, user, group or role, with what it was granted.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Its account.
    pub account: AccountId,
    /// Its unique id.
    pub id: OwnerId,
    /// What it is.
    pub kind: PrincipalKind,
    /// Its name; for a root user the account's e-mail address.
    pub name: Box<str>,
    /// Its path; `/` for a root user.
    pub path: Arc<str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its managed policies, boundary and groups.
    pub grants: Arc<Grants>,
    /// Its inline policies.
    pub inline: Arc<[Arc<Policy>]>,
    /// Its tags, by key.
    pub tags: Arc<[Tag]>,
    /// What only roles have.
    pub role: Option<Box<RoleTerms>>,
}

/// On what terms a role is taken on.
#[derive(Debug, Clone)]
pub struct RoleTerms {
    /// Who may.
    pub trust: Arc<Policy>,
    /// Whom the trust policy's ARNs meant when it was given.
    pub trusted_ids: Box<[TrustedId]>,
    /// For how long at most, in seconds.
    pub max_session_seconds: i64,
    /// Whether only its service may, and nobody change it.
    pub is_service_linked: bool,
}

impl Principal {
    /// The root user of an account.
    pub fn root(account: AccountId, email: &str) -> Self {
        Self {
            account,
            id: OwnerId::root(account),
            kind: PrincipalKind::Root,
            name: email.into(),
            path: "/".into(),
            created_at: Timestamp::default(),
            grants: Arc::default(),
            inline: Arc::default(),
            tags: Arc::default(),
            role: None,
        }
    }

    /// Whether it is a root user.
    pub fn is_root(&self) -> bool {
        self.kind == PrincipalKind::Root
    }

    /// Its ARN.
    pub fn arn(&self) -> Arn {
        let arn = match self.kind {
            PrincipalKind::Root => return Arn::root(self.account),
            PrincipalKind::User => Arn::user,
            PrincipalKind::Group => Arn::group,
            PrincipalKind::Role => Arn::role,
        };
        arn(self.account, &self.path, &self.name)
    }
}

#[derive(Default)]
struct Shard {
    by_id: HashTable<Arc<Principal>>,
}

#[derive(Default)]
struct NameShard {
    by_name: HashTable<Arc<Principal>>,
}

/// All principals and the state of their accounts.
pub(super) struct Principals {
    hasher: DefaultHashBuilder,
    shards: [RwLock<Shard>; SHARDS],
    names: [RwLock<NameShard>; SHARDS],
    open_accounts: RwLock<HashMap<AccountId, bool>>,
    quotas: RwLock<HashMap<AccountId, Quotas>>,
    /// Paths and sets of grants are few and shared; each is kept once.
    shared: RwLock<Shared>,
}

#[derive(Default)]
struct Shared {
    texts: HashMap<Box<str>, Arc<str>>,
    grants: HashMap<Grants, Arc<Grants>>,
}

impl Default for Principals {
    fn default() -> Self {
        Self {
            hasher: DefaultHashBuilder::default(),
            shards: std::array::from_fn(|_| RwLock::default()),
            names: std::array::from_fn(|_| RwLock::default()),
            open_accounts: RwLock::default(),
            quotas: RwLock::default(),
            shared: RwLock::default(),
        }
    }
}

fn reading<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn writing<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Principals {
    fn hash_id(&self, id: OwnerId) -> u64 {
        self.hasher.hash_one(id)
    }

    fn hash_name(&self, account: AccountId, kind: PrincipalKind, name: &str) -> u64 {
        let mut folded = smallvec::SmallVec::<[u8; 64]>::from_slice(name.as_bytes());
        folded.make_ascii_lowercase();
        self.hasher.hash_one((account, kind, &folded[..]))
    }

    pub(super) fn find(&self, id: OwnerId) -> Option<Arc<Principal>> {
        let hash = self.hash_id(id);
        reading(&self.shards[shard_of(hash)]).by_id.find(hash, |p| p.id == id).cloned()
    }

    pub(super) fn find_by_name(
        &self,
        account: AccountId,
        kind: PrincipalKind,
        name: &str,
    ) -> Option<Arc<Principal>> {
        let hash = self.hash_name(account, kind, name);
        let is_it =
            |p: &Arc<Principal>| p.account == account && p.kind == kind && p.name.eq_ignore_ascii_case(name);
        reading(&self.names[shard_of(hash)]).by_name.find(hash, is_it).cloned()
    }

    pub(super) fn is_account_open(&self, account: AccountId) -> bool {
        reading(&self.open_accounts).get(&account).copied().unwrap_or(false)
    }

    pub(super) fn set_account(&self, account: AccountId, open: bool) {
        writing(&self.open_accounts).insert(account, open);
    }

    pub(super) fn quotas(&self, account: AccountId) -> Quotas {
        reading(&self.quotas).get(&account).copied().unwrap_or_default()
    }

    /// Keeps quotas that differ from AWS's.
    pub(super) fn put_quotas(&self, account: AccountId, quotas: &Quotas) {
        if *quotas == Quotas::default() {
            writing(&self.quotas).remove(&account);
        } else {
            writing(&self.quotas).insert(account, *quotas);
        }
    }

    /// The one copy of a text that many principals share.
    pub(super) fn share_text(&self, text: &str) -> Arc<str> {
        if let Some(found) = reading(&self.shared).texts.get(text) {
            return Arc::clone(found);
        }
        Arc::clone(writing(&self.shared).texts.entry(text.into()).or_insert_with(|| text.into()))
    }

    /// The one copy of grants that many principals share.
    pub(super) fn share_grants(&self, grants: Grants) -> Arc<Grants> {
        if let Some(found) = reading(&self.shared).grants.get(&grants) {
            return Arc::clone(found);
        }
        let shared = Arc::new(grants.clone());
        Arc::clone(writing(&self.shared).grants.entry(grants).or_insert(shared))
    }

    /// Puts a principal in the place of its former self, which is found until then.
    pub(super) fn put(&self, principal: Arc<Principal>) {
        let hash_name = |p: &Arc<Principal>| self.hash_name(p.account, p.kind, &p.name);
        let name = hash_name(&principal);
        if !principal.is_root() {
            replace(&mut writing(&self.names[shard_of(name)]).by_name, name, &principal, hash_name);
        }
        let hash_id = |p: &Arc<Principal>| self.hash_id(p.id);
        let hash = hash_id(&principal);
        let former = replace(&mut writing(&self.shards[shard_of(hash)]).by_id, hash, &principal, hash_id);
        if let Some(former) = former.filter(|former| hash_name(former) != name) {
            self.remove_name(&former);
        }
    }

    fn remove_name(&self, principal: &Principal) {
        let hash = self.hash_name(principal.account, principal.kind, &principal.name);
        let is_it = |p: &Arc<Principal>| p.id == principal.id;
        if let Ok(found) = writing(&self.names[shard_of(hash)]).by_name.find_entry(hash, is_it) {
            found.remove();
        }
    }

    pub(super) fn remove(&self, id: OwnerId) {
        let hash = self.hash_id(id);
        let removed = match writing(&self.shards[shard_of(hash)]).by_id.find_entry(hash, |p| p.id == id) {
            Ok(found) => found.remove().0,
            Err(_) => return,
        };
        self.remove_name(&removed);
    }

    /// Makes room for so many more, so that loading them moves none twice.
    pub(super) fn reserve(&self, count: usize) {
        for (ids, names) in self.shards.iter().zip(&self.names) {
            writing(ids).by_id.reserve(count / SHARDS, |p| self.hash_id(p.id));
            writing(names).by_name.reserve(count / SHARDS, |p| self.hash_name(p.account, p.kind, &p.name));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|s| reading(s).by_id.len()).sum()
    }
}

/// Puts a principal into a table in the place of the one of its id, which is handed back.
fn replace(
    table: &mut HashTable<Arc<Principal>>,
    hash: u64,
    principal: &Arc<Principal>,
    rehash: impl Fn(&Arc<Principal>) -> u64,
) -> Option<Arc<Principal>> {
    match table.entry(hash, |p| p.id == principal.id, rehash) {
        Entry::Occupied(mut place) => Some(std::mem::replace(place.get_mut(), Arc::clone(principal))),
        Entry::Vacant(place) => {
            place.insert(Arc::clone(principal));
            None
        }
    }
}

fn shard_of(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_id_round_trips() {
        for text in ["AIDACKCEVSQ6C2EXAMPLE", "AIDA22222222277777777", "000000000001", "123456789012"] {
            assert_eq!(OwnerId::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "AIDA", "AIDACKCEVSQ6C2EXAMPL1", "1234567890123"] {
            assert_eq!(OwnerId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn users_are_found_by_name_without_regard_to_case() {
        let account: AccountId = "123456789012".parse().unwrap();
        let principals = Principals::default();
        let id = OwnerId::parse("AIDACKCEVSQ6C2EXAMPLE").unwrap();
        let kind = PrincipalKind::User;
        let user = |name: &str| Principal { id, kind, name: name.into(), ..Principal::root(account, "") };
        principals.put(Arc::new(user("Alice")));
        assert_eq!(&*principals.find_by_name(account, kind, "aLICE").unwrap().name, "Alice");
        principals.put(Arc::new(user("Bob")));
        assert!(principals.find_by_name(account, kind, "alice").is_none());
        assert_eq!(principals.len(), 1);
        principals.remove(id);
        assert!(principals.find_by_name(account, kind, "bob").is_none());
        assert_eq!(principals.len(), 0);
    }

    #[test]
    fn a_principal_is_never_missing_while_it_is_put_again() {
        let account: AccountId = "123456789012".parse().unwrap();
        let principals = Principals::default();
        let id = OwnerId::parse("AIDACKCEVSQ6C2EXAMPLE").unwrap();
        let kind = PrincipalKind::User;
        let alice = Arc::new(Principal { id, kind, name: "Alice".into(), ..Principal::root(account, "") });
        principals.put(Arc::clone(&alice));
        std::thread::scope(|scope| {
            scope.spawn(|| (0..50_000).for_each(|_| principals.put(Arc::clone(&alice))));
            for _ in 0..50_000 {
                assert!(principals.find_by_name(account, kind, "alice").is_some());
                assert!(principals.find(id).is_some());
            }
        });
    }
}
