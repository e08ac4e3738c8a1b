//! Session tokens under attack, and what a session may do at most.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keystead_core::Rng;
use keystead_policy::{Context, Policy, PolicySet, Principal, Purpose, Request, evaluate};
use keystead_store::both;
use keystead_store::testing::{SeededRng, TestStore};
use serde_json::{Value, json};

use crate::phone::Phone;
use crate::sessions::{allowing, session_in};
use crate::verify::{new_verifier, verify};
use crate::world::{HOST, Key, World};

fn session(world: &World) -> Key {
    let alice = world.administrator("alice");
    let role = world.role(&world.root, "role");
    session_in(&world.assume(&alice, &role, &[]).expect_done())
}

/// The key with another token.
fn with_token(key: &Key, token: impl Into<String>) -> Key {
    Key { token: Some(token.into()), ..key.clone() }
}

#[track_caller]
fn expect_refused(world: &World, key: &Key) {
    world.call(key, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
}

// Ceph, CVE-2025-30156: tokens were encrypted and not authenticated.
#[test]
fn a_token_with_one_bit_flipped_a_byte_less_or_a_byte_more_is_refused() {
    let world = World::new(TestStore::sqlite());
    let session = session(&world);
    let token = session.token.clone().unwrap();
    let sealed = STANDARD.decode(&token).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        expect_refused(&world, &with_token(&session, STANDARD.encode(flipped)));
    }
    for length in (0..sealed.len()).rev().take(64).chain(0..64) {
        expect_refused(&world, &with_token(&session, STANDARD.encode(&sealed[..length])));
    }
    for surplus in [&b"\0"[..], b"x", &sealed] {
        expect_refused(&world, &with_token(&session, STANDARD.encode([&sealed, surplus].concat())));
    }
    let no_pad = token.trim_end_matches('=');
    for spelling in [format!("{token}="), format!("{token}%"), format!("={token}"), format!("{no_pad}A")] {
        let answer = world.call(&with_token(&session, spelling), "GetCallerIdentity", &[]);
        assert_eq!(answer.reply.status, 403, "{}", answer.body());
    }
    world.call(&session, "GetCallerIdentity", &[]).expect_done();
}

both! {
    fn a_token_is_good_for_its_own_key_and_account_only(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let session = session(&world);
        let next = session_in(&world.call(&world.root, "GetSessionToken", &[]).expect_done());
        let theirs = session_in(&world.call(&other, "GetSessionToken", &[]).expect_done());
        let alice = world.key_of(&world.root, "alice");
        for key in [&next, &theirs, &alice, &world.root, &other] {
            expect_refused(&world, &with_token(key, session.token.clone().unwrap()));
            expect_refused(&world, &with_token(&session, key.token.clone().unwrap_or_default()));
        }
        expect_refused(&world, &Key { token: None, ..session.clone() });
        // A right token does not make a wrong secret right.
        let forged = Key { secret: alice.secret.clone(), ..session.clone() };
        world.call(&forged, "GetCallerIdentity", &[]).expect_code(403, "SignatureDoesNotMatch");
        // A token that is not signed along is as good as none.
        let sent = world.sign_call(&Key { token: None, ..session.clone() }, "GetCallerIdentity", &[]);
        let smuggled = sent.with_header("x-amz-security-token", &session.token.clone().unwrap());
        let answer = world.send(&smuggled);
        assert_eq!(answer.reply.status, 403, "{}", answer.body());
    }

    fn what_is_sealed_elsewhere_is_no_token(store: TestStore) {
        let world = World::new(store);
        let session = session(&world);
        let phone = Phone::of_user(&world, &world.root, "alice", "alice");
        let denied = world.call(&session, "ListUsers", &[]);
        let message = URL_SAFE_NO_PAD.decode(&*denied.reply.authorization_message.unwrap()).unwrap();
        let (account, root) = (world.account, world.root.id.parse().unwrap());
        let (mut secret, serial) = (Vec::new(), phone.serial_number.clone());
        world.store.read(|tx| {
            tx.access_keys().find_for_ring(root, &mut |key| {
                secret = key.secret_sealed.to_vec();
                Ok(())
            })
        }).unwrap();
        let device = world.store.read(|tx| tx.mfa_devices().find(account, &serial)).unwrap().unwrap();
        for sealed in [message, secret, device.seed_sealed.as_bytes().to_vec()] {
            for key in [&session, &world.root] {
                expect_refused(&world, &with_token(key, STANDARD.encode(&sealed)));
            }
        }
    }

    fn an_expired_session_is_told_apart_and_does_nothing(store: TestStore) {
        let world = World::new(store);
        let session = session(&world);
        world.store.clock.advance(Duration::from_hours(1) - Duration::from_micros(1));
        world.call(&session, "GetCallerIdentity", &[]).expect_done();
        let early = world.sign_call(&session, "GetCallerIdentity", &[]);
        world.store.clock.advance(Duration::from_micros(1));
        for sent in [early, world.sign_call(&session, "GetCallerIdentity", &[])] {
            world.send(&sent).expect_refused(
                403, "ExpiredToken", "The security token included in the request is expired");
        }
        let forged = Key { secret: world.root.secret.clone(), ..session.clone() };
        world.call(&forged, "GetCallerIdentity", &[]).expect_code(403, "ExpiredToken");
    }

    fn a_session_proves_itself_by_a_presigned_request(store: TestStore) {
        let world = World::new(store);
        let session = session(&world);
        let query = "Action=GetCallerIdentity&Version=2011-06-15";
        let sent = world.presign(&session, "sts", query, 60);
        assert!(sent.query.contains("X-Amz-Security-Token="));
        let arn = format!("arn:aws:sts::{}:assumed-role/role/test", world.account);
        assert_eq!(world.send(&sent).expect_done().text("Arn"), arn);
        let input = json!({"name": "cluster", "services": ["eks"], "hosts": [HOST]});
        let made = world.rest(&world.root, "POST", "/api/v1/verifiers", Some(&input)).expect_done();
        let token = made.json()["token"].as_str().unwrap().to_owned();
        let proven = verify(&world, &token, &sent, None).unwrap();
        assert_eq!(proven.arn, arn);
        let (_, elsewhere) = new_verifier(&world, &world.root, "queue", false);
        assert!(verify(&world, &elsewhere, &sent, None).is_err());
    }
}

/// A policy of one to three statements drawn from those that can differ in what follows.
fn draw_policy(rng: &SeededRng, user: &str) -> String {
    let one_of = |values: &[&str]| {
        let place = usize::try_from(rng.next_u64() % values.len() as u64).unwrap();
        values[place].to_owned()
    };
    let statements: Vec<Value> = (0..=rng.next_u64() % 3)
        .map(|_| {
            let effect = one_of(&["Allow", "Allow", "Allow", "Deny"]);
            let element = one_of(&["Action", "Action", "NotAction"]);
            let actions: Vec<String> = (0..=rng.next_u64() % 2)
                .map(|_| {
                    one_of(&[
                        "*",
                        "iam:*",
                        "iam:Create*",
                        "iam:CreateAccessKey",
                        "iam:*User*",
                        "iam:List*",
                        "iam:?ist*",
                        "iam:PutUserPolicy",
                        "sts:*",
                        "keystead:*",
                    ])
                })
                .collect();
            let resource = one_of(&[
                "*",
                "*",
                user,
                "arn:aws:iam::*:user/*",
                "arn:aws:iam::*:user/b*",
                "arn:aws:iam::*:*",
            ]);
            json!({"Effect": effect, element: actions, "Resource": resource})
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// Whether a policy alone allows it.
fn allows(document: &str, action: &str, resource: &str) -> bool {
    let policy = Policy::compile("p", document, Purpose::Identity, 1 << 16).unwrap();
    let context = Context::new();
    let arn = "arn:aws:sts::123456789012:assumed-role/role/test";
    let who =
        Principal::RoleSession { arn, role_arn: "arn:aws:iam::123456789012:role/role", role_id: "AROA" };
    let set = PolicySet { identity: &[&policy], ..PolicySet::default() };
    let request = Request::new(who, action, resource, &context);
    // The account of the resource does not matter here.
    evaluate(&request.owned_by("123456789012"), &set).is_allowed()
}

// MinIO, CVE-2025-62506, and RustFS, CVE-2026-22043: a session made a key that could do more than the session.
#[test]
fn a_session_may_do_what_both_its_role_and_its_policy_allow() {
    let world = World::new(TestStore::sqlite());
    let rng = SeededRng::new(7);
    let alice = world.administrator("alice");
    world.user("bob");
    let role = world.role(&world.root, "role");
    let bob = format!("arn:aws:iam::{}:user/bob", world.account);
    let questions = [
        ("CreateAccessKey", &[("UserName", "bob")][..]),
        ("DeleteAccessKey", &[("UserName", "bob"), ("AccessKeyId", "AKIAIOSFODNN7EXAMPLE")]),
        ("CreateLoginProfile", &[("UserName", "bob"), ("Password", "weak")]),
        ("ListAccessKeys", &[("UserName", "bob")]),
        ("UpdateUser", &[("UserName", "bob")]),
        ("GetUser", &[("UserName", "bob")]),
        ("TagUser", &[("UserName", "bob"), ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")]),
    ];
    let (mut asked, mut allowed) = (0, 0);
    for _ in 0..400 {
        let (granted, given) = (draw_policy(&rng, &bob), draw_policy(&rng, &bob));
        world.grant_role(&world.root, "role", &granted);
        let session = session_in(&world.assume(&alice, &role, &[("Policy", &given)]).expect_done());
        for (operation, params) in &questions {
            let action = format!("iam:{operation}");
            let expected = allows(&granted, &action, &bob) && allows(&given, &action, &bob);
            let answer = world.call(&session, operation, params);
            assert_eq!(answer.code != "AccessDenied", expected, "{operation} with {granted} and {given}");
            (asked, allowed) = (asked + 1, allowed + i32::from(expected));
        }
    }
    assert!(allowed > asked / 20 && allowed < asked / 2, "{allowed} of {asked} allowed");
}

// Keystone, CVE-2026-43000 and its like: who had been lent something made credentials that outlived it.
#[test]
fn a_session_without_permission_makes_and_changes_no_credential() {
    let world = World::new(TestStore::sqlite());
    let alice = world.administrator("alice");
    let role = world.role(&world.root, "role");
    world.grant_role(&world.root, "role", &allowing(&["*"]));
    let read_only = allowing(&["iam:Get*", "iam:List*", "keystead:List*", "keystead:Get*"]);
    let session = session_in(&world.assume(&alice, &role, &[("Policy", &read_only)]).expect_done());
    let state = world.state();
    let subject = crate::requests::Subject::named();
    for handler in crate::world::handlers() {
        let name = handler.name();
        let reads = ["Get", "List"].iter().any(|read| name.starts_with(read));
        if reads || handler.takes_strangers() {
            continue;
        }
        let answer = world.ask(&session, &subject.request(name));
        let refused = ["AccessDenied", "ValidationError", "InvalidUserType"].contains(&&*answer.code);
        assert!(refused, "{name}: {} {}", answer.code, answer.message);
    }
    assert_eq!(world.state(), state);
}
