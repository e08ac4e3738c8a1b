//! Accounts, users, access keys and attached policies.

use std::slice::from_ref;

use keystead_core::{Account, AccountStatus, KeyStatus, User};
use keystead_store::access_keys::secret_place;
use keystead_store::both;
use keystead_store::counts::Counted;
use keystead_store::policy_usage::Usage;

use crate::samples::{account, account_id, at, broken, insert_accounts, key, key_id, read, sealed, user};

both! {
    fn accounts_are_found_listed_and_closed(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        read(&store, |tx| {
            assert_eq!(tx.accounts().find(one)?, Some(account(1)));
            assert_eq!(tx.accounts().find(account_id(3))?, None);
            assert_eq!(tx.accounts().find_by_email("rOOT2@EXAMPLE.com")?, Some(account(2)));
            assert_eq!(tx.accounts().list(None, 1)?, [account(1)]);
            assert_eq!(tx.accounts().list(Some(one), 9)?, [account(2)]);
            Ok(())
        });
        assert!(store.run(move |tx| tx.accounts().close(two, at(9))));
        assert!(!store.run(move |tx| tx.accounts().close(two, at(10))));
        assert_eq!(read(&store, |tx| tx.accounts().find(two)).unwrap().status, AccountStatus::Closed);
    }

    fn an_account_has_a_number_and_an_address_of_its_own(store: TestStore) {
        insert_accounts(&store);
        let same_email = Account { root_email: "ROOT1@example.com".to_owned(), ..account(3) };
        assert_eq!(broken(&store, move |tx| tx.accounts().insert(&same_email)), "accounts_email_unique");
        let same_number = Account { root_email: "other@example.com".to_owned(), ..account(1) };
        assert_eq!(broken(&store, move |tx| tx.accounts().insert(&same_number)), "accounts_pkey");
    }

    fn users_are_found_listed_and_deleted(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let users = [user(one, "alice", "/"), user(one, "Bob", "/a/b/"), user(one, "carol", "/a/")];
        let [alice, bob, carol] = users.clone();
        store.run(move |tx| {
            tx.users().insert(&user(two, "alice", "/"), None)?;
            users.iter().try_for_each(|user| tx.users().insert(user, Some("mail@example.com")).map(drop))
        });
        read(&store, |tx| {
            assert_eq!(tx.users().find_by_name(one, "ALICE")?, Some(alice.clone()));
            assert_eq!(tx.users().find_by_id(one, &bob.id)?, Some(bob.clone()));
            assert_eq!(tx.users().find_by_id(two, &bob.id)?, None);
            assert_eq!(tx.users().find_contact_email(one, &bob.id)?.as_deref(), Some("mail@example.com"));
            assert_eq!(tx.users().find_contact_email(two, &user(two, "alice", "/").id)?, None);
            assert_eq!(tx.users().list(one, "/", None, 9)?, [alice.clone(), bob.clone(), carol.clone()]);
            assert_eq!(tx.users().list(one, "/", Some("Alice"), 1)?, from_ref(&bob));
            assert_eq!(tx.users().list(one, "/a/", None, 9)?, [bob.clone(), carol.clone()]);
            assert_eq!(tx.counts().get(one, Counted::Users)?, 3);
            let mut names = 0;
            tx.users().each_for_ring(&mut |_| {
                names += 1;
                Ok(())
            })?;
            assert_eq!(names, 4);
            Ok(())
        });
        let id = bob.id.clone();
        assert!(!store.run(move |tx| tx.users().delete(two, &id)));
        assert!(store.run(move |tx| tx.users().delete(one, &bob.id)));
        assert_eq!(read(&store, |tx| tx.counts().get(one, Counted::Users)), 2);
    }

    fn a_user_name_is_unique_without_regard_to_case(store: TestStore) {
        let (one, _) = insert_accounts(&store);
        store.run(move |tx| tx.users().insert(&user(one, "alice", "/"), None));
        let again = User { id: "AIDAOTHER".to_owned(), ..user(one, "Alice", "/") };
        assert_eq!(broken(&store, move |tx| tx.users().insert(&again, None)), "users_name_unique");
        let nowhere = user(account_id(7), "alice", "/");
        assert_eq!(broken(&store, move |tx| tx.users().insert(&nowhere, None)), "foreign_key");
    }

    fn policies_are_attached_once_and_detached(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let alice = user(one, "alice", "/");
        let id = alice.id.clone();
        store.run(move |tx| {
            tx.users().insert(&alice, None)?;
            for arn in ["arn:b", "arn:a", "arn:b"] {
                tx.policy_attachments().attach(one, &alice.id, arn, at(3))?;
            }
            Ok(())
        });
        read(&store, |tx| {
            assert_eq!(tx.policy_attachments().list(one, &id, None, 9)?, ["arn:a", "arn:b"]);
            assert_eq!(tx.policy_attachments().list(one, &id, Some("arn:a"), 9)?, ["arn:b"]);
            assert!(tx.policy_attachments().has_any(one, &id)?);
            assert!(!tx.policy_attachments().has_any(two, &id)?);
            let mut seen = Vec::new();
            tx.policy_attachments().each_for_ring(&mut |owner_id, arn| {
                seen.push((owner_id.to_owned(), arn.to_owned()));
                Ok(())
            })?;
            seen.sort();
            assert_eq!(seen, [(id.clone(), "arn:a".to_owned()), (id.clone(), "arn:b".to_owned())]);
            Ok(())
        });
        let user_id = id.clone();
        assert!(store.run(move |tx| tx.policy_attachments().detach(one, &user_id, "arn:a")));
        assert!(!store.run(move |tx| tx.policy_attachments().detach(one, &id, "arn:a")));
    }

    fn the_use_of_policies_is_counted_and_listed(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let [alice, bob] = ["alice", "bob"].map(|name| user(one, name, "/"));
        let ids = [alice.id.clone(), bob.id.clone()];
        store.run(move |tx| {
            for user in [&alice, &bob] {
                tx.users().insert(user, None)?;
                tx.policy_attachments().attach(one, &user.id, "arn:a", at(3))?;
            }
            tx.policy_attachments().attach(one, &alice.id, "arn:b", at(3))?;
            tx.users().set_boundary(one, &bob.id, Some("arn:b"))?;
            tx.users().set_boundary(two, &alice.id, Some("arn:b"))
        });
        read(&store, |tx| {
            let usage = |attachments, boundaries| Usage { attachments, boundaries };
            assert_eq!(tx.policy_usage().of(one, "arn:b")?, usage(1, 1));
            assert_eq!(tx.policy_usage().of(two, "arn:b")?, usage(0, 0));
            let all = tx.policy_usage().all(one)?;
            assert_eq!((all.len(), all["arn:a"], all["arn:b"]), (2, usage(2, 0), usage(1, 1)));
            assert_eq!(tx.policy_attachments().list_owners(one, "arn:a")?, ids);
            assert_eq!(tx.policy_usage().list_bounded(one, "arn:b")?, [ids[1].as_str()]);
            assert!(tx.policy_usage().all(two)?.is_empty());
            Ok(())
        });
        let bob = ids[1].clone();
        store.run(move |tx| tx.users().set_boundary(one, &bob, None));
        assert!(read(&store, |tx| tx.policy_usage().list_bounded(one, "arn:b")).is_empty());
    }

    fn access_keys_are_found_updated_and_deleted(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let first = key(one, "AIDAALICE", 1);
        let secret = sealed(&store, &first);
        let (inserted, stored) = (first.clone(), secret.clone());
        store.run(move |tx| tx.access_keys().insert(&inserted, &stored));
        read(&store, |tx| {
            assert_eq!(tx.access_keys().find(one, first.id)?, Some(first.clone()));
            assert_eq!(tx.access_keys().find(two, first.id)?, None);
            assert_eq!(tx.access_keys().list_by_owner(one, "AIDAALICE")?, from_ref(&first));
            let mut seen = 0;
            let mut visit = |ring: keystead_store::access_keys::RingKey<'_>| {
                seen += 1;
                assert_eq!((ring.id, ring.account, ring.status), (first.id, one, KeyStatus::Active));
                assert_eq!(ring.owner_id, "AIDAALICE");
                let plain = store.sealer().open(&secret_place(ring.account, ring.id), ring.secret_sealed)?;
                assert_eq!(plain.expose(), first.id.to_string().as_bytes());
                Ok(())
            };
            assert!(tx.access_keys().find_for_ring(first.id, &mut visit)?);
            assert!(!tx.access_keys().find_for_ring(key_id(2), &mut visit)?);
            tx.access_keys().each_for_ring(&mut visit)?;
            assert_eq!(seen, 2);
            Ok(())
        });
        let id = first.id;
        assert!(store.run(move |tx| tx.access_keys().update_status(one, "AIDAALICE", id, KeyStatus::Inactive)));
        assert!(!store.run(move |tx| tx.access_keys().update_status(one, "AIDABOB", id, KeyStatus::Inactive)));
        assert_eq!(read(&store, |tx| tx.access_keys().find(one, id)).unwrap().status, KeyStatus::Inactive);
        assert!(!store.run(move |tx| tx.access_keys().delete(two, "AIDAALICE", id)));
        assert!(store.run(move |tx| tx.access_keys().delete(one, "AIDAALICE", id)));
    }

    fn an_owner_has_two_keys_and_a_deleted_one_makes_room(store: TestStore) {
        let (one, _) = insert_accounts(&store);
        let insert = |number| {
            let key = key(one, "AIDAALICE", number);
            let secret = sealed(&store, &key);
            move |tx: &mut keystead_store::Tx<'_>| tx.access_keys().insert(&key, &secret)
        };
        store.run(insert(1));
        store.run(insert(2));
        assert_eq!(broken(&store, insert(3)), "access_keys_slot_unique");
        store.run(move |tx| tx.access_keys().delete(one, "AIDAALICE", key_id(1)));
        store.run(insert(3));
        assert_eq!(broken(&store, insert(4)), "access_keys_slot_unique");
    }

    fn a_slot_outside_one_and_two_is_refused_by_name(store: TestStore) {
        insert_accounts(&store);
        let third = broken(&store, |tx| {
            keystead_store::testing::sql(tx)
                .execute(
                    "insert into access_keys
                         (access_key_id, account_id, owner_id, slot, status, secret_sealed, created_at)
                     values ('AKIA', '000000000001', 'x', 3, 'Active', '', 0)",
                    &[],
                )
                .map(drop)
        });
        assert_eq!(third, "access_keys_slot_known");
        let missing = broken(&store, |tx| {
            keystead_store::testing::sql(tx)
                .execute("insert into policy_attachments (account_id) values ('000000000001')", &[])
                .map(drop)
        });
        assert_eq!(missing, "not_null");
    }
}
