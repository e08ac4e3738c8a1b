//! Instance profiles: their life, the one role in them, and who may put it there.

use keystead_store::both;

use crate::identities::OF_EC2;
use crate::roles::allow;
use crate::world::World;

const PROFILE: (&str, &str) = ("InstanceProfileName", "web");
const ROLE: (&str, &str) = ("RoleName", "server");

fn role(world: &World, name: &str) {
    let role = [("RoleName", name), ("AssumeRolePolicyDocument", OF_EC2)];
    world.call(&world.root, "CreateRole", &role).expect_done();
}

both! {
    fn a_profile_holds_one_role(store: TestStore) {
        let world = World::new(store);
        let create = [PROFILE, ("Path", "/x/"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1")];
        let made = world.call(&world.root, "CreateInstanceProfile", &create).expect_done();
        let id = made.text("InstanceProfile/InstanceProfileId");
        assert!(id.starts_with("AIPA") && id.len() == 21, "{id}");
        let arn = format!("arn:aws:iam::{}:instance-profile/x/web", world.account);
        assert_eq!(made.text("InstanceProfile/Arn"), arn);
        assert_eq!(made.list("InstanceProfile/Tags", "Key"), ["a"]);
        assert!(made.body().contains("<Roles></Roles>"), "{}", made.body());
        role(&world, "server");
        role(&world, "other");
        world.call(&world.root, "AddRoleToInstanceProfile", &[PROFILE, ROLE]).expect_done();
        let refusal = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
        for name in ["server", "other"] {
            let second = world.call(&world.root, "AddRoleToInstanceProfile", &[PROFILE, ("RoleName", name)]);
            second.expect_refused(409, "LimitExceeded", refusal);
        }
        let refusal = "Cannot delete entity, must remove roles from instance profile first.";
        for (action, param) in [("DeleteRole", ROLE), ("DeleteInstanceProfile", PROFILE)] {
            world.call(&world.root, action, &[param]).expect_refused(409, "DeleteConflict", refusal);
        }
        let shown = world.call(&world.root, "GetInstanceProfile", &[PROFILE]).expect_done();
        assert_eq!(shown.list("InstanceProfile/Roles", "RoleName"), ["server"]);
        assert_eq!(shown.list("InstanceProfile/Roles", "MaxSessionDuration"), [""], "AWS leaves it out here");
        let of_role = world.call(&world.root, "ListInstanceProfilesForRole", &[ROLE]).expect_done();
        assert_eq!(of_role.list("InstanceProfiles", "InstanceProfileId"), [id]);
        assert!(!of_role.body().contains("<Tags>"), "tags are not in lists");
        let none = world.call(&world.root, "ListInstanceProfilesForRole", &[("RoleName", "other")]);
        assert!(none.expect_done().list("InstanceProfiles", "Arn").is_empty());
        let refusal = "Role other in Instance Profile web cannot be found.";
        let wrong = [PROFILE, ("RoleName", "other")];
        let refused = world.call(&world.root, "RemoveRoleFromInstanceProfile", &wrong);
        refused.expect_refused(404, "NoSuchEntity", refusal);
        world.call(&world.root, "RemoveRoleFromInstanceProfile", &[PROFILE, ROLE]).expect_done();
        world.call(&world.root, "DeleteRole", &[ROLE]).expect_done();
        world.call(&world.root, "DeleteInstanceProfile", &[PROFILE]).expect_done();
        let refusal = "Instance Profile web cannot be found.";
        for action in ["GetInstanceProfile", "DeleteInstanceProfile", "ListInstanceProfileTags"] {
            world.call(&world.root, action, &[PROFILE]).expect_refused(404, "NoSuchEntity", refusal);
        }
    }

    fn tags_of_a_profile_are_there_empty_where_it_is_asked_for(store: TestStore) {
        let world = World::new(store);
        let made = world.call(&world.root, "CreateInstanceProfile", &[PROFILE]).expect_done();
        assert!(!made.body().contains("Tags"), "{}", made.body());
        let shown = world.call(&world.root, "GetInstanceProfile", &[PROFILE]).expect_done();
        assert!(shown.body().contains("<Tags></Tags>"), "{}", shown.body());
        let tag = [PROFILE, ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1")];
        world.call(&world.root, "TagInstanceProfile", &tag).expect_done();
        let listed = world.call(&world.root, "ListInstanceProfileTags", &[PROFILE]).expect_done();
        assert_eq!(listed.list("Tags", "Key"), ["a"]);
        world.call(&world.root, "UntagInstanceProfile", &[PROFILE, ("TagKeys.member.1", "A")]).expect_done();
        let listed = world.call(&world.root, "ListInstanceProfileTags", &[PROFILE]).expect_done();
        assert!(listed.list("Tags", "Key").is_empty());
        let refusal = "Instance Profile WEB already exists.";
        let again = world.call(&world.root, "CreateInstanceProfile", &[("InstanceProfileName", "WEB")]);
        again.expect_refused(409, "EntityAlreadyExists", refusal);
    }

    // Whoever may put a role on a machine may do there what the role may.
    fn a_role_is_put_into_a_profile_only_by_whoever_may_pass_it(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let create = [PROFILE, ("Path", "/x/")];
        world.call(&world.root, "CreateInstanceProfile", &create).expect_done();
        role(&world, "server");
        let account = world.account;
        let on_profile = format!(
            r#"{{"Effect":"Allow","Action":"iam:AddRoleToInstanceProfile","Resource":"arn:aws:iam::{account}:instance-profile/x/*"}}"#
        );
        allow(&world, "alice", &[&on_profile]);
        let refusal = format!(
            "User: arn:aws:iam::{account}:user/alice is not authorized to perform: iam:PassRole on resource: \
             arn:aws:iam::{account}:role/server because no identity-based policy allows the iam:PassRole action"
        );
        let add = [PROFILE, ROLE];
        world.call(&alice, "AddRoleToInstanceProfile", &add).expect_refused(403, "AccessDenied", &refusal);
        for (service, done) in [("lambda.amazonaws.com", false), ("ec2.amazonaws.com", true)] {
            let pass = format!(
                r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::{account}:role/server","Condition":{{"StringEquals":{{"iam:PassedToService":"{service}"}}}}}}"#
            );
            allow(&world, "alice", &[&on_profile, &pass]);
            let answer = world.call(&alice, "AddRoleToInstanceProfile", &add);
            assert_eq!(answer.reply.status == 200, done, "{service}: {}", answer.message);
        }
    }
}
