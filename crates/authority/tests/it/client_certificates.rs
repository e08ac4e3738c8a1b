//! Requests without a signature, over connections that were opened with a signing certificate.

use keystead_aws::Fault;
use keystead_aws::sigv4::{Payload, Request};
use keystead_core::KeyId;
use keystead_gate::client_certificate::read_pem;
use keystead_gate::verify::Question;
use keystead_store::both;
use rcgen::date_time_ymd;
use serde_json::{Value, json};
use std::time::Duration;

use crate::issued::{issue, issue_with};
use crate::verify::{key_uses, sign_for, verify};
use crate::world::{Key, World};

/// Makes a verifier for `sqs` at `sqs.test`; its token.
fn verifier(world: &World, root: &Key, name: &str, trusts_certificates: bool) -> String {
    let input = json!({
        "name": name, "services": ["sqs"], "hosts": ["sqs.test"], "trusts_certificates": trusts_certificates,
    });
    let made = world.rest(root, "POST", "/api/v1/verifiers", Some(&input)).expect_done().json();
    made["token"].as_str().unwrap().to_owned()
}

fn upload(world: &World, by: &Key, user: Option<&str>, body: &str) -> String {
    let mut params = vec![("CertificateBody", body)];
    params.extend(user.map(|name| ("UserName", name)));
    world.call(by, "UploadSigningCertificate", &params).expect_done().text("Certificate/CertificateId")
}

/// Whom a verifier is told that a client with this certificate is.
fn who(world: &World, token: &str, pem: &str, host: &str) -> Result<(String, String), Fault> {
    let headers = [("host", host.as_bytes()), ("user-agent", b"curl/8 app/orders")];
    let question = Question {
        request: Request { method: "GET", path: "/", query: "", headers: &headers },
        payload: Payload::NotForwarded,
        forwarded_source: None,
        certificate: Some(read_pem(pem)?),
        source: "198.51.100.1",
        now: world.now(),
    };
    let facts = world.gate.verify(&*world.gate.find_verifier(Some(token))?, &question)?;
    Ok((facts.arn().to_string(), KeyId::from(facts.by).to_string()))
}

both! {
    fn a_certificate_stands_for_the_user_who_uploaded_it_while_it_is_active(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let pem = issue().certificate;
        let token = verifier(&world, &world.root, "envoy", true);
        let unknown = Err(Fault::InvalidClientTokenId);
        assert_eq!(who(&world, &token, &pem, "sqs.test"), unknown);
        let id = upload(&world, &world.root, Some("alice"), &pem);
        let alice = format!("arn:aws:iam::{}:user/alice", world.account);
        let accepted = Ok((alice, id.clone()));
        assert_eq!(who(&world, &token, &pem, "sqs.test"), accepted);
        let elsewhere = who(&world, &token, &pem, "other.test").expect_err("another service's host");
        assert_eq!(elsewhere, Fault::MisdirectedRequest { host: "other.test".to_owned() });

        let named = [("UserName", "alice"), ("CertificateId", &*id)];
        let set = |status| {
            let update = [named[0], named[1], ("Status", status)];
            world.call(&world.root, "UpdateSigningCertificate", &update).expect_done();
        };
        set("Inactive");
        assert_eq!(who(&world, &token, &pem, "sqs.test"), unknown);
        let [used] = key_uses(&world, &id).try_into().unwrap();
        assert_eq!((&used["uses"], &used["refusals"]), (&json!(1), &json!(1)));
        assert_eq!((&used["app_id"], &used["service"]), (&json!("orders"), &json!("sqs")));
        set("Active");
        assert_eq!(who(&world, &token, &pem, "sqs.test"), accepted);
        world.call(&world.root, "DeleteSigningCertificate", &named).expect_done();
        assert_eq!(who(&world, &token, &pem, "sqs.test"), unknown);
        world.rest(&world.root, "GET", &format!("/api/v1/access-keys/{id}/uses"), None).expect_refused(
            404,
            "NoSuchEntity",
            &format!("The Access Key with id {id} cannot be found."),
        );
    }

    fn an_expired_certificate_is_refused_and_the_attempt_counted(store: TestStore) {
        let world = World::new(store);
        let pem = issue_with(|params| params.not_after = date_time_ymd(2027, 1, 1)).certificate;
        let token = verifier(&world, &world.root, "envoy", true);
        let id = upload(&world, &world.root, None, &pem);
        let root = format!("arn:aws:iam::{}:root", world.account);
        assert_eq!(who(&world, &token, &pem, "sqs.test"), Ok((root, id.clone())));
        world.store.clock.advance(Duration::from_hours(24 * 366));
        assert_eq!(who(&world, &token, &pem, "sqs.test"), Err(Fault::ExpiredToken));
        assert_eq!(key_uses(&world, &id)[0]["refusals"], 1);
    }

    fn a_verifier_is_not_believed_unless_it_was_said_so_and_only_about_its_own_accounts(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let pem = issue().certificate;
        let id = upload(&world, &world.root, Some("alice"), &pem);
        let plain = verifier(&world, &world.root, "plain", false);
        assert_eq!(who(&world, &plain, &pem, "sqs.test"), Err(Fault::MissingAuthenticationToken));
        let other = world.second_account("second");
        let curious = verifier(&world, &other, "curious", true);
        assert_eq!(who(&world, &curious, &pem, "sqs.test"), Err(Fault::InvalidClientTokenId));
        assert_eq!(key_uses(&world, &id), Vec::<Value>::new());
        // A certificate is no secret: another account may upload it, and stands for itself alone.
        upload(&world, &other, None, &pem);
        let (arn, _) = who(&world, &curious, &pem, "sqs.test").unwrap();
        assert!(arn.ends_with(":root") && !arn.contains(&world.account.to_string()), "{arn}");

        let trusting = verifier(&world, &world.root, "envoy", true);
        let signed = sign_for(&world, &alice, "sqs", "sqs.test");
        assert_eq!(verify(&world, &trusting, &signed, None).unwrap().arn, format!("arn:aws:iam::{}:user/alice", world.account));
        let forged = Key { secret: "x".repeat(40), ..alice };
        let forged = sign_for(&world, &forged, "sqs", "sqs.test");
        let refused = verify(&world, &trusting, &forged, None).expect_err("its signature is wrong");
        assert_eq!(refused.wire().code, "SignatureDoesNotMatch");
    }
}
