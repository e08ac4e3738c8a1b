//! No quota is ever exceeded, whatever happens at the same time.

use std::thread;

use keystead_core::Quota;
use keystead_store::testing::TestStore;
use keystead_store::{Touched, both};

use crate::answer::Answer;
use crate::world::World;

/// Something of which there may be so many.
struct Limited {
    quota: Quota,
    limit: u64,
    /// Makes one; `mark` is another each time.
    create: fn(&World, mark: &str) -> Answer,
    /// What [`Limited::delete`] is told of the one that was made.
    name: fn(&Answer) -> String,
    delete: fn(&World, name: &str) -> Answer,
    /// The names of all there are.
    list: fn(&World) -> Vec<String>,
}

const USER: (&str, &str) = ("UserName", "alice");

const USERS: Limited = Limited {
    quota: Quota::Users,
    limit: 7,
    create: |world, mark| world.call(&world.root, "CreateUser", &[("UserName", mark)]),
    name: |made| made.text("User/UserName"),
    delete: |world, name| world.call(&world.root, "DeleteUser", &[("UserName", name)]),
    list: |world| world.call(&world.root, "ListUsers", &[]).expect_done().list("Users", "UserName"),
};

const ACCESS_KEYS: Limited = Limited {
    quota: Quota::AccessKeysPerUser,
    limit: 2,
    create: |world, _| world.call(&world.root, "CreateAccessKey", &[USER]),
    name: |made| made.text("AccessKey/AccessKeyId"),
    delete: |world, id| world.call(&world.root, "DeleteAccessKey", &[USER, ("AccessKeyId", id)]),
    list: |world| {
        let listed = world.call(&world.root, "ListAccessKeys", &[USER]).expect_done();
        listed.list("AccessKeyMetadata", "AccessKeyId")
    },
};

const ALL: [&Limited; 2] = [&USERS, &ACCESS_KEYS];

impl Limited {
    /// In each round all callers come at once: who holds one deletes it, the others try to make one.
    fn contend(&self, world: &World, callers: usize, rounds: usize) {
        let before = (self.list)(world);
        let mut held = vec![None; callers];
        for round in 0..rounds {
            thread::scope(|scope| {
                for (number, held) in held.iter_mut().enumerate() {
                    scope.spawn(move || match held.take() {
                        None => *held = self.try_create(world, &format!("u{number}-{round}")),
                        Some(name) => drop((self.delete)(world, &name).expect_done()),
                    });
                }
                scope.spawn(|| assert!((self.list)(world).len() as u64 <= self.limit));
            });
            let holders = held.iter().flatten().count();
            // Nobody is refused what there is room for.
            assert!(round > 0 || holders + before.len() == self.limit as usize, "{holders} got one");
        }
        let mut held: Vec<String> = held.into_iter().flatten().collect();
        held.extend(before);
        // What is counted is what there is: there is room for the rest and no more.
        held.extend((0..self.limit).map_while(|number| self.try_create(world, &format!("rest-{number}"))));
        let mut listed = (self.list)(world);
        listed.sort();
        held.sort();
        assert_eq!(listed, held);
        assert_eq!(listed.len() as u64, self.limit);
    }

    /// Makes one, unless there are enough.
    fn try_create(&self, world: &World, mark: &str) -> Option<String> {
        let answer = (self.create)(world, mark);
        if answer.reply.status == 200 {
            return Some((self.name)(&answer));
        }
        let refusal = format!("Cannot exceed quota for {}: {}", self.quota.name(), self.limit);
        answer.expect_refused(409, "LimitExceeded", &refusal);
        None
    }
}

fn no_quota_is_exceeded(store: TestStore, callers: usize, rounds: usize) {
    let world = World::new(store);
    world.call(&world.root, "CreateUser", &[USER]).expect_done();
    let account = world.account;
    world.store.run(move |tx| {
        for limited in ALL {
            tx.quotas().set(account, limited.quota, limited.limit as i64)?;
        }
        tx.touch(Touched::Account(account));
        Ok(())
    });
    for limited in ALL {
        limited.contend(&world, callers, rounds);
    }
}

both! {
    fn no_quota_is_exceeded_by_many_at_once(store: TestStore) {
        no_quota_is_exceeded(store, 16, 8);
    }

    #[ignore = "large"]
    fn no_quota_is_exceeded_by_64_callers_in_1000_rounds(store: TestStore) {
        no_quota_is_exceeded(store, 64, 1000);
    }
}
