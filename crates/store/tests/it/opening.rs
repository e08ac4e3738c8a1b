//! What opening a store checks.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use keystead_store::testing::{TestStore, sql};
use keystead_store::{StoreError, both};

use crate::samples::{account_id, insert_accounts, key, read, sealed};

/// Why the data of a closed store cannot be opened.
fn refusal(store: &TestStore) -> StoreError {
    store.open_again().err().expect("opening is refused")
}

both! {
    fn a_reopened_store_has_everything(store: TestStore) {
        let (one, _) = insert_accounts(&store);
        let key = key(one, "AIDAALICE", 1);
        let (id, secret) = (key.id, sealed(&store, &key));
        store.run(move |tx| tx.access_keys().insert(&key, &secret));
        let marker = store.installation().to_owned();
        assert!(marker.len() == 16 && marker.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{marker}");
        let store = store.reopen();
        assert_eq!(store.installation(), marker);
        read(&store, |tx| {
            assert!(tx.accounts().find(account_id(2))?.is_some());
            tx.access_keys().find_for_ring(id, &mut |ring| {
                let place = keystead_store::access_keys::secret_place(ring.account, ring.id);
                let plain = store.sealer().open(&place, ring.secret_sealed)?;
                assert_eq!(plain.expose(), id.to_string().as_bytes());
                Ok(())
            })
        });
    }

    fn a_folder_in_use_is_refused_by_naming_the_process(store: TestStore) {
        let pid = std::process::id().to_string();
        assert!(matches!(refusal(&store), StoreError::InUse { pid: found, .. } if found == pid));
    }

    fn a_closed_store_refuses_work(store: TestStore) {
        store.close().unwrap();
        store.close().unwrap();
        assert!(matches!(store.write(store.command(), |_| Ok(())), Err(StoreError::Unavailable(_))));
        assert!(matches!(store.read(|_| Ok(())), Err(StoreError::Unavailable(_))));
    }

    fn a_newer_database_is_refused(store: TestStore) {
        store.run(|tx| sql(tx).batch("insert into migrations values (1000, 'x', 'x', 0)"));
        store.close().unwrap();
        let refused = refusal(&store);
        assert!(matches!(refused, StoreError::Newer { found: 1000, known } if known < 1000), "{refused}");
        assert!(refused.to_string().contains("1000"));
    }

    fn an_altered_migration_is_refused(store: TestStore) {
        store.run(|tx| sql(tx).batch("update migrations set checksum = 'x' where number = 2"));
        store.close().unwrap();
        assert!(matches!(refusal(&store), StoreError::Corrupt(_)));
    }

    fn a_master_key_that_others_may_read_is_refused(store: TestStore) {
        let path = store.folder().join("master.key");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap().len(), 64);
        store.close().unwrap();
        for mode in [0o640, 0o604] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert!(matches!(refusal(&store), StoreError::Sealed(_)), "{mode:o}");
        }
        fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        assert!(store.open_again().is_ok());
    }

    fn a_lost_master_key_is_not_replaced(store: TestStore) {
        let path = store.folder().join("master.key");
        store.close().unwrap();
        fs::remove_file(&path).unwrap();
        assert!(matches!(refusal(&store), StoreError::Sealed(_)));
        assert!(!path.exists());
    }

    fn another_master_key_is_refused(store: TestStore) {
        store.close().unwrap();
        for wrong in ["ab".repeat(32), "ab".repeat(31), "xy".repeat(32)] {
            fs::write(store.folder().join("master.key"), wrong).unwrap();
            assert!(matches!(refusal(&store), StoreError::Sealed(_)));
        }
    }
}

#[test]
fn the_database_file_is_its_owners_alone() {
    let store = TestStore::sqlite();
    insert_accounts(&store);
    for name in ["keystead.db", "keystead.db-wal", "lock"] {
        let mode = fs::metadata(store.folder().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
