//! Two keys per user, whatever happens at the same time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use keystead_store::both;

use crate::world::{World, key_in};

const THREADS: usize = 32;
const ROUNDS: usize = 4;

both! {
    fn no_user_ever_has_more_than_two_keys(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, "CreateUser", &[("UserName", "alice")]).expect_done();
        let user = ("UserName", "alice");
        let (made, deleted, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        let one = || {
            for round in 0..ROUNDS {
                let answer = world.call(&world.root, "CreateAccessKey", &[user]);
                if answer.reply.status != 200 {
                    answer.expect_refused(
                        409,
                        "LimitExceeded",
                        "Cannot exceed quota for AccessKeysPerUser: 2",
                    );
                    continue;
                }
                made.fetch_add(1, Ordering::SeqCst);
                let key = key_in(world.account, &answer);
                world.call(&key, "GetCallerIdentity", &[]).expect_done();
                let id = ("AccessKeyId", &*key.id);
                world.call(&world.root, "UpdateAccessKey", &[user, id, ("Status", "Inactive")]).expect_done();
                world.call(&key, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
                if round + 1 < ROUNDS {
                    world.call(&world.root, "DeleteAccessKey", &[user, id]).expect_done();
                    deleted.fetch_add(1, Ordering::SeqCst);
                }
            }
        };
        let keys = || {
            let listed = world.call(&world.root, "ListAccessKeys", &[user]).expect_done();
            listed.list("AccessKeyMetadata", "AccessKeyId").len()
        };
        thread::scope(|scope| {
            let watch = scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    assert!(keys() <= 2);
                }
            });
            let tries: Vec<_> = (0..THREADS).map(|_| scope.spawn(one)).collect();
            for one in tries {
                one.join().unwrap();
            }
            done.store(true, Ordering::SeqCst);
            watch.join().unwrap();
        });
        let (made, deleted) = (made.into_inner(), deleted.into_inner());
        assert!(made >= 2, "somebody got a key");
        assert_eq!(keys(), made - deleted);
    }
}
