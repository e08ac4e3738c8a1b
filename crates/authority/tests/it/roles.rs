//! Roles: their life, what each reply shows of them, and which permissions changing them takes.

use keystead_store::both;

use crate::answer::Answer;
use crate::identities::OF_EC2;
use crate::sessions::allowing;
use crate::world::{ADMINISTRATOR, World};

const ROLE: (&str, &str) = ("RoleName", "builder");
const TRUST: (&str, &str) = ("AssumeRolePolicyDocument", OF_EC2);

/// Gives a user one inline policy of these statements, in the place of what it had.
pub(crate) fn allow(world: &World, user: &str, statements: &[&str]) {
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    world.grant_user(&world.root, user, &document);
}

/// The names of the members of a role in a reply.
fn members(answer: &Answer, path: &str) -> Vec<String> {
    let result = answer.result();
    let role = path.split('/').try_fold(&result, |element, name| element.child(name)).expect("a role");
    role.children.iter().map(|child| child.name.clone()).collect()
}

const SHORT: [&str; 6] = ["Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument"];

both! {
    fn each_reply_shows_of_a_role_what_aws_shows(store: TestStore) {
        let world = World::new(store);
        let create = [
            ROLE, TRUST, ("Description", "builds"), ("PermissionsBoundary", ADMINISTRATOR),
            ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red"),
        ];
        let made = world.call(&world.root, "CreateRole", &create).expect_done();
        assert_eq!(members(&made, "Role"), [&SHORT[..], &["PermissionsBoundary", "Tags"]].concat());
        let id = made.text("Role/RoleId");
        assert!(id.starts_with("AROA") && id.len() == 21, "{id}");
        assert_eq!(made.text("Role/Arn"), format!("arn:aws:iam::{}:role/builder", world.account));
        assert!(made.text("Role/AssumeRolePolicyDocument").starts_with("%7B%22Version%22%3A%222012-10-17%22%2C"));
        let shown = world.call(&world.root, "GetRole", &[ROLE]).expect_done();
        let more = ["Description", "MaxSessionDuration"];
        let full = ["PermissionsBoundary", "Tags", "RoleLastUsed"];
        assert_eq!(members(&shown, "Role"), [&SHORT[..], &more, &full].concat());
        assert_eq!(shown.text("Role/MaxSessionDuration"), "3600");
        assert_eq!(shown.text("Role/PermissionsBoundary/PermissionsBoundaryType"), "Policy");
        let listed = world.call(&world.root, "ListRoles", &[]).expect_done();
        assert_eq!(members(&listed, "Roles/member"), [&SHORT[..], &more].concat());
        let described = [ROLE, ("Description", "tests")];
        let updated = world.call(&world.root, "UpdateRoleDescription", &described).expect_done();
        assert_eq!(members(&updated, "Role"), [&SHORT[..], &more[..1]].concat());
        let updated = world.call(&world.root, "UpdateRole", &[ROLE, ("MaxSessionDuration", "7200")]);
        assert!(updated.expect_done().body().contains("<UpdateRoleResult></UpdateRoleResult>"));
        world.call(&world.root, "UpdateRole", &[ROLE]).expect_done();
        world.call(&world.root, "DeleteRolePermissionsBoundary", &[ROLE]).expect_done();
        world.call(&world.root, "UntagRole", &[ROLE, ("TagKeys.member.1", "TEAM")]).expect_done();
        let world = world.with_new_gate();
        let shown = world.call(&world.root, "GetRole", &[ROLE]).expect_done();
        assert_eq!(members(&shown, "Role"), [&SHORT[..], &more, &full[2..]].concat());
        let kept = ["RoleId", "Description", "MaxSessionDuration"].map(|name| shown.text(&format!("Role/{name}")));
        assert_eq!(kept, [id, "tests".to_owned(), "7200".to_owned()]);
        assert!(shown.body().contains("<RoleLastUsed></RoleLastUsed>"), "{}", shown.body());
    }

    fn a_role_is_unique_by_name_and_gone_when_deleted(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, "CreateRole", &[ROLE, TRUST]).expect_done();
        let again = world.call(&world.root, "CreateRole", &[("RoleName", "BUILDER"), TRUST]);
        again.expect_refused(409, "EntityAlreadyExists", "Role with name BUILDER already exists.");
        let (attached, inline) = (("PolicyArn", ADMINISTRATOR), ("PolicyName", "p"));
        world.call(&world.root, "AttachRolePolicy", &[ROLE, attached]).expect_done();
        let document = ("PolicyDocument", &*allowing(&["iam:GetUser"]));
        world.call(&world.root, "PutRolePolicy", &[ROLE, inline, document]).expect_done();
        let refusal = "Cannot delete entity, must detach all policies first.";
        world.call(&world.root, "DeleteRole", &[ROLE]).expect_refused(409, "DeleteConflict", refusal);
        world.call(&world.root, "DetachRolePolicy", &[ROLE, attached]).expect_done();
        let refusal = "Cannot delete entity, must delete policies first.";
        world.call(&world.root, "DeleteRole", &[ROLE]).expect_refused(409, "DeleteConflict", refusal);
        world.call(&world.root, "DeleteRolePolicy", &[ROLE, inline]).expect_done();
        world.call(&world.root, "DeleteRole", &[ROLE]).expect_done();
        assert!(world.gate.ring().find_role(world.account, "builder").is_none());
        for action in ["GetRole", "DeleteRole", "ListRoleTags", "UpdateRole"] {
            let refusal = "The role with name builder cannot be found.";
            world.call(&world.root, action, &[ROLE]).expect_refused(404, "NoSuchEntity", refusal);
        }
    }

    fn roles_are_listed_page_by_page_and_below_a_path(store: TestStore) {
        let world = World::new(store);
        for (name, path) in [("b", "/x/"), ("C", "/"), ("a", "/x/y/")] {
            world.call(&world.root, "CreateRole", &[("RoleName", name), ("Path", path), TRUST]).expect_done();
        }
        let first = world.call(&world.root, "ListRoles", &[("MaxItems", "2")]).expect_done();
        assert_eq!((first.list("Roles", "RoleName").join(" "), first.text("IsTruncated")), ("a b".into(), "true".into()));
        let rest = world.call(&world.root, "ListRoles", &[("Marker", &first.text("Marker"))]).expect_done();
        assert_eq!((rest.list("Roles", "RoleName").join(" "), rest.text("IsTruncated")), ("C".into(), "false".into()));
        let below = world.call(&world.root, "ListRoles", &[("PathPrefix", "/x")]).expect_done();
        assert_eq!(below.list("Roles", "RoleName").join(" "), "a b");
    }

    // Whoever makes a role beyond a boundary, or takes the boundary off, may do everything.
    fn a_boundary_can_be_made_a_condition(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let condition = format!(r#""Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{ADMINISTRATOR}"}}}}"#);
        let bounded = format!(
            r#"{{"Effect":"Allow","Action":["iam:CreateRole","iam:PutRolePermissionsBoundary"],"Resource":"*",{condition}}}"#
        );
        allow(&world, "alice", &[&bounded]);
        world.call(&alice, "CreateRole", &[ROLE, TRUST]).expect_code(403, "AccessDenied");
        let boundary = ("PermissionsBoundary", ADMINISTRATOR);
        world.call(&alice, "CreateRole", &[ROLE, TRUST, boundary]).expect_done();
        world.call(&alice, "PutRolePermissionsBoundary", &[ROLE, boundary]).expect_done();
        let other = ("PermissionsBoundary", "arn:aws:iam::aws:policy/IAMReadOnlyAccess");
        world.call(&alice, "PutRolePermissionsBoundary", &[ROLE, other]).expect_code(403, "AccessDenied");
        let open = r#"{"Effect":"Allow","Action":"iam:DeleteRole*","Resource":"*"}"#;
        let kept = format!(r#"{{"Effect":"Deny","Action":"iam:DeleteRolePermissionsBoundary","Resource":"*",{condition}}}"#);
        allow(&world, "alice", &[open, &kept]);
        world.call(&alice, "DeleteRolePermissionsBoundary", &[ROLE]).expect_code(403, "AccessDenied");
    }

    fn what_is_made_with_tags_takes_the_permission_to_tag(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        let creations = [
            ("CreateRole", vec![ROLE, TRUST], "TagRole"),
            ("CreateUser", vec![("UserName", "bob")], "TagUser"),
            ("CreateInstanceProfile", vec![("InstanceProfileName", "p")], "TagInstanceProfile"),
            ("CreateVirtualMFADevice", vec![("VirtualMFADeviceName", "p")], "TagMFADevice"),
        ];
        for (action, params, tagging) in creations {
            let params = [params, tags.to_vec()].concat();
            let may = |condition: &str| {
                let create = format!(r#"{{"Effect":"Allow","Action":"iam:{action}","Resource":"*"}}"#);
                let tag = format!(r#"{{"Effect":"Allow","Action":"iam:{tagging}","Resource":"*","Condition":{condition}}}"#);
                allow(&world, "alice", &[&create, &tag]);
                world.call(&alice, action, &params)
            };
            let refused = may(r#"{"StringEquals":{"aws:RequestTag/team":"blue"}}"#);
            refused.expect_code(403, "AccessDenied");
            assert!(refused.message.contains(&format!("perform: iam:{tagging} on")), "{}", refused.message);
            may(r#"{"ForAllValues:StringEquals":{"aws:TagKeys":"team"},"StringEquals":{"aws:RequestTag/team":"red"}}"#)
                .expect_done();
        }
        let untag = r#"{"Effect":"Allow","Action":"iam:UntagRole","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"x"}}}"#;
        allow(&world, "alice", &[untag]);
        for (key, status) in [("team", 403), ("x", 200)] {
            let answer = world.call(&alice, "UntagRole", &[ROLE, ("TagKeys.member.1", key)]);
            assert_eq!(answer.reply.status, status, "{key}");
        }
    }

    fn whoever_renames_needs_the_permission_on_both_names(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        world.user("dev-bob");
        world.call(&world.root, "CreateGroup", &[("GroupName", "dev-team")]).expect_done();
        allow(&world, "alice", &[
            r#"{"Effect":"Allow","Action":["iam:UpdateUser","iam:UpdateGroup"],"Resource":["arn:aws:iam::*:user/dev-*","arn:aws:iam::*:group/dev-*"]}"#,
        ]);
        for (new_name, status) in [("admin", 403), ("dev-new", 200)] {
            let renamings = [
                ("UpdateUser", [("UserName", "dev-bob"), ("NewUserName", new_name)]),
                ("UpdateGroup", [("GroupName", "dev-team"), ("NewGroupName", new_name)]),
            ];
            for (action, params) in renamings {
                assert_eq!(world.call(&alice, action, &params).reply.status, status, "{action} {new_name}");
            }
        }
    }

    fn policies_are_asked_about_the_path_of_a_server_certificate(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let issued = crate::issued::issue();
        let upload = [
            ("ServerCertificateName", "c"), ("Path", "/web/"),
            ("CertificateBody", &*issued.certificate), ("PrivateKey", &*issued.private_key),
        ];
        world.call(&world.root, "UploadServerCertificate", &upload).expect_done();
        let name = ("ServerCertificateName", "c");
        let updates: [(&str, &[(&str, &str)]); 4] = [
            ("GetServerCertificate", &[name]),
            ("TagServerCertificate", &[name, ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")]),
            ("UpdateServerCertificate", &[name, ("NewServerCertificateName", "c")]),
            ("DeleteServerCertificate", &[name]),
        ];
        for (action, params) in updates {
            for (path, status) in [("/other/", 403), ("/", 403), ("/web/", 200)] {
                let statement = format!(
                    r#"{{"Effect":"Allow","Action":"iam:*ServerCertificate","Resource":"arn:aws:iam::{}:server-certificate{path}c"}}"#,
                    world.account
                );
                allow(&world, "alice", &[&statement]);
                let answer = world.call(&alice, action, params);
                assert_eq!(answer.reply.status, status, "{action} {path}: {}", answer.message);
            }
        }
    }
}
