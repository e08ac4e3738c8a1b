//! CreateServiceSpecificCredential, ListServiceSpecificCredentials, UpdateServiceSpecificCredential,
//! ResetServiceSpecificCredential, DeleteServiceSpecificCredential.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystead_store::both;

use crate::answer::Answer;
use crate::dump;
use crate::world::World;

const GIT: &str = "codecommit.amazonaws.com";
const TABLES: &str = "cassandra.amazonaws.com";
const MODELS: &str = "bedrock.amazonaws.com";
const LIST: &str = "ServiceSpecificCredentials";

impl World {
    fn create(&self, user: &str, service: &str) -> Answer {
        let params = [("UserName", user), ("ServiceName", service)];
        self.call(&self.root, "CreateServiceSpecificCredential", &params)
    }

    fn listed(&self, params: &[(&str, &str)]) -> Answer {
        self.call(&self.root, "ListServiceSpecificCredentials", params).expect_done()
    }
}

/// One member of the credential in a reply.
fn of(answer: &Answer, member: &str) -> String {
    answer.text(&format!("ServiceSpecificCredential/{member}"))
}

both! {
    fn a_credential_is_created_switched_reset_and_deleted(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let user = ("UserName", "alice");
        let made = world.create("alice", GIT).expect_done();
        let id = of(&made, "ServiceSpecificCredentialId");
        assert!(id.starts_with("ACCA") && id.len() == 21, "{id}");
        let name = format!("alice-at-{}", world.account);
        let credential = ("ServiceSpecificCredentialId", &*id);
        let reset = world.call(&world.root, "ResetServiceSpecificCredential", &[user, credential]).expect_done();
        for answer in [&made, &reset] {
            for (member, value) in [
                ("ServiceName", GIT),
                ("ServiceUserName", &name),
                ("ServiceSpecificCredentialId", &id),
                ("UserName", "alice"),
                ("Status", "Active"),
                ("CreateDate", "2026-01-01T00:00:00Z"),
            ] {
                assert_eq!(of(answer, member), value);
            }
            for absent in ["ExpirationDate", "ServiceCredentialAlias", "ServiceCredentialSecret"] {
                assert_eq!(answer.find(&format!("ServiceSpecificCredential/{absent}")), None);
            }
        }
        assert_ne!(of(&made, "ServicePassword"), of(&reset, "ServicePassword"));
        assert_eq!(STANDARD.decode(of(&made, "ServicePassword")).unwrap().len(), 32);
        for status in ["Inactive", "Active"] {
            let update = [user, credential, ("Status", status)];
            world.call(&world.root, "UpdateServiceSpecificCredential", &update).expect_done();
            assert_eq!(world.listed(&[user]).list(LIST, "Status"), [status]);
        }
        let update = [user, credential, ("Status", "Expired")];
        let refusal = "A credential cannot be set to Expired; use Active or Inactive.";
        let refused = world.call(&world.root, "UpdateServiceSpecificCredential", &update);
        refused.expect_refused(400, "ValidationError", refusal);
        world.call(&world.root, "DeleteServiceSpecificCredential", &[user, credential]).expect_done();
        let refusal = format!("No such credential {id} exists");
        let update = [user, credential, ("Status", "Active")];
        for action in ["Update", "Reset", "Delete"] {
            let again = world.call(&world.root, &format!("{action}ServiceSpecificCredential"), &update);
            again.expect_refused(404, "NoSuchEntity", &refusal);
        }
        assert!(world.listed(&[user]).list(LIST, "UserName").is_empty());
    }

    fn a_password_is_in_one_reply_and_stored_as_its_hash(store: TestStore) {
        // The world itself looks for every password shown so far in every reply that passes.
        let world = World::new(store);
        world.user("alice");
        let password = of(&world.create("alice", GIT).expect_done(), "ServicePassword");
        let key = of(&world.create("alice", MODELS).expect_done(), "ServiceCredentialSecret");
        let envelope = String::from_utf8(STANDARD.decode(&key[4..]).unwrap()).unwrap();
        let (_, random) = envelope.split_once(':').unwrap();
        assert!(world.secrets_shown().contains(&password) && world.secrets_shown().contains(&key));
        world.listed(&[("UserName", "alice")]);
        world.gate.flush_audit(true).unwrap();
        let everything = dump::everything(&world.store);
        for secret in [&*password, &*key, random] {
            assert!(!everything.contains(secret) && !everything.contains(&hex::encode(secret)));
            assert!(!everything.contains(&hex::encode(STANDARD.decode(secret).unwrap())));
        }
    }

    fn two_are_allowed_for_each_service_and_named_apart(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let account = world.account;
        let first = world.create("alice", GIT).expect_done();
        let second = world.create("alice", GIT).expect_done();
        assert_eq!(of(&first, "ServiceUserName"), format!("alice-at-{account}"));
        assert_eq!(of(&second, "ServiceUserName"), format!("alice+1-at-{account}"));
        let refusal = "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2";
        world.create("alice", GIT).expect_refused(409, "LimitExceeded", refusal);
        let other = world.create("alice", TABLES).expect_done();
        assert_eq!(of(&other, "ServiceUserName"), format!("alice-at-{account}"));
        let id = of(&first, "ServiceSpecificCredentialId");
        let delete = [("UserName", "alice"), ("ServiceSpecificCredentialId", &*id)];
        world.call(&world.root, "DeleteServiceSpecificCredential", &delete).expect_done();
        let again = world.create("alice", GIT).expect_done();
        assert_eq!(of(&again, "ServiceUserName"), format!("alice-at-{account}"));
    }

    fn a_renamed_user_keeps_the_name_that_the_service_knows(store: TestStore) {
        let world = World::new(store);
        let (user, account) = (("UserName", "Alice"), world.account);
        world.call(&world.root, "CreateUser", &[user]).expect_done();
        let id = of(&world.create("Alice", GIT).expect_done(), "ServiceSpecificCredentialId");
        world.call(&world.root, "UpdateUser", &[user, ("NewUserName", "bob")]).expect_done();
        let listed = world.listed(&[("UserName", "bob")]);
        assert_eq!(listed.list(LIST, "UserName"), ["bob"]);
        assert_eq!(listed.list(LIST, "ServiceUserName"), [format!("Alice-at-{account}")]);
        let credential = ("ServiceSpecificCredentialId", &*id);
        let bob = ("UserName", "bob");
        let reset = world.call(&world.root, "ResetServiceSpecificCredential", &[bob, credential]).expect_done();
        assert_eq!((of(&reset, "UserName"), of(&reset, "ServiceUserName")), ("bob".to_owned(), format!("Alice-at-{account}")));
        // Somebody new of the old name, in whatever case, gets another one at the service.
        world.user("alice");
        assert_eq!(of(&world.create("alice", GIT).expect_done(), "ServiceUserName"), format!("alice+1-at-{account}"));
        let refusal = "Cannot delete entity, must remove referenced objects first.";
        world.call(&world.root, "DeleteUser", &[bob]).expect_refused(409, "DeleteConflict", refusal);
        world.call(&world.root, "DeleteServiceSpecificCredential", &[bob, credential]).expect_done();
        world.call(&world.root, "DeleteUser", &[bob]).expect_done();
    }

    fn api_keys_are_one_text_and_end_when_they_were_told_to(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let params = [("UserName", "alice"), ("ServiceName", MODELS), ("CredentialAgeDays", "30")];
        let made = world.call(&world.root, "CreateServiceSpecificCredential", &params).expect_done();
        let alias = format!("alice-at-{}", world.account);
        assert_eq!(of(&made, "ServiceCredentialAlias"), alias);
        assert_eq!(of(&made, "ExpirationDate"), "2026-01-31T00:00:00Z");
        for absent in ["ServiceUserName", "ServicePassword"] {
            assert_eq!(made.find(&format!("ServiceSpecificCredential/{absent}")), None);
        }
        let secret = of(&made, "ServiceCredentialSecret");
        let envelope = STANDARD.decode(secret.strip_prefix("ABSK").unwrap()).unwrap();
        assert!(envelope.starts_with(format!("{alias}:").as_bytes()));
        let logs = world.create("alice", "logs.amazonaws.com").expect_done();
        assert_eq!(logs.find("ServiceSpecificCredential/ExpirationDate"), None);
        let status = || world.listed(&[("UserName", "alice"), ("ServiceName", MODELS)]).list(LIST, "Status");
        world.store.clock.advance(Duration::from_secs(30 * 24 * 60 * 60 - 1));
        assert_eq!(status(), ["Active"]);
        world.store.clock.advance(Duration::from_secs(1));
        assert_eq!(status(), ["Expired"]);
        let days = [("UserName", "alice"), ("ServiceName", GIT), ("CredentialAgeDays", "30")];
        let refusal = "CredentialAgeDays is for API keys, and credentials for codecommit.amazonaws.com are \
                       passwords. Leave it out.";
        let refused = world.call(&world.root, "CreateServiceSpecificCredential", &days);
        refused.expect_refused(400, "ValidationError", refusal);
    }

    fn credentials_are_listed_of_a_user_or_of_all(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        world.user_of(&other, "theirs");
        let theirs = [("UserName", "theirs"), ("ServiceName", GIT)];
        world.call(&other, "CreateServiceSpecificCredential", &theirs).expect_done();
        let alice = world.administrator("alice");
        world.user("bob");
        for (user, service) in [("alice", GIT), ("alice", TABLES), ("bob", GIT)] {
            world.create(user, service).expect_done();
        }
        let own = world.call(&alice, "ListServiceSpecificCredentials", &[]).expect_done();
        assert_eq!(own.list(LIST, "UserName"), ["alice", "alice"]);
        let of_service = world.listed(&[("UserName", "alice"), ("ServiceName", TABLES)]);
        assert_eq!(of_service.list(LIST, "ServiceName"), [TABLES]);
        let all = ("AllUsers", "true");
        let mut seen = Vec::new();
        let mut marker = None::<String>;
        loop {
            let mut params = vec![all, ("MaxItems", "2")];
            params.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let page = world.listed(&params);
            seen.extend(page.list(LIST, "UserName"));
            marker = page.find("Marker");
            assert_eq!(page.text("IsTruncated"), marker.is_some().to_string());
            if marker.is_none() {
                break;
            }
        }
        seen.sort();
        assert_eq!(seen, ["alice", "alice", "bob"]);
        let mut of_service = world.listed(&[all, ("ServiceName", GIT)]).list(LIST, "UserName");
        of_service.sort();
        assert_eq!(of_service, ["alice", "bob"]);
        let both = world.call(&world.root, "ListServiceSpecificCredentials", &[all, ("UserName", "alice")]);
        both.expect_refused(400, "ValidationError", "UserName and AllUsers cannot be given together. Leave one of them out.");
        let unknown = world.call(&world.root, "ListServiceSpecificCredentials", &[("ServiceName", "x")]);
        unknown.expect_refused(404, "NoSuchEntity", "No such service x is supported for Service Specific Credentials");
    }

    fn a_credential_is_found_under_its_own_user_only(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        world.user("bob");
        let id = of(&world.create("bob", GIT).expect_done(), "ServiceSpecificCredentialId");
        let state = world.state();
        let refusal = format!("No such credential {id} exists");
        let credential = ("ServiceSpecificCredentialId", &*id);
        let status = ("Status", "Inactive");
        for action in ["Update", "Reset", "Delete"] {
            let action = format!("{action}ServiceSpecificCredential");
            let under_alice = world.call(&world.root, &action, &[("UserName", "alice"), credential, status]);
            under_alice.expect_refused(404, "NoSuchEntity", &refusal);
            world.call(&alice, &action, &[credential, status]).expect_refused(404, "NoSuchEntity", &refusal);
        }
        assert_eq!(world.state(), state);
    }
}
