//! The evidence of use on its way to the store, and what is missing of it after a crash.

use std::time::Duration;

use keystead_core::{AccessKeyId, Timestamp};
use keystead_store::both;
use keystead_store::testing::{TestStore, sql};
use keystead_store::uses::KeyUse;

use crate::sessions::{allowing, session_in};
use crate::world::{Key, World, open_gate};

fn stored(store: &TestStore, key: &Key) -> Vec<KeyUse> {
    let id: AccessKeyId = key.id.parse().unwrap();
    store.read(|tx| tx.uses().list_by_key(key.account, id)).expect("the uses can be read")
}

fn begin_run(store: &TestStore, run: &'static str, now: Timestamp) {
    store.run(move |tx| {
        tx.runs().end_lost(Timestamp::from_micros(i64::MAX), now)?;
        tx.runs().begin(run, now)
    });
}

both! {
    fn a_first_use_is_written_at_once_and_later_ones_once_a_minute(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        world.gate.uses().take_first_uses();
        world.call(&alice, "GetCallerIdentity", &[]).expect_done();
        assert!(world.gate.uses().take_first_uses() && !world.gate.uses().take_first_uses());
        world.gate.flush_uses(false).unwrap();
        assert_eq!(stored(&world.store, &alice)[0].uses, 1);
        for (seconds, written) in [(10, 1), (49, 1), (1, 4), (59, 4), (1, 6)] {
            world.store.clock.advance(Duration::from_secs(seconds));
            world.call(&alice, "GetCallerIdentity", &[]).expect_done();
            world.gate.flush_uses(false).unwrap();
            assert_eq!(stored(&world.store, &alice)[0].uses, written, "{seconds}");
        }
        world.call(&alice, "GetCallerIdentity", &[]).expect_done();
        world.gate.flush_uses(true).unwrap();
        let used = stored(&world.store, &alice).remove(0);
        assert_eq!((used.uses, used.slowest_interval), (7, Some(Duration::from_secs(59))));
    }

    fn what_is_done_in_a_session_that_a_key_made_of_its_user_is_use_of_that_key(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let role = world.role(&world.root, "near");
        let own = session_in(&world.call(&alice, "GetSessionToken", &[]).expect_done());
        let lent = [("Name", "bob"), ("Policy", &*allowing(&["*"]))];
        let lent = session_in(&world.call(&alice, "GetFederationToken", &lent).expect_done());
        let assumed = session_in(&world.assume(&alice, &role, &[]).expect_done());
        let uses = |key: &Key| {
            world.gate.flush_uses(true).unwrap();
            stored(&world.store, key).iter().map(|used| used.uses).sum::<i64>()
        };
        assert_eq!(uses(&alice), 3);
        for (session, more) in [(&own, 1), (&lent, 1), (&assumed, 0)] {
            let before = uses(&alice);
            world.call(session, "GetCallerIdentity", &[]).expect_done();
            assert_eq!(uses(&alice) - before, more);
        }
        // The key that was switched off is used by its session all the same, and whoever has it is not interrupted.
        let inactive = [("UserName", "alice"), ("AccessKeyId", &*alice.id), ("Status", "Inactive")];
        world.call(&world.root, "UpdateAccessKey", &inactive).expect_done();
        let shown = || {
            let key = [("AccessKeyId", &*alice.id)];
            let answer = world.call(&world.root, "GetAccessKeyLastUsed", &key).expect_done();
            answer.find("AccessKeyLastUsed/LastUsedDate")
        };
        let (before, shown_before) = (uses(&alice), shown());
        world.store.clock.advance(Duration::from_hours(1));
        world.call(&own, "GetCallerIdentity", &[]).expect_done();
        assert_eq!(uses(&alice) - before, 1);
        // AWS clients are told of the key's own use alone.
        assert_eq!(shown(), shown_before);
        // Of a key that is gone there is nothing to record, and the session goes on to its end.
        let gone = [("UserName", "alice"), ("AccessKeyId", &*alice.id)];
        world.call(&world.root, "DeleteAccessKey", &gone).expect_done();
        world.call(&own, "GetCallerIdentity", &[]).expect_done();
    }

    fn evidence_outlasts_a_store_that_fails_for_hours(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        world.gate.flush_uses(true).unwrap();
        world.call(&alice, "GetCallerIdentity", &[]).expect_done();
        let used_at = world.now();
        world.store.run(|tx| sql(tx).batch("alter table key_uses rename to key_uses_away"));
        for _ in 0..3 {
            assert!(world.gate.flush_uses(false).is_err());
            world.store.clock.advance(Duration::from_hours(3));
        }
        world.store.run(|tx| sql(tx).batch("alter table key_uses_away rename to key_uses"));
        world.gate.flush_uses(false).unwrap();
        let used = stored(&world.store, &alice);
        assert_eq!((used.len(), used[0].uses, used[0].last_used_at), (1, 1, Some(used_at)));
        world.gate.flush_uses(true).unwrap();
        assert_eq!(stored(&world.store, &alice), used, "nothing is written twice");
    }

    fn an_unclean_stop_leaves_a_gap_from_when_all_was_written(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let start = world.now();
        let at = move |seconds| start.plus(Duration::from_secs(seconds));
        begin_run(&world.store, "first", start);
        world.store.clock.set(at(10));
        world.call(&alice, "GetCallerIdentity", &[]).expect_done();
        world.gate.flush_uses(true).unwrap();
        world.store.run(move |tx| tx.runs().alive("first", at(10)));
        world.store.clock.set(at(15));
        world.call(&alice, "ListUsers", &[]).expect_code(403, "AccessDenied");
        // The process ends here without a word.
        let World { store, gate, .. } = world;
        drop(gate);
        let store = store.reopen();
        begin_run(&store, "second", at(60));
        let gaps = store.read(|tx| tx.runs().list_gaps(start)).unwrap();
        assert_eq!(gaps.iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>(), [(at(10), at(60))]);
        assert_eq!(stored(&store, &alice).len(), 1, "the second use is lost, and lies in the gap");
        store.run(move |tx| tx.runs().stop("second", at(70)));
        begin_run(&store, "third", at(90));
        let gaps = store.read(|tx| tx.runs().list_gaps(at(60))).unwrap();
        assert_eq!(gaps, [], "a clean stop leaves none");
        open_gate(&store);
    }
}
