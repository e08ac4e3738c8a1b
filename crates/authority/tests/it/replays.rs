//! A request that arrives again has one effect, and shows no secret twice.

use std::thread;

use keystead_store::both;

use crate::dump;
use crate::world::{HOST, Key, Sent, World};

/// A request as an SDK sends it that marks its tries, without signing the mark.
fn tried(world: &World, key: &Key, body: &str, invocation: &str) -> Sent {
    let sent = world.sign_headers(key, "iam", "POST", "/", &[("host", HOST)], body);
    sent.with_header("amz-sdk-invocation-id", invocation)
}

both! {
    fn a_thousand_replays_have_one_effect_and_one_answer(store: TestStore) {
        let world = World::new(store);
        let sent = tried(&world, &world.root, "Action=CreateUser&Version=2010-05-08&UserName=alice", "one");
        let first = world.send(&sent).expect_done();
        let (state, events) = (world.state(), dump::count(&world.store, "audit_events"));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..250 {
                        let again = world.send(&sent).expect_done();
                        assert_eq!(again.body(), first.body());
                    }
                });
            }
        });
        assert_eq!(world.state(), state);
        assert_eq!(dump::count(&world.store, "audit_events"), events);
    }

    fn a_secret_is_not_shown_to_a_replay(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, "CreateUser", &[("UserName", "alice")]).expect_done();
        let sent =
            tried(&world, &world.root, "Action=CreateAccessKey&Version=2010-05-08&UserName=alice", "one");
        // Many at once, and only one of them makes and shows a key.
        let replies: Vec<_> = thread::scope(|scope| {
            let tries: Vec<_> = (0..8).map(|_| scope.spawn(|| world.send(&sent))).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let made = replies.iter().filter(|answer| answer.reply.status == 200).count();
        assert_eq!((made, dump::count(&world.store, "access_keys")), (1, 2));
        for again in
            replies.into_iter().filter(|answer| answer.reply.status != 200).chain([world.send(&sent)])
        {
            again.expect_refused(
                409,
                "ConcurrentModification",
                "This request was already carried out, and the secret it made is shown only once. If the \
                 first reply was lost, delete the new key and make another.",
            );
        }
        assert_eq!(dump::count(&world.store, "access_keys"), 2);
    }

    fn the_same_request_of_another_invocation_is_asked_to_come_back(store: TestStore) {
        let world = World::new(store);
        let body = "Action=CreateUser&Version=2010-05-08&UserName=alice";
        let first = world.send(&tried(&world, &world.root, body, "one")).expect_done();
        assert_eq!(first.reply.retry_after_ms, None);
        let other = world.send(&tried(&world, &world.root, body, "two"));
        other.expect_code(400, "Throttling");
        assert_eq!(other.reply.retry_after_ms, Some(1000));
        let unmarked =
            world.send(&tried(&world, &world.root, body, "one").without_header("amz-sdk-invocation-id"));
        unmarked.expect_code(400, "Throttling");
        // A client that marks nothing repeats itself.
        let body = "Action=CreateUser&Version=2010-05-08&UserName=bob";
        let unmarked = tried(&world, &world.root, body, "").without_header("amz-sdk-invocation-id");
        let (first, again) = (world.send(&unmarked).expect_done(), world.send(&unmarked).expect_done());
        assert_eq!(first.body(), again.body());
        // One second later it is a request of its own.
        world.store.clock.advance(std::time::Duration::from_secs(1));
        world.send(&tried(&world, &world.root, body, "")).expect_code(409, "EntityAlreadyExists");
    }

    fn an_old_deletion_deletes_nothing_new(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, "CreateUser", &[("UserName", "alice")]).expect_done();
        let deletion = world.sign_call(&world.root, "DeleteUser", &[("UserName", "alice")]);
        world.send(&deletion).expect_done();
        world.call(&world.root, "CreateUser", &[("UserName", "alice")]).expect_done();
        let world = world.with_new_gate();
        world.send(&deletion).expect_done();
        world.call(&world.root, "GetUser", &[("UserName", "alice")]).expect_done();
    }

    fn a_replay_after_the_permission_is_gone_is_refused(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let sent = world.sign_call(&alice, "CreateUser", &[("UserName", "bob")]);
        world.send(&sent).expect_done();
        let own = [("UserName", "alice"), ("PolicyArn", crate::world::ADMINISTRATOR)];
        world.call(&world.root, "DetachUserPolicy", &own).expect_done();
        world.send(&sent).expect_code(403, "AccessDenied");
    }
}
