//! The audit trail and its chain.

use keystead_core::AccountId;
use keystead_store::audit::{
    AuditCursor, AuditEvent, AuditPlace, AuditTotals, ChainBreak, ChainState, link_hash,
};
use keystead_store::{StoreError, Tx, both};

use crate::samples::{at, insert_accounts, read};

fn event(account: AccountId, number: i64) -> AuditEvent {
    AuditEvent {
        id: format!("{account}-{number}"),
        account,
        at: at(number),
        event: format!("{{\"eventName\":\"CreateUser\",\"number\":{number}}}"),
    }
}

fn insert(tx: &mut Tx<'_>, account: AccountId, numbers: &[i64]) -> Result<(), StoreError> {
    numbers.iter().try_for_each(|&number| tx.audit().insert(&event(account, number)))
}

both! {
    fn events_are_listed_from_either_end_and_as_they_were_chained(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        store.run(move |tx| {
            insert(tx, two, &[9])?;
            insert(tx, one, &[1, 3])
        });
        store.run(|tx| tx.chain_audit(9));
        // Committed late: it happened between two that were chained before.
        store.run(move |tx| insert(tx, one, &[2]));
        let list = |place: AuditPlace| -> Vec<(String, Option<i64>)> {
            let records = read(&store, |tx| tx.audit().list(one, &place, 2));
            records.into_iter().map(|it| (it.event.event, it.link.map(|link| link.number))).collect()
        };
        let row = |number, link| (event(one, number).event, link);
        let cursor = |number| AuditCursor { at: at(number), id: event(one, number).id };
        let end = AuditCursor { at: at(99), id: String::new() };
        assert_eq!(list(AuditPlace::Before(end)), [row(3, Some(2)), row(2, None)]);
        assert_eq!(list(AuditPlace::Before(cursor(2))), [row(1, Some(1))]);
        assert_eq!(list(AuditPlace::After(cursor(1))), [row(2, None), row(3, Some(2))]);
        assert_eq!(list(AuditPlace::Chained(1)), [row(3, Some(2))]);
        store.run(|tx| tx.chain_audit(9));
        assert_eq!(list(AuditPlace::Chained(1)), [row(3, Some(2)), row(2, Some(3))]);
    }

    fn events_and_links_are_counted_apart(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        store.run(move |tx| {
            insert(tx, one, &[1, 2, 3])?;
            insert(tx, two, &[1])
        });
        store.run(|tx| tx.chain_audit(2));
        store.run(|tx| keystead_store::testing::sql(tx).batch("delete from audit_chain where number = 2"));
        let totals = |chained, unchained, links| AuditTotals { chained, unchained, links };
        assert_eq!(read(&store, |tx| tx.audit().totals(one)), totals(2, 1, 1));
        assert_eq!(read(&store, |tx| tx.audit().totals(two)), totals(0, 1, 0));
    }

    fn the_chain_covers_every_event_of_its_account(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        store.run(move |tx| {
            insert(tx, two, &[1])?;
            insert(tx, one, &[1, 2])
        });
        assert_eq!(store.run(|tx| tx.chain_audit(2)), 2);
        assert_eq!(store.run(|tx| tx.chain_audit(9)), 1);
        store.run(move |tx| insert(tx, one, &[3]));
        assert_eq!(store.run(|tx| tx.chain_audit(9)), 1);
        assert_eq!(store.run(|tx| tx.chain_audit(9)), 0);
        let last = read(&store, |tx| tx.audit().last_link(one));
        assert_eq!(last.as_ref().map(|link| link.number), Some(3));
        assert_eq!(read(&store, |tx| tx.audit().check_chain(one, None, 9)), ChainState::Whole(last.clone()));
        let ChainState::Whole(half) = read(&store, |tx| tx.audit().check_chain(one, None, 2)) else {
            panic!("the first half is whole")
        };
        assert_eq!(half.as_ref().map(|link| link.number), Some(2));
        assert_eq!(last.unwrap().hash, link_hash(half.as_ref(), &event(one, 3).event));
        assert_eq!(read(&store, |tx| tx.audit().last_link(two)).unwrap().hash, link_hash(None, &event(two, 1).event));
    }

    fn an_event_that_was_altered_or_removed_breaks_the_chain(store: TestStore) {
        let (one, two) = insert_accounts(&store);
        store.run(move |tx| {
            insert(tx, one, &[1, 2, 3])?;
            insert(tx, two, &[1, 2, 3])?;
            tx.chain_audit(9)
        });
        store.run(|tx| {
            let sql = keystead_store::testing::sql(tx);
            sql.batch("update audit_events set event = '{}' where event_id = '000000000001-2'")?;
            sql.batch("delete from audit_events where event_id = '000000000002-1'")
        });
        let broken = |number, why| ChainState::Broken { number, why };
        assert_eq!(read(&store, |tx| tx.audit().check_chain(one, None, 9)), broken(2, ChainBreak::Altered));
        assert_eq!(read(&store, |tx| tx.audit().check_chain(two, None, 9)), broken(1, ChainBreak::EventGone));
    }

    fn a_link_that_was_removed_breaks_the_chain(store: TestStore) {
        let (one, _) = insert_accounts(&store);
        store.run(move |tx| {
            insert(tx, one, &[1, 2, 3])?;
            tx.chain_audit(9)
        });
        store.run(|tx| keystead_store::testing::sql(tx).batch("delete from audit_chain where number = 2"));
        assert_eq!(
            read(&store, |tx| tx.audit().check_chain(one, None, 9)),
            ChainState::Broken { number: 2, why: ChainBreak::LinkGone }
        );
    }
}
