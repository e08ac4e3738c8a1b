//! What holds for every operation, over the tables of operations themselves: a new one is covered the moment
//! its file is there.

use std::collections::BTreeSet;

use keystead_authority::operations::without_organizations;
use keystead_gate::Kind;
use keystead_store::audit::AuditPlace;
use keystead_store::both;
use keystead_store::testing::{TestStore, sql};
use serde_json::Value;

use crate::dump;
use crate::requests::{PASSWORD, Request, Subject};
use crate::world::{Key, World, handlers};

/// The operations that need no permission.
const FOR_EVERYBODY: [&str; 2] = ["GetCallerIdentity", "GetSessionToken"];

/// The writes in an order in which each of them succeeds.
const WRITES: &[&str] = &[
    "CreateUser",
    "UpdateUser",
    "TagUser",
    "UntagUser",
    "AttachUserPolicy",
    "UpdateAccessKey",
    "DetachUserPolicy",
    "DeleteAccessKey",
    "ImportAccessKey",
    "CreateAccessKey",
    "GetSessionToken",
    "GetFederationToken",
    "RevokeSessions",
    "GenerateServiceLastAccessedDetails",
    "CreateVirtualMFADevice",
    "TagMFADevice",
    "UntagMFADevice",
    "EnableMFADevice",
    "ResyncMFADevice",
    "DeactivateMFADevice",
    "DeleteVirtualMFADevice",
    "EnableRootMFADevice",
    "ResyncRootMFADevice",
    "DeleteUser",
    "CreateGroup",
    "AddUserToGroup",
    "UpdateGroup",
    "RemoveUserFromGroup",
    "DeleteGroup",
    "CreateRole",
    "UpdateRole",
    "UpdateRoleDescription",
    "UpdateAssumeRolePolicy",
    "TagRole",
    "UntagRole",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
    "DeleteRole",
    "CreateServiceLinkedRole",
    "DeleteServiceLinkedRole",
    "CreateInstanceProfile",
    "TagInstanceProfile",
    "UntagInstanceProfile",
    "AddRoleToInstanceProfile",
    "RemoveRoleFromInstanceProfile",
    "DeleteInstanceProfile",
    "CreatePolicy",
    "CreatePolicyVersion",
    "SetDefaultPolicyVersion",
    "DeletePolicyVersion",
    "TagPolicy",
    "UntagPolicy",
    "PutUserPolicy",
    "DeleteUserPolicy",
    "PutGroupPolicy",
    "DeleteGroupPolicy",
    "PutRolePolicy",
    "DeleteRolePolicy",
    "AttachGroupPolicy",
    "DetachGroupPolicy",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "PutUserPermissionsBoundary",
    "DeleteUserPermissionsBoundary",
    "DeletePolicy",
    "CreateVerifier",
    "DeleteVerifier",
    "InviteUser",
    "ResendInvitation",
    "CancelInvitation",
    "UploadSigningCertificate",
    "UpdateSigningCertificate",
    "DeleteSigningCertificate",
    "UploadServerCertificate",
    "TagServerCertificate",
    "UntagServerCertificate",
    "UpdateServerCertificate",
    "DeleteServerCertificate",
    "UploadSSHPublicKey",
    "UpdateSSHPublicKey",
    "DeleteSSHPublicKey",
    "CreateServiceSpecificCredential",
    "UpdateServiceSpecificCredential",
    "ResetServiceSpecificCredential",
    "DeleteServiceSpecificCredential",
    "UpdateLoginProfile",
    "CreatePasswordReset",
    "DeleteLoginProfile",
    "UpdateAccountPasswordPolicy",
    "DeleteAccountPasswordPolicy",
    "PutPasswordPreset",
    "UpdateRootEmail",
    "CreateOpenIDConnectProvider",
    "TagOpenIDConnectProvider",
    "UntagOpenIDConnectProvider",
    "AddClientIDToOpenIDConnectProvider",
    "RemoveClientIDFromOpenIDConnectProvider",
    "UpdateOpenIDConnectProviderThumbprint",
    "DeleteOpenIDConnectProvider",
    "CreateSAMLProvider",
    "TagSAMLProvider",
    "UntagSAMLProvider",
    "UpdateSAMLProvider",
    "DeleteSAMLProvider",
    "GetWebIdentityToken",
    "DisableOutboundWebIdentityFederation",
    "EnableOutboundWebIdentityFederation",
    "SetSecurityTokenServicePreferences",
    "CreateLoginProfile",
    "UpdateRootPassword",
    "DeleteAccountAlias",
    "CreateAccountAlias",
];

/// Writes that are proved by a token; their own tests hold the same of them.
const BY_STRANGERS: [&str; 1] = ["AssumeRoleWithWebIdentity"];

/// The writes that another one has to come before; their own tests hold what cannot be held of them alone.
const AFTER_ANOTHER: [&str; 3] =
    ["DetachGroupPolicy", "DetachRolePolicy", "EnableOutboundWebIdentityFederation"];

/// Writes that a root user cannot make; their own tests hold what these here hold of the others.
const BY_USERS_ONLY: [&str; 3] = ["AssumeRole", "AssumeRoot", "ChangePassword"];

/// What is refused without a word of which policy it was.
const WITHOUT_REASON: [&str; 1] = ["AssumeRole"];

fn writes() -> BTreeSet<&'static str> {
    let handlers = handlers();
    let writes =
        handlers.iter().filter(|handler| handler.kind() == Kind::Write).map(|handler| handler.name());
    writes
        .filter(|name| {
            ![&BY_USERS_ONLY[..], &BY_STRANGERS].concat().contains(name) && !is_always_refused(name)
        })
        .collect()
}

/// Whether nobody ever succeeds with it.
fn is_always_refused(name: &str) -> bool {
    without_organizations::OPERATIONS.iter().any(|handler| handler.name() == name)
}

/// The request of a write; the user that is deleted must be one on which nothing hangs.
fn request(subject: &Subject, operation: &'static str) -> Request {
    let bare = Subject { user: format!("{}-2", subject.user), ..subject.clone() };
    if operation == "DeleteUser" { bare.request(operation) } else { subject.request(operation) }
}

both! {
    fn b3_every_operation_has_a_denied_case(store: TestStore) {
        let world = World::new(store);
        let subject = Subject::new(&world, &world.root, "alice");
        let nobody = world.user("nobody");
        let forged = Key { secret: "x".repeat(40), ..world.root.clone() };
        let unknown = Key { id: "AKIAIOSFODNN7EXAMPLE".to_owned(), ..world.root.clone() };
        let state = world.state();
        for handler in handlers() {
            let name = handler.name();
            let request = subject.request(name);
            let unsigned = world.sign_request(&world.root, &request).without_header("authorization");
            if !handler.takes_strangers() {
                world.send(&unsigned).expect_code(403, "MissingAuthenticationToken");
            }
            world.ask(&unknown, &request).expect_code(403, "InvalidClientTokenId");
            world.ask(&forged, &request).expect_code(403, "SignatureDoesNotMatch");
            let mut elsewhere = world.sign_request(&world.root, &request);
            "iam.amazonaws.com".clone_into(elsewhere.header_mut("host"));
            world.send(&elsewhere).expect_code(421, "MisdirectedRequest");
            if handler.takes_strangers() {
                // What proves it is not the signature.
                world.send(&unsigned).expect_code(400, "InvalidIdentityToken");
                continue;
            }
            let answer = world.ask(&nobody, &request);
            if FOR_EVERYBODY.contains(&name) {
                answer.expect_done();
                continue;
            }
            answer.expect_code(403, "AccessDenied");
            let action = format!("{}:{name}", handler.service());
            let start = format!(
                "User: arn:aws:iam::{}:user/nobody is not authorized to perform: {action} on resource: ",
                world.account
            );
            assert!(answer.message.starts_with(&start), "{}", answer.message);
            if WITHOUT_REASON.contains(&name) {
                assert!(!answer.message.contains("because"), "{}", answer.message);
                continue;
            }
            let end = format!(" because no identity-based policy allows the {action} action");
            assert!(answer.message.ends_with(&end), "{}", answer.message);
        }
        assert_eq!(world.state(), state, "nothing was changed by what was refused");
    }

    fn every_write_is_audited(store: TestStore) {
        let world = World::new(store);
        let subject = Subject::new(&world, &world.root, "alice");
        assert_eq!(writes(), WRITES.iter().copied().collect(), "each write has its place in WRITES");
        for operation in WRITES.iter().copied() {
            let before = events(&world);
            let answer = world.ask(&world.root, &request(&subject, operation)).expect_done();
            let new: Vec<Value> =
                events(&world).into_iter().filter(|event| !before.contains(event)).collect();
            assert_eq!(new.len(), 1, "{operation}");
            assert_eq!(new[0]["eventName"], operation);
            assert_eq!(new[0]["requestID"], answer.reply.request_id);
            assert_eq!(new[0]["userIdentity"]["type"], "Root");
            assert_eq!(new[0]["userIdentity"]["accessKeyId"], world.root.id);
            assert_eq!(new[0]["recipientAccountId"], world.account.to_string());
            assert_eq!(new[0]["sourceIPAddress"], "192.0.2.7");
            assert_eq!(new[0]["readOnly"], false);
        }
    }

    // OpenBao, CVE-2026-115357: a secret left where the audit could not be written.
    fn what_cannot_be_audited_is_not_done_and_shows_no_secret(store: TestStore) {
        let world = World::new(store);
        let subject = Subject::new(&world, &world.root, "alice");
        world.call(&world.root, "CreateUser", &[("UserName", "alice-2")]).expect_done();
        let other = Subject { user: "bob".to_owned(), ..subject.clone() };
        let (state, uses) = (world.state(), dump::count(&world.store, "changes"));
        rename(&world.store, "audit_events", "audit_events_away");
        for operation in WRITES.iter().copied().filter(|write| !AFTER_ANOTHER.contains(write)) {
            let request = if operation == "CreateUser" {
                other.request(operation)
            } else {
                request(&subject, operation)
            };
            let answer = world.ask(&world.root, &request);
            assert!(answer.reply.status >= 500, "{operation}: {}", answer.body());
            assert!(!answer.body().contains("audit"), "{}", answer.body());
        }
        rename(&world.store, "audit_events_away", "audit_events");
        assert_eq!(world.state(), state);
        // The two renamings, and nothing that was refused.
        assert_eq!(dump::count(&world.store, "changes"), uses + 2);
        for operation in WRITES.iter().copied() {
            let request = if operation == "CreateUser" {
                other.request(operation)
            } else {
                request(&subject, operation)
            };
            world.ask(&world.root, &request).expect_done();
        }
    }

    fn reads_and_refusals_are_audited_together(store: TestStore) {
        let world = World::new(store);
        let nobody = world.user("nobody");
        for _ in 0..3 {
            world.call(&world.root, "ListUsers", &[]).expect_done();
            world.call(&nobody, "ListUsers", &[]).expect_code(403, "AccessDenied");
        }
        world.call(&world.root, "DeleteUser", &[("UserName", "ghost")]).expect_code(404, "NoSuchEntity");
        // A failing store loses nothing of what was counted.
        rename(&world.store, "audit_events", "audit_events_away");
        assert!(world.gate.flush_audit(true).is_err());
        world.call(&nobody, "ListUsers", &[]).expect_code(403, "AccessDenied");
        rename(&world.store, "audit_events_away", "audit_events");
        world.gate.flush_audit(true).expect("the events are written");
        let counted: BTreeSet<(String, String, String, u64)> = events(&world)
            .iter()
            .filter_map(|event| {
                let count = event["additionalEventData"]["count"].as_u64()?;
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let who = text(&event["userIdentity"]["type"]);
                Some((text(&event["eventName"]), who, text(&event["errorCode"]), count))
            })
            .collect();
        let row = |name: &str, who: &str, code: &str, count| {
            (name.to_owned(), who.to_owned(), code.to_owned(), count)
        };
        let expected = [
            row("ListUsers", "Root", "", 3),
            row("ListUsers", "IAMUser", "AccessDenied", 4),
            row("DeleteUser", "Root", "NoSuchEntity", 1),
        ];
        assert_eq!(counted, expected.into());
        let written = events(&world).len();
        world.gate.flush_audit(true).expect("there is nothing to write");
        assert_eq!(events(&world).len(), written, "nothing is written twice");
        assert_eq!(world.gate.seal_audit().expect("the events are chained"), written);
    }

    fn no_reply_but_creation_holds_a_secret(store: TestStore) {
        // The world itself looks for every secret shown so far in every reply that passes.
        let world = World::new(store);
        let subject = Subject::new(&world, &world.root, "alice");
        for handler in handlers().into_iter().filter(|handler| handler.kind() == Kind::Read) {
            if !is_always_refused(handler.name()) {
                world.ask(&world.root, &subject.request(handler.name())).expect_done();
            }
        }
        for operation in WRITES.iter().copied() {
            let sent = world.sign_request(&world.root, &request(&subject, operation));
            world.send(&sent).expect_done();
            world.send(&sent);
        }
        // Secrets given where none belongs.
        let secret = world.root.secret.clone();
        world.call(&world.root, "CreateUser", &[("UserName", "u"), ("Password", &secret)]).expect_done();
        world.call(&world.root, "GetUser", &[("UserName", "u"), ("SecretAccessKey", &secret)]).expect_done();
        world.gate.flush_uses(true).expect("the uses are written");
        world.gate.flush_audit(true).expect("the events are written");
        world.gate.seal_audit().expect("the events are chained");
        let mut kept = vec![dump::everything(&world.store).into_bytes()];
        kept.extend(files_below(world.store.folder()));
        let secrets = world.secrets_shown();
        assert!(secrets.len() >= 5, "a root key, two keys, two verifiers, and MFA devices besides");
        for secret in secrets.into_iter().chain([PASSWORD.to_owned()]) {
            // A verifier's token is kept as a hash of its last part.
            let of_verifier = secret.strip_prefix("ksv_").and_then(|token| token.split_once('_'));
            let core = of_verifier.map_or(&*secret, |(_, last)| last).as_bytes();
            let digits = hex::encode(core);
            for bytes in &kept {
                assert!(!contains(bytes, core), "a secret is stored in plain text");
                assert!(!contains(bytes, digits.as_bytes()), "a secret is stored in plain bytes");
            }
        }
    }
}

/// All events of the account.
pub(crate) fn events(world: &World) -> Vec<Value> {
    let account = world.account;
    let read = world.store.read(|tx| tx.audit().list(account, &AuditPlace::newest(), 10_000));
    let events = read.expect("the events can be read");
    events.iter().map(|record| serde_json::from_str(&record.event.event).expect("an event is JSON")).collect()
}

pub(crate) fn rename(store: &TestStore, from: &str, to: &str) {
    let statement = format!("alter table {from} rename to {to}");
    store.run(move |tx| sql(tx).batch(&statement));
}

/// The contents of all files in a folder and below.
fn files_below(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(std::fs::read(&path).expect("the file can be read"));
        }
    }
    files
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
