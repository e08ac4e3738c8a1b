//! CreateVerifier, ListVerifiers, DeleteVerifier, ListKeyUses: the REST API.

use keystead_store::both;
use keystead_store::testing::TestStore;
use serde_json::{Value, json};

use crate::verify::{key_uses, new_verifier};
use crate::world::{REGION, World};

const VERIFIERS: &str = "/api/v1/verifiers";

both! {
    fn a_verifier_is_created_listed_and_deleted(store: TestStore) {
        let world = World::new(store);
        let input =
            json!({"name": "queue", "services": ["sqs"], "hosts": ["sqs.test:1"], "trusts_forwarded": true});
        let made = world.rest(&world.root, "POST", VERIFIERS, Some(&input)).expect_done().json();
        let (id, token) = (made["verifier_id"].as_str().unwrap(), made["token"].as_str().unwrap());
        assert!(token.starts_with(&format!("ksv_{id}_")));
        let listed = world.rest(&world.root, "GET", VERIFIERS, None).expect_done().json();
        let shown = json!({
            "verifier_id": id, "name": "queue", "services": ["sqs"], "hosts": ["sqs.test:1"],
            "trusts_forwarded": true, "trusts_certificates": false, "created_at": "2026-01-01T00:00:00Z",
        });
        assert_eq!(listed, json!({"verifiers": [shown], "next": null}));
        let again = world.rest(&world.root, "POST", VERIFIERS, Some(&input));
        again.expect_refused(409, "EntityAlreadyExists", "A verifier with name queue already exists.");
        let path = format!("{VERIFIERS}/{id}");
        let deleted = world.rest(&world.root, "DELETE", &path, None).expect_done().json();
        assert_eq!(deleted, json!({"verifier_id": id}));
        let refusal = format!("There is no verifier with id {id}.");
        world.rest(&world.root, "DELETE", &path, None).expect_refused(404, "NoSuchEntity", &refusal);
        assert_eq!(
            world.rest(&world.root, "GET", VERIFIERS, None).expect_done().json()["verifiers"],
            json!([])
        );
    }

    fn verifiers_are_listed_page_by_page(store: TestStore) {
        let world = World::new(store);
        for number in 0..101 {
            new_verifier(&world, &world.root, &format!("v{number:03}"), false);
        }
        let names = |page: &Value| -> Vec<String> {
            let rows = page["verifiers"].as_array().unwrap();
            rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
        };
        let first = world.rest(&world.root, "GET", VERIFIERS, None).expect_done().json();
        assert_eq!((names(&first).len(), &first["next"]), (100, &json!("v099")));
        let input = json!({"after": first["next"]});
        let second = world.rest(&world.root, "GET", VERIFIERS, Some(&input)).expect_done().json();
        assert_eq!((names(&second), &second["next"]), (vec!["v100".to_owned()], &Value::Null));
    }

    fn the_uses_of_a_key_name_who_where_and_how_often(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        assert_eq!(key_uses(&world, &alice.id), Vec::<Value>::new());
        for seconds in [0, 10, 40] {
            world.store.clock.advance(std::time::Duration::from_secs(seconds));
            world.call(&alice, "GetCallerIdentity", &[]).expect_done();
        }
        let shown = json!({
            "consumer": "192.0.2.7", "app_id": null, "source_address": "192.0.2.7", "service": "sts",
            "region": REGION, "verifier_id": null, "user_agent": null,
            "first_used_at": "2026-01-01T00:00:00Z", "last_used_at": "2026-01-01T00:00:50Z", "uses": 3,
            "refused_at": null, "refusals": 0,
        });
        assert_eq!(key_uses(&world, &alice.id), [shown]);
        for id in ["AKIAIOSFODNN7EXAMPLE", "nothing"] {
            let refusal = format!("The Access Key with id {id} cannot be found.");
            let refused = world.rest(&world.root, "GET", &format!("/api/v1/access-keys/{id}/uses"), None);
            refused.expect_refused(404, "NoSuchEntity", &refusal);
        }
    }
}

#[test]
fn a_verifier_that_makes_no_sense_is_refused() {
    let world = World::new(TestStore::sqlite());
    let right = json!({"name": "queue", "services": ["sqs"], "hosts": ["h"]});
    let long = "x".repeat(256);
    for (member, value) in [
        ("name", json!("")),
        ("name", json!("a b")),
        ("name", json!(long)),
        ("name", json!(7)),
        ("services", json!([])),
        ("services", json!([""])),
        ("services", json!("sqs")),
        ("services", json!(["iam"])),
        ("hosts", json!([])),
        ("hosts", json!(["a b"])),
        ("hosts", json!([long])),
        ("trusts_forwarded", json!("yes")),
        ("accounts", json!(["123456789012"])),
    ] {
        let mut wrong = right.clone();
        wrong[member] = value;
        let refused = world.rest(&world.root, "POST", VERIFIERS, Some(&wrong));
        refused.expect_code(400, "ValidationError");
    }
    for body in ["[]", "7", "{", "", "null"] {
        let sent = world.sign(&world.root, "keystead", "POST", VERIFIERS, body);
        world.send(&sent).expect_code(400, "ValidationError");
    }
    for (method, path) in [("GET", "/api/v1/nothing"), ("PATCH", VERIFIERS), ("GET", "/api/v1/verifiers/")] {
        let refusal = format!("There is no {method} {path} in this API.");
        world.rest(&world.root, method, path, None).expect_refused(404, "NoSuchEntity", &refusal);
    }
    assert!(!world.state().contains("verifiers: "));
}

/// What stands in the wrong place may be a secret, and a refusal goes into the audit.
#[test]
fn input_that_does_not_fit_is_refused_by_its_member_and_never_quoted() {
    let world = World::new(TestStore::sqlite());
    let refused = |input: Value| {
        let answer = world.rest(&world.root, "POST", VERIFIERS, Some(&input));
        answer.expect_code(400, "ValidationError");
        assert!(!answer.message.contains("s3cret"), "{}", answer.message);
        answer.message
    };
    let name_is_a_list = json!({"name": ["s3cret"], "services": ["sqs"], "hosts": ["h"]});
    assert_eq!(refused(name_is_a_list), "The input is not right in name: expected a string.");
    let service_is_a_number = json!({"name": "n", "services": ["sqs", 7], "hosts": ["h"]});
    assert_eq!(refused(service_is_a_number), "The input is not right in services[1]: expected a string.");
    let services_are_a_text = json!({"name": "n", "services": "s3cret", "hosts": ["h"]});
    assert_eq!(refused(services_are_a_text), "The input is not right in services: expected a sequence.");
    let unknown = refused(json!({"name": "n", "services": [], "hosts": [], "nome": "s3cret"}));
    assert!(unknown.starts_with("The input is not right in nome: expected one of `name`"), "{unknown}");
    assert_eq!(refused(json!({"services": ["sqs"]})), "The input is not right: missing field `name`.");
}
