//! Roles of services: named and empowered by their service, and changed by nobody else.

use keystead_store::both;

use crate::world::{ADMINISTRATOR, World};

const BATCH: (&str, &str) = ("AWSServiceName", "batch.amazonaws.com");
const ROLE: (&str, &str) = ("RoleName", "AWSServiceRoleForBatch");

both! {
    fn a_service_says_what_its_role_is(store: TestStore) {
        let world = World::new(store);
        let made = world.call(&world.root, "CreateServiceLinkedRole", &[BATCH]).expect_done();
        assert_eq!(
            made.text("Role/Arn"),
            format!("arn:aws:iam::{}:role/aws-service-role/batch.amazonaws.com/{}", world.account, ROLE.1)
        );
        let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                     %22Principal%22%3A%7B%22Service%22%3A%22batch.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
        assert_eq!(made.text("Role/AssumeRolePolicyDocument"), trust);
        let details = world.call(&world.root, "GetAccountAuthorizationDetails", &[("Filter.member.1", "Role")]);
        let policy = "arn:aws:iam::aws:policy/aws-service-role/BatchServiceRolePolicy";
        assert!(details.expect_done().body().contains(&format!("<PolicyArn>{policy}</PolicyArn>")));
        let taken = "Service role name AWSServiceRoleForBatch has been taken in this account, please try a different suffix.";
        let again = world.call(&world.root, "CreateServiceLinkedRole", &[BATCH]);
        again.expect_refused(400, "InvalidInput", taken);
        let suffix = ("CustomSuffix", "mine");
        let refused = world.call(&world.root, "CreateServiceLinkedRole", &[BATCH, suffix]);
        refused.expect_refused(400, "InvalidInput", "Custom suffix is not allowed for batch.amazonaws.com");
        let scaling = ("AWSServiceName", "autoscaling.amazonaws.com");
        let made = world.call(&world.root, "CreateServiceLinkedRole", &[scaling, suffix]).expect_done();
        assert_eq!(made.text("Role/RoleName"), "AWSServiceRoleForAutoScaling_mine");
        for service in ["ec2.amazonaws.com", "batch", "batch.example.com"] {
            let refused = world.call(&world.root, "CreateServiceLinkedRole", &[("AWSServiceName", service)]);
            let refusal = format!("{service} is no service with a role of its own.");
            refused.expect_refused(400, "InvalidInput", &refusal);
        }
        let long = ("CustomSuffix", &*"x".repeat(64));
        world.call(&world.root, "CreateServiceLinkedRole", &[scaling, long]).expect_code(400, "InvalidInput");
    }

    fn nobody_changes_the_role_of_a_service(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, "CreateServiceLinkedRole", &[BATCH]).expect_done();
        let profile = ("InstanceProfileName", "p");
        world.call(&world.root, "CreateInstanceProfile", &[profile]).expect_done();
        let state = world.state();
        let refusal = "Cannot perform the operation on the protected role 'AWSServiceRoleForBatch' - this role is \
                       only modifiable by AWS";
        let trust = ("PolicyDocument", crate::identities::OF_EC2);
        let changes: [(&str, &[(&str, &str)]); 7] = [
            ("DeleteRole", &[ROLE]),
            ("UpdateAssumeRolePolicy", &[ROLE, trust]),
            ("UpdateRole", &[ROLE, ("MaxSessionDuration", "7200")]),
            ("PutRolePermissionsBoundary", &[ROLE, ("PermissionsBoundary", ADMINISTRATOR)]),
            ("DeleteRolePermissionsBoundary", &[ROLE]),
            ("AddRoleToInstanceProfile", &[ROLE, profile]),
            ("RemoveRoleFromInstanceProfile", &[ROLE, profile]),
        ];
        for (action, params) in changes {
            world.call(&world.root, action, params).expect_refused(400, "UnmodifiableEntity", refusal);
        }
        assert_eq!(world.state(), state);
        world.call(&world.root, "UpdateRoleDescription", &[ROLE, ("Description", "ours")]).expect_done();
        let path = [("RoleName", "r"), ("Path", "/aws-service-role/x/"), ("AssumeRolePolicyDocument", trust.1)];
        let refusal = "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";
        world.call(&world.root, "CreateRole", &path).expect_refused(400, "InvalidInput", refusal);
    }

    fn a_role_of_a_service_is_deleted_at_once(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        world.call(&world.root, "CreateServiceLinkedRole", &[BATCH]).expect_done();
        let task = world.call(&world.root, "DeleteServiceLinkedRole", &[ROLE]).expect_done();
        let task = task.text("DeletionTaskId");
        let start = "task/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch/";
        assert!(task.starts_with(start), "{task}");
        let asked = [("DeletionTaskId", task.as_str())];
        let status = world.call(&world.root, "GetServiceLinkedRoleDeletionStatus", &asked).expect_done();
        assert_eq!(status.text("Status"), "SUCCEEDED");
        world.call(&other, "GetServiceLinkedRoleDeletionStatus", &asked).expect_code(404, "NoSuchEntity");
        for nonsense in ["task", "task/", "x"] {
            let asked = [("DeletionTaskId", nonsense)];
            let refused = world.call(&world.root, "GetServiceLinkedRoleDeletionStatus", &asked);
            refused.expect_code(400, "InvalidInput");
        }
        let gone = "The role with name AWSServiceRoleForBatch cannot be found.";
        for action in ["GetRole", "DeleteServiceLinkedRole"] {
            world.call(&world.root, action, &[ROLE]).expect_refused(404, "NoSuchEntity", gone);
        }
        world.call(&world.root, "CreateServiceLinkedRole", &[BATCH]).expect_done();
        // A role that is somebody's is not deleted as if it were a service's.
        let own = [("RoleName", "r"), ("AssumeRolePolicyDocument", crate::identities::OF_EC2)];
        world.call(&world.root, "CreateRole", &own).expect_done();
        world.call(&world.root, "DeleteServiceLinkedRole", &own[..1]).expect_code(404, "NoSuchEntity");
        world.call(&world.root, "GetRole", &own[..1]).expect_done();
    }
}
