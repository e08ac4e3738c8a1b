//! Managed policies: their versions, who has them, and what becomes of those who do.

use keystead_authority::quota;
use keystead_core::Quota;
use keystead_store::both;
use serde_json::json;

use crate::answer::Answer;
use crate::permits::policy_arn;
use crate::sessions::{allowing, policy};
use crate::world::{ADMINISTRATOR, Key, World};

/// Makes a policy that allows these actions; its ARN.
pub(crate) fn create(world: &World, name: &str, actions: &[&str]) -> String {
    let document = allowing(actions);
    let made =
        world.call(&world.root, "CreatePolicy", &[("PolicyName", name), ("PolicyDocument", &document)]);
    made.expect_done().text("Policy/Arn")
}

fn add_version(world: &World, arn: &str, actions: &[&str], default: bool) -> Answer {
    let document = allowing(actions);
    let default = default.to_string();
    let params = [("PolicyArn", arn), ("PolicyDocument", &*document), ("SetAsDefault", &*default)];
    world.call(&world.root, "CreatePolicyVersion", &params)
}

fn attach(world: &World, user: &str, arn: &str) {
    world.call(&world.root, "AttachUserPolicy", &[("UserName", user), ("PolicyArn", arn)]).expect_done();
}

fn can_list_users(world: &World, key: &Key) -> bool {
    world.call(key, "ListUsers", &[]).reply.status == 200
}

fn versions(world: &World, arn: &str) -> Vec<String> {
    world
        .call(&world.root, "ListPolicyVersions", &[("PolicyArn", arn)])
        .expect_done()
        .list("Versions", "VersionId")
}

both! {
    fn a_policy_is_made_shown_and_deleted(store: TestStore) {
        let world = World::new(store);
        let document = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": \
                        {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}\n}";
        let params = [
            ("PolicyName", "Readers"),
            ("Path", "/teams/red/"),
            ("Description", "who may read"),
            ("PolicyDocument", document),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "red"),
        ];
        let made = world.call(&world.root, "CreatePolicy", &params).expect_done();
        let arn = policy_arn(world.account, "teams/red/Readers");
        let expected = [
            ("PolicyName", "Readers"),
            ("Arn", &*arn),
            ("Path", "/teams/red/"),
            ("DefaultVersionId", "v1"),
            ("AttachmentCount", "0"),
            ("PermissionsBoundaryUsageCount", "0"),
            ("IsAttachable", "true"),
        ];
        let shown = world.call(&world.root, "GetPolicy", &[("PolicyArn", &arn)]).expect_done();
        for (name, value) in expected {
            for answer in [&made, &shown] {
                assert_eq!(answer.text(&format!("Policy/{name}")), value);
            }
        }
        let id = made.text("Policy/PolicyId");
        assert!(id.starts_with("ANPA") && id.len() == 21, "{id}");
        assert_eq!((made.find("Policy/Description"), &*shown.text("Policy/Description")), (None, "who may read"));
        for answer in [&made, &shown] {
            assert_eq!(answer.list("Policy/Tags", "Value"), ["red"]);
            assert_eq!(answer.text("Policy/CreateDate"), answer.text("Policy/UpdateDate"));
        }
        let version = [("PolicyArn", &*arn), ("VersionId", "v1")];
        let version = world.call(&world.root, "GetPolicyVersion", &version).expect_done();
        let encoded = keystead_aws::percent_encode(document);
        assert_eq!(version.text("PolicyVersion/Document"), encoded);
        assert!(encoded.starts_with("%7B%0A%20%20%22Version%22%3A%20%22"), "{encoded}");

        // The name is taken whatever its case and path.
        let again = [("PolicyName", "readers"), ("PolicyDocument", document)];
        let refusal = "A policy called readers already exists. Duplicate names are not allowed.";
        world.call(&world.root, "CreatePolicy", &again).expect_refused(409, "EntityAlreadyExists", refusal);
        world.call(&world.root, "DeletePolicy", &[("PolicyArn", &arn)]).expect_done();
        let refusal = format!("Policy {arn} was not found.");
        for action in ["GetPolicy", "DeletePolicy", "ListPolicyVersions", "ListPolicyTags"] {
            world.call(&world.root, action, &[("PolicyArn", &arn)]).expect_refused(404, "NoSuchEntity", &refusal);
        }
        // What it was tagged with does not come back with the name.
        let again = [("PolicyName", "Readers"), ("Path", "/teams/red/"), ("PolicyDocument", document)];
        let again = world.call(&world.root, "CreatePolicy", &again).expect_done();
        assert_ne!(again.text("Policy/PolicyId"), id);
        let shown = world.call(&world.root, "GetPolicy", &[("PolicyArn", &arn)]).expect_done();
        assert!(shown.body().contains("<Tags></Tags>") && !again.body().contains("Tags"), "{}", again.body());
    }

    fn the_default_version_is_in_force_at_once_for_everybody(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let arn = create(&world, "p", &["iam:GetUser"]);
        attach(&world, "alice", &arn);
        assert!(!can_list_users(&world, &alice));
        let second = add_version(&world, &arn, &["iam:ListUsers"], false).expect_done();
        assert_eq!(second.text("PolicyVersion/VersionId"), "v2");
        assert_eq!(second.text("PolicyVersion/IsDefaultVersion"), "false");
        assert_eq!(second.find("PolicyVersion/Document"), None);
        assert!(!can_list_users(&world, &alice));
        let version = |id| [("PolicyArn", arn.as_str()), ("VersionId", id)];
        world.call(&world.root, "SetDefaultPolicyVersion", &version("v2")).expect_done();
        assert!(can_list_users(&world, &alice));
        let world = world.reopened();
        assert!(can_list_users(&world, &alice));
        add_version(&world, &arn, &["iam:GetUser"], true).expect_done();
        assert!(!can_list_users(&world, &alice));
        let listed = world.call(&world.root, "ListPolicyVersions", &[("PolicyArn", &arn)]).expect_done();
        assert_eq!(listed.list("Versions", "VersionId"), ["v3", "v2", "v1"]);
        assert_eq!(listed.list("Versions", "IsDefaultVersion"), ["true", "false", "false"]);
        assert!(!listed.body().contains("Document"), "{}", listed.body());
        world.call(&world.root, "SetDefaultPolicyVersion", &version("v2")).expect_done();
        let page = [("PolicyArn", arn.as_str()), ("MaxItems", "2")];
        let page = world.call(&world.root, "ListPolicyVersions", &page).expect_done();
        assert_eq!(page.list("Versions", "VersionId"), ["v3", "v2"]);
        let next = [("PolicyArn", arn.as_str()), ("Marker", &*page.text("Marker"))];
        let next = world.call(&world.root, "ListPolicyVersions", &next).expect_done();
        assert_eq!((next.list("Versions", "VersionId"), &*next.text("IsTruncated")), (vec!["v1".to_owned()], "false"));
    }

    fn five_versions_are_the_most_and_numbers_are_not_used_again(store: TestStore) {
        let world = World::new(store);
        let arn = create(&world, "p", &["iam:GetUser"]);
        for _ in 2..=5 {
            add_version(&world, &arn, &["iam:GetUser"], false).expect_done();
        }
        let refusal = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an \
                       existing version.";
        add_version(&world, &arn, &["iam:GetUser"], true).expect_refused(409, "LimitExceeded", refusal);
        let version = |id| [("PolicyArn", arn.as_str()), ("VersionId", id)];
        let refusal = "Cannot delete the default version of a policy.";
        let refused = world.call(&world.root, "DeletePolicyVersion", &version("v1"));
        refused.expect_refused(409, "DeleteConflict", refusal);
        world.call(&world.root, "DeletePolicyVersion", &version("v5")).expect_done();
        for action in ["DeletePolicyVersion", "GetPolicyVersion", "SetDefaultPolicyVersion"] {
            for id in ["v5", "v1.x", "v99999999999999999999"] {
                let refusal = format!("Policy {arn} version {id} does not exist or is not attachable.");
                world.call(&world.root, action, &version(id)).expect_refused(404, "NoSuchEntity", &refusal);
            }
        }
        let sixth = add_version(&world, &arn, &["iam:GetUser"], true).expect_done();
        assert_eq!(sixth.text("PolicyVersion/VersionId"), "v6");
        assert_eq!(versions(&world, &arn), ["v6", "v4", "v3", "v2", "v1"]);
        let refused = world.call(&world.root, "DeletePolicy", &[("PolicyArn", &arn)]);
        assert!(refused.message.starts_with("This policy has more than one version."), "{}", refused.message);
        refused.expect_code(409, "DeleteConflict");
        for id in ["v1", "v2", "v3", "v4"] {
            world.call(&world.root, "DeletePolicyVersion", &version(id)).expect_done();
        }
        let summary = world.call(&world.root, "GetAccountSummary", &[]).expect_done();
        assert!(summary.body().contains("<entry><key>PolicyVersionsInUse</key><value>1</value></entry>"));
        assert!(summary.body().contains("<entry><key>Policies</key><value>1</value></entry>"));
        world.call(&world.root, "DeletePolicy", &[("PolicyArn", &arn)]).expect_done();
    }

    fn policies_are_listed_by_scope_path_and_use(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let mine = create(&world, "Mine", &["iam:GetUser"]);
        let bounding = create(&world, "Bounding", &["iam:GetUser"]);
        let document = allowing(&["iam:GetUser"]);
        let below = [("PolicyName", "Below"), ("Path", "/x/y/"), ("PolicyDocument", &*document)];
        world.call(&world.root, "CreatePolicy", &below).expect_done();
        world.second_account("second");
        for arn in [&*mine, ADMINISTRATOR] {
            attach(&world, "alice", arn);
        }
        let boundary = [("UserName", "alice"), ("PermissionsBoundary", &*bounding)];
        world.call(&world.root, "PutUserPermissionsBoundary", &boundary).expect_done();
        let list = |params: &[(&str, &str)]| world.call(&world.root, "ListPolicies", params).expect_done();
        let names = |params: &[(&str, &str)]| list(params).list("Policies", "PolicyName");
        let local = ("Scope", "Local");
        assert_eq!(names(&[local]), ["Below", "Bounding", "Mine"]);
        assert_eq!(names(&[local, ("PathPrefix", "/x/")]), ["Below"]);
        assert_eq!(names(&[local, ("OnlyAttached", "true")]), ["Mine"]);
        assert_eq!(names(&[("OnlyAttached", "true")]), ["AdministratorAccess", "Mine"]);
        assert_eq!(names(&[("PolicyUsageFilter", "PermissionsBoundary")]), ["Bounding"]);
        assert_eq!(names(&[("PolicyUsageFilter", "PermissionsPolicy"), ("Scope", "AWS")]), ["AdministratorAccess"]);
        let aws = names(&[("Scope", "AWS")]);
        assert!(aws.len() > 10 && !aws.contains(&"Mine".to_owned()), "{aws:?}");
        assert_eq!(names(&[]).len(), aws.len() + 3);
        let all = list(&[local]);
        assert_eq!(all.list("Policies", "AttachmentCount"), ["0", "0", "1"]);
        assert_eq!(all.list("Policies", "PermissionsBoundaryUsageCount"), ["0", "1", "0"]);
        assert!(!all.body().contains("Description") && !all.body().contains("Tags"));
        let (mut seen, mut marker) = (Vec::new(), None::<String>);
        loop {
            let mut params = vec![("MaxItems", "4")];
            params.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let page = list(&params);
            seen.extend(page.list("Policies", "PolicyName"));
            marker = page.find("Marker");
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, names(&[]));
    }

    fn who_has_a_policy_is_listed_and_keeps_it_there(store: TestStore) {
        let world = World::new(store);
        let arn = create(&world, "p", &["iam:GetUser"]);
        let call = |action: &str, params: &[(&str, &str)]| world.call(&world.root, action, params);
        for (name, path) in [("alice", "/x/"), ("bob", "/")] {
            call("CreateUser", &[("UserName", name), ("Path", path)]).expect_done();
        }
        call("CreateGroup", &[("GroupName", "readers")]).expect_done();
        world.role(&world.root, "robot");
        let policy = ("PolicyArn", &*arn);
        call("AttachUserPolicy", &[("UserName", "alice"), policy]).expect_done();
        call("AttachGroupPolicy", &[("GroupName", "readers"), policy]).expect_done();
        call("AttachRolePolicy", &[("RoleName", "robot"), policy]).expect_done();
        call("PutUserPermissionsBoundary", &[("UserName", "bob"), ("PermissionsBoundary", &arn)]).expect_done();
        let entities = |params: &[(&str, &str)]| {
            let answer = call("ListEntitiesForPolicy", &[&[policy], params].concat()).expect_done();
            let lists = [("PolicyGroups", "GroupName"), ("PolicyUsers", "UserName"), ("PolicyRoles", "RoleName")];
            lists.map(|(list, name)| answer.list(list, name).join(" "))
        };
        let [groups, users, roles] = entities(&[]);
        assert_eq!([groups, roles], ["readers", "robot"]);
        assert!(users == "alice bob" || users == "bob alice", "by unique id: {users}");
        assert_eq!(entities(&[("PolicyUsageFilter", "PermissionsPolicy")]), ["readers", "alice", "robot"]);
        assert_eq!(entities(&[("PolicyUsageFilter", "PermissionsBoundary")]), ["", "bob", ""]);
        assert_eq!(entities(&[("EntityFilter", "Role")]), ["", "", "robot"]);
        assert_eq!(entities(&[("EntityFilter", "LocalManagedPolicy")]), ["", "", ""]);
        assert_eq!(entities(&[("PathPrefix", "/x/")]), ["", "alice", ""]);
        let first = call("ListEntitiesForPolicy", &[policy, ("MaxItems", "1")]).expect_done();
        assert_eq!(first.list("PolicyGroups", "GroupName"), ["readers"]);
        assert_eq!(first.text("IsTruncated"), "true");

        let attached = "Cannot delete a policy attached to entities.";
        let detach = [("Group", "readers"), ("Role", "robot"), ("User", "alice")];
        for (kind, name) in detach {
            call("DeletePolicy", &[policy]).expect_refused(409, "DeleteConflict", attached);
            call(&format!("Detach{kind}Policy"), &[(&*format!("{kind}Name"), name), policy]).expect_done();
        }
        call("DeletePolicy", &[policy]).expect_refused(409, "DeleteConflict", attached);
        call("DeleteUserPermissionsBoundary", &[("UserName", "bob")]).expect_done();
        call("DeletePolicy", &[policy]).expect_done();
        let refusal = format!("Policy {arn} does not exist or is not attachable.");
        call("ListEntitiesForPolicy", &[policy]).expect_refused(404, "NoSuchEntity", &refusal);
        call("AttachUserPolicy", &[("UserName", "alice"), policy]).expect_refused(404, "NoSuchEntity", &refusal);
    }

    fn groups_and_roles_are_granted_what_users_are(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        world.call(&world.root, "CreateGroup", &[("GroupName", "g")]).expect_done();
        world.call(&world.root, "AddUserToGroup", &[("GroupName", "g"), ("UserName", "alice")]).expect_done();
        world.role(&world.root, "r");
        let arn = create(&world, "p", &["iam:ListUsers"]);
        for (kind, name) in [("User", "alice"), ("Group", "g"), ("Role", "r")] {
            let named = (&*format!("{kind}Name"), name);
            let call = |action: &str, params: &[(&str, &str)]| {
                world.call(&world.root, &action.replace('*', kind), &[&[named], params].concat())
            };
            let attached = || call("ListAttached*Policies", &[]).expect_done().list("AttachedPolicies", "PolicyArn");
            for _ in 0..2 {
                call("Attach*Policy", &[("PolicyArn", &arn)]).expect_done();
            }
            assert_eq!(attached(), [&*arn]);
            assert_eq!(can_list_users(&world, &alice), kind != "Role");
            call("Detach*Policy", &[("PolicyArn", &arn)]).expect_done();
            assert!(attached().is_empty() && !can_list_users(&world, &alice));
            let missing = format!("Policy {arn} was not found.");
            call("Detach*Policy", &[("PolicyArn", &arn)]).expect_refused(404, "NoSuchEntity", &missing);
            // One more than the quota.
            for number in 0..11 {
                let arn = policy_arn(world.account, &format!("{kind}-{number}"));
                create(&world, &format!("{kind}-{number}"), &["iam:GetUser"]);
                let answer = call("Attach*Policy", &[("PolicyArn", &arn)]);
                if number < 10 {
                    answer.expect_done();
                } else {
                    let refusal = format!("Cannot exceed quota for PoliciesPer{kind}: 10");
                    answer.expect_refused(409, "LimitExceeded", &refusal);
                }
            }
            assert_eq!(attached().len(), 10);
        }
    }

    fn what_every_account_has_is_read_by_all_and_changed_by_none(store: TestStore) {
        let world = World::new(store);
        let admin = world.administrator("admin");
        let policy = ("PolicyArn", ADMINISTRATOR);
        for key in [&world.root, &admin] {
            let shown = world.call(key, "GetPolicy", &[policy]).expect_done();
            assert_eq!(shown.text("Policy/PolicyId"), "ANPAIWMBCKSKIEE64ZLYK");
            assert_eq!(shown.text("Policy/AttachmentCount"), "1");
            let version = world.call(key, "GetPolicyVersion", &[policy, ("VersionId", "v1")]).expect_done();
            assert!(version.text("PolicyVersion/Document").contains("%22Action%22"));
            world.call(key, "ListPolicyVersions", &[policy]).expect_done();
            world.call(key, "ListPolicyTags", &[policy]).expect_done();
            let document = ("PolicyDocument", &*allowing(&["iam:GetUser"]));
            let (deleting, versions) = (
                "Cannot delete policies outside your own account.",
                "Cannot delete policy versions for policies outside your own account.",
            );
            let updating = "Cannot update policies outside your own account.";
            let tag = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
            let refused = [
                ("DeletePolicy", vec![], deleting),
                ("DeletePolicyVersion", vec![("VersionId", "v1")], versions),
                ("CreatePolicyVersion", vec![document], updating),
                ("SetDefaultPolicyVersion", vec![("VersionId", "v1")], updating),
                ("TagPolicy", tag.to_vec(), updating),
                ("UntagPolicy", vec![("TagKeys.member.1", "k")], updating),
            ];
            for (action, params, refusal) in refused {
                let answer = world.call(key, action, &[&[policy], &*params].concat());
                answer.expect_refused(403, "AccessDenied", refusal);
            }
        }
    }

    fn quotas_of_policies_hold(store: TestStore) {
        let world = World::new(store);
        let set = |quota, value| {
            quota::set(&world.store, world.account, quota, value, world.now(), &*world.store.rng).unwrap();
        };
        let large = policy("Allow", &json!("iam:GetUser"), &format!("arn:aws:iam::*:user/{}", "x".repeat(6144)));
        let create_large = [("PolicyName", "large"), ("PolicyDocument", &*large)];
        let refused = world.call(&world.root, "CreatePolicy", &create_large);
        refused.expect_refused(409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144");
        // White space does not count.
        let spaced = allowing(&["iam:GetUser"]).replace(',', &format!(",{}", " ".repeat(7000)));
        let spaced = [("PolicyName", "spaced"), ("PolicyDocument", &*spaced)];
        world.call(&world.root, "CreatePolicy", &spaced).expect_done();
        set(Quota::Policies, 1);
        let document = allowing(&["iam:GetUser"]);
        let another = [("PolicyName", "another"), ("PolicyDocument", &*document)];
        let refused = world.call(&world.root, "CreatePolicy", &another);
        refused.expect_refused(409, "LimitExceeded", "Cannot exceed quota for PoliciesPerAccount: 1");
        set(Quota::PolicyVersions, 2);
        let arn = policy_arn(world.account, "spaced");
        add_version(&world, &arn, &["iam:GetUser"], false).expect_done();
        let refused = add_version(&world, &arn, &["iam:GetUser"], false);
        refused.expect_refused(409, "LimitExceeded", "Cannot exceed quota for PolicyVersionsInUse: 2");
        assert_eq!(versions(&world, &arn), ["v2", "v1"]);
    }

    fn tags_of_policies_decide(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let arn = create(&world, "p", &["iam:GetUser"]);
        let tag = [("PolicyArn", &*arn), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        let only_red = json!({
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "iam:DeletePolicy", "Resource": "*",
                 "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}},
                {"Effect": "Allow", "Action": "iam:TagPolicy", "Resource": "*",
                 "Condition": {"StringEquals": {"aws:RequestTag/team": "blue"}}},
                {"Effect": "Allow", "Action": "iam:CreatePolicy", "Resource": "*"},
            ],
        });
        world.grant_user(&world.root, "alice", &only_red.to_string());
        world.call(&alice, "TagPolicy", &tag).expect_code(403, "AccessDenied");
        world.call(&alice, "DeletePolicy", &[("PolicyArn", &arn)]).expect_code(403, "AccessDenied");
        world.call(&world.root, "TagPolicy", &tag).expect_done();
        world.call(&alice, "DeletePolicy", &[("PolicyArn", &arn)]).expect_done();
        // Who makes a policy with tags must be allowed to tag it.
        let document = allowing(&["iam:GetUser"]);
        for (value, allowed) in [("red", false), ("blue", true)] {
            let params = [
                ("PolicyName", value),
                ("PolicyDocument", &*document),
                ("Tags.member.1.Key", "team"),
                ("Tags.member.1.Value", value),
            ];
            assert_eq!(world.call(&alice, "CreatePolicy", &params).reply.status == 200, allowed);
        }
        let twice = [
            ("PolicyArn", &*policy_arn(world.account, "blue")),
            ("Tags.member.1.Key", "k"),
            ("Tags.member.1.Value", ""),
            ("Tags.member.2.Key", "K"),
            ("Tags.member.2.Value", ""),
        ];
        let refused = world.call(&world.root, "TagPolicy", &twice);
        refused.expect_refused(400, "InvalidInput", "Duplicate tag keys found.");
        let policy = twice[0];
        let tags = || world.call(&world.root, "ListPolicyTags", &[policy]).expect_done().list("Tags", "Value");
        assert_eq!(tags(), ["blue"]);
        world.call(&world.root, "UntagPolicy", &[policy, ("TagKeys.member.1", "TEAM")]).expect_done();
        assert!(tags().is_empty());
    }
}
