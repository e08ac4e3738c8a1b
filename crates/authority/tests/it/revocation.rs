//! A revocation is in force when the call that made it returns: not one request is accepted after it, and
//! not one is refused before.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use keystead_store::both;
use serde_json::json;

use crate::verify::{sign_for, verify};
use crate::world::{ADMINISTRATOR, Key, World};

/// How often the permission is taken and given back, and how many tries each of the two must see.
const ROUNDS: u64 = 12;
const TRIES: u64 = 25;

/// Tries without pause on one thread while another takes the permission and gives it back. The phase counts
/// up around each call, so a try whose phase is the same before and after lay wholly between two calls.
fn watch(tries: impl Fn() -> bool + Sync, take: impl Fn(), give: impl Fn()) {
    let (phase, settled, done) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let watching = scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                let before = phase.load(Ordering::SeqCst);
                let accepted = tries();
                if before % 2 == 0 && phase.load(Ordering::SeqCst) == before {
                    assert_eq!(accepted, before % 4 == 0, "in phase {before}");
                    settled.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let wait = || {
            let enough = settled.load(Ordering::SeqCst) + TRIES;
            while settled.load(Ordering::SeqCst) < enough && !watching.is_finished() {
                thread::yield_now();
            }
        };
        for _ in 0..ROUNDS {
            for call in [&take as &dyn Fn(), &give] {
                wait();
                phase.fetch_add(1, Ordering::SeqCst);
                call();
                phase.fetch_add(1, Ordering::SeqCst);
            }
        }
        wait();
        done.store(true, Ordering::SeqCst);
        watching.join().unwrap();
    });
}

fn set_status(world: &World, user: &str, key: &Key, status: &str) {
    let update = [("UserName", user), ("AccessKeyId", &*key.id), ("Status", status)];
    world.call(&world.root, "UpdateAccessKey", &update).expect_done();
}

both! {
    fn a_key_made_inactive_is_refused_from_then_on(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let input = json!({"name": "queue", "services": ["sqs"], "hosts": ["sqs.test"]});
        let made = world.rest(&world.root, "POST", "/api/v1/verifiers", Some(&input)).expect_done();
        let token = made.json()["token"].as_str().unwrap().to_owned();
        let sent = sign_for(&world, &alice, "sqs", "sqs.test");
        watch(
            || verify(&world, &token, &sent, None).is_ok(),
            || set_status(&world, "alice", &alice, "Inactive"),
            || set_status(&world, "alice", &alice, "Active"),
        );
        let delete = [("UserName", "alice"), ("AccessKeyId", &*alice.id)];
        world.call(&world.root, "DeleteAccessKey", &delete).expect_done();
        assert!((0..100).all(|_| verify(&world, &token, &sent, None).is_err()));
    }

    fn a_policy_detached_allows_nothing_from_then_on(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let policy = [("UserName", "alice"), ("PolicyArn", ADMINISTRATOR)];
        watch(
            || world.call(&alice, "GetUser", &[("UserName", "alice")]).reply.status == 200,
            || drop(world.call(&world.root, "DetachUserPolicy", &policy).expect_done()),
            || drop(world.call(&world.root, "AttachUserPolicy", &policy).expect_done()),
        );
    }

    fn what_was_taken_away_is_gone_on_the_next_request(store: TestStore) {
        let world = World::new(store);
        // Keystone, CVE-2012-5571: a key kept the role that had been taken from its user.
        let (alice, bob) = (world.administrator("alice"), world.administrator("bob"));
        let second = world.key_of(&world.root, "alice");
        for key in [&alice, &second, &bob] {
            world.call(key, "ListUsers", &[]).expect_done();
        }
        let policy = [("UserName", "alice"), ("PolicyArn", ADMINISTRATOR)];
        world.call(&bob, "DetachUserPolicy", &policy).expect_done();
        for key in [&alice, &second] {
            world.call(key, "ListUsers", &[]).expect_code(403, "AccessDenied");
        }
        set_status(&world, "alice", &second, "Inactive");
        world.call(&second, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
        for key in [&alice, &second] {
            let delete = [("UserName", "alice"), ("AccessKeyId", &*key.id)];
            world.call(&world.root, "DeleteAccessKey", &delete).expect_done();
            world.call(key, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
        }
        world.call(&world.root, "DeleteUser", &[("UserName", "alice")]).expect_done();
        // A user of the same name later has nothing of the former.
        let namesake = world.user("alice");
        world.call(&namesake, "ListUsers", &[]).expect_code(403, "AccessDenied");
        world.call(&bob, "ListUsers", &[]).expect_done();
    }
}
