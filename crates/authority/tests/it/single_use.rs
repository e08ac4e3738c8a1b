//! What is good once has one winner, however many bring it at the same time.

use std::cell::Cell;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use keystead_authority::password_reset::recover_root;
use keystead_authority::sign_in::check_code;
use keystead_store::both;
use keystead_store::testing::TestStore;
use serde_json::json;

use crate::authenticator::{Authenticator, Said};
use crate::invitations::invite;
use crate::passkeys::{asked, is_in, with_passkey};
use crate::passwords::{FIRST, create};
use crate::phone::{Phone, step};
use crate::world::World;

/// The token in a link that an administrator has made for a user.
pub(crate) fn link_for(world: &World, user: &str) -> String {
    let path = format!("/api/v1/users/{user}/password-reset");
    let made = world.rest(&world.root, "POST", &path, None).expect_done().json();
    made["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// Whether the bearer of a link set a password.
pub(crate) fn set_password(world: &World, token: &str, password: &str) -> bool {
    let input = json!({"token": token, "new_password": password});
    world.send_unsigned("/api/v1/password-reset", &input).reply.status == 200
}

fn accept(world: &World, token: &str, mark: &str) -> bool {
    let input = json!({"token": token, "user_name": mark, "password": FIRST});
    world.send_unsigned("/api/v1/invitation/accept", &input).reply.status == 200
}

fn sign_in(world: &World, code: &str, _: &str) -> bool {
    let alice = world.gate.ring().find_user(world.account, "alice").expect("alice is known");
    check_code(&world.gate, &alice, code, world.now()).expect("the code is checked")
}

/// An answer of a passkey, with what it was asked.
fn sign_in_with_passkey(world: &World, answered: &str, _: &str) -> bool {
    let carol = world.gate.ring().find_user(world.account, "carol").expect("carol is known");
    let (ceremony, answer) = answered.split_once(' ').expect("it is both");
    is_in(world, &carol, "a sign-in", ceremony, answer)
}

/// Makes a thing that is good once.
type Make<'m> = &'m dyn Fn(&str) -> String;
/// Whether bringing it did something; the last is another mark each time.
type Take = fn(&World, &str, &str) -> bool;

fn one_wins(store: TestStore, callers: usize, rounds: usize) {
    let world = World::new(store);
    world.user("alice");
    create(&world, "alice", FIRST);
    let phone = Phone::of_user(&world, &world.root, "alice", "phone");
    let make_code = |_: &str| {
        // Wrong codes are counted, and everybody but the winner brings one.
        world.store.clock.advance(Duration::from_mins(16));
        phone.code(step(&world))
    };
    let key = Authenticator::new("carol's passkey");
    let carol = with_passkey(&world, "carol", &key);
    let counter = Cell::new(0);
    let make_answer = |_: &str| {
        world.store.clock.advance(Duration::from_mins(16));
        let asked = asked(&world, &carol, "a sign-in");
        counter.set(counter.get() + 1);
        format!("{} {}", asked.ceremony, key.answer(&asked.options, &Said::rightly(counter.get())))
    };
    let of_operator = |_: &str| {
        let drawn = recover_root(world.gate.store(), world.account, world.now(), &*world.store.rng);
        drawn.expect("a link is made").token.expose().to_owned()
    };
    let invitation = |mark: &str| {
        let input = json!({"email": format!("{mark}@example.com"), "policies": ["observer"]});
        invite(&world, &world.root, &input)
    };
    let kinds: [(&str, Make<'_>, Take); 5] = [
        ("an administrator's link", &|_| link_for(&world, "alice"), set_password),
        ("an operator's link", &of_operator, set_password),
        ("an invitation", &invitation, accept),
        ("a code", &make_code, sign_in),
        ("a passkey's answer", &make_answer, sign_in_with_passkey),
    ];
    for (what, make, take) in kinds {
        for round in 0..rounds {
            let thing = make(&format!("round-{round}"));
            let together = Barrier::new(callers);
            let bring = &|number: usize| {
                together.wait();
                take(&world, &thing, &format!("Of-caller-{number}-in-{round}"))
            };
            let done: Vec<bool> = thread::scope(|scope| {
                let all: Vec<_> = (0..callers).map(|number| scope.spawn(move || bring(number))).collect();
                all.into_iter().map(|one| one.join().unwrap()).collect()
            });
            let winners = done.iter().filter(|done| **done).count();
            assert_eq!(winners, 1, "{what} in round {round}");
            assert!(!take(&world, &thing, "Afterwards-1"), "{what} is good again");
        }
    }
}

both! {
    fn c10_of_many_at_once_one_wins(store: TestStore) {
        one_wins(store, 16, 4);
    }

    #[ignore = "large"]
    fn c10_of_64_at_once_in_1000_rounds_one_wins(store: TestStore) {
        one_wins(store, 64, 1000);
    }
}
