//! Who may do what: every operation, asked by every kind of principal, about something of its own account and
//! about something of another. What each is told is declared in `tests/matrix.txt`, a line an operation; an
//! operation without a line fails, and so does a line without an operation.

use std::collections::BTreeMap;
use std::time::Duration;

use keystead_core::AccountId;
use keystead_store::Touched;
use keystead_store::testing::TestStore;
use serde_json::json;

use crate::answer::Answer;
use crate::requests::{Request, Subject};
use crate::sessions::{self, session_in};
use crate::world::{ADMINISTRATOR, Key, Sent, World, handlers};

const READ_ONLY: &str = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
const FULL_IAM: &str = "arn:aws:iam::aws:policy/IAMFullAccess";
const OBSERVER: &str = "arn:aws:iam::aws:policy/keystead/observer";

/// What AWS's guide lets users do with their own credentials.
const OWN_CREDENTIALS: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": [
    "iam:ChangePassword", "iam:GetUser", "iam:*AccessKey*", "iam:*SigningCertificate*", "iam:*SSHPublicKey*",
    "iam:*ServiceSpecificCredential*"], "Resource": "arn:aws:iam::*:user/*${aws:username}"}}"#;
/// Nothing without a second factor.
const WITH_MFA_ONLY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*",
    "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}}"#;
/// Reading in IAM, as a limit of a session.
const READING: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Action": ["iam:Get*", "iam:List*"], "Resource": "*"}}"#;

/// Who asks, in the order of the table's letters.
struct Principals(Vec<(&'static str, Who)>);

enum Who {
    /// Nobody signs.
    Nobody,
    Key(Key),
}

/// A trust policy that names one principal.
fn trusting(principal: &str) -> String {
    sessions::trusting(&json!({ "AWS": principal }), &json!({}))
}

impl Principals {
    /// One of each kind; `own` and `other` are root keys of two accounts.
    fn new(world: &World, other: &Key) -> Self {
        let root = &world.root;
        let attach = |user: &str, arn: &str| {
            let params = [("UserName", user), ("PolicyArn", arn)];
            world.call(root, "AttachUserPolicy", &params).expect_done();
        };
        let inline = |user: &str, document: &str| {
            let params = [("UserName", user), ("PolicyName", "matrix"), ("PolicyDocument", document)];
            world.call(root, "PutUserPolicy", &params).expect_done();
        };
        // The session that will be over is made first: time moves on before anybody asks.
        let administrator = world.administrator("administrator");
        let expired = session(world, &administrator, "GetSessionToken", &[("DurationSeconds", "900")]);
        world.store.clock.advance(Duration::from_secs(901));

        let oneself = world.user("oneself");
        inline("oneself", OWN_CREDENTIALS);
        let nobody = world.user("nobody");
        let disabled = world.administrator("disabled");
        let status = [("UserName", "disabled"), ("AccessKeyId", &*disabled.id), ("Status", "Inactive")];
        world.call(root, "UpdateAccessKey", &status).expect_done();
        let member = world.user("member");
        world.call(root, "CreateGroup", &[("GroupName", "matrix")]).expect_done();
        let group = [("GroupName", "matrix"), ("PolicyArn", FULL_IAM)];
        world.call(root, "AttachGroupPolicy", &group).expect_done();
        world.call(root, "AddUserToGroup", &[("GroupName", "matrix"), ("UserName", "member")]).expect_done();
        let bounded = world.administrator("bounded");
        let boundary = [("UserName", "bounded"), ("PermissionsBoundary", READ_ONLY)];
        world.call(root, "PutUserPermissionsBoundary", &boundary).expect_done();
        let without_mfa = world.administrator("without-mfa");
        inline("without-mfa", WITH_MFA_ONLY);
        let observer = world.user("observer");
        attach("observer", OBSERVER);

        let reader = role(world, "matrix-reader", READ_ONLY, world.account);
        let ruler = role(world, "matrix-ruler", ADMINISTRATOR, world.account);
        let guest = role(world, "matrix-guest", ADMINISTRATOR, other.account);
        let their_administrator = world.user_of(other, "administrator");
        let policy = [("UserName", "administrator"), ("PolicyArn", ADMINISTRATOR)];
        world.call(other, "AttachUserPolicy", &policy).expect_done();
        let assume = |key: &Key, arn: &str, more: &[(&str, &str)]| {
            let named = [("RoleArn", arn), ("RoleSessionName", "matrix")];
            session(world, key, "AssumeRole", &[&named, more].concat())
        };
        let revoked = session(world, &world.administrator("revoked"), "GetSessionToken", &[]);
        revoke(world, &revoked);
        let forged = Key { secret: "x".repeat(40), ..administrator.clone() };
        let federated = [("Name", "guest"), ("Policy", READING)];
        Self(vec![
            ("anonymous", Who::Nobody),
            ("forged signature", Who::Key(forged)),
            ("disabled key", Who::Key(disabled)),
            ("expired session", Who::Key(expired)),
            ("revoked session", Who::Key(revoked)),
            ("root", Who::Key(root.clone())),
            ("administrator", Who::Key(administrator.clone())),
            ("user without policies", Who::Key(nobody)),
            ("user with own credentials", Who::Key(oneself)),
            ("member of a group", Who::Key(member)),
            ("bounded administrator", Who::Key(bounded)),
            ("administrator without MFA", Who::Key(without_mfa)),
            ("observer", Who::Key(observer)),
            ("reader's role", Who::Key(assume(&administrator, &reader, &[]))),
            ("limited role", Who::Key(assume(&administrator, &ruler, &[("Policy", READING)]))),
            ("role from another account", Who::Key(assume(&their_administrator, &guest, &[]))),
            ("session of a user", Who::Key(session(world, &administrator, "GetSessionToken", &[]))),
            ("federated user", Who::Key(session(world, &administrator, "GetFederationToken", &federated))),
            ("root of another account", Who::Key(other.clone())),
            ("administrator of another account", Who::Key(their_administrator)),
        ])
    }
}

/// A role with a policy, which everybody in an account may take on who is allowed to; its ARN.
fn role(world: &World, name: &str, policy: &str, trusted: AccountId) -> String {
    let params = [("RoleName", name), ("AssumeRolePolicyDocument", &*trusting(&trusted.to_string()))];
    let made = world.call(&world.root, "CreateRole", &params).expect_done();
    world.call(&world.root, "AttachRolePolicy", &[("RoleName", name), ("PolicyArn", policy)]).expect_done();
    made.text("Role/Arn")
}

/// What STS gives for a request.
fn session(world: &World, key: &Key, action: &str, params: &[(&str, &str)]) -> Key {
    session_in(&world.call(key, action, params).expect_done())
}

/// Ends a session.
fn revoke(world: &World, key: &Key) {
    let (account, subject, now) = (key.account, key.id.clone(), world.now());
    world.store.run(move |tx| {
        tx.session_revocations().put(account, &subject, now)?;
        tx.touch(Touched::Sessions { account, subject: subject.clone() });
        Ok(())
    });
}

/// The letter for what somebody was told.
fn letter(answer: &Answer) -> char {
    let message = &answer.message;
    match &*answer.code {
        "MissingAuthenticationToken" => 'm',
        "SignatureDoesNotMatch" => 'f',
        "InvalidClientTokenId" => 't',
        "ExpiredToken" => 'x',
        "AccessDenied" if message.contains(" is not authorized to perform: ") => {
            if message.contains(" with an explicit deny in ") {
                '!'
            } else if message.contains(" because no permissions boundary allows ") {
                'b'
            } else if message.contains(" because no session policy allows ") {
                's'
            } else {
                '-'
            }
        }
        "AccessDenied" if message.starts_with("Cannot call ") => 'c',
        "AccessDenied" if message == "IAM users cannot manage credentials for the AWS account." => 'r',
        "AccessDenied" if message == "Roles may not be assumed by root accounts." => 'r',
        _ => '+',
    }
}

/// The table: what is declared for each operation about things of the own and of another account.
fn declared() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    let lines = include_str!("../matrix.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let row = |line: &'static str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, own, other] = words[..] else { panic!("three words: {line}") };
        (name, (own, other))
    };
    lines.map(row).collect()
}

impl World {
    /// A request of somebody, or of nobody.
    fn ask_as(&self, who: &Who, request: &Request) -> Answer {
        match who {
            Who::Key(key) => self.ask(key, request),
            Who::Nobody => {
                let sent: Sent = self.sign_request(&self.root, request).without_header("authorization");
                self.send(&sent)
            }
        }
    }
}

#[test]
fn everybody_is_told_what_the_table_declares() {
    let world = World::new(TestStore::sqlite());
    let other = world.second_account("second");
    let principals = Principals::new(&world, &other).0;
    let (own, theirs) = (Subject::new(&world, &world.root, "target"), Subject::new(&world, &other, "theirs"));
    let oneself = Subject { user: "oneself".to_owned(), ..own.clone() };
    let declared = declared();
    let (mut asked, mut wrong) = (0, Vec::new());
    for handler in handlers() {
        let name = handler.name();
        let told = |target: &Subject| -> String {
            let ask = |(kind, who): &(&str, Who)| {
                let target = if *kind == "user with own credentials" && target.user == own.user {
                    &oneself
                } else {
                    target
                };
                letter(&world.ask_as(who, &target.request(name)))
            };
            principals.iter().map(ask).collect()
        };
        let found = (told(&own), told(&theirs));
        asked += 2 * principals.len();
        let expected = declared.get(name).copied().unwrap_or(("undeclared", "undeclared"));
        if (found.0.as_str(), found.1.as_str()) != expected {
            wrong.push(format!("{name} {} {}   declared: {} {}", found.0, found.1, expected.0, expected.1));
        }
    }
    for name in declared.keys().filter(|name| !handlers().iter().any(|handler| handler.name() == **name)) {
        wrong.push(format!("{name} is declared and is no operation"));
    }
    assert!(wrong.is_empty(), "tests/matrix.txt differs for {}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked >= 5000, "{asked} cells");
}
