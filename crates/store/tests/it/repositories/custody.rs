//! Managed credentials, copies, consumers, leases, rotations and their journals.

use std::slice::from_ref;

use keystead_core::{AccountId, KeyId};
use keystead_store::both;
use keystead_store::consumers::{Consumer, Lease};
use keystead_store::custody::{ManagedCredential, copy_place};
use keystead_store::rotations::{RotationCursor, RotationEntry, RotationRecord};
use keystead_store::testing::TestStore;

use crate::samples::{at, broken, credential, insert_accounts, key_id, read};

fn rotated_key(number: u128) -> KeyId {
    key_id(number).into()
}

fn insert_credentials(store: &TestStore) -> (AccountId, AccountId) {
    let (one, two) = insert_accounts(store);
    store.run(move |tx| {
        tx.custody().insert(&credential(one, "a"))?;
        tx.custody().insert(&credential(one, "b"))
    });
    (one, two)
}

fn consumer(account: AccountId, name: &str) -> Consumer {
    Consumer {
        account,
        id: format!("consumer-{name}"),
        credential_id: "credential-a".to_owned(),
        name: name.to_owned(),
        kind: "agent".to_owned(),
        app_id: None,
        required: true,
        token_hash: Some(name.as_bytes().to_vec()),
        serving_access_key_id: rotated_key(1),
        applied_access_key_id: None,
        applied_at: None,
        created_at: at(4),
    }
}

fn rotation(account: AccountId, number: i64) -> RotationRecord {
    RotationRecord {
        account,
        id: format!("rotation-{number}"),
        credential_id: "credential-a".to_owned(),
        state: "Created".to_owned(),
        document: "{}".to_owned(),
        version: 1,
        due_at: Some(at(number)),
        created_at: at(number),
        updated_at: at(number),
        finished_at: None,
    }
}

both! {
    fn credentials_are_found_listed_and_updated(store: TestStore) {
        let (one, two) = insert_credentials(&store);
        let mut a = credential(one, "a");
        let b = credential(one, "b");
        read(&store, |tx| {
            assert_eq!(tx.custody().find(one, &a.id)?, Some(a.clone()));
            assert_eq!(tx.custody().find(two, &a.id)?, None);
            assert_eq!(tx.custody().list(one, None, 9)?, [a.clone(), b.clone()]);
            assert!(tx.custody().find_by_key(one, a.current_access_key_id)?.is_some());
            assert_eq!(tx.custody().find_by_key(two, a.current_access_key_id)?, None);
            assert_eq!(tx.custody().find_by_cloud(one, "cloud")?, None);
            assert_eq!(tx.custody().list(one, Some("a"), 9)?, from_ref(&b));
            Ok(())
        });
        a.schedule_days = None;
        a.current_access_key_id = rotated_key(2);
        let changed = a.clone();
        assert!(store.run(move |tx| tx.custody().update(&changed)));
        assert_eq!(read(&store, |tx| tx.custody().find(one, &a.id)), Some(a.clone()));
        a.account = two;
        assert!(!store.run(move |tx| tx.custody().update(&a)));
        let again = ManagedCredential { id: "other".to_owned(), ..credential(one, "a") };
        assert_eq!(broken(&store, move |tx| tx.custody().insert(&again)), "managed_credentials_name_unique");
    }

    fn copies_are_kept_once_and_destroyed(store: TestStore) {
        let (one, two) = insert_credentials(&store);
        let place = copy_place(one, "credential-a", rotated_key(1));
        let secret = store.sealer().seal(&place, b"secret", &*store.rng).unwrap();
        let insert = {
            let secret = secret.clone();
            move |tx: &mut keystead_store::Tx<'_>| {
                tx.custody().insert_copy(one, "credential-a", rotated_key(1), &secret, at(5))
            }
        };
        store.run(insert.clone());
        assert_eq!(broken(&store, insert), "custody_copies_pkey");
        read(&store, |tx| {
            assert_eq!(tx.custody().find_copy(one, "credential-a", rotated_key(1))?, Some(secret));
            assert_eq!(tx.custody().find_copy(two, "credential-a", rotated_key(1))?, None);
            assert_eq!(tx.custody().list_copies(one, "credential-a")?, [rotated_key(1)]);
            Ok(())
        });
        assert!(!store.run(move |tx| tx.custody().delete_copy(two, "credential-a", rotated_key(1))));
        assert!(store.run(move |tx| tx.custody().delete_copy(one, "credential-a", rotated_key(1))));
    }

    fn consumers_are_found_by_their_token(store: TestStore) {
        let (one, two) = insert_credentials(&store);
        let (mut a, b) = (consumer(one, "a"), consumer(one, "b"));
        let both = [a.clone(), b.clone()];
        store.run(move |tx| both.iter().try_for_each(|consumer| tx.consumers().insert(consumer)));
        a.applied_access_key_id = Some(rotated_key(1));
        a.applied_at = Some(at(6));
        a.required = false;
        let changed = a.clone();
        assert!(store.run(move |tx| tx.consumers().update(&changed)));
        read(&store, |tx| {
            assert_eq!(tx.consumers().find(one, &a.id)?, Some(a.clone()));
            assert_eq!(tx.consumers().find(two, &a.id)?, None);
            assert_eq!(tx.consumers().find_by_token_hash(b"a")?, Some(a.clone()));
            assert_eq!(tx.consumers().find_by_token_hash(b"c")?, None);
            assert_eq!(tx.consumers().list(one, "credential-a", None, 9)?, [a.clone(), b.clone()]);
            assert_eq!(tx.consumers().list(one, "credential-a", Some("a"), 9)?, from_ref(&b));
            Ok(())
        });
        let same_name = Consumer { id: "other".to_owned(), token_hash: None, ..consumer(one, "a") };
        let mut same_token = consumer(one, "c");
        same_token.token_hash = Some(b"a".to_vec());
        assert_eq!(broken(&store, move |tx| tx.consumers().insert(&same_token)), "consumers_token_unique");
        assert_eq!(broken(&store, move |tx| tx.consumers().insert(&same_name)), "consumers_name_unique");
        assert!(store.run(move |tx| tx.consumers().delete(one, "consumer-a")));
    }

    fn a_lease_is_never_shortened(store: TestStore) {
        let (one, two) = insert_credentials(&store);
        store.run(move |tx| tx.consumers().insert(&consumer(one, "a")));
        let lease = |issued, expires| Lease {
            consumer_id: "consumer-a".to_owned(),
            access_key_id: rotated_key(1),
            issued_at: at(issued),
            expires_at: at(expires),
        };
        for lease in [lease(1, 50), lease(2, 90), lease(3, 60)] {
            store.run(move |tx| tx.consumers().extend_lease(one, &lease));
        }
        assert_eq!(read(&store, |tx| tx.consumers().list_leases(one, rotated_key(1))), [lease(3, 90)]);
        assert_eq!(read(&store, |tx| tx.consumers().list_leases(two, rotated_key(1))), []);
        assert_eq!(store.run(move |tx| tx.consumers().delete_leases(one, rotated_key(1))), 1);
    }

    fn a_credential_has_one_running_rotation(store: TestStore) {
        let (one, two) = insert_credentials(&store);
        let (mut first, second) = (rotation(one, 1), rotation(one, 2));
        let (inserted, refused, later) = (first.clone(), second.clone(), second.clone());
        store.run(move |tx| tx.rotations().insert(&inserted));
        assert_eq!(broken(&store, move |tx| tx.rotations().insert(&refused)), "rotations_one_running");
        read(&store, |tx| {
            assert_eq!(tx.rotations().find(one, "rotation-1")?, Some(first.clone()));
            assert_eq!(tx.rotations().find(two, "rotation-1")?, None);
            assert_eq!(tx.rotations().find_running(one, "credential-a")?, Some(first.clone()));
            assert_eq!(tx.rotations().find_running(one, "credential-b")?, None);
            assert_eq!(tx.rotations().list_due(at(0), None, 9)?, []);
            assert_eq!(tx.rotations().list_due(at(1), None, 9)?, from_ref(&first));
            Ok(())
        });
        first.finished_at = Some(at(3));
        let changed = first.clone();
        assert!(store.run(move |tx| tx.rotations().update(&changed, 1, 0)));
        first.version = 2;
        store.run(move |tx| tx.rotations().insert(&later));
        let cursor = RotationCursor { created_at: second.created_at, id: second.id.clone() };
        read(&store, |tx| {
            assert_eq!(tx.rotations().list(one, None, 9)?, [second.clone(), first.clone()]);
            assert_eq!(tx.rotations().list(one, Some(&cursor), 9)?, from_ref(&first));
            assert_eq!(tx.rotations().list_due(at(9), None, 9)?, from_ref(&second));
            Ok(())
        });
        assert!(store.run(move |tx| tx.custody().delete(one, "credential-a")));
        assert_eq!(read(&store, |tx| tx.rotations().list(one, None, 9)), []);
    }

    fn of_two_updates_of_the_same_version_one_goes_on(store: TestStore) {
        let (one, _) = insert_credentials(&store);
        let record = rotation(one, 1);
        let (inserted, again) = (record.clone(), record.clone());
        store.run(move |tx| tx.rotations().insert(&inserted));
        assert!(store.run(move |tx| tx.rotations().update(&record, 1, 0)));
        assert!(!store.run(move |tx| tx.rotations().update(&again, 1, 0)));
        assert_eq!(read(&store, |tx| tx.rotations().find(one, "rotation-1")).unwrap().version, 2);
    }

    fn a_journal_is_numbered_from_one(store: TestStore) {
        let (one, two) = insert_credentials(&store);
        let entry = |number| RotationEntry {
            number,
            at: at(number),
            kind: "note".to_owned(),
            text: format!("entry {number}"),
            data: "{}".to_owned(),
        };
        store.run(move |tx| {
            tx.rotations().insert(&rotation(one, 1))?;
            (1..=3).try_for_each(|number| tx.rotations().append_entry(one, "rotation-1", &entry(number)))
        });
        read(&store, |tx| {
            assert_eq!(tx.rotations().list_entries(one, "rotation-1", 0, 2)?, [entry(1), entry(2)]);
            assert_eq!(tx.rotations().list_entries(one, "rotation-1", 2, 9)?, [entry(3)]);
            assert_eq!(tx.rotations().list_entries(two, "rotation-1", 0, 9)?, []);
            Ok(())
        });
    }
}
