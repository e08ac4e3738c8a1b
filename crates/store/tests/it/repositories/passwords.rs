//! Login profiles, password policies, and what giving a password leaves behind.

use keystead_core::password::PolicyOrigin;
use keystead_core::{AccountId, PasswordPolicy, SecretString};
use keystead_store::both;
use keystead_store::login_profiles::LoginProfile;

use crate::samples::{account_id, at, broken, insert_accounts, read, user};

fn hash(number: i64) -> SecretString {
    SecretString::new(format!("hash-{number}"))
}

fn profile(account: AccountId, owner_id: &str) -> LoginProfile {
    LoginProfile { reset_required: true, ..LoginProfile::first(account, owner_id, &hash(1), at(5)) }
}

both! {
    fn a_password_replaces_the_one_that_was_looked_at(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let first = profile(one, "AIDAALICE");
        for new in [first.clone(), profile(two, "AIDAALICE"), profile(one, "AIDABOB")] {
            store.run(move |tx| tx.login_profiles().insert(&new));
        }
        let again = first.clone();
        assert_eq!(broken(&store, move |tx| tx.login_profiles().insert(&again)), "login_profiles_pkey");
        for number in 2..=30 {
            let former = read(&store, |tx| tx.login_profiles().find(one, "AIDAALICE")).unwrap();
            assert!(store.run(move |tx| {
                tx.login_profiles().replace_password(&former, &hash(number), false, at(number))
            }));
        }
        assert!(!store.run(move |tx| tx.login_profiles().replace_password(&first, &hash(99), true, at(99))));
        let shown = format!("{:?}", read(&store, |tx| tx.login_profiles().find(one, "AIDAALICE")));
        assert!(shown.contains("version: 5000029") && shown.contains("reset_required: false"), "{shown}");
        assert!(!shown.contains("hash-"), "{shown}");
        read(&store, |tx| {
            let former = tx.login_profiles().list_former(one, "AIDAALICE", 99)?;
            let expected: Vec<SecretString> = (6..30).rev().map(hash).collect();
            assert_eq!(former, expected, "24 are remembered");
            assert_eq!(tx.login_profiles().list_former(one, "AIDAALICE", 2)?, expected[..2]);
            assert_eq!(tx.login_profiles().list_former(two, "AIDAALICE", 99)?, []);
            assert!(tx.login_profiles().find(one, "AIDAGHOST")?.is_none());
            Ok(())
        });
        assert!(store.run(move |tx| tx.login_profiles().update_reset_required(one, "AIDAALICE", true)));
        assert!(read(&store, |tx| tx.login_profiles().find(one, "AIDAALICE")).unwrap().reset_required);
        assert!(!store.run(move |tx| tx.login_profiles().update_reset_required(one, "AIDAGHOST", true)));
        assert!(store.run(move |tx| tx.login_profiles().delete(one, "AIDAALICE")));
        assert!(!store.run(move |tx| tx.login_profiles().delete(one, "AIDAALICE")));
        read(&store, |tx| {
            assert_eq!(tx.login_profiles().list_former(one, "AIDAALICE", 99)?, []);
            assert!(tx.login_profiles().find(two, "AIDAALICE")?.is_some());
            assert!(tx.login_profiles().find(one, "AIDABOB")?.is_some());
            Ok(())
        });
    }

    fn a_policy_is_kept_whole(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let full = PasswordPolicy {
            origin: PolicyOrigin::Fields,
            minimum_length: 14,
            require_symbols: true,
            require_numbers: false,
            require_uppercase: true,
            require_lowercase: false,
            allow_users_to_change: true,
            max_age_days: Some(90),
            reuse_prevention: Some(24),
            hard_expiry: Some(false),
        };
        let turned = PasswordPolicy {
            require_symbols: false,
            require_numbers: true,
            require_uppercase: false,
            require_lowercase: true,
            allow_users_to_change: false,
            max_age_days: None,
            reuse_prevention: None,
            hard_expiry: None,
            ..full.clone()
        };
        assert_eq!(read(&store, |tx| tx.password_policies().in_force(one)), PasswordPolicy::DEFAULT);
        for policy in [full, turned, PasswordPolicy::NIST] {
            let put = policy.clone();
            store.run(move |tx| tx.password_policies().put(one, &put));
            assert_eq!(read(&store, |tx| tx.password_policies().find(one)), Some(policy.clone()));
            assert_eq!(read(&store, |tx| tx.password_policies().in_force(one)), policy);
        }
        assert_eq!(read(&store, |tx| tx.password_policies().find(two)), None);
        assert!(store.run(move |tx| tx.password_policies().delete(one)));
        assert!(!store.run(move |tx| tx.password_policies().delete(one)));
    }

    fn five_attempts_are_all_there_are_in_fifteen_minutes(store: TestStore) {
        let (one, two) = (account_id(1), account_id(2));
        let take = |account, owner: &'static str, seconds| {
            store.run(move |tx| tx.sign_ins().take_attempt(account, owner, at(seconds)))
        };
        assert!((0..5).all(|minute| take(one, "AIDAALICE", minute * 60)));
        assert!(!take(one, "AIDAALICE", 899));
        assert!(take(one, "AIDABOB", 899) && take(two, "AIDAALICE", 899));
        assert!(take(one, "AIDAALICE", 900), "the first has aged");
        assert!(!take(one, "AIDAALICE", 900), "and nothing but the first");
        store.run(move |tx| tx.sign_ins().clear_attempts(one, "AIDAALICE"));
        assert!((0..5).all(|_| take(one, "AIDAALICE", 900)) && !take(one, "AIDAALICE", 900));
        store.run(move |tx| tx.sign_ins().delete(one, "AIDAALICE"));
        assert!(take(one, "AIDAALICE", 900));
    }

    fn uses_are_recorded_by_five_minutes_and_listed_by_name(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let users = [user(one, "alice", "/"), user(one, "Bob", "/"), user(one, "carol", "/"), user(two, "alice", "/")];
        let ids = users.each_ref().map(|user| user.id.clone());
        let [alice, bob, carol, stranger] = ids.clone();
        store.run(move |tx| users.iter().try_for_each(|user| tx.users().insert(user, None).map(drop)));
        for (account, id, seconds) in [
            (one, alice.clone(), 1000),
            (one, alice.clone(), 1299),
            (one, bob.clone(), 1000),
            (one, bob.clone(), 1300),
            (two, stranger, 7),
        ] {
            store.run(move |tx| tx.sign_ins().record_use(account, &id, at(seconds)));
        }
        read(&store, |tx| {
            assert_eq!(tx.sign_ins().find_last_use(one, &alice)?, Some(at(1000)));
            assert_eq!(tx.sign_ins().find_last_use(one, &carol)?, None);
            let all = tx.sign_ins().list_last_uses(one, "Alice", "carol")?;
            assert_eq!(all, [(alice.clone(), at(1000)), (bob.clone(), at(1300))].into());
            assert_eq!(tx.sign_ins().list_last_uses(one, "BOB", "carol")?, [(bob.clone(), at(1300))].into());
            Ok(())
        });
        let gone = alice.clone();
        store.run(move |tx| tx.sign_ins().delete(one, &gone));
        assert_eq!(read(&store, |tx| tx.sign_ins().find_last_use(one, &alice)), None);
    }

    fn a_root_user_moves_to_an_address_that_nobody_has(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        store.run(move |tx| tx.accounts().update_email(one, "New@example.com"));
        let found = read(&store, |tx| tx.accounts().find_by_email("nEW@example.com")).unwrap();
        assert_eq!((found.id, &*found.root_email), (one, "New@example.com"));
        assert_eq!(read(&store, |tx| tx.accounts().find_by_email("root1@example.com")), None);
        let taken = broken(&store, move |tx| tx.accounts().update_email(two, "new@EXAMPLE.com"));
        assert_eq!(taken, "accounts_email_unique");
    }
}
