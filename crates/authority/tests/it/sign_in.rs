//! Checking a password for signing in: what it comes to, and what it leaves behind.

use std::time::Duration;

use keystead_authority::account;
use keystead_authority::challenge;
use keystead_authority::sign_in::{Entry, KnownDevice, Outcome, Standing, Who, check_password};
use keystead_core::SecretString;
use keystead_store::both;

use crate::dump;
use crate::passwords::{FIRST, create};
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

/// A user of the first account.
pub(crate) fn user<'w>(world: &World, name: &'w str) -> Who<'w> {
    Who::User { account: world.account, name }
}

fn give(world: &World, who: Who<'_>, entry: &Entry<'_>, password: &str) -> Outcome {
    let password = SecretString::new(password.to_owned());
    check_password(&world.gate, &who, entry, &password, world.now()).expect("the password is checked")
}

/// Gives a password from where only this one signs in, and tells what it is good for; nothing where it is wrong.
fn standing(world: &World, who: Who<'_>, password: &str) -> Option<Standing> {
    let entry = Entry { source: &format!("{who:?}"), device: None, challenge: None };
    match give(world, who, &entry, password) {
        Outcome::Wrong => None,
        Outcome::Challenged => panic!("{who:?} gave too many wrong passwords for this test"),
        Outcome::Right(known) => Some(known.standing),
    }
}

pub(crate) fn is_right(world: &World, who: Who<'_>, password: &str) -> bool {
    standing(world, who, password).is_some()
}

both! {
    fn a_right_password_says_what_it_is_good_for(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        create(&world, "alice", FIRST);
        let alice = || standing(&world, user(&world, "aLiCe"), FIRST);
        let set = |params: &[(&str, &str)]| {
            world.call(&world.root, "UpdateAccountPasswordPolicy", params).expect_done();
        };
        let reset = |value| {
            let params = [("UserName", "alice"), ("PasswordResetRequired", value)];
            world.call(&world.root, "UpdateLoginProfile", &params).expect_done();
        };
        world.store.clock.advance(DAY * 80);
        assert_eq!(alice(), Some(Standing::Good));
        set(&[("MaxPasswordAge", "90")]);
        assert_eq!(alice(), Some(Standing::EndsInDays(10)));
        reset("true");
        assert_eq!(alice(), Some(Standing::ResetRequired));
        set(&[("MaxPasswordAge", "80")]);
        assert_eq!(alice(), Some(Standing::Expired), "its age counts at once");
        set(&[("MaxPasswordAge", "80"), ("HardExpiry", "true")]);
        assert_eq!(alice(), Some(Standing::HardExpired));
        reset("false");
        set(&[]);
        assert_eq!(alice(), Some(Standing::Good));
    }

    fn nobody_signs_in_with_anything_else(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        world.user("alice");
        world.user("bare");
        world.user_of(&other, "alice");
        create(&world, "alice", FIRST);
        assert!(is_right(&world, user(&world, "alice"), FIRST));
        let nowhere = Who::User { account: "999999999999".parse().unwrap(), name: "alice" };
        let elsewhere = Who::User { account: other.account, name: "alice" };
        for who in [
            user(&world, "ghost"),
            user(&world, "bare"),
            user(&world, "-"),
            nowhere,
            elsewhere,
            Who::Root { email: "first@example.com" },
            Who::Root { email: "ghost@example.com" },
        ] {
            for password in ["", FIRST] {
                assert!(!is_right(&world, who, password), "{who:?}");
            }
        }
        let lower_case = FIRST.to_lowercase();
        for password in ["", "First-password-", "First-password-11", " First-password-1", &lower_case] {
            assert!(!is_right(&world, user(&world, "alice"), password), "{password}");
            world.store.clock.advance(Duration::from_mins(16));
        }
        let (now, rng) = (world.now(), world.store.rng.clone());
        account::close(&world.store, world.account, now, &*rng).expect("the account is closed");
        assert!(!is_right(&world, user(&world, "alice"), FIRST), "a closed account is over");
    }

    fn the_last_use_is_recorded_once_in_five_minutes(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        world.user("bob");
        create(&world, "alice", FIRST);
        let shown = || {
            let got = world.call(&world.root, "GetUser", &[("UserName", "alice")]).expect_done();
            let listed = world.call(&world.root, "ListUsers", &[]).expect_done();
            let last_used = got.find("User/PasswordLastUsed");
            let expected = vec![last_used.clone().unwrap_or_default(), String::new()];
            assert_eq!(listed.list("Users", "PasswordLastUsed"), expected);
            last_used
        };
        assert!(!is_right(&world, user(&world, "alice"), "wrong"));
        assert_eq!(shown(), None);
        for (minutes, expected) in [(1, "00:01:00"), (4, "00:01:00"), (1, "00:06:00"), (5, "00:11:00")] {
            world.store.clock.advance(Duration::from_mins(minutes));
            assert!(is_right(&world, user(&world, "alice"), FIRST));
            assert_eq!(shown(), Some(format!("2026-01-01T{expected}Z")));
        }
    }

    fn names_that_nobody_has_leave_as_much_behind_as_names_that_somebody_has(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        create(&world, "alice", FIRST);
        let commits = || dump::count(&world.store, "changes");
        let mut costs = Vec::new();
        for who in ["alice", "ghost", "phantom"].map(|name| user(&world, name)) {
            for _ in 0..7 {
                let before = commits();
                assert!(!is_right(&world, who, "wrong"));
                costs.push(commits() - before);
            }
        }
        assert!(costs.iter().all(|cost| *cost == 1), "{costs:?}");
        assert_eq!(dump::count(&world.store, "password_attempts"), 10, "and no more than five a name or nobody");
        world.call(&world.root, "DeleteLoginProfile", &[("UserName", "alice")]).expect_done();
        let keys = world.call(&world.root, "ListAccessKeys", &[("UserName", "alice")]).expect_done();
        for id in keys.list("AccessKeyMetadata", "AccessKeyId") {
            let key = [("UserName", "alice"), ("AccessKeyId", &*id)];
            world.call(&world.root, "DeleteAccessKey", &key).expect_done();
        }
        world.call(&world.root, "DeleteUser", &[("UserName", "alice")]).expect_done();
        assert_eq!(dump::count(&world.store, "password_attempts"), 5, "a user that is gone leaves none");
    }

    fn c5_who_tries_many_names_from_one_address_answers_a_challenge(store: TestStore) {
        let world = World::new(store);
        for name in ["alice", "bob"] {
            world.user(name);
            create(&world, name, FIRST);
        }
        let alice = user(&world, "alice");
        let principal = world.gate.ring().find_user(world.account, "alice").expect("there is alice");
        let device = KnownDevice::draw(&world.gate);
        device.remember(&world.gate, &principal, world.now()).expect("the device is remembered");
        let there = Entry { source: "192.0.2.7", device: None, challenge: None };
        for number in 0..20 {
            let name = format!("ghost-{number}");
            assert!(matches!(give(&world, user(&world, &name), &there, FIRST), Outcome::Wrong), "{name}");
        }
        let spent = || dump::count(&world.store, "password_attempts");
        let before = spent();
        for password in [FIRST, "wrong"] {
            assert!(matches!(give(&world, alice, &there, password), Outcome::Challenged), "{password}");
        }
        assert_eq!(spent(), before, "nobody's budget is spent by what was not looked at");

        let asked = challenge::draw(&world.gate, world.now()).expect("there is a challenge");
        let answer = challenge::compute(&asked.task).to_string();
        for wrong in ["", "AAAAAA", "1"] {
            let entry = Entry { challenge: Some((&asked.sealed, wrong)), ..there };
            assert!(matches!(give(&world, alice, &entry, FIRST), Outcome::Challenged), "{wrong}");
        }
        let answered = Entry { challenge: Some((&asked.sealed, &answer)), ..there };
        assert!(matches!(give(&world, alice, &answered, FIRST), Outcome::Right(_)));
        assert!(matches!(give(&world, alice, &answered, FIRST), Outcome::Challenged), "an answer is good once");

        let known = Entry { device: Some(&device), ..there };
        assert!(matches!(give(&world, alice, &known, FIRST), Outcome::Right(_)), "her browser is known");
        assert!(matches!(give(&world, user(&world, "bob"), &known, FIRST), Outcome::Challenged), "but not for bob");
        let elsewhere = Entry { source: "192.0.2.8", ..there };
        assert!(matches!(give(&world, alice, &elsewhere, FIRST), Outcome::Right(_)));
        world.store.clock.advance(Duration::from_mins(16));
        assert!(matches!(give(&world, alice, &there, FIRST), Outcome::Right(_)), "it passes by itself");
    }
}
