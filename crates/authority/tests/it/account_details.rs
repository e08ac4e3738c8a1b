//! GetAccountSummary and GetAccountAuthorizationDetails.

use std::collections::BTreeMap;

use keystead_authority::quota;
use keystead_core::Quota;
use keystead_store::both;

use crate::answer::Answer;
use crate::identities::OF_EC2;
use crate::issued::issue;
use crate::managed_policies::create;
use crate::passwords::FIRST;
use crate::permits::harmless;
use crate::requests::Subject;
use crate::world::{ADMINISTRATOR, Key, World};

/// The keys and quotas as AWS answers them; of a new account.
const SUMMARY: [(&str, i64); 34] = [
    ("AccessKeysPerUserQuota", 2),
    ("AccountAccessKeysPresent", 1),
    ("AccountMFAEnabled", 0),
    ("AccountPasswordPresent", 0),
    ("AccountSigningCertificatesPresent", 0),
    ("AssumeRolePolicySizeQuota", 2048),
    ("AttachedPoliciesPerGroupQuota", 10),
    ("AttachedPoliciesPerRoleQuota", 10),
    ("AttachedPoliciesPerUserQuota", 10),
    ("GlobalEndpointTokenVersion", 1),
    ("GroupPolicySizeQuota", 5120),
    ("Groups", 0),
    ("GroupsPerUserQuota", 10),
    ("GroupsQuota", 300),
    ("InstanceProfiles", 0),
    ("InstanceProfilesQuota", 1000),
    ("MFADevices", 0),
    ("MFADevicesInUse", 0),
    ("Policies", 0),
    ("PoliciesQuota", 1500),
    ("PolicySizeQuota", 6144),
    ("PolicyVersionsInUse", 0),
    ("PolicyVersionsInUseQuota", 10_000),
    ("Providers", 0),
    ("RolePolicySizeQuota", 10_240),
    ("Roles", 0),
    ("RolesQuota", 1000),
    ("ServerCertificates", 0),
    ("ServerCertificatesQuota", 20),
    ("SigningCertificatesPerUserQuota", 2),
    ("UserPolicySizeQuota", 2048),
    ("Users", 0),
    ("UsersQuota", 5000),
    ("VersionsPerPolicyQuota", 5),
];

fn summary(world: &World, key: &Key) -> BTreeMap<String, i64> {
    let answer = world.call(key, "GetAccountSummary", &[]).expect_done();
    let numbers = answer.list("SummaryMap", "value").into_iter().map(|value| value.parse().unwrap());
    answer.list("SummaryMap", "key").into_iter().zip(numbers).collect()
}

/// SUMMARY with some of it changed.
fn expected(changed: &[(&str, i64)]) -> BTreeMap<String, i64> {
    SUMMARY.iter().chain(changed).map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn details(world: &World, params: &[(&str, &str)]) -> Answer {
    world.call(&world.root, "GetAccountAuthorizationDetails", params).expect_done()
}

both! {
    fn the_summary_has_every_key_and_follows_what_comes_and_goes(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        assert_eq!(summary(&world, &world.root), expected(&[]));
        let alice = world.administrator("alice");
        world.user("bob");
        assert_eq!(summary(&world, &alice), expected(&[("Users", 2)]));
        let root_key = ("AccessKeyId", &*world.root.id);
        world.call(&world.root, "DeleteAccessKey", &[root_key]).expect_done();
        quota::set(&world.store, world.account, Quota::Users, 7, world.now(), &*world.store.rng).unwrap();
        let changed = [("Users", 2), ("AccountAccessKeysPresent", 0), ("UsersQuota", 7)];
        assert_eq!(summary(&world, &alice), expected(&changed));
        assert_eq!(summary(&world, &other), expected(&[]));
        // What a subject of all operations has besides.
        Subject::new(&world, &other, "theirs");
        let body = issue().certificate;
        world.call(&other, "UploadSigningCertificate", &[("CertificateBody", &body)]).expect_done();
        world.call(&other, "CreateLoginProfile", &[("Password", FIRST)]).expect_done();
        let changed = [
            ("AccountMFAEnabled", 1),
            ("Groups", 2),
            ("InstanceProfiles", 3),
            ("Policies", 2),
            ("PolicyVersionsInUse", 3),
            ("Roles", 4),
            ("AccountPasswordPresent", 1),
            ("AccountSigningCertificatesPresent", 1),
            ("MFADevices", 5),
            ("MFADevicesInUse", 2),
            ("Providers", 2),
            ("ServerCertificates", 1),
            ("Users", 1),
        ];
        assert_eq!(summary(&world, &other), expected(&changed));
    }

    fn authorization_details_show_what_each_user_was_given(store: TestStore) {
        let world = World::new(store);
        world.administrator("alice");
        world.user("bob");
        let tag = [("UserName", "bob"), ("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "red")];
        world.call(&world.root, "TagUser", &tag).expect_done();
        let bounded = [("UserName", "carol"), ("Path", "/x/"), ("PermissionsBoundary", ADMINISTRATOR)];
        world.call(&world.root, "CreateUser", &bounded).expect_done();
        let other = world.second_account("second");
        world.user_of(&other, "theirs");

        let all = details(&world, &[]);
        assert_eq!(all.list("UserDetailList", "UserName"), ["alice", "bob", "carol"]);
        let account = world.account;
        assert_eq!(
            all.list("UserDetailList", "Arn")[1..],
            [format!("arn:aws:iam::{account}:user/bob"), format!("arn:aws:iam::{account}:user/x/carol")]
        );
        let body = all.body();
        assert_eq!(body.matches("<AttachedManagedPolicies></AttachedManagedPolicies>").count(), 2);
        assert_eq!(body.matches("<GroupList></GroupList>").count(), 3);
        assert_eq!(body.matches("<Tags></Tags>").count(), 2);
        assert!(!body.contains("UserPolicyList"), "AWS leaves out what is not there");
        assert!(body.contains("<Tags><member><Key>Team</Key><Value>red</Value></member></Tags>"));
        assert!(body.contains(&format!("<PermissionsBoundaryArn>{ADMINISTRATOR}</PermissionsBoundaryArn>")));
        for list in ["GroupDetailList", "RoleDetailList"] {
            assert!(all.list(list, "Arn").is_empty());
        }
        let policy = [
            ("Arn", ADMINISTRATOR),
            ("PolicyName", "AdministratorAccess"),
            ("AttachmentCount", "1"),
            ("PermissionsBoundaryUsageCount", "1"),
            ("DefaultVersionId", "v1"),
            ("CreateDate", "2015-02-06T18:39:46Z"),
        ];
        for (name, value) in policy {
            assert_eq!(all.list("Policies", name), [value]);
        }
        assert!(body.contains("<Document>%7B") && body.contains("%22Version%22%3A"), "{body}");

        let users = details(&world, &[("Filter.member.1", "User"), ("Filter.member.2", "Role")]);
        assert_eq!((users.list("UserDetailList", "Arn").len(), users.list("Policies", "Arn").len()), (3, 0));
        let policies = details(&world, &[("Filter.member.1", "AWSManagedPolicy")]);
        assert_eq!((policies.list("UserDetailList", "Arn").len(), policies.list("Policies", "Arn").len()), (0, 1));
        for kind in ["LocalManagedPolicy", "Group"] {
            let none = details(&world, &[("Filter.member.1", kind)]);
            assert_eq!((none.list("UserDetailList", "Arn").len(), none.list("Policies", "Arn").len()), (0, 0));
        }
    }

    fn authorization_details_show_groups_roles_and_who_is_where(store: TestStore) {
        let world = World::new(store);
        let call = |action: &str, params: &[(&str, &str)]| world.call(&world.root, action, params).expect_done();
        call("CreateUser", &[("UserName", "alice")]);
        for group in ["b", "A"] {
            call("CreateGroup", &[("GroupName", group), ("Path", "/x/")]);
            call("AddUserToGroup", &[("GroupName", group), ("UserName", "alice")]);
        }
        let (role, profile) = (("RoleName", "r"), ("InstanceProfileName", "p"));
        let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        let boundary = ("PermissionsBoundary", ADMINISTRATOR);
        call("CreateRole", &[role, ("AssumeRolePolicyDocument", OF_EC2), boundary, tag[0], tag[1]]);
        call("CreateRole", &[("RoleName", "bare"), ("AssumeRolePolicyDocument", OF_EC2)]);
        call("CreateInstanceProfile", &[profile]);
        call("AddRoleToInstanceProfile", &[profile, role]);
        let all = details(&world, &[]);
        assert!(all.body().contains("<GroupList><member>A</member><member>b</member></GroupList>"));
        assert_eq!(all.list("GroupDetailList", "GroupName"), ["A", "b"]);
        assert_eq!(all.list("RoleDetailList", "RoleName"), ["bare", "r"]);
        let body = all.body();
        for list in ["GroupPolicyList", "AttachedManagedPolicies", "InstanceProfileList", "RolePolicyList", "Tags"] {
            assert!(body.contains(&format!("<{list}></{list}>")), "{list}");
        }
        let roles = all.result().child("RoleDetailList").expect("it is there").clone();
        let names = |role: usize| -> Vec<String> {
            roles.children[role].children.iter().map(|member| member.name.clone()).collect()
        };
        let bare = [
            "Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument", "InstanceProfileList",
            "RolePolicyList", "AttachedManagedPolicies", "Tags", "RoleLastUsed",
        ];
        assert_eq!(names(0), bare);
        assert_eq!(names(1), [&bare[..9], &["PermissionsBoundary"], &bare[9..]].concat());
        let profiles = roles.children[1].child("InstanceProfileList").expect("it is there");
        assert_eq!(profiles.children[0].text_at(&["Roles", "member", "RoleName"]), Some("r"));
        let roles = details(&world, &[("Filter.member.1", "Role")]);
        let counts = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];
        assert_eq!(counts.map(|list| roles.list(list, "Arn").len()), [0, 0, 2, 0]);
    }

    fn authorization_details_show_policies_with_all_their_versions(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        world.call(&world.root, "CreateGroup", &[("GroupName", "g")]).expect_done();
        let role = [("RoleName", "r"), ("AssumeRolePolicyDocument", OF_EC2)];
        world.call(&world.root, "CreateRole", &role).expect_done();
        let document = harmless();
        let encoded = keystead_aws::percent_encode(&document);
        for (kind, name) in [("User", "alice"), ("Group", "g"), ("Role", "r")] {
            let put = [(&*format!("{kind}Name"), name), ("PolicyName", "own"), ("PolicyDocument", &*document)];
            world.call(&world.root, &format!("Put{kind}Policy"), &put).expect_done();
        }
        let arn = create(&world, "unused", &["iam:GetUser"]);
        let second = [("PolicyArn", &*arn), ("PolicyDocument", &*document), ("SetAsDefault", "true")];
        world.call(&world.root, "CreatePolicyVersion", &second).expect_done();
        let all = details(&world, &[]);
        for list in ["UserPolicyList", "GroupPolicyList", "RolePolicyList"] {
            let shown = format!(
                "<{list}><member><PolicyName>own</PolicyName><PolicyDocument>{encoded}</PolicyDocument></member></{list}>"
            );
            assert!(all.body().contains(&shown), "{list}");
        }
        let local = details(&world, &[("Filter.member.1", "LocalManagedPolicy")]);
        assert_eq!(local.list("Policies", "Arn"), [&*arn]);
        assert_eq!(local.list("Policies", "DefaultVersionId"), ["v2"]);
        assert_eq!(local.list("Policies", "AttachmentCount"), ["0"]);
        let body = local.body();
        let newest = format!("<PolicyVersionList><member><Document>{encoded}</Document><VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion>");
        assert!(body.contains(&newest) && body.contains("<VersionId>v1</VersionId><IsDefaultVersion>false"), "{body}");
    }

    fn authorization_details_are_paged_over_all_kinds(store: TestStore) {
        let world = World::new(store);
        for name in ["alice", "Bob", "carol"] {
            world.administrator(name);
        }
        for group in ["g", "h"] {
            world.call(&world.root, "CreateGroup", &[("GroupName", group)]).expect_done();
        }
        let role = [("RoleName", "r"), ("AssumeRolePolicyDocument", OF_EC2)];
        world.call(&world.root, "CreateRole", &role).expect_done();
        create(&world, "Mine", &["iam:GetUser"]);
        for size in 1..=9 {
            let size = size.to_string();
            let (mut seen, mut marker) = (Vec::new(), None::<String>);
            loop {
                let mut params = vec![("MaxItems", size.as_str())];
                params.extend(marker.as_deref().map(|marker| ("Marker", marker)));
                let page = details(&world, &params);
                let found = [
                    page.list("UserDetailList", "UserName"), page.list("GroupDetailList", "GroupName"),
                    page.list("RoleDetailList", "RoleName"), page.list("Policies", "PolicyName"),
                ]
                .concat();
                assert!(found.len() <= size.parse().unwrap() && !found.is_empty());
                assert_eq!(page.body().matches("<PolicyArn>").count(), page.list("UserDetailList", "Arn").len());
                seen.extend(found);
                marker = page.find("Marker");
                assert_eq!(page.text("IsTruncated"), marker.is_some().to_string());
                if marker.is_none() {
                    break;
                }
            }
            assert_eq!(seen, ["alice", "Bob", "carol", "g", "h", "r", "Mine", "AdministratorAccess"]);
        }
        // The marker of another list.
        let users = world.call(&world.root, "ListUsers", &[("MaxItems", "1")]).text("Marker");
        for marker in [users.as_str(), "?"] {
            let refused = world.call(&world.root, "GetAccountAuthorizationDetails", &[("Marker", marker)]);
            refused.expect_refused(400, "ValidationError", "Invalid Marker.");
        }
    }
}
