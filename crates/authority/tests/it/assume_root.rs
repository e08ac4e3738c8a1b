//! AssumeRoot: root's credentials are looked at and removed by somebody else, and nothing more.

use std::time::Duration;

use keystead_store::both;
use serde_json::json;

use crate::sessions::session_in;
use crate::world::{Key, World};

const AUDIT: &str = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials";
const DELETE: &str = "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials";

fn ask(world: &World, key: &Key, target: &str, task: &str) -> crate::answer::Answer {
    let params = [("TargetPrincipal", target), ("TaskPolicyArn.arn", task)];
    world.call(key, "AssumeRoot", &params)
}

both! {
    fn a_task_allows_what_it_is_for(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let account = world.account.to_string();
        let answer = ask(&world, &alice, &account, AUDIT).expect_done();
        let expiration = world.now().plus(Duration::from_mins(15)).to_iso8601();
        assert_eq!(answer.text("Credentials/Expiration"), expiration);
        let audit = session_in(&answer);
        let who = world.call(&audit, "GetCallerIdentity", &[]).expect_done();
        assert_eq!(who.text("Arn"), format!("arn:aws:iam::{account}:root"));
        let keys = world.call(&audit, "ListAccessKeys", &[]).expect_done();
        assert_eq!(keys.list("AccessKeyMetadata", "AccessKeyId"), [world.root.id.as_str()]);
        world.call(&audit, "GetAccountSummary", &[]).expect_done();
        // Others' credentials are not root's, and looking is not removing.
        for (action, params) in [
            ("ListAccessKeys", vec![("UserName", "alice")]),
            ("CreateAccessKey", vec![]),
            ("DeleteAccessKey", vec![("AccessKeyId", &*world.root.id)]),
            ("ListUsers", vec![]),
            ("AssumeRoot", vec![("TargetPrincipal", &*account), ("TaskPolicyArn.arn", DELETE)]),
        ] {
            world.call(&audit, action, &params).expect_code(403, "AccessDenied");
        }
        let email = json!({"email": "new@example.com"});
        world.rest(&audit, "PUT", "/api/v1/root/email", Some(&email)).expect_code(403, "AccessDenied");
        world.call(&audit, "GetSessionToken", &[]).expect_code(403, "AccessDenied");
        let root_arn = format!("arn:aws:iam::{account}:root");
        let delete = session_in(&ask(&world, &alice, &root_arn, DELETE).expect_done());
        world.call(&delete, "CreateAccessKey", &[]).expect_code(403, "AccessDenied");
        world.call(&delete, "DeleteAccessKey", &[("AccessKeyId", &world.root.id)]).expect_done();
        world.call(&world.root, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
    }

    fn another_account_is_out_of_reach(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let alice = world.administrator("alice");
        for key in [&alice, &world.root] {
            for target in [other.account.to_string(), "999999999999".to_owned()] {
                ask(&world, key, &target, AUDIT).expect_code(403, "AccessDenied");
            }
        }
        let own = world.account.to_string();
        ask(&world, &world.root, &own, AUDIT).expect_code(403, "AccessDenied");
        for task in ["arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/root-task/None"] {
            ask(&world, &alice, &own, task).expect_code(400, "ValidationError");
        }
        ask(&world, &alice, "not-a-principal", AUDIT)
            .expect_refused(400, "ValidationError", "not-a-principal is invalid");
        let task = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRoot", "Resource": "arn:aws:iam::*:root",
             "Condition": {"StringEquals": {"sts:TaskPolicyArn": AUDIT}}}]});
        world.user("bob");
        let bob = world.key_of(&world.root, "bob");
        world.grant_user(&world.root, "bob", &task.to_string());
        ask(&world, &bob, &own, DELETE).expect_code(403, "AccessDenied");
        ask(&world, &bob, &own, AUDIT).expect_done();
    }
}
