//! Passkeys: made by their owner in one session, answering once in one sign-in, and no other way. What browsers make of
//! it is tested with a real one.

use std::sync::Arc;
use std::time::Duration;

use keystead_authority::passkey::{Asked, Whose, ask, begin_making, is_answered};
use keystead_authority::sign_in::{check_code, needs_second_factor};
use keystead_gate::console::{Call, SignIn, Visit, Visitor};
use keystead_gate::ring::Principal;
use keystead_store::both;
use serde_json::json;

use crate::answer::Answer;
use crate::authenticator::{Authenticator, Said};
use crate::guards::events;
use crate::passwords::{FIRST, create};
use crate::phone::{Phone, step};
use crate::single_use::{link_for, set_password};
use crate::world::{ADMINISTRATOR, HOST, Key, World};

const SITE: (bool, &str) = (true, HOST);
const LASTS: Duration = Duration::from_mins(5);
const ALMOST: Duration = Duration::from_secs(299);
/// After it, wrong answers are forgotten.
const FORGOTTEN: Duration = Duration::from_mins(16);
const OVER: &str = "This took too long, or was begun elsewhere. Begin again.";

fn find(world: &World, name: &str) -> Arc<Principal> {
    world.gate.ring().find_user(world.account, name).expect("the user is known")
}

fn visit(world: &World) -> Visit {
    let source = "192.0.2.7".to_owned();
    Visit { source, user_agent: "a browser".to_owned(), secure: true, now: world.now(), once: None }
}

/// Somebody who is signed in with a browser.
fn visitor(world: &World, principal: &Principal) -> Visitor {
    let begun = SignIn { principal, password_version: 1, mfa: false };
    world.gate.visitor_without_session(&begun, &visit(world)).expect("there is such a person")
}

fn begin(world: &World, visitor: &Visitor) -> Asked {
    let within = visitor.session.access_key_id.to_string();
    let whose = Whose { owner: &visitor.principal, within: &within };
    begin_making(&world.gate, whose, SITE, world.now()).expect("passkeys can be made here")
}

fn create_passkey(world: &World, visitor: &Visitor, (asked, made): (&Asked, &str), name: &str) -> Answer {
    let input = json!({"ceremony": asked.ceremony, "credential": made, "name": name});
    let call = Call::Rest { method: "POST", path: "/api/v1/passkeys", input };
    Answer::of(world.gate.call(visitor, &visit(world), call))
}

/// Gives a passkey to whoever may have one; its ARN.
fn add(world: &World, visitor: &Visitor, authenticator: &Authenticator, name: &str) -> String {
    let asked = begin(world, visitor);
    let made = authenticator.make(&asked.options);
    let answer = create_passkey(world, visitor, (&asked, &made), name).expect_done().json();
    answer["serial_number"].as_str().expect("it has an ARN").to_owned()
}

/// An administrator with a passkey.
pub(crate) fn with_passkey(world: &World, name: &str, authenticator: &Authenticator) -> Arc<Principal> {
    world.administrator(name);
    let owner = find(world, name);
    add(world, &visitor(world, &owner), authenticator, "key");
    owner
}

/// What a sign-in asks an owner of passkeys.
pub(crate) fn asked(world: &World, owner: &Principal, within: &str) -> Asked {
    let asked = ask(&world.gate, Whose { owner, within }, SITE, world.now()).expect("it can be asked");
    asked.expect("there is a passkey of this site")
}

pub(crate) fn is_in(world: &World, owner: &Principal, within: &str, ceremony: &str, answer: &str) -> bool {
    let whose = Whose { owner, within };
    is_answered(&world.gate, whose, ceremony, answer, world.now()).expect("the answer is checked")
}

/// Signs in honestly, with the counter given.
fn signs_in(world: &World, owner: &Principal, authenticator: &Authenticator, counter: u32) -> bool {
    let asked = asked(world, owner, "a sign-in");
    let answer = authenticator.answer(&asked.options, &Said::rightly(counter));
    is_in(world, owner, "a sign-in", &asked.ceremony, &answer)
}

fn devices(world: &World, name: &str) -> Vec<String> {
    let listed = world.call(&world.root, "ListMFADevices", &[("UserName", name)]).expect_done();
    listed.list("MFADevices", "SerialNumber")
}

/// Answers that differ from a right one in one thing.
fn bent() -> Vec<(&'static str, Said)> {
    let right = || Said::rightly(20);
    let of = |origin: &str| Said { origin: origin.to_owned(), ..right() };
    vec![
        ("a false page's", of("https://keystead.test.example:7360")),
        ("of another port", of("https://keystead.test:7361")),
        ("without TLS", of(&format!("http://{HOST}"))),
        ("for another name", Said { site: "example.com".to_owned(), ..right() }),
        ("of the other ceremony", Said { kind: "create", ..right() }),
        ("with nobody there", Said { flags: 0b100, ..right() }),
        ("of nobody in particular", Said { flags: 0b001, ..right() }),
        ("of a copy that stayed behind", Said { counter: 10, ..right() }),
        ("of a copy made before", Said { counter: 9, ..right() }),
    ]
}

both! {
    fn c3_an_answer_is_right_in_everything_or_wrong(store: TestStore) {
        let world = World::new(store);
        let key = Authenticator::new("alice's passkey");
        let alice = with_passkey(&world, "alice", &key);
        assert!(signs_in(&world, &alice, &key, 10));
        for (what, said) in bent() {
            world.store.clock.advance(FORGOTTEN);
            let asked = asked(&world, &alice, "a sign-in");
            let answer = key.answer(&asked.options, &said);
            assert!(!is_in(&world, &alice, "a sign-in", &asked.ceremony, &answer), "{what}");
        }
        world.store.clock.advance(FORGOTTEN);
        assert!(!signs_in(&world, &alice, &key.forged(), 20), "another key under the same name");
        assert!(!signs_in(&world, &alice, &Authenticator::new("unknown"), 20), "a key of nobody's");
        let (one, other) = (asked(&world, &alice, "a sign-in"), asked(&world, &alice, "a sign-in"));
        let answer = key.answer(&one.options, &Said::rightly(20));
        assert!(!is_in(&world, &alice, "a sign-in", &other.ceremony, &answer), "to another challenge");
        assert!(is_in(&world, &alice, "a sign-in", &one.ceremony, &answer), "and right to its own");
    }

    fn c3_an_answer_is_good_once_for_five_minutes_in_its_own_sign_in(store: TestStore) {
        let world = World::new(store);
        let (key, other_key) = (Authenticator::new("alice's passkey"), Authenticator::new("bob's passkey"));
        let alice = with_passkey(&world, "alice", &key);
        let bob = with_passkey(&world, "bob", &other_key);
        // Authenticators without a counter always say 0, so nothing but the ceremony tells one answer from the next.
        let answered = |within: &str| {
            let asked = asked(&world, &alice, within);
            let answer = key.answer(&asked.options, &Said::rightly(0));
            (asked.ceremony, answer)
        };
        let (ceremony, answer) = answered("one");
        assert!(!is_in(&world, &alice, "another", &ceremony, &answer), "in another sign-in");
        assert!(!is_in(&world, &bob, "one", &ceremony, &answer), "in somebody else's");
        assert!(is_in(&world, &alice, "one", &ceremony, &answer));
        assert!(!is_in(&world, &alice, "one", &ceremony, &answer), "twice");
        let (ceremony, answer) = answered("one");
        world.store.clock.advance(ALMOST);
        assert!(is_in(&world, &alice, "one", &ceremony, &answer), "in time");
        let (ceremony, answer) = answered("one");
        world.store.clock.advance(LASTS);
        assert!(!is_in(&world, &alice, "one", &ceremony, &answer), "too late");
        // What was answered is as good after a restart, and as used up.
        world.store.clock.advance(FORGOTTEN);
        let (ceremony, answer) = answered("one");
        let world = world.with_new_gate();
        let alice = find(&world, "alice");
        assert!(is_in(&world, &alice, "one", &ceremony, &answer));
        assert!(!is_in(&world, &alice, "one", &ceremony, &answer), "twice, with a restart");
    }

    fn wrong_answers_and_wrong_codes_count_together(store: TestStore) {
        let world = World::new(store);
        let key = Authenticator::new("alice's passkey");
        let alice = with_passkey(&world, "alice", &key);
        let phone = Phone::of_user(&world, &world.root, "alice", "phone");
        world.store.clock.advance(FORGOTTEN);
        for _ in 0..3 {
            assert!(!signs_in(&world, &alice, &key.forged(), 0));
        }
        for _ in 0..2 {
            assert!(!check_code(&world.gate, &alice, "000000", world.now()).unwrap());
        }
        let right = || check_code(&world.gate, &alice, &phone.code(step(&world)), world.now()).unwrap();
        assert!(!signs_in(&world, &alice, &key, 1) && !right(), "even right ones have to wait");
        world.store.clock.advance(FORGOTTEN);
        assert!(signs_in(&world, &alice, &key, 2) && right());
    }

    fn one_is_made_once_by_its_owner_in_the_session_that_asked(store: TestStore) {
        let world = World::new(store);
        for name in ["alice", "bob"] {
            world.administrator(name);
        }
        let (alice, bob) = (find(&world, "alice"), find(&world, "bob"));
        let (here, elsewhere) = (visitor(&world, &alice), visitor(&world, &alice));
        let asked = begin(&world, &here);
        let made = Authenticator::new("one").make(&asked.options);
        let made = (&asked, &*made);
        for stranger in [&elsewhere, &visitor(&world, &bob)] {
            create_passkey(&world, stranger, made, "key").expect_refused(400, "ValidationError", OVER);
        }
        // A key of the same user's is no browser.
        let key = world.key_of(&world.root, "alice");
        let input = json!({"ceremony": asked.ceremony, "credential": made.1, "name": "key"});
        let signed = world.rest(&key, "POST", "/api/v1/passkeys", Some(&input));
        signed.expect_refused(400, "ValidationError", OVER);
        assert!(!needs_second_factor(&world.gate, &alice).unwrap());
        let before = events(&world);
        create_passkey(&world, &here, made, "key").expect_done();
        let new: Vec<_> = events(&world).into_iter().filter(|event| !before.contains(event)).collect();
        assert_eq!(new.len(), 1);
        assert_eq!((&new[0]["eventName"], &new[0]["readOnly"]), (&json!("CreatePasskey"), &json!(false)));
        assert_eq!(new[0]["userIdentity"]["arn"], alice.arn().to_string());
        assert_eq!(new[0]["userIdentity"]["accessKeyId"], here.session.access_key_id.to_string());
        assert!(needs_second_factor(&world.gate, &alice).unwrap());
        create_passkey(&world, &here, made, "again").expect_code(409, "EntityAlreadyExists");
        let asked = begin(&world, &here);
        let made = Authenticator::new("two").make(&asked.options);
        world.store.clock.advance(LASTS);
        create_passkey(&world, &here, (&asked, &made), "late").expect_refused(400, "ValidationError", OVER);
        assert_eq!(devices(&world, "alice").len(), 1);
    }

    fn who_may_enable_a_device_for_itself_may_make_one(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        // Each time as she is now, as the door finds her at every page.
        let tried = |mark: &str| {
            let visitor = visitor(&world, &find(&world, "alice"));
            let asked = begin(&world, &visitor);
            let made = Authenticator::new(mark).make(&asked.options);
            create_passkey(&world, &visitor, (&asked, &made), mark)
        };
        let refused = tried("first");
        refused.expect_code(403, "AccessDenied");
        assert!(refused.message.contains("iam:EnableMFADevice on resource: "), "{}", refused.message);
        let policy = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "iam:EnableMFADevice", "Resource": "arn:aws:iam::*:user/${aws:username}"}});
        let policy = policy.to_string();
        let given = [("UserName", "alice"), ("PolicyName", "own"), ("PolicyDocument", &*policy)];
        world.call(&world.root, "PutUserPolicy", &given).expect_done();
        for number in 1..=8 {
            tried(&format!("key-{number}")).expect_done();
        }
        tried("key-9").expect_code(409, "LimitExceeded");
        assert_eq!(devices(&world, "alice").len(), 8);
        // Who signs nothing, or wrongly, is nobody here either.
        let input = json!({"ceremony": "", "credential": "", "name": "key"});
        let sent = world.sign_rest(&world.root, "POST", "/api/v1/passkeys", Some(&input));
        world.send(&sent.without_header("authorization")).expect_code(403, "MissingAuthenticationToken");
        let forged = Key { secret: "x".repeat(40), ..world.root.clone() };
        let answer = world.rest(&forged, "POST", "/api/v1/passkeys", Some(&input));
        answer.expect_code(403, "SignatureDoesNotMatch");
    }

    fn it_is_taken_off_by_its_own_account_alone(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let key = Authenticator::new("alice's passkey");
        let alice = with_passkey(&world, "alice", &key);
        world.user_of(&other, "alice");
        let serial = devices(&world, "alice").remove(0);
        assert!(serial.starts_with(&format!("arn:aws:iam::{}:u2f/user/alice/key-", world.account)), "{serial}");
        let named = [("UserName", "alice"), ("SerialNumber", &*serial)];
        for operation in ["GetMFADevice", "DeactivateMFADevice"] {
            world.call(&other, operation, &named).expect_code(404, "NoSuchEntity");
        }
        world.user("bob");
        let of_bob = [("UserName", "bob"), ("SerialNumber", &*serial)];
        world.call(&world.root, "DeactivateMFADevice", &of_bob).expect_code(404, "NoSuchEntity");
        // It goes before its owner does, as any device.
        let policy = [("UserName", "alice"), ("PolicyArn", ADMINISTRATOR)];
        world.call(&world.root, "DetachUserPolicy", &policy).expect_done();
        world.call(&world.root, "DeleteUser", &[("UserName", "alice")]).expect_code(409, "DeleteConflict");
        let asked = asked(&world, &alice, "a sign-in");
        let answer = key.answer(&asked.options, &Said::rightly(1));
        world.call(&world.root, "DeactivateMFADevice", &named).expect_done();
        assert!(!is_in(&world, &alice, "a sign-in", &asked.ceremony, &answer), "taken off meanwhile");
        assert!(devices(&world, "alice").is_empty() && !needs_second_factor(&world.gate, &alice).unwrap());
    }

    fn another_password_takes_no_passkey_off(store: TestStore) {
        let world = World::new(store);
        let key = Authenticator::new("alice's passkey");
        let alice = with_passkey(&world, "alice", &key);
        create(&world, "alice", FIRST);
        assert!(set_password(&world, &link_for(&world, "alice"), "Another-password-7"));
        assert!(needs_second_factor(&world.gate, &alice).unwrap());
        assert!(signs_in(&world, &alice, &key, 1));
    }
}
