//! Users look after their own credentials with the policies that AWS's guide gives for it, pasted as they are.

use keystead_store::both;

use crate::issued::issue;
use crate::phone::{Phone, step};
use crate::sessions::session_in;
use crate::world::{ADMINISTRATOR, World};

const SELF_MANAGE: &str = include_str!("../documented/self-manage.json");
const SELF_MANAGE_WITH_MFA: &str = include_str!("../documented/self-manage-with-mfa.json");
const ROTATE: &str = include_str!("../documented/rotate-own-credentials.json");

/// Gives users a managed policy by way of a group.
fn paste(world: &World, document: &str, users: &[&str]) {
    let made = [("PolicyName", "pasted"), ("PolicyDocument", document)];
    let arn = world.call(&world.root, "CreatePolicy", &made).expect_done().text("Policy/Arn");
    world.call(&world.root, "CreateGroup", &[("GroupName", "everybody")]).expect_done();
    world
        .call(&world.root, "AttachGroupPolicy", &[("GroupName", "everybody"), ("PolicyArn", &arn)])
        .expect_done();
    for user in users {
        let member = [("GroupName", "everybody"), ("UserName", *user)];
        world.call(&world.root, "AddUserToGroup", &member).expect_done();
    }
}

/// Alice, to whom a document was pasted, replaces her key and certificate, named or not, and touches nothing else.
fn check_own_credentials(world: &World, document: &str) {
    let alice = world.user("alice");
    world.user("bob");
    world.call(&alice, "CreateAccessKey", &[("UserName", "alice")]).expect_code(403, "AccessDenied");
    paste(world, document, &["alice", "bob"]);
    for named in [&[][..], &[("UserName", "alice")]] {
        let done = |action: &str, params: &[(&str, &str)]| {
            world.call(&alice, action, &[named, params].concat()).expect_done()
        };
        let made = done("CreateAccessKey", &[]).text("AccessKey/AccessKeyId");
        done("ListAccessKeys", &[]);
        done("UpdateAccessKey", &[("AccessKeyId", &made), ("Status", "Inactive")]);
        done("DeleteAccessKey", &[("AccessKeyId", &made)]);
        let certificate = issue().certificate;
        let made = done("UploadSigningCertificate", &[("CertificateBody", &certificate)]);
        done("DeleteSigningCertificate", &[("CertificateId", &made.text("Certificate/CertificateId"))]);
        done("GetUser", &[]);
    }
    for action in ["CreateAccessKey", "ListAccessKeys", "GetUser", "ListSigningCertificates"] {
        world.call(&alice, action, &[("UserName", "bob")]).expect_code(403, "AccessDenied");
    }
    let (own, policy) = (("UserName", "alice"), ("PolicyArn", ADMINISTRATOR));
    for (action, params) in [("DeleteUser", &[own][..]), ("AttachUserPolicy", &[own, policy])] {
        world.call(&alice, action, params).expect_code(403, "AccessDenied");
    }
}

both! {
    fn users_manage_their_own_credentials_and_nobody_elses(store: TestStore) {
        check_own_credentials(&World::new(store), SELF_MANAGE);
    }

    fn users_rotate_their_own_credentials_and_nobody_elses(store: TestStore) {
        check_own_credentials(&World::new(store), ROTATE);
    }

    fn who_has_no_mfa_can_set_it_up_and_nothing_else(store: TestStore) {
        let world = World::new(store);
        let (alice, _) = (world.user("alice"), world.user("bob"));
        paste(&world, SELF_MANAGE_WITH_MFA, &["alice", "bob"]);
        let refused = world.call(&alice, "CreateAccessKey", &[]);
        refused.expect_code(403, "AccessDenied");
        assert!(refused.message.ends_with("with an explicit deny in an identity-based policy"), "{}", refused.message);
        world.call(&alice, "GetUser", &[]).expect_done();
        let phone = Phone::new(&world, &alice, "alice");
        phone.enable(&world, &alice, "alice", step(&world)).expect_done();
        phone.enable(&world, &alice, "bob", step(&world)).expect_code(403, "AccessDenied");
        // A session without a code is still without MFA.
        let plain = session_in(&world.call(&alice, "GetSessionToken", &[]).expect_done());
        let refused = world.call(&plain, "CreateAccessKey", &[]);
        assert_ne!(refused.reply.status, 200);
        world.store.clock.advance(std::time::Duration::from_mins(2));
        let code = phone.code(step(&world));
        let with_code = [("SerialNumber", &*phone.serial_number), ("TokenCode", &*code)];
        let session = session_in(&world.call(&alice, "GetSessionToken", &with_code).expect_done());
        let made = world.call(&session, "CreateAccessKey", &[]).expect_done();
        let key = made.text("AccessKey/AccessKeyId");
        world.call(&session, "DeleteAccessKey", &[("AccessKeyId", &key)]).expect_done();
        world.call(&session, "CreateAccessKey", &[("UserName", "bob")]).expect_code(403, "AccessDenied");
        world.call(&alice, "CreateAccessKey", &[]).expect_code(403, "AccessDenied");
    }
}
