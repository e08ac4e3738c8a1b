//! Plans, freezes, leaderships, known consumers, exemptions, imported logs, and questions about many credentials.

use std::slice::from_ref;
use std::time::Duration;

use keystead_core::KeyStatus;
use keystead_store::both;
use keystead_store::consumers::Consumer;
use keystead_store::freezes::Freeze;
use keystead_store::imports::EvidenceLog;
use keystead_store::known_consumers::{Exemption, KnownConsumer};
use keystead_store::leaderships::ROTATION;
use keystead_store::rotation_plans::RotationPlan;
use keystead_store::rotations::{RotationOrder, RotationRecord};
use keystead_store::testing::TestStore;
use keystead_store::uses::KeyUse;

use crate::samples::{account_id, at, credential, insert_accounts, key, key_id, read, sealed, user};

fn plan(name: &str, next: Option<i64>) -> RotationPlan {
    RotationPlan {
        account: account_id(1),
        credential_id: format!("credential-{name}"),
        schedule: Some("{}".to_owned()),
        calendar: None,
        next_at: next.map(at),
        updated_at: at(5),
    }
}

fn rotation(name: &str, state: &str, due: i64) -> RotationRecord {
    RotationRecord {
        account: account_id(1),
        id: format!("rotation-{name}"),
        credential_id: format!("credential-{name}"),
        state: state.to_owned(),
        document: "{}".to_owned(),
        version: 1,
        due_at: Some(at(due)),
        created_at: at(7),
        updated_at: at(7),
        finished_at: None,
    }
}

fn consumer(name: &str, kind: &str) -> Consumer {
    Consumer {
        account: account_id(1),
        id: format!("consumer-{name}-{kind}"),
        credential_id: format!("credential-{name}"),
        name: kind.to_owned(),
        kind: kind.to_owned(),
        app_id: None,
        required: true,
        token_hash: None,
        serving_access_key_id: key_id(1).into(),
        applied_access_key_id: None,
        applied_at: None,
        created_at: at(4),
    }
}

fn insert_credentials(store: &TestStore) {
    let (one, _) = insert_accounts(store);
    store.run(move |tx| {
        tx.custody().insert(&credential(one, "a"))?;
        tx.custody().insert(&credential(one, "b"))
    });
}

both! {
    fn a_leadership_is_one_servers_until_its_time_is_over(store: TestStore) {
        let take = |holder: &'static str, now: i64, alone| {
            store.run(move |tx| tx.leaderships().take(ROTATION, holder, at(now), at(now + 10), alone))
        };
        assert_eq!(take("first", 100, false), Some(1));
        assert_eq!(take("second", 109, false), None);
        assert!(store.run(|tx| tx.leaderships().renew(ROTATION, 1, at(115))));
        assert_eq!(take("second", 114, false), None);
        assert_eq!(take("second", 115, false), Some(2));
        assert!(!store.run(|tx| tx.leaderships().renew(ROTATION, 1, at(200))), "it is another's by now");
        assert!(!store.run(|tx| tx.leaderships().is_held(ROTATION, 1)));
        assert!(store.run(|tx| tx.leaderships().is_held(ROTATION, 2)));
        store.run(|tx| tx.leaderships().release(ROTATION, 1));
        assert_eq!(take("third", 116, false), None, "who does not hold it cannot let it go");
        store.run(|tx| tx.leaderships().release(ROTATION, 2));
        assert_eq!(take("third", 116, false), Some(3));
        assert_eq!(take("fourth", 117, true), Some(4));
    }

    fn what_a_deposed_leader_writes_is_refused(store: TestStore) {
        insert_credentials(&store);
        let record = rotation("a", "creating", 9);
        let take = |now| store.run(move |tx| tx.leaderships().take(ROTATION, "x", at(now), at(now), false));
        let inserted = record.clone();
        store.run(move |tx| tx.rotations().insert(&inserted));
        let update = |version, fence| {
            let record = record.clone();
            store.run(move |tx| tx.rotations().update(&record, version, fence))
        };
        assert_eq!(take(1), Some(1));
        assert!(update(1, 1));
        assert_eq!(take(2), Some(2));
        assert!(!update(2, 1), "another leads, though it has not written yet");
        assert!(update(2, 2));
        assert!(!update(3, 1), "another has written");
    }

    fn a_rotation_is_due_when_it_said_or_when_an_order_comes(store: TestStore) {
        insert_credentials(&store);
        store.run(|tx| tx.rotations().insert(&rotation("a", "watching", 900)));
        let due = |now| read(&store, |tx| tx.rotations().list_due(at(now), None, 9)).len();
        assert_eq!((due(899), due(900)), (0, 1));
        let order = RotationOrder { number: 0, at: at(50), ordered_by: "me".to_owned(), data: "{}".to_owned() };
        store.run(move |tx| tx.rotations().append_order(account_id(1), "rotation-a", &order));
        assert_eq!((due(49), due(50)), (0, 1));
        store.run(|tx| tx.rotations().insert(&rotation("b", "proving", 9000)));
        assert_eq!(store.run(|tx| tx.rotations().recall(at(60))), 1);
        assert_eq!(due(60), 2);
        assert_eq!(store.run(|tx| tx.rotations().wake_all(account_id(2), at(55))), 0);
        assert_eq!(store.run(|tx| tx.rotations().wake_all(account_id(1), at(55))), 1);
        read(&store, |tx| {
            let page = tx.rotations().list_due(at(60), None, 1)?;
            assert_eq!(tx.rotations().list_due(at(60), page.last(), 9)?.len(), 1);
            Ok(())
        });
    }

    fn a_planned_time_is_used_once(store: TestStore) {
        insert_credentials(&store);
        let (one, two) = (account_id(1), account_id(2));
        store.run(|tx| {
            tx.rotation_plans().put(&plan("a", Some(30)))?;
            tx.rotation_plans().put(&plan("a", Some(20)))?;
            tx.rotation_plans().put(&plan("b", Some(20)))
        });
        let (a, b) = (plan("a", Some(20)), plan("b", Some(20)));
        read(&store, |tx| {
            assert_eq!(tx.rotation_plans().find(one, "credential-a")?, Some(a.clone()));
            assert_eq!(tx.rotation_plans().find(two, "credential-a")?, None);
            assert_eq!(tx.rotation_plans().list_due_accounts(at(19))?, []);
            assert_eq!(tx.rotation_plans().list_due_accounts(at(20))?, [one]);
            assert_eq!(tx.rotation_plans().list_due(one, at(20), None, 9)?, [a.clone(), b.clone()]);
            assert_eq!(tx.rotation_plans().list_due(one, at(20), Some(&a), 9)?, from_ref(&b));
            assert_eq!(tx.rotation_plans().list_due(two, at(20), None, 9)?, []);
            Ok(())
        });
        let move_on = |seen: Option<i64>, next: Option<i64>| {
            let (seen, next) = (seen.map(at), next.map(at));
            store.run(move |tx| tx.rotation_plans().move_next(one, "credential-a", seen, next))
        };
        assert!(move_on(Some(20), None));
        assert!(!move_on(Some(20), None), "somebody else used it");
        assert!(move_on(None, Some(70)));
    }

    fn freezes_are_listed_until_they_end(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let freeze = |id: &str, until| Freeze {
            account: one,
            id: id.to_owned(),
            from: at(10),
            until: at(until),
            reason: "sale".to_owned(),
            created_by: "arn".to_owned(),
            created_at: at(1),
        };
        let (a, b) = (freeze("a", 20), freeze("b", 40));
        let all = [a.clone(), b.clone()];
        store.run(move |tx| all.iter().try_for_each(|freeze| tx.freezes().insert(freeze)));
        read(&store, |tx| {
            assert_eq!(tx.freezes().list(one, at(19), None, 9)?, [a.clone(), b.clone()]);
            assert_eq!(tx.freezes().list(one, at(19), Some("a"), 9)?, from_ref(&b));
            assert_eq!(tx.freezes().list(one, at(20), None, 9)?, from_ref(&b));
            assert_eq!(tx.freezes().list(two, at(19), None, 9)?, []);
            assert_eq!((tx.freezes().count(one, at(19))?, tx.freezes().count(one, at(20))?), (2, 1));
            Ok(())
        });
        assert!(!store.run(move |tx| tx.freezes().delete(two, "a")));
        assert!(store.run(move |tx| tx.freezes().delete(one, "a")));
    }

    fn who_is_known_is_said_once_for_what_looks_the_same(store: TestStore) {
        insert_credentials(&store);
        let (one, two) = (account_id(1), account_id(2));
        let known = |id: &str, source: Option<&str>, created| KnownConsumer {
            account: one,
            id: id.to_owned(),
            credential_id: "credential-a".to_owned(),
            source_address: source.map(str::to_owned),
            service: Some("s3".to_owned()),
            app_id: None,
            name: format!("name-{id}"),
            owner: Some("ops".to_owned()),
            created_by: "arn".to_owned(),
            created_at: at(created),
        };
        let (a, b) = (known("a", Some("192.0.2.1"), 1), known("b", None, 2));
        let again = known("c", Some("192.0.2.1"), 3);
        let (inserted, again_too) = ([a, b.clone()], again.clone());
        store.run(move |tx| inserted.iter().try_for_each(|known| tx.known_consumers().insert(known)));
        let deleted = store.run(move |tx| {
            let deleted = tx.known_consumers().delete_same(&again_too)?;
            tx.known_consumers().insert(&again_too)?;
            Ok::<_, keystead_store::StoreError>(deleted)
        });
        assert_eq!(deleted, 1);
        read(&store, |tx| {
            assert_eq!(tx.known_consumers().list(one, "credential-a")?, [again, b]);
            assert_eq!(tx.known_consumers().list(two, "credential-a")?, []);
            Ok(())
        });
    }

    fn exemptions_end_and_rhythms_are_kept(store: TestStore) {
        insert_credentials(&store);
        let one = account_id(1);
        let exemption = |reason: &str, until| Exemption {
            account: one,
            credential_id: "credential-a".to_owned(),
            consumer: "cron".to_owned(),
            reason: reason.to_owned(),
            until: at(until),
            created_by: "arn".to_owned(),
            created_at: at(1),
        };
        let (first, second) = (exemption("old", 10), exemption("goes away", 20));
        let newest = second.clone();
        store.run(move |tx| {
            tx.known_consumers().put_exemption(&first)?;
            tx.known_consumers().put_exemption(&second)?;
            tx.consumers().insert(&consumer("a", "agent"))?;
            tx.consumers().insert(&consumer("a", "file"))?;
            tx.known_consumers().set_batch_interval(one, "consumer-a-agent", Some(Duration::from_secs(90)))
        });
        read(&store, |tx| {
            assert_eq!(tx.known_consumers().list_exemptions(one, "credential-a", at(19))?, [newest]);
            assert_eq!(tx.known_consumers().list_exemptions(one, "credential-a", at(20))?, []);
            let every = ("consumer-a-agent".to_owned(), Duration::from_secs(90));
            assert_eq!(tx.known_consumers().list_batch_intervals(one, "credential-a")?, [every]);
            assert_eq!(tx.fleet().list_kinds(one, "credential-a")?, ["agent", "file"]);
            Ok(())
        });
    }

    fn an_event_is_counted_once_and_a_log_never_gets_shorter(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        let enter = |account, at_| store.run(move |tx| tx.imports().enter(account, "e-1", at(at_)));
        assert!(enter(one, 5));
        assert!(!enter(one, 6));
        assert!(enter(two, 5));
        assert_eq!(store.run(move |tx| tx.imports().purge(one, at(6))), 1);
        assert_eq!(read(&store, |tx| Ok((tx.imports().count(one)?, tx.imports().count(two)?))), (0, 1));
        let log = |until, imported| EvidenceLog {
            log: "cloudtrail".to_owned(),
            complete_until: at(until),
            imported_at: at(imported),
            imported_by: "arn".to_owned(),
        };
        for log in [log(50, 60), log(40, 70)] {
            store.run(move |tx| tx.imports().advance(one, &log));
        }
        assert_eq!(read(&store, |tx| tx.imports().list(one)), [log(50, 70)]);
        assert_eq!(read(&store, |tx| tx.imports().list(two)), []);
    }

    fn a_fleet_is_seen_in_lines(store: TestStore) {
        insert_credentials(&store);
        let (one, two) = (account_id(1), account_id(2));
        let owner = user(one, "app", "/");
        let first = key(one, "AIDAAPP", 1);
        let (secret, other) = (sealed(&store, &first), key(one, "AIDAAPP", 2));
        let other_secret = sealed(&store, &other);
        store.run(move |tx| {
            tx.users().insert(&owner, None)?;
            tx.access_keys().insert(&first, &secret)?;
            tx.access_keys().insert(&other, &other_secret)?;
            tx.rotation_plans().put(&plan("a", Some(20)))?;
            tx.rotations().insert(&rotation("a", "delivering", 1))?;
            tx.rotations().insert(&rotation("b", "watching", 1))?;
            tx.consumers().insert(&consumer("a", "agent"))?;
            tx.consumers().insert(&consumer("b", "agent"))?;
            tx.uses().add(&[KeyUse {
                account: one,
                access_key_id: key_id(1).into(),
                consumer_key: "c".to_owned(),
                verifier_id: None,
                source_address: None,
                service: None,
                region: None,
                app_id: None,
                user_agent: None,
                first_used_at: Some(at(50)),
                last_used_at: Some(at(60)),
                uses: 2,
                refused_at: None,
                refusals: 0,
                slowest_interval: None,
            }])
        });
        read(&store, |tx| {
            let lines = tx.fleet().list_credentials(one)?;
            assert_eq!(lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
            let (a, b) = (&lines[0], &lines[1]);
            assert_eq!((a.key_made_at, a.next_at, a.last_used_at), (Some(at(1)), Some(at(20)), Some(at(60))));
            assert_eq!(a.rotation, Some(("rotation-a".to_owned(), "delivering".to_owned())));
            assert_eq!((a.consumers, b.next_at, b.schedule.as_deref()), (1, None, None));
            assert_eq!(tx.fleet().list_credentials(two)?, []);

            let keys = tx.fleet().list_keys(one, None, 9)?;
            assert_eq!(keys.len(), 2);
            assert_eq!((keys[0].status, keys[0].last_used_at), (KeyStatus::Active, Some(at(60))));
            assert_eq!((keys[0].credential.as_deref(), keys[0].active_keys), (Some("a"), 2));
            assert_eq!(keys[0].rotation_id.as_deref(), Some("rotation-a"));
            assert_eq!(tx.fleet().list_keys(one, Some(&keys[0].key.to_string()), 9)?, keys[1..]);
            assert_eq!(tx.fleet().list_keys(two, None, 9)?, []);

            assert_eq!((tx.fleet().count_at_work(one)?, tx.fleet().count_at_work(two)?), (1, 0));
            assert_eq!(tx.fleet().count_at_work_by_kind(one)?, [("agent".to_owned(), 1)]);
            Ok(())
        });
    }
}
