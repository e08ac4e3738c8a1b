//! Attacks that worked on others, each under the letter and number that `docs/security.md` lists it by. Those on
//! the policy language itself (B7, B12) are in `crates/policy/tests`; a forged request (B3), a request that says
//! too much (B4) and a foreign administrator (B8) are with their kind: here are the rest.

use std::collections::BTreeSet;

use keystead_gate::{Handler, Kind};
use keystead_store::both;
use keystead_store::testing::TestStore;
use serde_json::json;

use crate::answer::Answer;
use crate::requests::Subject;
use crate::sessions::{allowing, session_in, trusting};
use crate::world::{ADMINISTRATOR, Key, World, handlers};

/// An action and its parameters.
type Call<'c> = (&'c str, &'c [(&'c str, &'c str)]);

/// The names of all writes that go by who signed.
fn writes() -> impl Iterator<Item = &'static str> {
    let signed = |handler: &&dyn Handler| handler.kind() == Kind::Write && !handler.takes_strangers();
    handlers().into_iter().filter(signed).map(Handler::name)
}

/// Whether somebody in a session was kept from it: by a policy, or because it is for users only.
fn is_kept_from(answer: &Answer) -> bool {
    matches!(&*answer.code, "AccessDenied" | "InvalidClientTokenId" | "InvalidUserType")
        || answer.message == "Must specify userName when calling with non-User credentials"
}

both! {
    // MinIO CVE-2025-62506 and RustFS CVE-2026-22043: a session's policy was asked only what it denies, so that a
    // narrow session made itself a key without limits.
    fn b1_what_limits_a_session_limits_what_it_makes(store: TestStore) {
        let world = World::new(store);
        let subject = Subject::new(&world, &world.root, "alice");
        let administrator = world.administrator("administrator");
        let role = world.role(&world.root, "ruler");
        world.grant_role(&world.root, "ruler", &allowing(&["*"]));
        let reading = allowing(&["iam:Get*", "iam:List*"]);
        let limited = session_in(&world.assume(&administrator, &role, &[("Policy", &reading)]).expect_done());
        let state = world.state();
        for name in writes() {
            assert!(is_kept_from(&world.ask(&limited, &subject.request(name))), "{name}");
        }
        assert_eq!(world.state(), state);
        world.call(&limited, "GetUser", &[("UserName", "alice")]).expect_done();
    }

    // MinIO CVE-2022-24842 and CVE-2024-55949: keys were made for root, and imported under any parent.
    fn b2_nobody_makes_or_brings_a_key_for_root(store: TestStore) {
        let world = World::new(store);
        let administrator = world.administrator("administrator");
        let account = world.account.to_string();
        let state = world.state();
        for name in ["root", "<root_account>", &*account, "first@example.com"] {
            let refused = world.call(&administrator, "CreateAccessKey", &[("UserName", name)]);
            assert!(matches!(&*refused.code, "NoSuchEntity" | "ValidationError"), "{name}: {}", refused.code);
            let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz12345678";
            let key = json!({"user_name": name, "access_key_id": "AKIAI44QH7DHBEXAMPLE", "secret_access_key": secret});
            let refused = world.rest(&administrator, "POST", "/api/v1/access-keys/import", Some(&key));
            assert!(matches!(&*refused.code, "NoSuchEntity" | "ValidationError"), "{name}: {}", refused.code);
        }
        assert_eq!(world.state(), state);
        // Without a name it is one's own key, never root's.
        let made = world.call(&administrator, "CreateAccessKey", &[]).expect_done();
        assert_eq!(made.text("AccessKey/UserName"), "administrator");
    }

    // Keystone CVE-2026-43000 and its like: a token that stood for somebody made credentials that outlive it.
    fn b5_a_session_changes_no_credential_that_its_policies_keep_from_it(store: TestStore) {
        let world = World::new(store);
        let subject = Subject::new(&world, &world.root, "alice");
        let administrator = world.administrator("administrator");
        let federated = [("Name", "guest"), ("Policy", &*allowing(&["*"]))];
        let sessions = [
            session_in(&world.call(&administrator, "GetSessionToken", &[]).expect_done()),
            session_in(&world.call(&administrator, "GetFederationToken", &federated).expect_done()),
            {
                let role = world.role(&world.root, "reader");
                world.grant_role(&world.root, "reader", &allowing(&["iam:Get*", "iam:List*"]));
                session_in(&world.assume(&administrator, &role, &[]).expect_done())
            },
        ];
        let state = world.state();
        for (session, name) in sessions.iter().flat_map(|session| writes().map(move |name| (session, name))) {
            let request = subject.request(name);
            // Keystead's own operations know no difference between a user and its session.
            let own = handlers().iter().any(|handler| handler.name() == name && handler.service() == "keystead");
            if own || name == "AssumeRole" {
                continue;
            }
            assert!(is_kept_from(&world.ask(session, &request)), "{name}");
        }
        assert_eq!(world.state(), state);
    }

    // Keystone CVE-2012-5571: a token kept a role that had been taken away.
    fn b6_what_was_taken_away_is_gone_at_the_next_request(store: TestStore) {
        let world = World::new(store);
        let root = &world.root;
        let done = |action: &str, params: &[(&str, &str)]| {
            world.call(root, action, params).expect_done();
        };
        let user = ("UserName", "alice");
        let alice = world.user("alice");
        let (group, administrator) = (("GroupName", "rulers"), ("PolicyArn", ADMINISTRATOR));
        let inline = [("PolicyName", "all"), ("PolicyDocument", &*allowing(&["*"]))];
        done("CreateGroup", &[group]);
        done("CreatePolicy", &[("PolicyName", "all"), inline[1]]);
        let own = format!("arn:aws:iam::{}:policy/all", world.account);
        let own = ("PolicyArn", own.as_str());
        let nothing = [("PolicyDocument", &*allowing(&["s3:GetObject"])), ("SetAsDefault", "true"), own];
        let role = world.role(root, "ruler");
        let role_name = ("RoleName", "ruler");
        done("AttachRolePolicy", &[role_name, administrator]);
        world.grant_user(root, "alice", &allowing(&["sts:AssumeRole"]));
        let session = session_in(&world.assume(&alice, &role, &[]).expect_done());
        let listing = |key: &Key| world.call(key, "ListGroups", &[]).reply.status == 200;
        let ways: [(&[Call<'_>], Call<'_>); 5] = [
            (&[("AttachUserPolicy", &[user, administrator])], ("DetachUserPolicy", &[user, administrator])),
            (&[("PutUserPolicy", &[user, inline[0], inline[1]])], ("DeleteUserPolicy", &[user, inline[0]])),
            (
                &[("AttachGroupPolicy", &[group, administrator]), ("AddUserToGroup", &[group, user])],
                ("RemoveUserFromGroup", &[group, user]),
            ),
            (&[("AddUserToGroup", &[group, user])], ("DetachGroupPolicy", &[group, administrator])),
            (&[("AttachUserPolicy", &[user, own])], ("CreatePolicyVersion", &nothing)),
        ];
        for (give, (action, params)) in ways {
            assert!(!listing(&alice), "{action}");
            for (action, params) in give {
                done(action, params);
            }
            assert!(listing(&alice), "{action}");
            done(action, params);
            assert!(!listing(&alice), "{action}");
        }
        assert!(listing(&session));
        done("DetachRolePolicy", &[role_name, administrator]);
        assert!(!listing(&session));
        done("DeleteRole", &[role_name]);
        world.call(&session, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
    }

    // A confused deputy: somebody's role is taken on in the name of somebody else's customer.
    fn b11_a_role_for_a_third_party_asks_for_the_external_id(store: TestStore) {
        let world = World::new(store);
        let vendor = world.second_account("vendor");
        let deputy = world.user_of(&vendor, "deputy");
        world.grant_user(&vendor, "deputy", &allowing(&["sts:AssumeRole"]));
        let condition = json!({"StringEquals": {"sts:ExternalId": "tenant-7f3a"}});
        let trust = trusting(&json!({"AWS": vendor.account.to_string()}), &condition);
        let role = world.role_trusting(&world.root, "for-the-vendor", &trust);
        for given in [&[][..], &[("ExternalId", "tenant-0000")], &[("ExternalId", "TENANT-7F3A")]] {
            world.assume(&deputy, &role, given).expect_code(403, "AccessDenied");
        }
        world.assume(&deputy, &role, &[("ExternalId", "tenant-7f3a")]).expect_done();
    }
}

// RustFS CVE-2025-68926: a token was a constant of the program.
#[test]
fn b9_no_text_of_the_program_is_a_credential() {
    let world = World::new(TestStore::sqlite());
    let program =
        std::fs::read(std::env::current_exe().expect("the test has a file")).expect("it can be read");
    // Texts stand there one after the other without anything between, so each place is a beginning.
    let texts = |prefix: &'static [u8], length: usize| {
        let candidates = program.windows(length).filter(move |text| text.starts_with(prefix));
        candidates.filter_map(|text| std::str::from_utf8(text).ok()).collect::<BTreeSet<&str>>()
    };
    let key_ids =
        [&texts(b"AKIA", 20), &texts(b"ASIA", 20)].into_iter().flatten().copied().collect::<Vec<_>>();
    assert!(key_ids.contains(&"AKIAIOSFODNN7EXAMPLE"), "the texts of the program are found");
    for id in key_ids.into_iter().filter_map(|id| id.parse().ok()) {
        assert!(world.gate.ring().find_key(id).is_none(), "{id}");
    }
    for token in texts(b"ksv_", 57) {
        assert!(world.gate.find_verifier(Some(token)).is_err(), "{token}");
    }
}

// RustFS CVE-2026-45039 and every default password before it: what is known of other products opens nothing.
#[test]
fn b10_no_credential_is_there_by_default() {
    let world = World::new(TestStore::sqlite());
    let known = [
        ("minioadmin", "minioadmin"),
        ("rustfsadmin", "rustfsadmin"),
        ("admin", "admin"),
        ("test", "test"),
        ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("AKIAI44QH7DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"),
    ];
    for (id, secret) in known {
        let key = Key { id: id.to_owned(), secret: secret.to_owned(), ..world.root.clone() };
        world.call(&key, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
        // Nor is it taken in when somebody brings it.
        let input = json!({
            "user_name": "brought", "create_user": true, "access_key_id": id, "secret_access_key": secret,
        });
        world
            .rest(&world.root, "POST", "/api/v1/access-keys/import", Some(&input))
            .expect_code(400, "ValidationError");
    }
}
