//! ImportAccessKey: keys made elsewhere work here at once, and what would break a rule is refused.

use keystead_core::AccessKeyId;
use keystead_store::both;
use keystead_store::testing::TestStore;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::dump;
use crate::world::{Key, World};

const IMPORT: &str = "/api/v1/access-keys/import";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz12345678";

/// A key as another authority made it: its id carries an account that is not here.
fn made_elsewhere(world: &World) -> Key {
    let elsewhere = "123456789012".parse().unwrap();
    let id = AccessKeyId::generate(elsewhere, &*world.store.rng).to_string();
    Key { account: world.account, id, secret: SECRET.to_owned(), token: None }
}

fn input(user: &str, key: &Key) -> Value {
    json!({"user_name": user, "access_key_id": key.id, "secret_access_key": key.secret})
}

fn with(input: &Value, member: &str, value: Value) -> Value {
    let mut input = input.clone();
    input[member] = value;
    input
}

fn import(world: &World, input: &Value) -> Answer {
    world.rest(&world.root, "POST", IMPORT, Some(input))
}

both! {
    fn an_imported_key_is_a_key_like_any_other(store: TestStore) {
        let world = World::new(store);
        let key = made_elsewhere(&world);
        let asked = with(&input("alice", &key), "create_user", json!(true));
        let asked = with(&asked, "path", json!("/app/"));
        let asked = with(&asked, "created_at", json!("2020-02-03T04:05:06+00:00"));
        let made = import(&world, &asked).expect_done().json();
        let shown = json!({
            "outcome": "imported", "user_created": true, "user_name": "alice", "access_key_id": key.id,
            "status": "Active", "created_at": "2020-02-03T04:05:06Z",
        });
        assert_eq!(made, shown);
        let arn = format!("arn:aws:iam::{}:user/app/alice", world.account);
        // In memory, and from the store alone.
        let who = |world: &World| world.call(&key, "GetCallerIdentity", &[]).expect_done().text("Arn");
        assert_eq!(who(&world), arn);
        let world = world.with_new_gate();
        assert_eq!(who(&world), arn);
        let info = world.call(&world.root, "GetAccessKeyInfo", &[("AccessKeyId", &key.id)]).expect_done();
        assert_eq!(info.text("Account"), world.account.to_string(), "not the one the id carries");
        let user = ("UserName", "alice");
        let listed = world.call(&world.root, "ListAccessKeys", &[user]).expect_done();
        assert_eq!(listed.list("AccessKeyMetadata", "CreateDate"), ["2020-02-03T04:05:06Z"]);
        let used = world.call(&world.root, "GetAccessKeyLastUsed", &[("AccessKeyId", &key.id)]).expect_done();
        assert_eq!(used.text("UserName"), "alice");
        world.key_of(&world.root, "alice");
        let id = ("AccessKeyId", key.id.as_str());
        world.call(&world.root, "UpdateAccessKey", &[user, id, ("Status", "Inactive")]).expect_done();
        world.call(&key, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
        world.call(&world.root, "DeleteAccessKey", &[user, id]).expect_done();
        let info = world.call(&world.root, "GetAccessKeyInfo", &[("AccessKeyId", &key.id)]).expect_done();
        assert_eq!(info.text("Account"), "123456789012", "the one the id carries");
    }

    fn the_same_import_twice_changes_nothing(store: TestStore) {
        let world = World::new(store);
        let key = made_elsewhere(&world);
        let asked = with(&input("alice", &key), "create_user", json!(true));
        import(&world, &asked).expect_done();
        let before = world.state();
        let again = import(&world, &asked).expect_done().json();
        assert_eq!((&again["outcome"], &again["user_created"]), (&json!("unchanged"), &json!(false)));
        assert_eq!(world.state(), before);
        // What was switched off here stays off.
        let params = [("UserName", "alice"), ("AccessKeyId", key.id.as_str()), ("Status", "Inactive")];
        world.call(&world.root, "UpdateAccessKey", &params).expect_done();
        let again = import(&world, &asked).expect_done().json();
        assert_eq!((&again["outcome"], &again["status"]), (&json!("unchanged"), &json!("Inactive")));
        world.call(&key, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
    }

    fn an_inactive_key_is_imported_inactive(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let key = made_elsewhere(&world);
        import(&world, &with(&input("alice", &key), "status", json!("Inactive"))).expect_done();
        world.call(&key, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
        let params = [("UserName", "alice"), ("AccessKeyId", key.id.as_str()), ("Status", "Active")];
        world.call(&world.root, "UpdateAccessKey", &params).expect_done();
        world.call(&key, "GetCallerIdentity", &[]).expect_done();
    }

    fn what_would_break_a_rule_is_refused(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let (alice, bob, theirs) = (world.user("alice"), world.user("bob"), world.user_of(&other, "carol"));
        let key = made_elsewhere(&world);
        let before = world.state();
        let missing = "The user with name nobody cannot be found.";
        import(&world, &input("nobody", &key)).expect_refused(404, "NoSuchEntity", missing);
        // Of another user here, of another account, of a root user: all the same to the caller.
        for (taken, create) in [(&bob, false), (&bob, true), (&theirs, false), (&other, true), (&world.root, false)] {
            let user = if create { "dave" } else { "alice" };
            let asked = with(&input(user, taken), "create_user", json!(create));
            let refusal = format!("The access key id {} is taken. Make the user a new key instead.", taken.id);
            import(&world, &asked).expect_refused(409, "EntityAlreadyExists", &refusal);
        }
        let other_secret = Key { secret: SECRET.to_owned(), ..alice.clone() };
        let refusal = format!("The access key {} is there already, with another secret.", alice.id);
        import(&world, &input("alice", &other_secret)).expect_refused(409, "EntityAlreadyExists", &refusal);
        let named_badly = with(&input("no spaces", &key), "create_user", json!(true));
        import(&world, &named_badly).expect_code(400, "ValidationError");
        assert_eq!(world.state(), before);
        world.key_of(&world.root, "alice");
        let refusal = "Cannot exceed quota for AccessKeysPerUser: 2";
        import(&world, &input("alice", &key)).expect_refused(409, "LimitExceeded", refusal);
        let dry = with(&input("alice", &key), "dry_run", json!(true));
        import(&world, &dry).expect_refused(409, "LimitExceeded", refusal);
    }

    fn a_dry_run_says_what_would_be_and_changes_nothing(store: TestStore) {
        let world = World::new(store);
        let key = made_elsewhere(&world);
        let before = world.state();
        let asked = with(&with(&input("alice", &key), "create_user", json!(true)), "dry_run", json!(true));
        let said = import(&world, &asked).expect_done().json();
        assert_eq!((&said["outcome"], &said["user_created"]), (&json!("imported"), &json!(true)));
        assert_eq!(world.state(), before);
        world.call(&key, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
    }

    fn an_imported_secret_is_kept_sealed_and_nowhere_else(store: TestStore) {
        let world = World::new(store);
        let key = made_elsewhere(&world);
        let asked = with(&input("alice", &key), "create_user", json!(true));
        for _ in 0..2 {
            assert!(!import(&world, &asked).expect_done().body().contains(&key.secret));
        }
        world.gate.flush_audit(true).unwrap();
        let kept = dump::everything(&world.store);
        assert!(kept.contains("ImportAccessKey") && kept.contains(&key.id));
        assert!(!kept.contains(&key.secret) && !kept.contains(&hex::encode(&key.secret)));
    }

    fn two_imports_at_once_make_one_user_and_one_key(store: TestStore) {
        let world = World::new(store);
        let key = made_elsewhere(&world);
        let asked = with(&input("alice", &key), "create_user", json!(true));
        let codes: Vec<String> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..8).map(|_| scope.spawn(|| import(&world, &asked).code)).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(codes.iter().any(String::is_empty), "{codes:?}");
        assert!(codes.iter().all(|code| ["", "EntityAlreadyExists"].contains(&code.as_str())), "{codes:?}");
        assert_eq!((dump::count(&world.store, "users"), dump::count(&world.store, "access_keys")), (1, 2));
        assert_eq!(import(&world, &asked).expect_done().json()["outcome"], "unchanged");
    }
}

#[test]
fn a_key_that_makes_no_sense_is_refused_by_the_member_at_fault() {
    let world = World::new(TestStore::sqlite());
    world.user("alice");
    let right = input("alice", &made_elsewhere(&world));
    for (member, value) in [
        ("access_key_id", json!("5XF3ZHNZK6FBDWH9JMLX")),
        ("access_key_id", json!("alice")),
        ("access_key_id", json!("ASIAY34FZKBOKMUTVV7A")),
        ("access_key_id", json!("akiarzpuzdikgb2valc4")),
        ("secret_access_key", json!("x".repeat(15))),
        ("secret_access_key", json!("x".repeat(129))),
        ("secret_access_key", json!("sixteen and more characters")),
        ("created_at", json!("yesterday")),
        ("created_at", json!("2999-01-01T00:00:00Z")),
    ] {
        let refused = import(&world, &with(&right, member, value));
        refused.expect_code(400, "ValidationError");
        assert!(refused.message.contains(&format!("`{member}`")), "{}", refused.message);
    }
    for (member, value) in
        [("status", json!("active")), ("create_user", json!("yes")), ("account", json!("x"))]
    {
        import(&world, &with(&right, member, value)).expect_code(400, "ValidationError");
    }
    for length in [16, 128] {
        let key = Key { secret: "s".repeat(length), ..made_elsewhere(&world) };
        world.call(&world.root, "CreateUser", &[("UserName", &format!("u{length}"))]).expect_done();
        import(&world, &input(&format!("u{length}"), &key)).expect_done();
        world.call(&key, "GetCallerIdentity", &[]).expect_done();
    }
}
