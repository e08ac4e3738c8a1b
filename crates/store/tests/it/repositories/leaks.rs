//! Leak reports and honey keys, and what other questions make of them.

use keystead_core::KeyId;
use keystead_store::both;
use keystead_store::honey_keys::HoneyKey;
use keystead_store::leak_reports::{LeakReport, LeakState, ReceivedReport};
use keystead_store::uses::KeyUse;

use crate::samples::{account_id, at, credential, insert_accounts, key_id, read};

fn report(id: &str, url: &str, reported: i64) -> LeakReport {
    LeakReport {
        account: account_id(1),
        id: id.to_owned(),
        access_key_id: key_id(1),
        source: "plain".to_owned(),
        url: url.to_owned(),
        reporter: "192.0.2.7".to_owned(),
        sender: None,
        is_proven: false,
        reports: 1,
        state: LeakState::Open,
        answer: None,
        answered_by: None,
        answered_at: None,
        check_at: None,
        exposed_at: at(1),
        reported_at: at(reported),
    }
}

fn honey(number: u128) -> HoneyKey {
    HoneyKey {
        account: account_id(1),
        id: key_id(number),
        place: "the wiki".to_owned(),
        created_by: "arn".to_owned(),
        created_at: at(1),
        alarmed_at: at(1),
    }
}

fn refused(number: u128, second: i64) -> KeyUse {
    KeyUse {
        account: account_id(1),
        access_key_id: key_id(number).into(),
        consumer_key: "c".to_owned(),
        verifier_id: None,
        source_address: None,
        service: None,
        region: None,
        app_id: None,
        user_agent: None,
        first_used_at: None,
        last_used_at: None,
        uses: 0,
        refused_at: Some(at(second)),
        refusals: 1,
        slowest_interval: None,
    }
}

both! {
    fn a_report_waits_once_and_is_kept_with_what_became_of_it(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let received = ReceivedReport {
            id: "r".to_owned(),
            findings: "[]".to_owned(),
            source: "github".to_owned(),
            url: "u".to_owned(),
            reporter: "192.0.2.7".to_owned(),
            sender: Some("github".to_owned()),
            exposed_at: at(1),
            received_at: at(2),
        };
        let kept = received.clone();
        store.run(move |tx| tx.leak_reports().receive(&kept));
        assert_eq!(read(&store, |tx| tx.leak_reports().list_received(9)), [received]);
        assert!(store.run(|tx| tx.leak_reports().delete_received("r")));
        assert!(!store.run(|tx| tx.leak_reports().delete_received("r")));
        store.run(|tx| {
            tx.leak_reports().insert(&report("a", "u1", 5))?;
            tx.leak_reports().insert(&report("b", "u2", 6))
        });
        let answered = LeakReport {
            sender: Some("github".to_owned()),
            is_proven: true,
            state: LeakState::Contained,
            check_at: Some(at(9)),
            ..report("a", "u1", 5)
        };
        let changed = answered.clone();
        store.run(move |tx| tx.leak_reports().update(&changed));
        read(&store, |tx| {
            assert_eq!(tx.leak_reports().find(one, "a")?.as_ref(), Some(&answered));
            assert_eq!(tx.leak_reports().find(two, "a")?, None);
            assert_eq!(tx.leak_reports().list(one, None, 9)?, [report("b", "u2", 6), answered.clone()]);
            assert_eq!(tx.leak_reports().list_by_key(one, key_id(1))?, [answered.clone(), report("b", "u2", 6)]);
            assert_eq!(tx.leak_reports().list_due(at(8), 9)?, []);
            assert_eq!(tx.leak_reports().list_due(at(9), 9)?, [answered]);
            Ok(())
        });
    }

    fn the_credential_of_a_leaked_key_is_found_and_says_that_it_leaked(store: TestStore) {
        let (one, _) = insert_accounts(&store);
        let managed = credential(one, "a");
        let (key, row) = (managed.current_access_key_id, managed.clone());
        store.run(move |tx| tx.custody().insert(&row));
        assert_eq!(read(&store, |tx| tx.custody().find_by_key(one, key)), Some(managed));
        assert_eq!(read(&store, |tx| tx.fleet().list_credentials(one))[0].leak, None);
        for (is_proven, state, leak) in [
            (false, LeakState::Open, Some(false)),
            (true, LeakState::Open, Some(true)),
            (true, LeakState::Contained, None),
        ] {
            let access_key_id = key.access_key().unwrap();
            let of_it = LeakReport { access_key_id, is_proven, state, ..report("a", "u", 5) };
            store.run(move |tx| match tx.leak_reports().find(one, "a")? {
                None => tx.leak_reports().insert(&of_it),
                Some(_) => tx.leak_reports().update(&of_it),
            });
            assert_eq!(read(&store, |tx| tx.fleet().list_credentials(one))[0].leak, leak);
        }
    }

    fn a_honey_key_is_told_once_for_its_uses(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        store.run(|tx| {
            tx.honey_keys().insert(&honey(1))?;
            tx.honey_keys().insert(&honey(2))
        });
        store.run(|tx| tx.uses().add(&[refused(2, 7), refused(3, 7)]));
        read(&store, |tx| {
            assert_eq!((tx.honey_keys().count(one)?, tx.honey_keys().count(two)?), (2, 0));
            assert_eq!(tx.honey_keys().find_account(key_id(1))?, Some(one));
            assert_eq!(tx.honey_keys().find_account(key_id(3))?, None);
            let listed = tx.honey_keys().list(one, None, 9)?;
            assert_eq!(tx.honey_keys().list(one, Some(&listed[0].id.to_string()), 9)?, listed[1..]);
            let mut ring = Vec::new();
            tx.honey_keys().each_for_ring(&mut |id, account| ring.push((id, account)))?;
            assert_eq!(ring.len(), 2);
            Ok(())
        });
        assert_eq!(read(&store, |tx| tx.honey_keys().list_used(9)), [honey(2)]);
        assert!(store.run(|tx| tx.honey_keys().move_alarmed(&honey(2), at(7))));
        assert!(!store.run(|tx| tx.honey_keys().move_alarmed(&honey(2), at(8))), "another was faster");
        assert_eq!(read(&store, |tx| tx.honey_keys().list_used(9)), []);
        assert!(!store.run(move |tx| tx.honey_keys().delete(two, key_id(1))));
        assert!(store.run(move |tx| tx.honey_keys().delete(one, key_id(1))));
        assert_eq!(read(&store, |tx| tx.uses().list_by_key(one, KeyId::from(key_id(2)))).len(), 1);
    }
}
