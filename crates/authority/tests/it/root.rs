//! The root user's password and address, which are its own to change.

use keystead_authority::sign_in::Who;
use keystead_aws::Fault;
use keystead_store::both;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::guards::events;
use crate::passwords::FIRST;
use crate::sign_in::is_right;
use crate::world::{Key, World};

fn root(email: &str) -> Who<'_> {
    Who::Root { email }
}

fn move_to(world: &World, key: &Key, input: &Value) -> Answer {
    world.rest(key, "PUT", "/api/v1/root/email", Some(input))
}

both! {
    fn the_root_user_has_a_password_that_no_policy_binds(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let strict = [("MinimumPasswordLength", "30"), ("RequireSymbols", "true"), ("PasswordReusePrevention", "5")];
        world.call(&world.root, "UpdateAccountPasswordPolicy", &strict).expect_done();
        let short = world.call(&world.root, "CreateLoginProfile", &[("Password", "7 chars")]);
        short.expect_code(400, "PasswordPolicyViolation");
        let missing = "Login Profile for User root cannot be found.";
        world.call(&world.root, "GetLoginProfile", &[]).expect_refused(404, "NoSuchEntity", missing);
        let made = world.call(&world.root, "CreateLoginProfile", &[("Password", "8 chars!")]).expect_done();
        assert_eq!(made.text("LoginProfile/UserName"), "root");
        assert!(is_right(&world, root("FIRST@example.com"), "8 chars!"));
        let set = |key, input| world.rest(key, "PUT", "/api/v1/root/password", Some(&input));
        let (again, next) = (json!({"new_password": FIRST}), json!({"password": "8 chars!", "new_password": FIRST}));
        set(&alice, next.clone()).expect_code(403, "AccessDenied");
        set(&world.root, again).expect_code(400, "ValidationError");
        let wrong = set(&world.root, json!({"password": "7 chars", "new_password": FIRST}));
        wrong.expect_refused(403, "AccessDenied", "The password is incorrect.");
        let short = json!({"password": "8 chars!", "new_password": "7 chars"});
        set(&world.root, short).expect_code(400, "PasswordPolicyViolation");
        // No policy binds it: the same again is taken.
        set(&world.root, json!({"password": "8 chars!", "new_password": "8 chars!"})).expect_done();
        set(&world.root, next).expect_done();
        assert!(is_right(&world, root("first@example.com"), FIRST));
        let used = world.call(&world.root, "GetUser", &[]).expect_done();
        assert_eq!(used.text("User/PasswordLastUsed"), "2026-01-01T00:00:00Z");
        // Nothing a user can name is the root user.
        let number = world.account.to_string();
        for name in ["root", &number, "first@example.com"] {
            for action in ["GetLoginProfile", "DeleteLoginProfile", "UpdateLoginProfile", "CreateLoginProfile"] {
                let params = [("UserName", name), ("Password", "Taken-over-1")];
                world.call(&alice, action, &params).expect_code(404, "NoSuchEntity");
            }
        }
        assert!(is_right(&world, root("first@example.com"), FIRST));
        world.call(&world.root, "DeleteLoginProfile", &[]).expect_done();
        assert!(!is_right(&world, root("first@example.com"), FIRST));
        set(&world.root, json!({"new_password": FIRST})).expect_done();
        assert!(is_right(&world, root("first@example.com"), FIRST));
    }

    fn only_the_root_user_changes_its_address_and_knows_its_password(store: TestStore) {
        let world = World::new(store);
        world.second_account("second");
        let alice = world.administrator("alice");
        let new = json!({"email": "New@example.com"});
        let refusal = "IAM users cannot manage credentials for the AWS account.";
        move_to(&world, &alice, &new).expect_refused(403, "AccessDenied", refusal);
        world.call(&world.root, "CreateLoginProfile", &[("Password", FIRST)]).expect_done();
        move_to(&world, &world.root, &new).expect_code(400, "ValidationError");
        let with = |email: &str, password: &str| json!({"email": email, "password": password});
        let wrong = move_to(&world, &world.root, &with("new@example.com", "wrong"));
        wrong.expect_refused(403, "AccessDenied", "The password is incorrect.");
        let taken = move_to(&world, &world.root, &with("SECOND@example.com", FIRST));
        taken.expect_refused(409, "EntityAlreadyExists", "An account with root e-mail SECOND@example.com exists.");
        for email in ["", "new", "new@", "a b@example.com"] {
            move_to(&world, &world.root, &with(email, FIRST)).expect_code(400, "ValidationError");
        }
        let moved = move_to(&world, &world.root, &with("New@example.com", FIRST)).expect_done().json();
        assert_eq!(moved, json!({"account_id": world.account.to_string(), "email": "New@example.com"}));
        assert!(is_right(&world, root("new@EXAMPLE.com"), FIRST) && !is_right(&world, root("first@example.com"), FIRST));
        // Its keys go on, and point at the root user as it is now.
        let id = world.root.id.parse().expect("it is an id");
        assert_eq!(&*world.gate.ring().find_key(id).expect("the key is there").principal.name, "New@example.com");
        // Its own address in another case is not taken.
        move_to(&world, &world.root, &with("new@example.com", FIRST)).expect_done();
        let changes = events(&world).into_iter().filter(|event| event["eventName"] == "UpdateRootEmail");
        let told: Vec<String> = changes.map(|event| event["requestParameters"].to_string()).collect();
        for address in ["New@example.com", "new@example.com"] {
            assert!(told.iter().any(|parameters| parameters.contains(address)), "{address}: {told:?}");
        }
        assert!(!told.iter().any(|parameters| parameters.contains(FIRST)), "{told:?}");
        // Each former address was told, and of nothing that was refused.
        let queued = world.gate.store().read(|tx| tx.letters().list_due(world.now(), 9).map_err(Fault::from));
        let mut recipients: Vec<String> = queued.unwrap().into_iter().map(|letter| letter.recipient).collect();
        recipients.sort();
        assert_eq!(recipients, ["New@example.com", "first@example.com"]);
        for _ in 0..5 {
            move_to(&world, &world.root, &with("a@example.com", "wrong")).expect_code(403, "AccessDenied");
        }
        move_to(&world, &world.root, &with("a@example.com", FIRST)).expect_code(409, "LimitExceeded");
    }
}
