//! GetSessionToken and GetFederationToken: what a user makes of its own permissions.

use std::time::Duration;

use keystead_store::both;
use serde_json::json;

use crate::phone::{Phone, step};
use crate::sessions::{allowing, session_in};
use crate::world::World;

both! {
    fn a_session_of_oneself_is_good_for_iam_with_mfa_only(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let phone = Phone::of_user(&world, &world.root, "alice", "alice");
        world.store.clock.advance(Duration::from_mins(1));
        let answer = world.call(&alice, "GetSessionToken", &[]).expect_done();
        let expiration = world.now().plus(Duration::from_hours(12)).to_iso8601();
        assert_eq!(answer.text("Credentials/Expiration"), expiration);
        let plain = session_in(&answer);
        let who = world.call(&plain, "GetCallerIdentity", &[]).expect_done();
        assert_eq!(who.text("Arn"), format!("arn:aws:iam::{}:user/alice", world.account));
        world.call(&plain, "ListUsers", &[]).expect_code(403, "InvalidClientTokenId");
        for action in ["GetSessionToken", "GetAccessKeyInfo"] {
            let key = ("AccessKeyId", &*alice.id);
            world.call(&plain, action, &[key]).expect_refused(
                403,
                "AccessDenied",
                &format!("Cannot call {action} with session credentials"),
            );
        }
        world.call(&plain, "GetFederationToken", &[("Name", "lent")]).expect_code(403, "AccessDenied");
        // It may take on roles, and hand tags on to them.
        let role = world.role(&world.root, "role");
        let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        world.assume(&plain, &role, &tag).expect_done();
        let code = phone.code(step(&world));
        let shown = [("SerialNumber", &*phone.serial_number), ("TokenCode", &*code)];
        let careful = session_in(&world.call(&alice, "GetSessionToken", &shown).expect_done());
        world.call(&careful, "ListUsers", &[]).expect_done();
        // It acts as the user itself.
        let made = world.call(&careful, "CreateAccessKey", &[]).expect_done();
        assert_eq!(made.text("AccessKey/UserName"), "alice");
        world.call(&alice, "GetSessionToken", &shown).expect_code(403, "AccessDenied");
        for seconds in ["899", "129601"] {
            world.call(&alice, "GetSessionToken", &[("DurationSeconds", seconds)])
                .expect_code(400, "ValidationError");
        }
    }

    fn root_sessions_last_an_hour(store: TestStore) {
        let world = World::new(store);
        let hour = world.now().plus(Duration::from_hours(1)).to_iso8601();
        for seconds in ["43200", "3600"] {
            let params = [("DurationSeconds", seconds), ("Name", "lent")];
            for action in ["GetSessionToken", "GetFederationToken"] {
                let params = if action == "GetSessionToken" { &params[..1] } else { &params };
                let answer = world.call(&world.root, action, params).expect_done();
                assert_eq!(answer.text("Credentials/Expiration"), hour, "{action}");
            }
        }
        // What root lends without a policy is nothing, and it does not make anybody root.
        let lent = [("Name", "lent")];
        let nothing = session_in(&world.call(&world.root, "GetFederationToken", &lent).expect_done());
        let list = world.rest(&nothing, "GET", "/api/v1/verifiers", None);
        assert!(list.message.contains("because no session policy allows"), "{}", list.message);
        let everything = allowing(&["*"]);
        let params = [("Name", "lent"), ("Policy", &*everything)];
        let everything = session_in(&world.call(&world.root, "GetFederationToken", &params).expect_done());
        world.rest(&everything, "GET", "/api/v1/verifiers", None).expect_done();
        let email = json!({"email": "new@example.com"});
        world.rest(&everything, "PUT", "/api/v1/root/email", Some(&email)).expect_code(403, "AccessDenied");
        world.rest(&world.root, "PUT", "/api/v1/root/email", Some(&email)).expect_done();
    }

    fn what_is_lent_is_no_more_than_the_user_and_the_policy_have(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let alice = world.key_of(&world.root, "alice");
        let denied = world.call(&alice, "GetFederationToken", &[("Name", "lent")]);
        let resource = format!("on resource: arn:aws:sts::{}:federated-user/lent because", world.account);
        assert!(denied.message.contains(&resource), "{}", denied.message);
        let granted = ["sts:GetFederationToken", "sts:TagSession", "keystead:ListVerifiers"];
        world.grant_user(&world.root, "alice", &allowing(&granted));
        let policy = allowing(&["keystead:*", "iam:*"]);
        let params = [("Name", "lent"), ("Policy", &*policy)];
        let answer = world.call(&alice, "GetFederationToken", &params).expect_done();
        let arn = format!("arn:aws:sts::{}:federated-user/lent", world.account);
        assert_eq!(answer.text("FederatedUser/Arn"), arn);
        assert_eq!(answer.text("FederatedUser/FederatedUserId"), format!("{}:lent", world.account));
        assert!(answer.find("PackedPolicySize").is_some());
        let lent = session_in(&answer);
        let who = world.call(&lent, "GetCallerIdentity", &[]).expect_done();
        assert_eq!((who.text("Arn"), who.text("UserId")), (arn, format!("{}:lent", world.account)));
        world.rest(&lent, "GET", "/api/v1/verifiers", None).expect_done();
        let denied = world.rest(&lent, "POST", "/api/v1/verifiers", Some(&json!({
            "name": "v", "services": ["sqs"], "hosts": ["sqs.test"],
        })));
        assert!(denied.message.contains("because no identity-based policy allows"), "{}", denied.message);
        world.call(&lent, "ListUsers", &[]).expect_code(403, "InvalidClientTokenId");
        let role = world.role(&world.root, "role");
        world.assume(&lent, &role, &[]).expect_code(403, "AccessDenied");
        let tag = [("Name", "lent"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")];
        world.call(&alice, "GetFederationToken", &tag).expect_done();
        world.grant_user(&world.root, "alice", &allowing(&granted[..1]));
        let denied = world.call(&alice, "GetFederationToken", &tag);
        assert!(denied.message.contains("not authorized to perform: sts:TagSession"), "{}", denied.message);
        // What the user lost, whoever it lent it to has lost.
        world.rest(&lent, "GET", "/api/v1/verifiers", None).expect_code(403, "AccessDenied");
    }

    // MinIO, CVE-2025-62506: what somebody may do with its own account was asked of the user, not of the session.
    fn somebody_with_lent_permissions_does_not_change_the_lenders_password(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let password = [("UserName", "alice"), ("Password", "Tr0ub4dor&3-of-alice")];
        world.call(&world.root, "CreateLoginProfile", &password).expect_done();
        world.call(&world.root, "UpdateAccountPasswordPolicy", &[("AllowUsersToChangePassword", "true")])
            .expect_done();
        let change = [("OldPassword", "Tr0ub4dor&3-of-alice"), ("NewPassword", "another-Tr0ub4dor&4")];
        let policy = allowing(&["*"]);
        let params = [("Name", "lent"), ("Policy", &*policy)];
        let lent = session_in(&world.call(&alice, "GetFederationToken", &params).expect_done());
        world.call(&lent, "ChangePassword", &change).expect_code(403, "InvalidClientTokenId");
        let plain = session_in(&world.call(&alice, "GetSessionToken", &[]).expect_done());
        world.call(&plain, "ChangePassword", &change).expect_code(403, "InvalidClientTokenId");
        let role = world.role(&world.root, "role");
        world.grant_role(&world.root, "role", &policy);
        let session = session_in(&world.assume(&alice, &role, &[]).expect_done());
        world.call(&session, "ChangePassword", &change).expect_code(400, "InvalidUserType");
        world.call(&alice, "ChangePassword", &change).expect_done();
    }
}
