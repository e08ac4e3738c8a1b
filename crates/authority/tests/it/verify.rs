//! Checking requests for other services.

use keystead_aws::Fault;
use keystead_aws::sigv4::{Payload, Request};
use keystead_core::KeyId;
use keystead_gate::verify::Question;
use keystead_store::both;
use keystead_store::testing::TestStore;
use serde_json::{Value, json};

use crate::world::{HOST, Key, Sent, World};

/// What a verifier is told: account, ARN, key, service, region.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    account: String,
    pub(crate) arn: String,
    access_key_id: String,
    service: String,
}

/// Asks as the verifier with this token.
pub(crate) fn verify(
    world: &World,
    token: &str,
    sent: &Sent,
    forwarded: Option<&str>,
) -> Result<Proven, Fault> {
    let headers: Vec<(&str, &[u8])> =
        sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let request = Request { method: sent.method, path: &sent.path, query: &sent.query, headers: &headers };
    let question = Question {
        request,
        payload: Payload::Body(sent.body.as_bytes()),
        forwarded_source: forwarded,
        certificate: None,
        source: "198.51.100.1",
        now: world.now(),
    };
    let verifier = world.gate.find_verifier(Some(token))?;
    let facts = world.gate.verify(&verifier, &question)?;
    Ok(Proven {
        account: facts.principal.account.to_string(),
        arn: facts.arn().to_string(),
        access_key_id: KeyId::from(facts.by).to_string(),
        service: facts.service.to_owned(),
    })
}

/// A request signed for another service.
pub(crate) fn sign_for(world: &World, key: &Key, service: &str, host: &str) -> Sent {
    world.sign_headers(key, service, "POST", "/queue/1", &[("host", host)], "a message")
}

/// Makes a verifier for `sqs` at `sqs.test`; its id and token.
pub(crate) fn new_verifier(
    world: &World,
    root: &Key,
    name: &str,
    trusts_forwarded: bool,
) -> (String, String) {
    let input = json!({
        "name": name, "services": ["sqs", "sns"], "hosts": ["sqs.test", "other.test:8443"],
        "trusts_forwarded": trusts_forwarded,
    });
    let made = world.rest(root, "POST", "/api/v1/verifiers", Some(&input)).expect_done().json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("verifier_id"), text("token"))
}

/// Who used a key, as ListKeyUses shows it.
pub(crate) fn key_uses(world: &World, id: &str) -> Vec<Value> {
    let path = format!("/api/v1/access-keys/{id}/uses");
    world.rest(&world.root, "GET", &path, None).expect_done().json()["consumers"].as_array().unwrap().clone()
}

#[track_caller]
fn expect_refused(world: &World, token: &str, sent: &Sent, code: &str) {
    let fault = verify(world, token, sent, None).expect_err("it is refused");
    assert_eq!(fault.wire().code, code);
}

both! {
    fn a_verifier_learns_who_signed_and_nothing_else(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let (_, token) = new_verifier(&world, &world.root, "queue", false);
        for (service, host) in
            [("sqs", "sqs.test"), ("sns", "sqs.test"), ("sqs", "other.test:8443"), ("sqs", "SQS.test")]
        {
            let proven = verify(&world, &token, &sign_for(&world, &alice, service, host), None).unwrap();
            assert_eq!(
                proven,
                Proven {
                    account: world.account.to_string(),
                    arn: format!("arn:aws:iam::{}:user/alice", world.account),
                    access_key_id: alice.id.clone(),
                    service: service.to_owned(),
                }
            );
        }
        for (service, host, code) in [
            ("s3", "sqs.test", "SignatureDoesNotMatch"),
            ("sqs", "sns.test", "MisdirectedRequest"),
            ("sqs", "other.test", "MisdirectedRequest"),
            ("sqs", HOST, "MisdirectedRequest"),
        ] {
            expect_refused(&world, &token, &sign_for(&world, &alice, service, host), code);
        }
    }

    fn a_deleted_verifier_is_told_nothing(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let (id, token) = new_verifier(&world, &world.root, "queue", false);
        let sent = sign_for(&world, &alice, "sqs", "sqs.test");
        verify(&world, &token, &sent, None).unwrap();
        let (front, secret) = token.rsplit_once('_').unwrap();
        let bent = format!("{front}_{}x", &secret[..secret.len() - 1]);
        for wrong in ["", "ksv_", &bent, &format!("{token}x"), front, secret, &format!("ksv_{id}_")] {
            expect_refused(&world, wrong, &sent, "MissingAuthenticationToken");
        }
        world.rest(&world.root, "DELETE", &format!("/api/v1/verifiers/{id}"), None).expect_done();
        expect_refused(&world, &token, &sent, "MissingAuthenticationToken");
    }

    fn a_verifier_may_not_ask_about_other_accounts(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let (_, token) = new_verifier(&world, &other, "curious", true);
        let alice = world.user("alice");
        let forged = Key { secret: "x".repeat(40), ..alice.clone() };
        let ghost = Key { id: "AKIAIOSFODNN7EXAMPLE".to_owned(), ..alice.clone() };
        // Whether the key exists and the secret is right makes no difference to one who may not ask.
        for key in [&alice, &forged, &ghost] {
            let fault = verify(&world, &token, &sign_for(&world, key, "sqs", "sqs.test"), Some("10.0.0.1"));
            assert_eq!(fault.expect_err("it is refused"), Fault::InvalidClientTokenId);
        }
        assert_eq!(
            key_uses(&world, &alice.id),
            Vec::<Value>::new(),
            "a stranger's questions are no evidence"
        );
    }

    fn an_inactive_key_is_evidence_where_the_signature_is_right(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let (_, token) = new_verifier(&world, &world.root, "queue", false);
        let update = [("UserName", "alice"), ("AccessKeyId", &*alice.id), ("Status", "Inactive")];
        world.call(&world.root, "UpdateAccessKey", &update).expect_done();
        let forged = Key { secret: "x".repeat(40), ..alice.clone() };
        for (key, tries) in [(&forged, 3), (&alice, 2)] {
            for _ in 0..tries {
                expect_refused(
                    &world,
                    &token,
                    &sign_for(&world, key, "sqs", "sqs.test"),
                    "InvalidClientTokenId",
                );
            }
        }
        let uses = key_uses(&world, &alice.id);
        assert_eq!(uses.len(), 1);
        assert_eq!((&uses[0]["refusals"], &uses[0]["uses"]), (&json!(2), &json!(0)));
        assert_eq!(
            (&uses[0]["refused_at"], &uses[0]["last_used_at"]),
            (&json!("2026-01-01T00:00:00Z"), &Value::Null)
        );
        let last =
            world.call(&world.root, "GetAccessKeyLastUsed", &[("AccessKeyId", &alice.id)]).expect_done();
        assert_eq!(last.find("AccessKeyLastUsed/LastUsedDate"), None, "a refusal is no use");
    }

    fn a_forwarded_address_is_believed_from_the_trusted_only(store: TestStore) {
        let world = World::new(store);
        for (name, trusts, expected) in [("trusted", true, "203.0.113.9"), ("other", false, "198.51.100.1")] {
            let key = world.user(name);
            let (id, token) = new_verifier(&world, &world.root, name, trusts);
            let sent = sign_for(&world, &key, "sqs", "sqs.test");
            let sent = sent.with_header("user-agent", "Boto3/1.40 app/billing md/x");
            verify(&world, &token, &sent, Some("203.0.113.9")).unwrap();
            let uses = key_uses(&world, &key.id);
            assert_eq!(uses.len(), 1);
            assert_eq!(uses[0]["source_address"], expected);
            assert_eq!(uses[0]["verifier_id"], *id);
            assert_eq!((&uses[0]["service"], &uses[0]["app_id"]), (&json!("sqs"), &json!("billing")));
        }
    }

    fn sixty_four_consumers_are_told_apart_and_the_rest_is_one(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let (_, token) = new_verifier(&world, &world.root, "queue", true);
        let sent = sign_for(&world, &alice, "sqs", "sqs.test");
        for round in 0..2 {
            for number in 0..70 {
                verify(&world, &token, &sent, Some(&format!("10.0.0.{number}"))).unwrap();
            }
            let uses = key_uses(&world, &alice.id);
            assert_eq!(uses.len(), 65);
            let counts = |name: &str| {
                let of = uses.iter().filter(|one| (one["consumer"] == "others") == (name == "others"));
                of.map(|one| one["uses"].as_i64().unwrap()).collect::<Vec<_>>()
            };
            assert_eq!(counts("others"), [6 * (round + 1)]);
            assert_eq!(counts("the others"), vec![round + 1; 64]);
        }
    }
}

/// Keystone, CVE-2025-65073: a valid signature of any kind was turned into an authorization. What is signed
/// for Keystead itself is for Keystead alone, save the presigned GetCallerIdentity that says who one is.
#[test]
fn requests_to_keystead_itself_are_not_judged_for_others() {
    let world = World::new(TestStore::sqlite());
    let alice = world.administrator("alice");
    let input = json!({"name": "relay", "services": ["sqs"], "hosts": [HOST]});
    let made = world.rest(&world.root, "POST", "/api/v1/verifiers", Some(&input)).expect_done().json();
    let token = made["token"].as_str().unwrap();
    let who = "Action=GetCallerIdentity&Version=2011-06-15";
    let proven = verify(&world, token, &world.presign(&alice, "sts", who, 60), None).unwrap();
    assert_eq!((&*proven.service, &proven.access_key_id), ("sts", &alice.id));
    let presigned = [
        ("sts", "Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAIOSFODNN7EXAMPLE"),
        ("sts", "Action=getcalleridentity&Version=2011-06-15"),
        ("sts", "Version=2011-06-15"),
        ("sts", "Action=GetCallerIdentity&action=AssumeRole"),
        ("iam", "Action=ListUsers&Version=2010-05-08"),
        ("iam", who),
        ("keystead", who),
    ];
    for (service, query) in presigned {
        expect_refused(&world, token, &world.presign(&alice, service, query, 60), "SignatureDoesNotMatch");
    }
    expect_refused(
        &world,
        token,
        &world.sign_call(&alice, "GetCallerIdentity", &[]),
        "SignatureDoesNotMatch",
    );
    expect_refused(&world, token, &world.sign_call(&alice, "ListUsers", &[]), "SignatureDoesNotMatch");
    let rest = world.sign_rest(&alice, "GET", "/api/v1/verifiers", None);
    expect_refused(&world, token, &rest, "SignatureDoesNotMatch");
    for own in ["iam", "sts", "keystead"] {
        let input = json!({"name": own, "services": ["sqs", own], "hosts": ["h"]});
        let refused = world.rest(&world.root, "POST", "/api/v1/verifiers", Some(&input));
        refused.expect_code(400, "ValidationError");
    }
}

#[test]
fn the_clock_window_of_verification_is_five_minutes_to_the_second() {
    let world = World::new(TestStore::sqlite());
    let alice = world.user("alice");
    let (_, token) = new_verifier(&world, &world.root, "queue", false);
    let sent = sign_for(&world, &alice, "sqs", "sqs.test");
    let start = world.now();
    for (offset, right) in [(300, true), (301, false)] {
        let by = std::time::Duration::from_secs(offset);
        for now in [start.plus(by), start.minus(by)] {
            world.store.clock.set(now);
            assert_eq!(verify(&world, &token, &sent, None).is_ok(), right, "{now}");
        }
    }
}

/// Chainguard, CVE-2026-71861, and the headers of the products above: what a service is told rests on what
/// was signed.
#[test]
fn a_bent_request_is_refused_for_others_too() {
    let world = World::new(TestStore::sqlite());
    let alice = world.user("alice");
    let (_, token) = new_verifier(&world, &world.root, "queue", false);
    let sent = sign_for(&world, &alice, "sqs", "sqs.test");
    let bent = |bend: &dyn Fn(&mut Sent)| {
        let mut bent = sent.clone();
        bend(&mut bent);
        bent
    };
    for (bent, code) in [
        (bent(&|sent| sent.body.push('!')), "SignatureDoesNotMatch"),
        (bent(&|sent| sent.path.push('2')), "SignatureDoesNotMatch"),
        (bent(&|sent| sent.query.push_str("a=b")), "SignatureDoesNotMatch"),
        (bent(&|sent| sent.method = "PUT"), "SignatureDoesNotMatch"),
        (sent.clone().with_header("x-amz-meta-a", "b"), "SignatureDoesNotMatch"),
        (sent.clone().with_header("host", "sqs.test"), "IncompleteSignature"),
        (sent.clone().with_header("x-amz-security-token", "t"), "SignatureDoesNotMatch"),
        (sent.clone().without_header("authorization"), "MissingAuthenticationToken"),
        (bent(&|sent| sent.query = "X-Amz-Credential=a".to_owned()), "MissingAuthenticationToken"),
        (bent(&|sent| sent.path = "/../..".to_owned()), "InvalidURIPath"),
    ] {
        expect_refused(&world, &token, &bent, code);
    }
    verify(&world, &token, &sent, None).unwrap();
}
