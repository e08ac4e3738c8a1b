//! The budget of attempts at a password: five in fifteen minutes, the principal's own, and kept.

use std::thread;
use std::time::Duration;

use keystead_store::both;

use crate::passwords::{FIRST, change, create};
use crate::sign_in::{is_right, user};
use crate::world::World;

const SPENT: &str = "Too many wrong passwords. Wait 15 minutes before you try again.";

both! {
    fn after_five_wrong_ones_even_the_right_one_has_to_wait(store: TestStore) {
        let world = World::new(store);
        let (alice, bob) = (world.administrator("alice"), world.administrator("bob"));
        for name in ["alice", "bob"] {
            create(&world, name, FIRST);
        }
        for _ in 0..5 {
            change(&world, &alice, "Wrong-password-1", "New-password-1").expect_code(403, "AccessDenied");
            world.store.clock.advance(Duration::from_mins(1));
        }
        change(&world, &alice, FIRST, "New-password-1").expect_refused(409, "LimitExceeded", SPENT);
        assert!(!is_right(&world, user(&world, "ALICE"), FIRST), "the budget is the same at sign-in");
        change(&world, &bob, FIRST, "New-password-1").expect_done();
        // A restart gives nothing back.
        let world = world.reopened();
        change(&world, &alice, FIRST, "New-password-1").expect_refused(409, "LimitExceeded", SPENT);
        // The first attempt is fifteen minutes old now, and being refused did not count.
        world.store.clock.advance(Duration::from_mins(10));
        change(&world, &alice, FIRST, "New-password-1").expect_done();
        for _ in 0..4 {
            change(&world, &alice, "Wrong-password-1", "x").expect_code(403, "AccessDenied");
        }
        assert!(is_right(&world, user(&world, "alice"), "New-password-1"), "the right one gave the budget back");
    }

    fn a_right_password_costs_nothing_whatever_becomes_of_the_new_one(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        create(&world, "alice", FIRST);
        for _ in 0..7 {
            change(&world, &alice, FIRST, "short").expect_code(400, "PasswordPolicyViolation");
        }
        for _ in 0..4 {
            assert!(!is_right(&world, user(&world, "alice"), "wrong"));
        }
        change(&world, &alice, FIRST, "short").expect_code(400, "PasswordPolicyViolation");
        change(&world, &alice, "wrong", "short").expect_code(403, "AccessDenied");
    }

    fn guesses_at_the_same_time_are_no_more_than_five(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        create(&world, "alice", FIRST);
        let one = || change(&world, &alice, "Wrong-password-1", "New-password-1").code;
        let codes: Vec<String> = thread::scope(|scope| {
            let all: Vec<_> = (0..16).map(|_| scope.spawn(one)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let looked_at = codes.iter().filter(|code| *code == "AccessDenied").count();
        assert!((1..=5).contains(&looked_at), "{codes:?}");
        change(&world, &alice, FIRST, "New-password-1").expect_refused(409, "LimitExceeded", SPENT);
    }
}
