//! Who is told of rotations, what is told, and how running rotations are measured.

use keystead_core::AccountId;
use keystead_store::both;
use keystead_store::notice_addresses::{Hook, NoticeAddress};
use keystead_store::notices::{NoticeRow, Way};
use keystead_store::rotations::RotationRecord;
use keystead_store::testing::TestStore;
use keystead_store::{Sealed, Tx};

use crate::samples::{account_id, at, credential, insert_accounts, read};

fn rotation() -> RotationRecord {
    RotationRecord {
        account: account_id(1),
        id: "rotation".to_owned(),
        credential_id: "credential-orders".to_owned(),
        state: "preflight".to_owned(),
        document: "{}".to_owned(),
        version: 1,
        due_at: Some(at(7)),
        created_at: at(7),
        updated_at: at(7),
        finished_at: None,
    }
}

fn notice(number: i64, way: Way, occasion: &str) -> NoticeRow {
    NoticeRow {
        account: account_id(1),
        rotation_id: "rotation".to_owned(),
        number,
        way,
        occasion: occasion.to_owned(),
        topic: "started".to_owned(),
        subject: "orders: its rotation has begun".to_owned(),
        body: "{}".to_owned(),
        created_at: at(8),
        attempts: 0,
        next_try_at: Some(at(8 + number)),
        sent_at: None,
        failure: None,
    }
}

fn with_rotation(store: &TestStore) -> (AccountId, AccountId) {
    let accounts = insert_accounts(store);
    store.run(move |tx| {
        tx.custody().insert(&credential(accounts.0, "orders"))?;
        tx.rotations().insert(&rotation())
    });
    accounts
}

fn due(store: &TestStore, seconds: i64) -> Vec<NoticeRow> {
    read(store, |tx| tx.notices().list_due(at(seconds), 10))
}

both! {
    fn an_occasion_is_told_once_each_way_and_by_one_who_takes_it(store: TestStore) {
        let (own, other) = with_rotation(&store);
        store.run(|tx| {
            for row in [(1, Way::Mail, "started"), (1, Way::Webhook, "started"), (2, Way::Mail, "started")] {
                tx.notices().insert(&notice(row.0, row.1, row.2))?;
            }
            tx.notices().insert(&notice(3, Way::Mail, "ended"))
        });
        assert_eq!(due(&store, 8), []);
        let first = due(&store, 9);
        assert_eq!(first, [notice(1, Way::Mail, "started"), notice(1, Way::Webhook, "started")]);
        assert_eq!(read(&store, |tx| tx.notices().count_unsent()), (3, 0));

        let [mail, hook] = [first[0].clone(), first[1].clone()];
        let take = move |tx: &mut Tx<'_>| tx.notices().take(&mail, at(20));
        assert!(store.run(take.clone()) && !store.run(take));
        let (sent, refused) = (first[0].clone(), hook.clone());
        store.run(move |tx| {
            tx.notices().mark_sent(&sent, at(10))?;
            tx.notices().mark_failed(&refused, "no answer", Some(at(30)))
        });
        assert_eq!(due(&store, 29), [notice(3, Way::Mail, "ended")]);
        store.run(move |tx| tx.notices().mark_failed(&hook, "still no answer", None));
        assert_eq!(read(&store, |tx| tx.notices().count_unsent()), (1, 1));
        let newest = read(&store, |tx| tx.notices().list_newest(own, "rotation", 2));
        assert_eq!(newest.iter().map(|row| (row.number, row.way)).collect::<Vec<_>>(), [(3, Way::Mail), (1, Way::Mail)]);
        assert_eq!((newest[1].attempts, newest[1].sent_at, newest[1].next_try_at), (1, Some(at(10)), None));
        assert_eq!(read(&store, |tx| tx.notices().list_newest(other, "rotation", 9)), []);
    }

    fn who_is_told_is_replaced_and_seen_by_their_account_alone(store: TestStore) {
        let (own, other) = with_rotation(&store);
        let address = |email: Option<&str>, webhook| NoticeAddress {
            account: own,
            credential_id: "credential-orders".to_owned(),
            email: email.map(str::to_owned),
            webhook,
            updated_at: at(9),
        };
        let hook = Hook { url: "https://example.com".to_owned(), secret: Sealed::from_bytes(vec![1, 2]) };
        for put in [address(Some("ana@example.com"), Some(hook)), address(None, None)] {
            let wanted = Some(put.clone());
            store.run(move |tx| tx.notice_addresses().put(&put));
            assert_eq!(read(&store, |tx| tx.notice_addresses().find(own, "credential-orders")), wanted);
        }
        assert_eq!(read(&store, |tx| tx.notice_addresses().find(other, "credential-orders")), None);
    }

    fn a_state_is_measured_from_when_it_was_entered(store: TestStore) {
        with_rotation(&store);
        let measured = || read(&store, |tx| tx.fleet().count_by_state());
        assert_eq!(measured(), [("preflight".to_owned(), 1, at(7))]);
        for (version, state, now, since) in [(1, "proving", 10, 10), (2, "proving", 12, 10), (3, "blocked", 15, 15)] {
            let record = RotationRecord { state: state.to_owned(), updated_at: at(now), ..rotation() };
            assert!(store.run(move |tx| tx.rotations().update(&record, version, 0)));
            assert_eq!(measured(), [(state.to_owned(), 1, at(since))]);
        }
        // Made before this authority knew of it: as old as its custody copy.
        assert_eq!(read(&store, |tx| tx.fleet().list_key_births()), [at(3)]);
    }
}
