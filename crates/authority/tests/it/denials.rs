//! DecodeAuthorizationMessage: what a denial rested on.

use keystead_store::both;
use serde_json::{Value, json};

use crate::sessions::policy;
use crate::world::World;

both! {
    fn a_denial_is_explained_to_whoever_may_know(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let denial = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "NoUsers", "Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*"}]});
        world.grant_user(&world.root, "alice", &denial.to_string());
        let denied = world.call(&alice, "ListUsers", &[]);
        let encoded = denied.reply.authorization_message.clone().expect("a denial has its message");
        assert!(encoded.len() < 3000);
        let encoded = [("EncodedMessage", &*encoded)];
        world.call(&alice, "DecodeAuthorizationMessage", &encoded).expect_code(403, "AccessDenied");
        let decoded = world.call(&world.root, "DecodeAuthorizationMessage", &encoded).expect_done();
        let message: Value = serde_json::from_str(&decoded.text("DecodedMessage")).expect("it is JSON");
        assert_eq!(message["allowed"], false);
        assert_eq!(message["explicitDeny"], true);
        assert_eq!(message["matchedStatements"]["items"][0]["statementId"], "NoUsers");
        assert_eq!(message["matchedStatements"]["items"][0]["effect"], "DENY");
        assert_eq!(message["failures"]["items"], json!([]));
        let context = &message["context"];
        assert_eq!(context["principal"]["arn"], format!("arn:aws:iam::{}:user/alice", world.account));
        assert_eq!(context["principal"]["name"], "alice");
        assert_eq!(context["action"], "iam:ListUsers");
        let told = context["conditions"]["items"].as_array().unwrap();
        assert!(told.contains(&json!({"key": "aws:username", "values": {"items": [{"value": "alice"}]}})));
        // An implicit denial rests on nothing.
        let denied = world.rest(&alice, "GET", "/api/v1/verifiers", None);
        let encoded = denied.json()["encoded_authorization_message"].as_str().unwrap().to_owned();
        let answer = world.call(&world.root, "DecodeAuthorizationMessage", &[("EncodedMessage", &encoded)]);
        let message: Value = serde_json::from_str(&answer.expect_done().text("DecodedMessage")).unwrap();
        assert_eq!((&message["explicitDeny"], &message["matchedStatements"]["items"]), (&json!(false), &json!([])));
    }

    fn a_message_of_another_account_or_a_bent_one_is_not_valid(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let alice = world.user("alice");
        let denied = world.call(&alice, "ListUsers", &[]);
        let encoded = denied.reply.authorization_message.clone().unwrap();
        let bent = format!("{}A", &encoded[..encoded.len() - 1]);
        for (key, message) in [(&other, &*encoded), (&world.root, &bent), (&world.root, "x")] {
            world.call(key, "DecodeAuthorizationMessage", &[("EncodedMessage", message)]).expect_refused(
                400,
                "InvalidAuthorizationMessageException",
                "Message is not valid",
            );
        }
    }

    fn what_belongs_to_others_is_not_explained(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let alice = world.administrator("alice");
        let role = world.role(&other, "theirs");
        assert_eq!(world.assume(&alice, &role, &[]).reply.authorization_message, None);
        world.user("bob");
        let bob = world.key_of(&world.root, "bob");
        world.grant_user(&world.root, "bob", &policy("Allow", &json!("sts:GetFederationToken"), "*"));
        let denied = world.call(&bob, "AssumeRoot", &[
            ("TargetPrincipal", &*other.account.to_string()),
            ("TaskPolicyArn.arn", "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"),
        ]);
        let encoded = denied.reply.authorization_message.clone().expect("a denial has its message");
        let answer = world.call(&world.root, "DecodeAuthorizationMessage", &[("EncodedMessage", &encoded)]);
        let message: Value = serde_json::from_str(&answer.expect_done().text("DecodedMessage")).unwrap();
        assert_eq!(message["context"]["conditions"]["items"], json!([]));
    }
}
