//! Policies that belong to one user, group or role.

use keystead_store::both;
use serde_json::json;

use crate::permits::harmless;
use crate::sessions::{allowing, policy};
use crate::world::World;

/// A document of so many characters.
fn of_size(size: usize) -> String {
    let document =
        |padding: usize| policy("Allow", &json!("a:b"), &format!("arn:aws:s3:::{}", "x".repeat(padding)));
    document(size - document(0).len())
}

both! {
    fn an_inline_policy_is_put_shown_listed_and_deleted(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        world.call(&world.root, "CreateGroup", &[("GroupName", "g")]).expect_done();
        world.call(&world.root, "AddUserToGroup", &[("GroupName", "g"), ("UserName", "alice")]).expect_done();
        world.role(&world.root, "r");
        let quotas = [("User", "alice", 2048), ("Group", "g", 5120), ("Role", "r", 10_240)];
        for (kind, name, most) in quotas {
            let named = (&*format!("{kind}Name"), name);
            let call = |action: &str, params: &[(&str, &str)]| {
                world.call(&world.root, &action.replace('*', kind), &[&[named], params].concat())
            };
            let put = |name: &str, document: &str| {
                call("Put*Policy", &[("PolicyName", name), ("PolicyDocument", document)])
            };
            let names = || call("List*Policies", &[]).expect_done().texts("PolicyNames");
            put("b", &allowing(&["iam:ListUsers"])).expect_done();
            put("a", &harmless()).expect_done();
            put("B", &harmless()).expect_done();
            assert_eq!(names(), ["B", "a", "b"]);
            let can = || world.call(&alice, "ListUsers", &[]).reply.status == 200;
            assert_eq!(can(), kind != "Role");
            let page = call("List*Policies", &[("MaxItems", "2")]).expect_done();
            assert_eq!(page.texts("PolicyNames"), ["B", "a"]);
            let next = call("List*Policies", &[("Marker", &page.text("Marker"))]).expect_done();
            assert_eq!((next.texts("PolicyNames").join(""), &*next.text("IsTruncated")), ("b".to_owned(), "false"));
            // The same name is the same policy.
            let document = "{ \"Statement\": {\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\"} }";
            put("b", document).expect_done();
            assert!(!can());
            let shown = call("Get*Policy", &[("PolicyName", "b")]).expect_done();
            assert_eq!(shown.text(named.0), name);
            assert_eq!(shown.text("PolicyName"), "b");
            assert_eq!(shown.text("PolicyDocument"), keystead_aws::percent_encode(document));
            for name in ["a", "b", "B"] {
                call("Delete*Policy", &[("PolicyName", name)]).expect_done();
            }
            let missing = format!("The {} policy with name b cannot be found.", kind.to_lowercase());
            for action in ["Get*Policy", "Delete*Policy"] {
                call(action, &[("PolicyName", "b")]).expect_refused(404, "NoSuchEntity", &missing);
            }
            let refused = put("b", "{}");
            refused.expect_refused(400, "MalformedPolicyDocument", "Syntax errors in policy.");
            assert!(names().is_empty());

            // All of them together have the quota.
            let small = of_size(100);
            put("small", &small).expect_done();
            put("large", &of_size(most - 100)).expect_done();
            put("large", &of_size(most - 100).replace(',', " ,\n")).expect_done();
            let refusal = format!("Maximum policy size of {most} bytes exceeded for {} {name}", kind.to_lowercase());
            for (name, document) in [("one more", &small), ("small", &of_size(101)), ("huge", &of_size(most + 1))] {
                let name = name.replace(' ', "-");
                put(&name, document).expect_refused(409, "LimitExceeded", &refusal);
            }
            assert_eq!(names(), ["large", "small"]);
        }
        let member = [("GroupName", "g"), ("UserName", "alice")];
        world.call(&world.root, "RemoveUserFromGroup", &member).expect_done();
        for (kind, name, _) in quotas {
            let deleted = world.call(&world.root, &format!("Delete{kind}"), &[(&*format!("{kind}Name"), name)]);
            let refusal = "Cannot delete entity, must delete policies first.";
            deleted.expect_refused(409, "DeleteConflict", refusal);
        }
    }

    fn nobody_changes_what_a_role_of_a_service_may_do(store: TestStore) {
        let world = World::new(store);
        let service = [("AWSServiceName", "batch.amazonaws.com")];
        world.call(&world.root, "CreateServiceLinkedRole", &service).expect_done();
        let role = ("RoleName", "AWSServiceRoleForBatch");
        let refusal = "Cannot perform the operation on the protected role 'AWSServiceRoleForBatch' - this role is only \
                       modifiable by AWS";
        let (name, document) = (("PolicyName", "p"), ("PolicyDocument", &*harmless()));
        let policy = ("PolicyArn", crate::world::ADMINISTRATOR);
        let changes = [
            ("PutRolePolicy", vec![role, name, document]),
            ("DeleteRolePolicy", vec![role, name]),
            ("AttachRolePolicy", vec![role, policy]),
            ("DetachRolePolicy", vec![role, policy]),
        ];
        for (action, params) in changes {
            world.call(&world.root, action, &params).expect_refused(400, "UnmodifiableEntity", refusal);
        }
    }
}
