//! CreateUser, GetUser, ListUsers, DeleteUser.

use keystead_store::both;
use keystead_store::testing::TestStore;

use crate::world::{ADMINISTRATOR, World};

both! {
    fn a_user_is_created_shown_and_deleted(store: TestStore) {
        let world = World::new(store);
        let made = world
            .call(&world.root, "CreateUser", &[("UserName", "Alice"), ("Path", "/dev/x/")])
            .expect_done();
        let (account, id) = (world.account, made.text("User/UserId"));
        assert!(id.starts_with("AIDA") && id.len() == 21, "{id}");
        let shown = world.call(&world.root, "GetUser", &[("UserName", "Alice")]).expect_done();
        for answer in [&made, &shown] {
            assert_eq!(answer.text("User/UserName"), "Alice");
            assert_eq!(answer.text("User/Path"), "/dev/x/");
            assert_eq!(answer.text("User/UserId"), id);
            assert_eq!(answer.text("User/Arn"), format!("arn:aws:iam::{account}:user/dev/x/Alice"));
            assert_eq!(answer.text("User/CreateDate"), "2026-01-01T00:00:00Z");
        }
        world.call(&world.root, "DeleteUser", &[("UserName", "Alice")]).expect_done();
        let gone = "The user with name Alice cannot be found.";
        for action in
            ["GetUser", "DeleteUser", "ListAccessKeys", "ListAttachedUserPolicies", "CreateAccessKey"]
        {
            world.call(&world.root, action, &[("UserName", "Alice")]).expect_refused(
                404,
                "NoSuchEntity",
                gone,
            );
        }
        let anew = world.call(&world.root, "CreateUser", &[("UserName", "Alice")]).expect_done();
        assert_ne!(anew.text("User/UserId"), id, "an id is never used again");
        assert_eq!(anew.text("User/Path"), "/");
    }

    fn names_are_unique_without_regard_to_case_and_kept_as_given(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, "CreateUser", &[("UserName", "Alice")]).expect_done();
        for name in ["Alice", "alice", "ALICE"] {
            let refusal = format!("User with name {name} already exists.");
            let again = world.call(&world.root, "CreateUser", &[("UserName", name)]);
            again.expect_refused(409, "EntityAlreadyExists", &refusal);
            let shown = world.call(&world.root, "GetUser", &[("UserName", name)]).expect_done();
            assert_eq!(shown.text("User/UserName"), "Alice");
        }
        let key = world.call(&world.root, "CreateAccessKey", &[("UserName", "aLiCe")]).expect_done();
        assert_eq!(key.text("AccessKey/UserName"), "Alice");
        let id = key.text("AccessKey/AccessKeyId");
        world
            .call(&world.root, "DeleteAccessKey", &[("UserName", "ALICE"), ("AccessKeyId", &id)])
            .expect_done();
        world.call(&world.root, "DeleteUser", &[("UserName", "alice")]).expect_done();
    }

    fn get_user_without_a_name_is_the_caller(store: TestStore) {
        let world = World::new(store);
        let root = world.call(&world.root, "GetUser", &[]).expect_done();
        assert_eq!(root.text("User/Arn"), format!("arn:aws:iam::{}:root", world.account));
        assert_eq!(root.text("User/UserId"), world.account.to_string());
        let alice = world.administrator("alice");
        let shown = world.call(&alice, "GetUser", &[]).expect_done();
        assert_eq!(shown.text("User/UserName"), "alice");
    }

    fn delete_user_names_its_conflicts_in_order(store: TestStore) {
        let world = World::new(store);
        let key = world.administrator("alice");
        let user = ("UserName", "alice");
        let refusal = "Cannot delete entity, must detach all policies first.";
        world.call(&world.root, "DeleteUser", &[user]).expect_refused(409, "DeleteConflict", refusal);
        world.call(&world.root, "DetachUserPolicy", &[user, ("PolicyArn", ADMINISTRATOR)]).expect_done();
        world.call(&world.root, "UpdateAccessKey", &[user, ("AccessKeyId", &key.id), ("Status", "Inactive")]);
        let refusal = "Cannot delete entity, must delete access keys first.";
        world.call(&world.root, "DeleteUser", &[user]).expect_refused(409, "DeleteConflict", refusal);
        world.call(&world.root, "CreateLoginProfile", &[user, ("Password", "Correct-horse-1")]).expect_done();
        world.call(&world.root, "DeleteUser", &[user]).expect_refused(409, "DeleteConflict", refusal);
        world.call(&world.root, "DeleteAccessKey", &[user, ("AccessKeyId", &key.id)]).expect_done();
        let refusal = "Cannot delete entity, must delete login profile first.";
        world.call(&world.root, "DeleteUser", &[user]).expect_refused(409, "DeleteConflict", refusal);
        world.call(&world.root, "DeleteLoginProfile", &[user]).expect_done();
        world.call(&world.root, "DeleteUser", &[user]).expect_done();
        world.call(&key, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
    }

    fn users_are_listed_page_by_page_and_below_a_path(store: TestStore) {
        let world = World::new(store);
        for (name, path) in [("b", "/x/"), ("C", "/"), ("a", "/x/y/"), ("D", "/xz/"), ("e", "/x/")] {
            world.call(&world.root, "CreateUser", &[("UserName", name), ("Path", path)]).expect_done();
        }
        let mut names = Vec::new();
        let mut marker = None::<String>;
        loop {
            let mut params = vec![("MaxItems", "2")];
            params.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let page = world.call(&world.root, "ListUsers", &params).expect_done();
            names.push(page.list("Users", "UserName"));
            marker = page.find("Marker");
            assert_eq!(page.text("IsTruncated"), marker.is_some().to_string());
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(names, [vec!["a", "b"], vec!["C", "D"], vec!["e"]]);
        for (prefix, expected) in
            [("/", "a b C D e"), ("/x", "a b D e"), ("/x/", "a b e"), ("/x/y/", "a"), ("/q/", "")]
        {
            let listed = world.call(&world.root, "ListUsers", &[("PathPrefix", prefix)]).expect_done();
            assert_eq!(listed.list("Users", "UserName").join(" "), expected, "{prefix}");
            assert_eq!((listed.text("IsTruncated"), listed.find("Marker")), ("false".to_owned(), None));
        }
        let last_page = world.call(&world.root, "ListUsers", &[("MaxItems", "5")]).expect_done();
        assert_eq!(last_page.text("IsTruncated"), "false", "a full last page has no marker");
    }

    fn a_user_that_is_renamed_or_moved_keeps_everything(store: TestStore) {
        let world = World::new(store);
        let key = world.administrator("alice");
        world.user("carol");
        let id = world.call(&key, "GetUser", &[]).expect_done().text("User/UserId");
        let rename = [("UserName", "alice"), ("NewUserName", "Bob"), ("NewPath", "/moved/")];
        world.call(&world.root, "UpdateUser", &rename).expect_done();
        let arn = format!("arn:aws:iam::{}:user/moved/Bob", world.account);
        let caller = world.call(&key, "GetCallerIdentity", &[]).expect_done();
        assert_eq!((caller.text("Arn"), caller.text("UserId")), (arn, id));
        let keys = world.call(&key, "ListAccessKeys", &[("UserName", "bob")]).expect_done();
        assert_eq!(keys.list("AccessKeyMetadata", "UserName"), ["Bob"]);
        let gone = "The user with name alice cannot be found.";
        world.call(&world.root, "UpdateUser", &rename).expect_refused(404, "NoSuchEntity", gone);
        let taken = [("UserName", "Bob"), ("NewUserName", "CAROL")];
        let refusal = "User with name CAROL already exists.";
        world.call(&world.root, "UpdateUser", &taken).expect_refused(409, "EntityAlreadyExists", refusal);
        // Another case of the same name is not another name.
        let case = [("UserName", "Bob"), ("NewUserName", "bob")];
        world.call(&world.root, "UpdateUser", &case).expect_done();
        world.call(&world.root, "UpdateUser", &[("UserName", "bob")]).expect_done();
        let world = world.with_new_gate();
        let shown = world.call(&key, "GetUser", &[]).expect_done();
        assert_eq!(
            (shown.text("User/UserName"), shown.text("User/Path")),
            ("bob".to_owned(), "/moved/".to_owned())
        );
        world.user("alice");
    }

    fn tags_are_put_replaced_listed_and_taken_off_without_regard_to_case(store: TestStore) {
        let world = World::new(store);
        let tags = |keys: &[(&str, &str)]| {
            let tags = keys.iter().enumerate().flat_map(|(at, (key, value))| {
                let name = format!("Tags.member.{}", at + 1);
                [(format!("{name}.Key"), (*key).to_owned()), (format!("{name}.Value"), (*value).to_owned())]
            });
            tags.collect::<Vec<_>>()
        };
        let call = |action: &str, given: &[(String, String)]| {
            let mut params = vec![("UserName", "alice")];
            params.extend(given.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            world.call(&world.root, action, &params)
        };
        let made = call("CreateUser", &tags(&[("Team", "red"), ("stage", "")])).expect_done();
        assert_eq!(made.list("User/Tags", "Key"), ["stage", "Team"]);
        call("TagUser", &tags(&[("TEAM", "blue"), ("a", "b")])).expect_done();
        let shown = call("GetUser", &[]).expect_done();
        assert_eq!(shown.list("User/Tags", "Key"), ["a", "stage", "TEAM"]);
        assert_eq!(shown.list("User/Tags", "Value"), ["b", "", "blue"]);
        let first = call("ListUserTags", &[("MaxItems".to_owned(), "2".to_owned())]).expect_done();
        assert_eq!(
            (first.list("Tags", "Key"), first.text("IsTruncated")),
            (vec!["a".to_owned(), "stage".to_owned()], "true".to_owned())
        );
        let rest = call("ListUserTags", &[("Marker".to_owned(), first.text("Marker"))]).expect_done();
        assert_eq!(
            (rest.list("Tags", "Key"), rest.text("IsTruncated")),
            (vec!["TEAM".to_owned()], "false".to_owned())
        );
        call(
            "UntagUser",
            &[
                ("TagKeys.member.1".to_owned(), "team".to_owned()),
                ("TagKeys.member.2".to_owned(), "never".to_owned()),
            ],
        )
        .expect_done();
        assert_eq!(call("ListUserTags", &[]).expect_done().list("Tags", "Key"), ["a", "stage"]);

        let refusal = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        call("TagUser", &tags(&[("x", "1"), ("X", "2")])).expect_refused(400, "InvalidInput", refusal);
        call("TagUser", &tags(&[("AWS:x", "1")])).expect_code(400, "InvalidInput");
        let many: Vec<(String, String)> = (0..49).map(|n| (format!("k{n}"), String::new())).collect();
        let many: Vec<(&str, &str)> =
            many.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let refusal = "The number of tags has reached the maximum limit.";
        call("TagUser", &tags(&many)).expect_refused(409, "LimitExceeded", refusal);
        call("TagUser", &tags(&many[1..])).expect_done();
        assert_eq!(call("ListUserTags", &[]).expect_done().list("Tags", "Key").len(), 50);
        call("DeleteUser", &[]).expect_done();
        assert_eq!(call("CreateUser", &[]).expect_done().find("User/Tags"), None);
    }

    fn a_permissions_boundary_is_kept_and_must_exist(store: TestStore) {
        let world = World::new(store);
        let with = |boundary| [("UserName", "alice"), ("PermissionsBoundary", boundary)];
        let unknown = format!("arn:aws:iam::{}:policy/none", world.account);
        let refusal = format!("Scope ARN: {unknown} does not exist or is not attachable.");
        world.call(&world.root, "CreateUser", &with(&unknown)).expect_refused(404, "NoSuchEntity", &refusal);
        let other = format!("arn:aws:iam::{}:not_a_policy/x", world.account);
        let refusal = format!("ARN {other} is not valid.");
        world.call(&world.root, "CreateUser", &with(&other)).expect_refused(400, "InvalidInput", &refusal);
        world.call(&world.root, "CreateUser", &with(ADMINISTRATOR)).expect_done();
        let shown = world.call(&world.root, "GetUser", &[("UserName", "alice")]).expect_done();
        assert_eq!(shown.text("User/PermissionsBoundary/PermissionsBoundaryArn"), ADMINISTRATOR);
        assert_eq!(shown.text("User/PermissionsBoundary/PermissionsBoundaryType"), "Policy");
    }

    fn a_marker_that_is_none_of_ours_is_refused(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        for action in ["ListUsers", "ListAccessKeys", "ListAttachedUserPolicies"] {
            let user = [("UserName", "alice")];
            for marker in ["!!!", "%2F", "a", "_w"] {
                let params = [&user[usize::from(action == "ListUsers")..], &[("Marker", marker)]].concat();
                let refused = world.call(&world.root, action, &params);
                refused.expect_refused(400, "ValidationError", "Invalid Marker.");
            }
        }
    }
}

type Params<'p> = &'p [(&'p str, &'p str)];

#[test]
fn input_out_of_bounds_is_refused_in_the_words_of_aws() {
    let world = World::new(TestStore::sqlite());
    let state = world.state();
    let long = "n".repeat(65);
    let key = ("AccessKeyId", "AKIAIOSFODNN7EXAMPLE");
    let table: [(&str, Params<'_>, &str, &str); 7] = [
        ("CreateUser", &[], "userName", "Member must not be null"),
        (
            "CreateUser",
            &[("UserName", &long)],
            "userName",
            "Member must have length less than or equal to 64",
        ),
        ("ListUsers", &[("MaxItems", "0")], "maxItems", "Member must have value greater than or equal to 1"),
        (
            "ListUsers",
            &[("MaxItems", "1001")],
            "maxItems",
            "Member must have value less than or equal to 1000",
        ),
        ("UpdateAccessKey", &[key], "status", "Member must not be null"),
        ("UpdateAccessKey", &[key, ("Status", "active")], "status", "Member must satisfy enum value set"),
        (
            "GetAccessKeyLastUsed",
            &[("AccessKeyId", "AKIA")],
            "accessKeyId",
            "Member must have length greater than or equal to 16",
        ),
    ];
    for (action, params, member, constraint) in table {
        let refusal = format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}"
        );
        let refused = world.call(&world.root, action, params);
        refused.expect_code(400, "ValidationError");
        assert!(refused.message.starts_with(&refusal), "{}", refused.message);
    }
    for name in ["", "a b", "ä", "a/b", "*"] {
        world.call(&world.root, "CreateUser", &[("UserName", name)]).expect_code(400, "ValidationError");
    }
    for path in ["x/", "/x", "x", ""] {
        let refused = world.call(&world.root, "CreateUser", &[("UserName", "u"), ("Path", path)]);
        refused.expect_code(400, "ValidationError");
    }
    assert_eq!(world.state(), state);
}

#[test]
fn what_is_not_supported_yet_says_so() {
    let world = World::new(TestStore::sqlite());
    let refusal =
        "The action GetDelegatedAccessToken of version 2011-06-15 is not supported by this service yet.";
    world.call(&world.root, "GetDelegatedAccessToken", &[]).expect_refused(400, "InvalidAction", refusal);
    let refusal = "Could not find operation CreateUnicorn for version 2010-05-08";
    world.call(&world.root, "CreateUnicorn", &[]).expect_refused(400, "InvalidAction", refusal);
    let other_version = world.sign(&world.root, "iam", "POST", "/", "Action=ListUsers&Version=2009-01-01");
    let refusal = "Could not find operation ListUsers for version 2009-01-01";
    world.send(&other_version).expect_refused(400, "InvalidAction", refusal);
    let nothing = world.sign(&world.root, "iam", "POST", "/", "Version=2010-05-08");
    world.send(&nothing).expect_refused(400, "MissingAction", "The request is missing an Action parameter.");
}
