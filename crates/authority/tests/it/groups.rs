//! Groups: their life, their members, and what membership brings.

use keystead_authority::quota;
use keystead_core::Quota;
use keystead_store::both;

use crate::world::{ADMINISTRATOR, World};

both! {
    fn a_group_is_created_shown_renamed_and_deleted(store: TestStore) {
        let world = World::new(store);
        let made = world.call(&world.root, "CreateGroup", &[("GroupName", "Devs"), ("Path", "/x/")]);
        let made = made.expect_done();
        let id = made.text("Group/GroupId");
        assert!(id.starts_with("AGPA") && id.len() == 21, "{id}");
        let shown = world.call(&world.root, "GetGroup", &[("GroupName", "devs")]).expect_done();
        for answer in [&made, &shown] {
            assert_eq!(answer.text("Group/GroupName"), "Devs");
            assert_eq!(answer.text("Group/Arn"), format!("arn:aws:iam::{}:group/x/Devs", world.account));
            assert_eq!(answer.text("Group/CreateDate"), "2026-01-01T00:00:00Z");
        }
        assert_eq!((shown.texts("Users").len(), shown.text("IsTruncated")), (0, "false".to_owned()));
        for name in ["Devs", "DEVS"] {
            let refusal = format!("Group with name {name} already exists.");
            let again = world.call(&world.root, "CreateGroup", &[("GroupName", name)]);
            again.expect_refused(409, "EntityAlreadyExists", &refusal);
        }
        world.call(&world.root, "CreateGroup", &[("GroupName", "Ops")]).expect_done();
        let taken = [("GroupName", "Devs"), ("NewGroupName", "OPS")];
        let refusal = "Group with name OPS already exists.";
        world.call(&world.root, "UpdateGroup", &taken).expect_refused(409, "EntityAlreadyExists", refusal);
        let rename = [("GroupName", "Devs"), ("NewGroupName", "Makers"), ("NewPath", "/")];
        world.call(&world.root, "UpdateGroup", &rename).expect_done();
        let gone = "The group with name Devs cannot be found.";
        for action in ["GetGroup", "DeleteGroup", "UpdateGroup"] {
            world.call(&world.root, action, &[("GroupName", "Devs")]).expect_refused(404, "NoSuchEntity", gone);
        }
        let world = world.with_new_gate();
        let renamed = world.call(&world.root, "GetGroup", &[("GroupName", "Makers")]).expect_done();
        assert_eq!((renamed.text("Group/GroupId"), renamed.text("Group/Path")), (id, "/".to_owned()));
        world.call(&world.root, "DeleteGroup", &[("GroupName", "Makers")]).expect_done();
        let listed = world.call(&world.root, "ListGroups", &[]).expect_done();
        assert_eq!(listed.list("Groups", "GroupName"), ["Ops"]);
    }

    fn what_a_group_may_its_members_may_as_long_as_they_are_in_it(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        world.call(&world.root, "CreateGroup", &[("GroupName", "admins")]).expect_done();
        let member = [("GroupName", "admins"), ("UserName", "alice")];
        world.call(&world.root, "AddUserToGroup", &member).expect_done();
        world.call(&alice, "ListUsers", &[]).expect_code(403, "AccessDenied");
        let policy = [("GroupName", "admins"), ("PolicyArn", ADMINISTRATOR)];
        world.call(&world.root, "AttachGroupPolicy", &policy).expect_done();
        world.call(&alice, "ListUsers", &[]).expect_done();
        let refusal = "Cannot delete entity, must remove users from group first.";
        let user = [("UserName", "alice")];
        world.call(&world.root, "DeleteUser", &user).expect_refused(409, "DeleteConflict", refusal);
        let refusal = "Cannot delete entity, must detach all policies first.";
        let group = [("GroupName", "admins")];
        world.call(&world.root, "DeleteGroup", &group).expect_refused(409, "DeleteConflict", refusal);
        let world = world.with_new_gate();
        world.call(&alice, "ListUsers", &[]).expect_done();
        // Once is enough, in both directions.
        world.call(&world.root, "AddUserToGroup", &member).expect_done();
        for _ in 0..2 {
            world.call(&world.root, "RemoveUserFromGroup", &member).expect_done();
            world.call(&alice, "ListUsers", &[]).expect_code(403, "AccessDenied");
        }
        let nobody = [("GroupName", "nothing"), ("UserName", "nobody")];
        for action in ["AddUserToGroup", "RemoveUserFromGroup"] {
            let refusal = "The user with name nobody cannot be found.";
            world.call(&world.root, action, &nobody).expect_refused(404, "NoSuchEntity", refusal);
            let refusal = "The group with name nothing cannot be found.";
            let params = [nobody[0], ("UserName", "alice")];
            world.call(&world.root, action, &params).expect_refused(404, "NoSuchEntity", refusal);
        }
    }

    fn members_and_groups_are_listed_page_by_page(store: TestStore) {
        let world = World::new(store);
        for name in ["alice", "Bob", "carol"] {
            world.call(&world.root, "CreateUser", &[("UserName", name)]).expect_done();
        }
        for (name, path) in [("c", "/x/"), ("A", "/"), ("b", "/x/y/")] {
            world.call(&world.root, "CreateGroup", &[("GroupName", name), ("Path", path)]).expect_done();
            for user in ["carol", "alice", "Bob"] {
                let member = [("GroupName", name), ("UserName", user)];
                world.call(&world.root, "AddUserToGroup", &member).expect_done();
            }
        }
        let refusal = "Cannot delete entity, must remove users from group first.";
        world.call(&world.root, "DeleteGroup", &[("GroupName", "c")]).expect_refused(409, "DeleteConflict", refusal);
        let listings = [
            ("GetGroup", ("GroupName", "b"), "Users", "UserName", "alice Bob carol"),
            ("ListGroupsForUser", ("UserName", "bob"), "Groups", "GroupName", "A b c"),
            ("ListGroups", ("PathPrefix", "/"), "Groups", "GroupName", "A b c"),
            ("ListGroups", ("PathPrefix", "/x"), "Groups", "GroupName", "b c"),
        ];
        for (action, param, list, name, expected) in listings {
            let (mut seen, mut marker) = (Vec::new(), None::<String>);
            loop {
                let mut params = vec![param, ("MaxItems", "2")];
                params.extend(marker.as_deref().map(|marker| ("Marker", marker)));
                let page = world.call(&world.root, action, &params).expect_done();
                seen.extend(page.list(list, name));
                marker = page.find("Marker");
                assert_eq!(page.text("IsTruncated"), marker.is_some().to_string());
                if marker.is_none() {
                    break;
                }
            }
            assert_eq!(seen.join(" "), expected, "{action}");
        }
        let refused = world.call(&world.root, "ListGroupsForUser", &[("UserName", "nobody")]);
        refused.expect_refused(404, "NoSuchEntity", "The user with name nobody cannot be found.");
    }

    fn a_user_is_in_no_more_groups_than_its_quota(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, "CreateUser", &[("UserName", "alice")]).expect_done();
        quota::set(&world.store, world.account, Quota::GroupsPerUser, 2, world.now(), &*world.store.rng).unwrap();
        let add = |group: &str| {
            world.call(&world.root, "AddUserToGroup", &[("GroupName", group), ("UserName", "alice")])
        };
        for group in ["a", "b", "c"] {
            world.call(&world.root, "CreateGroup", &[("GroupName", group)]).expect_done();
        }
        add("a").expect_done();
        add("b").expect_done();
        add("c").expect_refused(409, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 2");
        add("b").expect_done();
    }
}
