//! Accounts are strangers to each other: what one has is to the other as if it were not there.

use keystead_core::AccessKeyId;
use keystead_store::both;
use serde_json::json;

use crate::holdings::Holdings;
use crate::identities::Identities;
use crate::permits::Permits;
use crate::phone::Phones;
use crate::providers::Providers;
use crate::requests::{Request, Subject};
use crate::verify::{key_uses, new_verifier, sign_for, verify};
use crate::world::{ADMINISTRATOR, Key, World, handlers};

/// Operations whose request names nothing of the other account, so that they rightly succeed.
const ABOUT_ONESELF: &[&str] = &[
    "ChangePassword",
    "CreateAccountAlias",
    "CreateGroup",
    "CreateInstanceProfile",
    "CreateLoginProfile",
    "CreateRole",
    "CreateServiceLinkedRole",
    "CreateOpenIDConnectProvider",
    "CreatePolicy",
    "CreateSAMLProvider",
    "CreateUser",
    "CreateVerifier",
    "CreateVirtualMFADevice",
    "DeleteAccountPasswordPolicy",
    "DisableOutboundWebIdentityFederation",
    "EnableOutboundWebIdentityFederation",
    "GenerateCredentialReport",
    "GetAccountAuthorizationDetails",
    "GetAccountPasswordPolicy",
    "GetAccountProperties",
    "GetAccountSummary",
    "GetCallerIdentity",
    "GetContextKeysForCustomPolicy",
    "GetCredentialReport",
    "GetOutboundWebIdentityFederationInfo",
    "GetFederationToken",
    "GetPasswordPolicy",
    "GetSessionToken",
    "GetWebIdentityToken",
    "ListAccountAliases",
    "ListAuditEvents",
    "InviteUser",
    "ListEndings",
    "ListGroups",
    "ListIdentities",
    "ListInvitations",
    "ListInstanceProfiles",
    "ListRoles",
    "ListDelegationRequests",
    "ListOpenIDConnectProviders",
    "ListSAMLProviders",
    "ListPolicies",
    "ListPrincipalsWhoCan",
    "ListServerCertificates",
    "ListUsers",
    "ListVerifiers",
    "ListVirtualMFADevices",
    "PutPasswordPreset",
    "SetSecurityTokenServicePreferences",
    "SimulateCustomPolicy",
    "UpdateAccountPasswordPolicy",
    "UpdateRootEmail",
    "UpdateRootPassword",
    "UploadServerCertificate",
    "VerifyAuditTrail",
];
/// Answers from the id alone, of keys that exist and of those that do not.
const FROM_THE_ID: [&str; 1] = ["GetAccessKeyInfo"];

both! {
    fn what_another_account_has_is_as_if_it_were_not_there(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let theirs = Subject::new(&world, &other, "theirs");
        let ghost = Subject {
            user: "ghosts".to_owned(),
            access_key_id: AccessKeyId::generate(other.account, &*world.store.rng).to_string(),
            verifier_id: "g".repeat(theirs.verifier_id.len()),
            invitation_id: "h".repeat(theirs.invitation_id.len()),
            holdings: Holdings::of_nobody(&world),
            permits: Permits::unmade(other.account),
            phones: Phones::unmade(other.account, "ghosts"),
            identities: Identities::of_nobody(&world, "ghosts"),
            providers: Providers::unmade(other.account, "ghosts"),
            role_arn: theirs.role_arn.replace("theirs", "ghosts"),
            denial: "g".repeat(theirs.denial.len()),
            job_id: "g".repeat(theirs.job_id.len()),
        };
        let ours = world.administrator("ours");
        let (_, token) = new_verifier(&world, &other, "queue", false);
        let their_key = world.key_of(&other, "theirs");
        verify(&world, &token, &sign_for(&world, &their_key, "sqs", "sqs.test"), None).unwrap();
        let state = world.state();
        for key in [&world.root, &ours] {
            for handler in handlers() {
                let name = handler.name();
                if ABOUT_ONESELF.contains(&name) {
                    continue;
                }
                let (real, unreal) =
                    (world.ask(key, &theirs.request(name)), world.ask(key, &ghost.request(name)));
                let blurred = |text: &str| {
                    let text = ghost.holdings.blur(&theirs.holdings.blur(text));
                    let text = ghost.identities.blur(&theirs.identities.blur(&text));
                    let text = text.replace(&theirs.user, "USER").replace(&theirs.access_key_id, "KEY");
                    let text = text.replace(&theirs.job_id, "JOB").replace(&ghost.job_id, "JOB");
                    let text = text.replace(&ghost.user, "USER").replace(&ghost.access_key_id, "KEY");
                    let text = text.replace(&theirs.invitation_id, "I").replace(&ghost.invitation_id, "I");
                    text.replace(&theirs.verifier_id, "VERIFIER").replace(&ghost.verifier_id, "VERIFIER")
                };
                assert_eq!((real.reply.status, &real.code), (unreal.reply.status, &unreal.code), "{name}");
                assert_eq!(blurred(&real.message), blurred(&unreal.message), "{name}");
                assert_eq!(real.reply.status == 200, FROM_THE_ID.contains(&name), "{name}");
            }
        }
        assert_eq!(world.state(), state, "nothing of either account was changed");
    }

    fn lists_end_at_the_border_of_the_account(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let theirs = Subject::new(&world, &other, "theirs");
        let ours = Subject::new(&world, &world.root, "ours");
        for (root, own, foreign) in [(&world.root, &ours, &theirs), (&other, &theirs, &ours)] {
            let users = world.call(root, "ListUsers", &[]).expect_done();
            assert_eq!(users.list("Users", "UserName").join(" "), own.user);
            let verifiers = world.rest(root, "GET", "/api/v1/verifiers", None).expect_done();
            assert!(verifiers.body().contains(&own.verifier_id));
            assert!(!verifiers.body().contains(&foreign.verifier_id));
        }
        // The same name in both is two users.
        for root in [&world.root, &other] {
            world.call(root, "CreateUser", &[("UserName", "same")]).expect_done();
        }
        world.call(&world.root, "DeleteUser", &[("UserName", "same")]).expect_done();
        world.call(&other, "GetUser", &[("UserName", "same")]).expect_done();
    }

    // Keystone, CVE-2026-42999: what a request brought along was taken for what had been checked.
    fn b4_surplus_parameters_naming_others_change_nothing(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let theirs = Subject::new(&world, &other, "theirs");
        let before = world.state();
        let account = other.account.to_string();
        let arn = format!("arn:aws:iam::{account}:user/theirs");
        let surplus = [
            "AccountId",
            "account_id",
            "Account",
            "OwnerId",
            "owner_id",
            "UserId",
            "user_id",
            "PrincipalArn",
            "CallerArn",
            "RoleArn",
            "TargetAccount",
            "Caller",
        ];
        for name in surplus {
            for value in [account.as_str(), arn.as_str()] {
                let nobody = [("UserName", "theirs"), (name, value)];
                for action in ["CreateAccessKey", "ListAccessKeys", "DeleteUser", "GetUser"] {
                    world.call(&world.root, action, &nobody).expect_code(404, "NoSuchEntity");
                }
                let who = world.call(&world.root, "GetCallerIdentity", &[(name, value)]).expect_done();
                assert_eq!(who.text("Account"), world.account.to_string());
            }
            let mut input = json!({"name": "v", "services": ["sqs"], "hosts": ["h"]});
            input[name] = json!(account);
            let refused = world.rest(&world.root, "POST", "/api/v1/verifiers", Some(&input));
            refused.expect_code(400, "ValidationError");
        }
        let path = format!("/api/v1/verifiers/{}", theirs.verifier_id);
        let input = json!({"account_id": account});
        world.rest(&world.root, "DELETE", &path, Some(&input)).expect_code(400, "ValidationError");
        let given_twice = json!({"verifier_id": "other"});
        world.rest(&world.root, "DELETE", &path, Some(&given_twice)).expect_code(400, "ValidationError");
        assert_eq!(world.state(), before);
    }

    // Keystone, CVE-2026-43000 and its like: a credential was given to another owner.
    fn a_key_stays_with_its_owner(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let (alice, theirs) = (world.administrator("alice"), world.user_of(&other, "alice"));
        let before = world.state();
        for id in [&theirs.id, &other.id] {
            for user in ["alice", "root", &other.account.to_string()] {
                let params = [("UserName", user), ("AccessKeyId", id.as_str()), ("Status", "Inactive")];
                world.call(&alice, "UpdateAccessKey", &params).expect_code(404, "NoSuchEntity");
                world.call(&alice, "DeleteAccessKey", &params[..2]).expect_code(404, "NoSuchEntity");
            }
        }
        assert_eq!(world.state(), before);
        // A verifier's token is a credential for asking, and for nothing else.
        let (_, token) = new_verifier(&world, &world.root, "queue", false);
        let listing = world.sign_call(&alice, "ListUsers", &[]).without_header("authorization");
        let bearer = listing.clone().with_header("authorization", &format!("Bearer {token}"));
        world.send(&bearer).expect_code(400, "IncompleteSignature");
        world
            .send(&listing.with_header("x-keystead-verifier", &token))
            .expect_code(403, "MissingAuthenticationToken");
    }

    fn evidence_stays_in_its_account(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let alice = world.user("alice");
        let path = format!("/api/v1/access-keys/{}/uses", alice.id);
        world.call(&alice, "GetCallerIdentity", &[]).expect_done();
        assert_eq!(key_uses(&world, &alice.id).len(), 1);
        let refusal = format!("The Access Key with id {} cannot be found.", alice.id);
        let refused = world.send(&world.sign_rest(&other, "GET", &path, None));
        refused.expect_refused(404, "NoSuchEntity", &refusal);
    }

    fn b8_an_administrator_of_one_account_is_nobody_in_another(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let (ours, theirs) = (world.administrator("same"), world.user_of(&other, "same"));
        world.call(&ours, "ListUsers", &[]).expect_done();
        world.call(&theirs, "ListUsers", &[]).expect_code(403, "AccessDenied");
        let swapped = Key { id: theirs.id.clone(), ..ours.clone() };
        world.call(&swapped, "ListUsers", &[]).expect_code(403, "SignatureDoesNotMatch");
        let policy = [("UserName", "same"), ("PolicyArn", ADMINISTRATOR)];
        world.call(&world.root, "DetachUserPolicy", &policy).expect_done();
        world.call(&other, "AttachUserPolicy", &policy).expect_done();
        world.call(&ours, "ListUsers", &[]).expect_code(403, "AccessDenied");
        world.call(&theirs, "ListUsers", &[]).expect_done();
    }
}

#[test]
fn operations_about_oneself_name_nobody() {
    let subject = Subject::named();
    for name in ABOUT_ONESELF.iter().copied() {
        let named = match subject.request(name) {
            Request::Query { params, .. } => {
                params.iter().any(|(_, value)| ["u", "k"].contains(&value.as_str()))
            }
            Request::Rest { path, .. } => path.ends_with("/v") || path.contains("/k/"),
        };
        assert!(!named, "{name}");
    }
}
