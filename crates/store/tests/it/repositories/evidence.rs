//! Uses of keys, verifiers, runs of the server and gaps.

use std::slice::from_ref;

use keystead_core::AccountId;
use keystead_store::both;
use keystead_store::last_used::LastUse;
use keystead_store::runs::EvidenceGap;
use keystead_store::uses::KeyUse;
use keystead_store::verifiers::Verifier;

use crate::samples::{at, broken, insert_accounts, key_id, read};

fn key_use(account: AccountId, consumer: &str, first: i64, last: i64) -> KeyUse {
    KeyUse {
        account,
        access_key_id: key_id(1).into(),
        consumer_key: consumer.to_owned(),
        verifier_id: None,
        source_address: Some("192.0.2.1".to_owned()),
        service: Some("s3".to_owned()),
        region: Some(format!("region-{consumer}")),
        app_id: Some("app".to_owned()),
        user_agent: Some(format!("agent at {last}")),
        first_used_at: Some(at(first)),
        last_used_at: Some(at(last)),
        uses: 3,
        refused_at: None,
        refusals: 0,
        slowest_interval: None,
    }
}

fn refusal(account: AccountId, consumer: &str, when: i64) -> KeyUse {
    KeyUse {
        first_used_at: None,
        last_used_at: None,
        uses: 0,
        refused_at: Some(at(when)),
        refusals: 1,
        user_agent: None,
        ..key_use(account, consumer, 0, 0)
    }
}

both! {
    fn uses_are_added_up_and_times_only_move_forward(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        store.run(move |tx| tx.uses().add(&[key_use(one, "a", 50, 100), key_use(one, "b", 10, 20)]));
        store.run(move |tx| tx.uses().add(&[key_use(one, "a", 40, 60), refusal(one, "a", 70)]));
        store.run(move |tx| tx.uses().add(&[refusal(one, "a", 65), key_use(one, "b", 30, 40)]));
        let a = KeyUse {
            user_agent: Some("agent at 60".to_owned()),
            uses: 6,
            refused_at: Some(at(70)),
            refusals: 2,
            ..key_use(one, "a", 40, 100)
        };
        let slowest_interval = Some(at(30).since(at(20)));
        let b = KeyUse { uses: 6, slowest_interval, ..key_use(one, "b", 10, 40) };
        read(&store, |tx| {
            assert_eq!(tx.uses().list_by_key(one, key_id(1))?, [a, b]);
            assert_eq!(tx.uses().list_by_key(two, key_id(1))?, []);
            Ok(())
        });
        assert_eq!(store.run(move |tx| tx.uses().delete_by_key(two, key_id(1))), 0);
        assert_eq!(store.run(move |tx| tx.uses().delete_by_key(one, key_id(1))), 2);
    }

    fn a_refused_use_is_no_use(store: TestStore) {
        let (one, _) = insert_accounts(&store);
        store.run(move |tx| tx.uses().add(&[refusal(one, "a", 70)]));
        store.run(move |tx| tx.uses().add(&[key_use(one, "a", 50, 60)]));
        let [all] = read(&store, |tx| tx.uses().list_by_key(one, key_id(1))).try_into().unwrap();
        assert_eq!((all.first_used_at, all.last_used_at), (Some(at(50)), Some(at(60))));
        assert_eq!(all.refused_at, Some(at(70)));
    }

    fn a_last_use_moves_on_only_after_its_span(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let used = |minute: i64, region: &str| LastUse {
            account: one,
            access_key_id: key_id(1),
            at: at(minute * 60),
            region: Some(region.to_owned()),
            service: None,
        };
        for (minute, shown) in [(20, 20), (20, 20), (34, 20), (10, 20), (35, 35), (49, 35), (90, 90)] {
            let use_ = used(minute, &minute.to_string());
            store.run(move |tx| tx.last_used().keep(&use_));
            let expected = used(shown, &shown.to_string());
            assert_eq!(read(&store, |tx| tx.last_used().find(one, key_id(1))), Some(expected), "{minute}");
        }
        assert_eq!(read(&store, |tx| tx.last_used().find(two, key_id(1))), None);
        assert_eq!(read(&store, |tx| tx.last_used().list_open(at(105 * 60 - 1))), [used(90, "90")]);
        assert_eq!(read(&store, |tx| tx.last_used().list_open(at(105 * 60))), []);
        assert_eq!(store.run(move |tx| tx.last_used().delete(two, key_id(1))), 0);
        assert_eq!(store.run(move |tx| tx.last_used().delete(one, key_id(1))), 1);
    }

    fn verifiers_are_listed_found_and_deleted(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let verifier = |account: AccountId, name: &str| Verifier {
            account,
            id: format!("v-{account}-{name}"),
            name: name.to_owned(),
            token_hash: vec![7; 32],
            accounts: vec!["000000000001".to_owned()],
            services: vec!["s3".to_owned(), "\"odd\"".to_owned()],
            hosts: vec![],
            trusts_forwarded: true,
            trusts_certificates: false,
            created_at: at(5),
        };
        let (a, b, c) = (verifier(one, "a"), verifier(one, "b"), verifier(two, "a"));
        let all = [a.clone(), b.clone(), c.clone()];
        store.run(move |tx| all.iter().try_for_each(|verifier| tx.verifiers().insert(verifier)));
        read(&store, |tx| {
            assert_eq!(tx.verifiers().list(one, None, 9)?, [a.clone(), b.clone()]);
            assert_eq!(tx.verifiers().list(one, Some("a"), 9)?, from_ref(&b));
            assert_eq!(tx.verifiers().find_for_ring(&c.id)?, Some(c.clone()));
            let mut seen = 0;
            tx.verifiers().each_for_ring(&mut |_| {
                seen += 1;
                Ok(())
            })?;
            assert_eq!(seen, 3);
            Ok(())
        });
        let again = Verifier { id: "other".to_owned(), ..a.clone() };
        assert_eq!(broken(&store, move |tx| tx.verifiers().insert(&again)), "verifiers_name_unique");
        let id = a.id.clone();
        assert!(!store.run(move |tx| tx.verifiers().delete(two, &id)));
        assert!(store.run(move |tx| tx.verifiers().delete(one, &a.id)));
    }

    fn only_an_unclean_stop_leaves_a_gap(store: TestStore) {
        store.run(|tx| {
            tx.runs().begin("first", at(10))?;
            tx.runs().alive("first", at(20))?;
            tx.runs().stop("first", at(30))?;
            tx.runs().begin("second", at(40))?;
            tx.runs().alive("second", at(50))
        });
        assert_eq!(read(&store, |tx| tx.runs().list_gaps(at(0))), []);
        store.run(|tx| tx.runs().end_lost(at(50), at(90)));
        assert_eq!(read(&store, |tx| tx.runs().list_gaps(at(0))), [], "it was alive just then");
        store.run(|tx| {
            tx.runs().end_lost(at(51), at(90))?;
            tx.runs().end_lost(at(51), at(91))?;
            tx.runs().begin("third", at(90))
        });
        let gap = EvidenceGap {
            id: "second/50000000".to_owned(),
            from: at(50),
            to: at(90),
            reason: "unclean stop".to_owned(),
        };
        let other = EvidenceGap { id: "g".to_owned(), from: at(1), to: at(95), reason: "full".to_owned() };
        let inserted = other.clone();
        store.run(move |tx| tx.runs().insert_gap(&inserted));
        assert_eq!(read(&store, |tx| tx.runs().list_gaps(at(0))), [gap, other.clone()]);
        assert_eq!(read(&store, |tx| tx.runs().list_gaps(at(90))), [other]);
        // It was thought lost and was not; then it is.
        store.run(|tx| tx.runs().alive("second", at(99)));
        store.run(|tx| tx.runs().end_lost(at(120), at(130)));
        let mut gaps = read(&store, |tx| tx.runs().list_gaps(at(129)));
        gaps.sort_by_key(|gap| gap.from);
        assert_eq!(gaps.iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>(), [(at(90), at(130)), (at(99), at(130))]);
    }

    fn a_clock_that_was_set_back_does_not_stop_the_start(store: TestStore) {
        store.run(|tx| tx.runs().begin("first", at(100)));
        store.run(|tx| tx.runs().end_lost(at(1000), at(50)));
        let [gap] = read(&store, |tx| tx.runs().list_gaps(at(0))).try_into().unwrap();
        assert_eq!((gap.from, gap.to), (at(100), at(100)));
    }
}
