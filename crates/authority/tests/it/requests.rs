//! One right request of every operation, for the tests that go over all of them.

use keystead_core::AccountId;
use keystead_store::testing::SeededRng;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::credential_report;
use crate::holdings::Holdings;
use crate::identities::Identities;
use crate::organizations;
use crate::permits::Permits;
use crate::phone::Phones;
use crate::providers::Providers;
use crate::world::{ADMINISTRATOR, Key, Sent, World, handlers};

/// The password that requests set.
pub(crate) const PASSWORD: &str = "Tr0ub4dor&3-of-the-requests";

const INVITATIONS: &str = "/api/v1/invitations";

/// What requests are about.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) user: String,
    pub(crate) access_key_id: String,
    pub(crate) verifier_id: String,
    pub(crate) invitation_id: String,
    pub(crate) holdings: Holdings,
    pub(crate) permits: Permits,
    pub(crate) phones: Phones,
    pub(crate) providers: Providers,
    pub(crate) identities: Identities,
    pub(crate) role_arn: String,
    /// What was sent with a denial.
    pub(crate) denial: String,
    /// Id of a report on last accesses.
    pub(crate) job_id: String,
}

/// A request that is not signed yet.
pub(crate) enum Request {
    Query { action: &'static str, params: Vec<(&'static str, String)> },
    Rest { method: &'static str, path: String, input: Option<Value> },
}

impl Subject {
    /// A user with a policy, a key, a password, holdings, MFA devices and identities, a verifier, an alias and a credential
    /// report, made in the account of `root`, which gets a password policy.
    pub(crate) fn new(world: &World, root: &Key, user: &str) -> Self {
        let key = world.user_of(root, user);
        let denied = world.call(&key, "ListUsers", &[]);
        let denial = denied.reply.authorization_message.expect("a denial has its message").into();
        world
            .call(root, "AttachUserPolicy", &[("UserName", user), ("PolicyArn", ADMINISTRATOR)])
            .expect_done();
        let password = [("UserName", user), ("Password", PASSWORD)];
        world.call(root, "CreateLoginProfile", &password).expect_done();
        world.call(root, "UpdateAccountPasswordPolicy", &[]).expect_done();
        let verifier = json!({"name": format!("of-{user}"), "services": ["sqs"], "hosts": ["sqs.test"]});
        let made = world.rest(root, "POST", "/api/v1/verifiers", Some(&verifier)).expect_done();
        let verifier_id = made.json()["verifier_id"].as_str().unwrap().to_owned();
        let invited = json!({"email": format!("{user}@example.com"), "policies": ["observer"]});
        let made = world.rest(root, "POST", INVITATIONS, Some(&invited)).expect_done();
        let invitation_id = made.json()["invitation_id"].as_str().unwrap().to_owned();
        let (holdings, phones) = (Holdings::new(world, root, user), Phones::new(world, root, user));
        let providers = Providers::new(world, root, user);
        world.call(root, "CreateAccountAlias", &[("AccountAlias", user)]).expect_done();
        credential_report::generate(world, root);
        let identities = Identities::new(world, root, user);
        let permits = Permits::new(world, root, user);
        let role_arn = world.role(root, &format!("{user}-assumed")).to_string();
        let about = [("Arn", &*role_arn)];
        let job = world.call(root, "GenerateServiceLastAccessedDetails", &about).expect_done();
        Self {
            user: user.to_owned(),
            access_key_id: key.id,
            verifier_id,
            invitation_id,
            holdings,
            permits,
            phones,
            providers,
            identities,
            role_arn,
            denial,
            job_id: job.text("JobId"),
        }
    }

    /// One for tests that send nothing.
    pub(crate) fn named() -> Self {
        let account = AccountId::generate(&SeededRng::new(1));
        Self {
            user: "u".to_owned(),
            access_key_id: "k".to_owned(),
            verifier_id: "v".to_owned(),
            invitation_id: "i".to_owned(),
            holdings: Holdings::named("h"),
            permits: Permits::unmade(account),
            phones: Phones::unmade(account, "u"),
            providers: Providers::unmade(account, "u"),
            identities: Identities::named("i"),
            role_arn: "arn:aws:iam::123456789012:role/r".to_owned(),
            denial: "d".to_owned(),
            job_id: "j".repeat(36),
        }
    }

    /// A right request of an operation about this subject. An operation without an arm here fails the tests
    /// that go over all of them.
    pub(crate) fn request(&self, operation: &'static str) -> Request {
        let user = ("UserName", self.user.clone());
        let key = ("AccessKeyId", self.access_key_id.clone());
        let policy = ("PolicyArn", ADMINISTRATOR.to_owned());
        let tag = |name: &'static str, value: &str| (name, value.to_owned());
        let params = match operation {
            "CreateUser" => vec![("UserName", format!("{}-2", self.user))],
            "AttachUserPolicy" | "DetachUserPolicy" => vec![user, policy],
            "CreateAccessKey" | "DeleteUser" | "GetUser" | "ListAccessKeys" | "ListAttachedUserPolicies" => {
                vec![user]
            }
            "DeleteAccessKey" => vec![user, key],
            "UpdateAccessKey" => vec![user, key, ("Status", "Inactive".to_owned())],
            "GetAccessKeyLastUsed" | "GetAccessKeyInfo" => vec![key],
            "UpdateUser" => vec![user, ("NewPath", "/moved/".to_owned())],
            "TagUser" => vec![user, tag("Tags.member.1.Key", "team"), tag("Tags.member.1.Value", "red")],
            "UntagUser" => vec![user, tag("TagKeys.member.1", "team")],
            "ListUsers"
            | "GetCallerIdentity"
            | "GenerateCredentialReport"
            | "GetAccountAuthorizationDetails"
            | "GetAccountSummary"
            | "GetCredentialReport"
            | "ListAccountAliases"
            | "GetAccountPasswordPolicy"
            | "UpdateAccountPasswordPolicy"
            | "DeleteAccountPasswordPolicy"
            | "GetSessionToken" => vec![],
            "CreateAccountAlias" => vec![("AccountAlias", format!("{}-2", self.user))],
            "DeleteAccountAlias" => vec![("AccountAlias", self.user.clone())],
            "GenerateServiceLastAccessedDetails" => vec![("Arn", self.role_arn.clone())],
            "GetServiceLastAccessedDetails" => vec![("JobId", self.job_id.clone())],
            "GetServiceLastAccessedDetailsWithEntities" => {
                vec![("JobId", self.job_id.clone()), ("ServiceNamespace", "iam".to_owned())]
            }
            "GetFederationToken" => vec![("Name", "somebody".to_owned())],
            "AssumeRoot" => {
                let account = self.role_arn.split(':').nth(4).unwrap_or_default();
                let task = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials";
                vec![("TargetPrincipal", account.to_owned()), ("TaskPolicyArn.arn", task.to_owned())]
            }
            "DecodeAuthorizationMessage" => vec![("EncodedMessage", self.denial.clone())],
            "AssumeRole" => {
                vec![("RoleArn", self.role_arn.clone()), ("RoleSessionName", "session".to_owned())]
            }
            "GetLoginProfile" | "DeleteLoginProfile" | "ListUserTags" => vec![user],
            "UpdateLoginProfile" => vec![user, ("Password", PASSWORD.to_owned())],
            // The caller's own, so that it is one that is not there yet.
            "CreateLoginProfile" => vec![("Password", PASSWORD.to_owned())],
            "ChangePassword" => {
                vec![("OldPassword", PASSWORD.to_owned()), ("NewPassword", format!("{PASSWORD}-2"))]
            }
            _ => {
                let of_holdings = self.holdings.request(operation, &self.user);
                let of_phones = || self.phones.request(operation, &self.user);
                let of_permits = || self.permits.request(operation, &self.user);
                let of_providers = || self.providers.request(operation);
                let of_identities = || self.identities.request(operation, &self.user);
                let found = of_holdings
                    .or_else(of_phones)
                    .or_else(of_permits)
                    .or_else(of_providers)
                    .or_else(of_identities)
                    .or_else(|| organizations::request(operation));
                return found.unwrap_or_else(|| self.rest(operation));
            }
        };
        Request::Query { action: operation, params }
    }

    fn rest(&self, operation: &str) -> Request {
        let verifiers = "/api/v1/verifiers".to_owned();
        let input = json!({"name": format!("{}-2", self.user), "services": ["sqs"], "hosts": ["sqs.test"]});
        let (method, path, input) = match operation {
            "CreateVerifier" => ("POST", verifiers, Some(input)),
            "DeleteVerifier" => ("DELETE", format!("{verifiers}/{}", self.verifier_id), None),
            "ListVerifiers" => ("GET", verifiers, None),
            "ListEndings" => ("GET", "/api/v1/endings".to_owned(), None),
            "ListIdentities" => ("GET", "/api/v1/identities".to_owned(), Some(json!({"kind": "user"}))),
            "ListPrincipalsWhoCan" => {
                ("GET", "/api/v1/who-can".to_owned(), Some(json!({"action": "s3:GetObject"})))
            }
            "ListInvitations" => ("GET", INVITATIONS.to_owned(), None),
            "InviteUser" => {
                let input = json!({"email": "guest@example.com", "policies": ["observer"]});
                ("POST", INVITATIONS.to_owned(), Some(input))
            }
            "CancelInvitation" => ("DELETE", format!("{INVITATIONS}/{}", self.invitation_id), None),
            "ResendInvitation" => ("POST", format!("{INVITATIONS}/{}/resend", self.invitation_id), None),
            "CreatePasswordReset" => ("POST", format!("/api/v1/users/{}/password-reset", self.user), None),
            "RevokeSessions" => {
                ("POST", "/api/v1/sessions/revoke".to_owned(), Some(json!({"user_name": self.user})))
            }
            "GetPasswordPolicy" => ("GET", "/api/v1/password-policy".to_owned(), None),
            "PutPasswordPreset" => {
                ("PUT", "/api/v1/password-policy/preset".to_owned(), Some(json!({"preset": "NIST"})))
            }
            "UpdateRootEmail" => {
                let input = json!({"email": format!("{}-root@example.com", self.user)});
                ("PUT", "/api/v1/root/email".to_owned(), Some(input))
            }
            // After CreateLoginProfile, in the order of the guards.
            "UpdateRootPassword" => {
                let input = json!({"password": PASSWORD, "new_password": format!("{PASSWORD}-2")});
                ("PUT", "/api/v1/root/password".to_owned(), Some(input))
            }
            "ImportAccessKey" => ("POST", "/api/v1/access-keys/import".to_owned(), Some(self.import())),
            "ListAuditEvents" => ("GET", "/api/v1/audit-events".to_owned(), None),
            "VerifyAuditTrail" => ("GET", "/api/v1/audit-trail/verification".to_owned(), None),
            "ListKeyUses" => ("GET", format!("/api/v1/access-keys/{}/uses", self.access_key_id), None),
            other => panic!("{other} has no request in crates/authority/tests/it/requests.rs"),
        };
        Request::Rest { method, path, input }
    }

    /// A key made elsewhere, for this subject's user.
    fn import(&self) -> Value {
        json!({
            "user_name": self.user,
            "access_key_id": "AKIAI44QH7DHBEXAMPLE",
            "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz12345678",
        })
    }
}

impl World {
    /// Signs a request.
    pub(crate) fn sign_request(&self, key: &Key, request: &Request) -> Sent {
        match request {
            Request::Query { action, params } => {
                let params: Vec<(&str, &str)> =
                    params.iter().map(|(name, value)| (*name, value.as_str())).collect();
                self.sign_call(key, action, &params)
            }
            Request::Rest { method, path, input } => self.sign_rest(key, method, path, input.as_ref()),
        }
    }

    /// Signs and sends a request.
    pub(crate) fn ask(&self, key: &Key, request: &Request) -> Answer {
        self.send(&self.sign_request(key, request))
    }
}

#[test]
fn every_operation_has_a_request() {
    let subject = Subject::named();
    for handler in handlers() {
        let query = matches!(subject.request(handler.name()), Request::Query { .. });
        assert_eq!(query, handler.route().is_none(), "{}", handler.name());
    }
}
