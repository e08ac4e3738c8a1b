//! Records to fill a store with.

use keystead_core::{AccessKey, AccessKeyId, Account, AccountId, AccountStatus, KeyStatus, Timestamp, User};
use keystead_store::access_keys::secret_place;
use keystead_store::custody::{CredentialKind, ManagedCredential, Material};
use keystead_store::testing::TestStore;
use keystead_store::{Sealed, StoreError, Tx};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

pub(crate) fn account_id(number: u64) -> AccountId {
    AccountId::from_number(number).unwrap()
}

pub(crate) fn account(number: u64) -> Account {
    Account {
        id: account_id(number),
        name: format!("Account {number}"),
        root_email: format!("Root{number}@example.com"),
        status: AccountStatus::Active,
        created_at: at(1),
    }
}

pub(crate) fn user(account: AccountId, name: &str, path: &str) -> User {
    User {
        account,
        id: format!("AIDA{account}{}", name.to_uppercase()),
        name: name.to_owned(),
        path: path.to_owned(),
        permissions_boundary: None,
        created_at: at(2),
    }
}

/// Key number `number` of an owner.
pub(crate) fn key(account: AccountId, owner_id: &str, number: u128) -> AccessKey {
    AccessKey {
        id: key_id(number),
        account,
        owner_id: owner_id.to_owned(),
        status: KeyStatus::Active,
        created_at: at(number as i64),
    }
}

pub(crate) fn key_id(number: u128) -> AccessKeyId {
    AccessKeyId::from_packed(1 << 79 | number)
}

pub(crate) fn sealed(store: &TestStore, key: &AccessKey) -> Sealed {
    let place = secret_place(key.account, key.id);
    store.sealer().seal(&place, key.id.to_string().as_bytes(), &*store.rng).unwrap()
}

pub(crate) fn credential(account: AccountId, name: &str) -> ManagedCredential {
    ManagedCredential {
        account,
        id: format!("credential-{name}"),
        name: name.to_owned(),
        kind: CredentialKind::Embedded,
        material: Material::AccessKey,
        endpoint: None,
        region: Some("eu-central-1".to_owned()),
        user_name: "app".to_owned(),
        owner_id: Some("AIDAAPP".to_owned()),
        current_access_key_id: key_id(1).into(),
        schedule_days: Some(90),
        profile: "careful".to_owned(),
        created_at: at(3),
        updated_at: at(3),
        cloud_account_id: None,
    }
}

/// Accounts 1 and 2, so that a statement that forgets its account shows.
pub(crate) fn insert_accounts(store: &TestStore) -> (AccountId, AccountId) {
    store.run(|tx| {
        tx.accounts().insert(&account(1))?;
        tx.accounts().insert(&account(2))
    });
    (account_id(1), account_id(2))
}

/// Runs work whose broken constraint is expected, and gives its name.
pub(crate) fn broken<T: std::fmt::Debug + Send + 'static>(
    store: &TestStore,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> String {
    match store.write(store.command(), work) {
        Err(StoreError::Constraint(name)) => name,
        other => panic!("expected a broken constraint, got {other:?}"),
    }
}

/// Reads what is expected to be readable.
pub(crate) fn read<T>(store: &TestStore, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> T {
    store.read(work).unwrap()
}
