//! Invitations over time: six days to accept one, and policies that end by themselves. What else holds of them is
//! tested through the real binary and with real letters.

use std::time::Duration;

use keystead_aws::Fault;
use keystead_core::rng::uuid;
use keystead_store::letters::body_place;
use keystead_store::{Tx, both};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::requests::PASSWORD;
use crate::world::{Key, World};

const OBSERVER: &str = "arn:aws:iam::aws:policy/keystead/observer";
const DAY: Duration = Duration::from_hours(24);
const ALMOST_A_DAY: Duration = Duration::from_secs(24 * 60 * 60 - 1);

/// Invites and gives the token in the letter.
pub(crate) fn invite(world: &World, root: &Key, input: &Value) -> String {
    world.rest(root, "POST", "/api/v1/invitations", Some(input)).expect_done();
    token_to(world, input["email"].as_str().unwrap())
}

/// The token in the newest letter to an address.
fn token_to(world: &World, address: &str) -> String {
    let due = |tx: &mut Tx<'_>| tx.letters().list_due(world.now(), 1000).map_err(Fault::from);
    let letters = world.gate.store().read(due).unwrap();
    let letter = letters.into_iter().rfind(|letter| letter.recipient == address).expect("there is a letter");
    let place = body_place(letter.account, &letter.id);
    let text = world.gate.store().sealer().open(&place, letter.body_sealed.as_bytes()).unwrap();
    let text = String::from_utf8(text.expose().clone()).unwrap();
    text.lines().find_map(|line| line.split_once("accept#")).expect("there is a link").1.to_owned()
}

/// A request that nobody signs.
fn accept(world: &World, token: &str, user: &str) -> Answer {
    let input = json!({"token": token, "user_name": user, "password": PASSWORD});
    world.send_unsigned("/api/v1/invitation/accept", &input)
}

fn policies(world: &World, user: &str) -> String {
    world.call(&world.root, "ListAttachedUserPolicies", &[("UserName", user)]).expect_done().body().to_owned()
}

both! {
    fn u7_an_invitation_ends_after_six_days_and_can_be_sent_again(store: TestStore) {
        let world = World::new(store);
        let input = json!({"email": "ana@example.com", "policies": ["observer"]});
        let token = invite(&world, &world.root, &input);
        world.store.clock.advance(DAY * 6);
        accept(&world, &token, "ana").expect_code(404, "NoSuchEntity");
        let listed = world.rest(&world.root, "GET", "/api/v1/invitations", None).expect_done().json();
        assert_eq!(listed["invitations"][0]["state"], "expired");
        let id = listed["invitations"][0]["invitation_id"].as_str().unwrap();
        world.rest(&world.root, "POST", &format!("/api/v1/invitations/{id}/resend"), None).expect_done();
        let newer = token_to(&world, "ana@example.com");
        world.store.clock.advance(DAY * 5 + ALMOST_A_DAY);
        accept(&world, &token, "ana").expect_code(404, "NoSuchEntity");
        accept(&world, &newer, "ana").expect_done();
        let id = world.call(&world.root, "GetUser", &[("UserName", "ana")]).expect_done().text("User/UserId");
        let find = |tx: &mut Tx<'_>| tx.users().find_contact_email(world.account, &id).map_err(Fault::from);
        assert_eq!(world.gate.store().read(find).unwrap().as_deref(), Some("ana@example.com"));
    }

    fn temporary_policies_are_detached_when_their_days_are_over(store: TestStore) {
        let world = World::new(store);
        let input = json!({"email": "ana@example.com", "policies": ["observer"], "temporary_days": 3});
        accept(&world, &invite(&world, &world.root, &input), "ana").expect_done();
        let key = world.key_of(&world.root, "ana");
        let look = || world.rest(&key, "GET", "/api/v1/verifiers", None);
        world.store.clock.advance(DAY * 2 + ALMOST_A_DAY);
        keystead_authority::temporary_policies::end_due(&world.gate).unwrap();
        look().expect_done();
        world.store.clock.advance(Duration::from_secs(1));
        keystead_authority::temporary_policies::end_due(&world.gate).unwrap();
        look().expect_code(403, "AccessDenied");
        assert!(!policies(&world, "ana").contains(OBSERVER));
        // What is granted by hand later is not theirs to end.
        let policy = [("UserName", "ana"), ("PolicyArn", OBSERVER)];
        world.call(&world.root, "AttachUserPolicy", &policy).expect_done();
        world.store.clock.advance(DAY * 30);
        keystead_authority::temporary_policies::end_due(&world.gate).unwrap();
        look().expect_done();
    }

    fn invitations_that_can_be_accepted_are_bounded(store: TestStore) {
        let world = World::new(store);
        let invite = || {
            let email = format!("{}@example.com", uuid(&*world.store.rng));
            let input = json!({"email": email, "policies": ["observer"]});
            world.rest(&world.root, "POST", "/api/v1/invitations", Some(&input))
        };
        for _ in 0..100 {
            invite().expect_done();
        }
        invite().expect_code(409, "LimitExceeded");
        world.store.clock.advance(DAY * 6);
        invite().expect_done();
    }
}
