//! AttachUserPolicy, DetachUserPolicy, ListAttachedUserPolicies.

use keystead_store::both;
use keystead_store::testing::TestStore;

use crate::world::{ADMINISTRATOR, World};

both! {
    fn a_policy_is_attached_listed_and_detached(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let (user, policy) = (("UserName", "alice"), ("PolicyArn", ADMINISTRATOR));
        let refusal = format!(
            "User: arn:aws:iam::{0}:user/alice is not authorized to perform: iam:ListUsers on resource: \
             arn:aws:iam::{0}:user/ because no identity-based policy allows the iam:ListUsers action",
            world.account
        );
        world.call(&alice, "ListUsers", &[]).expect_refused(403, "AccessDenied", &refusal);
        for _ in 0..2 {
            world.call(&world.root, "AttachUserPolicy", &[user, policy]).expect_done();
            world.call(&alice, "ListUsers", &[]).expect_done();
            let listed = world.call(&alice, "ListAttachedUserPolicies", &[user]).expect_done();
            assert_eq!(listed.list("AttachedPolicies", "PolicyArn"), [ADMINISTRATOR]);
            assert_eq!(listed.list("AttachedPolicies", "PolicyName"), ["AdministratorAccess"]);
            assert_eq!((listed.text("IsTruncated"), listed.find("Marker")), ("false".to_owned(), None));
        }
        world.call(&world.root, "DetachUserPolicy", &[user, policy]).expect_done();
        world.call(&alice, "ListUsers", &[]).expect_refused(403, "AccessDenied", &refusal);
        let refusal = format!("Policy {ADMINISTRATOR} was not found.");
        world.call(&world.root, "DetachUserPolicy", &[user, policy]).expect_refused(
            404,
            "NoSuchEntity",
            &refusal,
        );
        let listed = world.call(&world.root, "ListAttachedUserPolicies", &[user]).expect_done();
        assert_eq!(listed.list("AttachedPolicies", "PolicyArn"), Vec::<String>::new());
    }

    fn attached_policies_are_cut_by_path_and_marker(store: TestStore) {
        let world = World::new(store);
        world.administrator("alice");
        let user = ("UserName", "alice");
        for (prefix, found) in [("/", 1), ("/x/", 0)] {
            let listed = world.call(&world.root, "ListAttachedUserPolicies", &[user, ("PathPrefix", prefix)]);
            assert_eq!(listed.expect_done().list("AttachedPolicies", "PolicyName").len(), found, "{prefix}");
        }
        // The marker of a page that ended with this policy.
        let marker = "YXJuOmF3czppYW06OmF3czpwb2xpY3kvQWRtaW5pc3RyYXRvckFjY2Vzcw";
        let rest = world.call(
            &world.root,
            "ListAttachedUserPolicies",
            &[user, ("Marker", marker), ("MaxItems", "1")],
        );
        assert_eq!(rest.expect_done().list("AttachedPolicies", "PolicyName").len(), 0);
        let first =
            world.call(&world.root, "ListAttachedUserPolicies", &[user, ("MaxItems", "1")]).expect_done();
        assert_eq!((first.text("IsTruncated"), first.find("Marker")), ("false".to_owned(), None));
    }
}

#[test]
fn policies_and_users_that_are_not_there_are_named() {
    let world = World::new(TestStore::sqlite());
    world.user("alice");
    let state = world.state();
    let own = format!("arn:aws:iam::{}:policy/AdministratorAccess", world.account);
    let user = ("UserName", "alice");
    for arn in
        [own.as_str(), "arn:aws:iam::aws:policy/administratoraccess", "arn:aws:iam::aws:policy/Nothing"]
    {
        let refusal = format!("Policy {arn} does not exist or is not attachable.");
        let refused = world.call(&world.root, "AttachUserPolicy", &[user, ("PolicyArn", arn)]);
        refused.expect_refused(404, "NoSuchEntity", &refusal);
        let refusal = format!("Policy {arn} was not found.");
        let refused = world.call(&world.root, "DetachUserPolicy", &[user, ("PolicyArn", arn)]);
        refused.expect_refused(404, "NoSuchEntity", &refusal);
    }
    let malformed = "not-an-arn-of-any-kind";
    let refused = world.call(&world.root, "AttachUserPolicy", &[user, ("PolicyArn", malformed)]);
    refused.expect_refused(400, "ValidationError", &format!("ARN {malformed} is not valid."));
    for action in ["AttachUserPolicy", "DetachUserPolicy"] {
        let refused = world.call(&world.root, action, &[("UserName", "bob"), ("PolicyArn", ADMINISTRATOR)]);
        refused.expect_refused(404, "NoSuchEntity", "The user with name bob cannot be found.");
    }
    assert_eq!(world.state(), state);
}
