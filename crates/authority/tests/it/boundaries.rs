//! Permissions boundaries, and what those may do to whom permissions are delegated.

use keystead_store::both;
use serde_json::json;

use crate::managed_policies::create;
use crate::world::{ADMINISTRATOR, World};

both! {
    fn a_boundary_limits_at_once_what_policies_allow(store: TestStore) {
        let world = World::new(store);
        let admin = world.administrator("admin");
        let arn = create(&world, "bound", &["iam:GetUser"]);
        world.call(&admin, "ListUsers", &[]).expect_done();
        let boundary = [("UserName", "admin"), ("PermissionsBoundary", &*arn)];
        world.call(&world.root, "PutUserPermissionsBoundary", &boundary).expect_done();
        let refused = world.call(&admin, "ListUsers", &[]);
        assert!(refused.message.ends_with("because no permissions boundary allows the iam:ListUsers action"));
        let shown = world.call(&admin, "GetUser", &[]).expect_done();
        assert_eq!(shown.text("User/PermissionsBoundary/PermissionsBoundaryArn"), arn);
        let shown = world.call(&world.root, "GetPolicy", &[("PolicyArn", &arn)]).expect_done();
        assert_eq!(shown.text("Policy/PermissionsBoundaryUsageCount"), "1");
        world.call(&world.root, "DeleteUserPermissionsBoundary", &[("UserName", "admin")]).expect_done();
        world.call(&admin, "ListUsers", &[]).expect_done();
    }

    fn only_a_policy_that_the_account_can_use_bounds(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let theirs = format!("arn:aws:iam::{}:policy/theirs", other.account);
        let document = crate::permits::harmless();
        let made = [("PolicyName", "theirs"), ("PolicyDocument", &*document)];
        world.call(&other, "CreatePolicy", &made).expect_done();
        world.user("alice");
        let missing = format!("arn:aws:iam::{}:policy/missing", world.account);
        for arn in [&*theirs, &*missing, "arn:aws:iam::aws:policy/Missing"] {
            let refusal = format!("Scope ARN: {arn} does not exist or is not attachable.");
            let put = [("UserName", "alice"), ("PermissionsBoundary", arn)];
            let answer = world.call(&world.root, "PutUserPermissionsBoundary", &put);
            answer.expect_refused(404, "NoSuchEntity", &refusal);
            let create = [("UserName", "bob"), ("PermissionsBoundary", arn)];
            world.call(&world.root, "CreateUser", &create).expect_refused(404, "NoSuchEntity", &refusal);
            let attach = [("UserName", "alice"), ("PolicyArn", arn)];
            world.call(&world.root, "AttachUserPolicy", &attach).expect_code(404, "NoSuchEntity");
        }
        let put = [("UserName", "alice"), ("PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess")];
        world.call(&world.root, "PutUserPermissionsBoundary", &put).expect_done();
    }

    // IAM User Guide, "Delegating responsibility to others using permissions boundaries".
    fn who_may_make_users_within_a_boundary_cannot_get_out_of_it(store: TestStore) {
        let world = World::new(store);
        let maria = world.user("maria");
        let bound = create(&world, "XCompanyBoundaries", &["iam:GetUser"]);
        let delegated = json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": [
                        "iam:AttachUserPolicy", "iam:CreateUser", "iam:DeleteUserPolicy", "iam:DetachUserPolicy",
                        "iam:PutUserPermissionsBoundary", "iam:PutUserPolicy",
                    ],
                    "Resource": "*",
                    "Condition": {"StringEquals": {"iam:PermissionsBoundary": bound}},
                },
                {
                    "Effect": "Deny",
                    "Action": "iam:AttachUserPolicy",
                    "Resource": "*",
                    "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/PowerUserAccess"}},
                },
            ],
        });
        world.grant_user(&world.root, "maria", &delegated.to_string());
        world.user("free");
        let document = crate::permits::harmless();
        let (zhang, free) = (("UserName", "zhang"), ("UserName", "free"));
        let bounded = ("PermissionsBoundary", &*bound);
        let inline = [("PolicyName", "p"), ("PolicyDocument", &*document)];
        let denied = |action: &str, params: &[(&str, &str)]| {
            world.call(&maria, action, params).expect_code(403, "AccessDenied");
        };
        let done = |action: &str, params: &[(&str, &str)]| {
            world.call(&maria, action, params).expect_done();
        };
        denied("CreateUser", &[zhang]);
        denied("CreateUser", &[zhang, ("PermissionsBoundary", ADMINISTRATOR)]);
        done("CreateUser", &[zhang, bounded]);
        done("AttachUserPolicy", &[zhang, ("PolicyArn", ADMINISTRATOR)]);
        denied("AttachUserPolicy", &[zhang, ("PolicyArn", "arn:aws:iam::aws:policy/PowerUserAccess")]);
        done("PutUserPolicy", &[zhang, inline[0], inline[1]]);
        done("DeleteUserPolicy", &[zhang, inline[0]]);
        denied("AttachUserPolicy", &[free, ("PolicyArn", ADMINISTRATOR)]);
        denied("PutUserPolicy", &[free, inline[0], inline[1]]);
        denied("PutUserPermissionsBoundary", &[zhang, ("PermissionsBoundary", ADMINISTRATOR)]);
        denied("DeleteUserPermissionsBoundary", &[zhang]);
        done("PutUserPermissionsBoundary", &[free, bounded]);
        let theirs = world.key_of(&world.root, "zhang");
        let refused = world.call(&theirs, "ListUsers", &[]);
        assert!(refused.message.ends_with("because no permissions boundary allows the iam:ListUsers action"));
    }
}
