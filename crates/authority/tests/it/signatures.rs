//! Bent requests. Each test stands for a failure that another product had in the field, named at it.

use std::time::Duration;

use keystead_core::Clock;
use keystead_store::testing::TestStore;
use serde_json::json;

use crate::world::{HOST, Key, Sent, World, encode_form};

fn world_with_administrator() -> (World, Key) {
    let world = World::new(TestStore::sqlite());
    let alice = world.administrator("alice");
    (world, alice)
}

/// A right request by each way in: the Query API posted and presigned, and the REST API.
fn ways_in(world: &World, key: &Key) -> [Sent; 3] {
    [
        world.sign_call(key, "ListUsers", &[]),
        world.presign(key, "iam", "Action=ListUsers&Version=2010-05-08", 60),
        world.sign_rest(key, "GET", "/api/v1/verifiers", None),
    ]
}

/// The signature of a request, wherever it stands.
fn signature_mut(sent: &mut Sent) -> (&mut String, usize) {
    if sent.query.contains("X-Amz-Signature=") {
        let at = sent.query.find("X-Amz-Signature=").unwrap() + "X-Amz-Signature=".len();
        return (&mut sent.query, at);
    }
    let value = sent.header_mut("authorization");
    let at = value.find("Signature=").unwrap() + "Signature=".len();
    (value, at)
}

/// MinIO, CVE-2026-40344 and CVE-2025-31489: a payload form that one handler did not know went unchecked.
#[test]
fn no_form_of_payload_escapes_the_signature() {
    let (world, alice) = world_with_administrator();
    let unknown: Vec<String> = (0..20).map(|number| format!("STREAMING-UNKNOWN-{number}")).collect();
    let mut forms = vec![
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
        "",
    ];
    forms.extend(unknown.iter().map(String::as_str));
    let other_body = "0".repeat(64);
    let body = "Action=ListUsers&Version=2010-05-08";
    let input = json!({"name": "v", "services": ["sqs"], "hosts": ["h"]}).to_string();
    for (service, path, body) in [("iam", "/", body), ("keystead", "/api/v1/verifiers", input.as_str())] {
        for form in forms.iter().copied().chain([other_body.as_str()]) {
            let headers = [("host", HOST), ("x-amz-content-sha256", form)];
            let signed = world.sign_headers(&alice, service, "POST", path, &headers, body);
            let mut forged = signed.clone();
            let (text, at) = signature_mut(&mut forged);
            text.replace_range(at.., &"0".repeat(64));
            for sent in [signed, forged] {
                let expected = if form.len() == 64 {
                    (403, "SignatureDoesNotMatch")
                } else {
                    (400, "IncompleteSignature")
                };
                world.send(&sent).expect_code(expected.0, expected.1);
            }
        }
    }
    assert!(!world.state().contains("verifiers: "));
}

/// MinIO, CVE-2026-41145: the credentials of the query were used, the signature of the header was checked.
#[test]
fn credentials_stand_in_one_place_only() {
    let (world, alice) = world_with_administrator();
    let bob = world.user("bob");
    let presigned = world.presign(&bob, "sts", "", 60).query;
    for sent in ways_in(&world, &alice) {
        world.send(&sent).expect_done();
    }
    let posted = world.sign_call(&alice, "GetCallerIdentity", &[]);
    for part in presigned.split('&').chain([presigned.as_str(), "x-amz-credential=a", "X%2DAmz-Signature=b"])
    {
        let query = part.to_owned();
        let both = world.send(&Sent { query, ..posted.clone() });
        both.expect_refused(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    }
    let authorization = posted.headers.iter().find(|(name, _)| name == "authorization").unwrap().1.clone();
    for sent in ways_in(&world, &alice) {
        let none = Sent { query: String::new(), ..sent.clone().without_header("authorization") };
        world.send(&none).expect_code(403, "MissingAuthenticationToken");
        let mut two = sent.without_header("authorization");
        two.query = presigned.clone();
        two.headers.push(("authorization".to_owned(), authorization.clone()));
        world.send(&two).expect_code(403, "MissingAuthenticationToken");
    }
}

/// MinIO, CVE-2025-31489: a signature with a wrong part was accepted.
#[test]
fn no_other_digit_is_accepted_in_a_signature() {
    let (world, alice) = world_with_administrator();
    for sent in ways_in(&world, &alice) {
        let refuse = |bend: &dyn Fn(&mut String, usize)| {
            let mut bent = sent.clone();
            let (text, at) = signature_mut(&mut bent);
            bend(text, at);
            world.send(&bent).expect_code(403, "SignatureDoesNotMatch");
        };
        for place in 0..64 {
            for digit in "0123456789abcdef".chars() {
                let mut original = sent.clone();
                let (text, at) = signature_mut(&mut original);
                if !text[at + place..].starts_with(digit) {
                    refuse(&|text, at| text.replace_range(at + place..=at + place, &digit.to_string()));
                }
            }
        }
        refuse(&|text, at| text.truncate(at + 63));
        refuse(&|text, _| text.push('0'));
        refuse(&|text, at| text.truncate(at));
        refuse(&|text, at| {
            let capitals = text[at..].to_ascii_uppercase();
            text.replace_range(at.., &capitals);
        });
        world.send(&sent).expect_done();
    }
}

/// MinIO, CVE-2026-97731, NooBaa, CVE-2026-94368 and Incus, CVE-2026-115374: headers outside the signature
/// were acted on.
#[test]
fn what_is_not_signed_is_not_believed() {
    let (world, alice) = world_with_administrator();
    for sent in ways_in(&world, &alice) {
        for header in ["x-amz-security-token", "x-amz-target", "x-amz-copy-source", "x-amz-anything"] {
            let code = match (header, sent.query.is_empty()) {
                ("x-amz-security-token", false) => "MissingAuthenticationToken",
                _ => "SignatureDoesNotMatch",
            };
            world.send(&sent.clone().with_header(header, "x")).expect_code(403, code);
        }
        let mut unsigned_host = sent.clone();
        if unsigned_host.query.is_empty() {
            let value = unsigned_host.header_mut("authorization");
            *value = value.replace(";host;", ";").replace("host;", "");
        } else {
            unsigned_host.query =
                unsigned_host.query.replace("SignedHeaders=host", "SignedHeaders=user-agent");
        }
        let refusal = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
        world.send(&unsigned_host).expect_refused(403, "SignatureDoesNotMatch", refusal);
        let mut other_host = sent.clone();
        *other_host.header_mut("host") = "iam.amazonaws.com".to_owned();
        world.send(&other_host).expect_code(421, "MisdirectedRequest");
    }
    let posted = world.sign_call(&alice, "ListUsers", &[]);
    for content_type in ["application/json", "multipart/form-data", "text/xml", ""] {
        let mut other = posted.clone();
        content_type.clone_into(other.header_mut("content-type"));
        world.send(&other).expect_code(400, "MalformedQueryString");
    }
}

/// aws-iam-authenticator, CVE-2022-2385: a parameter given twice was checked in one spelling and used in
/// another.
#[test]
fn nothing_is_given_twice_in_any_spelling() {
    let (world, alice) = world_with_administrator();
    let right = "Action=GetUser&Version=2010-05-08&UserName=alice";
    world.send(&world.sign(&alice, "iam", "POST", "/", right)).expect_done();
    for surplus in [
        "&UserName=bob",
        "&username=bob",
        "&USERNAME=bob",
        "&User%4Eame=bob",
        "&%55serName=bob",
        ";UserName=bob",
        "&Action=DeleteUser",
        "&action=DeleteUser",
        "&Tags.member.1.Key=a&Tags.member.01.Key=b",
    ] {
        let body = format!("{right}{surplus}");
        world.send(&world.sign(&alice, "iam", "POST", "/", &body)).expect_code(400, "MalformedQueryString");
        let presigned = world.presign(&alice, "iam", &body, 60);
        world.send(&presigned).expect_code(400, "MalformedQueryString");
    }
    let presigned = world.presign(&alice, "iam", right, 60);
    for name in
        ["X-Amz-Credential", "x-amz-credential", "X%2DAmz-Credential", "X-Amz-Signature", "X-Amz-Expires"]
    {
        let query = format!("{}&{name}=x", presigned.query);
        world.send(&Sent { query, ..presigned.clone() }).expect_code(400, "MalformedQueryString");
    }
    for sent in ways_in(&world, &alice) {
        let twice = sent.clone().with_header("host", HOST);
        world.send(&twice).expect_code(400, "IncompleteSignature");
    }
    let posted = world.sign_call(&alice, "ListUsers", &[]);
    for name in ["x-amz-date", "authorization", "content-type"] {
        let value = posted.headers.iter().find(|(n, _)| n == name).unwrap().1.clone();
        world.send(&posted.clone().with_header(name, &value)).expect_code(400, "IncompleteSignature");
    }
}

/// Keystone, CVE-2020-12692: a signature was good for ever.
#[test]
fn a_signature_is_good_for_its_time_to_the_second() {
    let (world, alice) = world_with_administrator();
    let start = world.now().plus(Duration::from_hours(12));
    let at = |offset: i64| {
        let by = Duration::from_secs(offset.unsigned_abs());
        if offset < 0 { start.minus(by) } else { start.plus(by) }
    };
    let minutes = |count: i64| count * 60;
    for (offset, right) in
        [(minutes(15), true), (minutes(15) + 1, false), (-minutes(15), true), (-minutes(15) - 1, false)]
    {
        world.store.clock.set(start);
        let [posted, _, rest] = ways_in(&world, &alice);
        world.store.clock.set(at(offset));
        for sent in [posted, rest] {
            let answer = world.send(&sent);
            if right {
                answer.expect_done();
            } else {
                answer.expect_code(403, "SignatureDoesNotMatch");
                let text = if offset > 0 { "Signature expired: " } else { "Signature not yet current: " };
                assert!(answer.message.starts_with(text), "{}", answer.message);
                assert!(answer.message.contains(if offset > 0 { " - 15 min.)" } else { " + 15 min.)" }));
            }
        }
    }
    for (expires_s, offset, right) in [
        (60, 60, true),
        (60, 61, false),
        (3600, 3600, true),
        (604_800, 604_800, true),
        (604_800, 604_801, false),
    ] {
        world.store.clock.set(start);
        let sent = world.presign(&alice, "iam", "Action=ListUsers&Version=2010-05-08", expires_s);
        world.store.clock.set(at(offset));
        assert_eq!(world.send(&sent).reply.status == 200, right, "{expires_s} after {offset}");
    }
    world.store.clock.set(start);
    for expires_s in [0, 604_801, u32::MAX] {
        let sent = world.presign(&alice, "iam", "Action=ListUsers&Version=2010-05-08", expires_s);
        world.send(&sent).expect_code(400, "IncompleteSignature");
    }
    let mut other_day = world.sign_call(&alice, "ListUsers", &[]);
    let value = other_day.header_mut("authorization");
    *value = value.replace("/20260101/", "/20260102/");
    world.send(&other_day).expect_code(403, "SignatureDoesNotMatch");
    assert_eq!(world.store.clock.now(), start);
}

/// A request that was signed for one service, host or path is good for no other.
#[test]
fn a_signature_is_good_for_what_it_was_made_for() {
    let (world, alice) = world_with_administrator();
    let body = encode_form(&[("Action", "ListUsers"), ("Version", "2010-05-08")]);
    for service in ["sts", "s3", "keystead", "ec2"] {
        let mut sent = world.sign(&alice, "iam", "POST", "/", &body);
        let other = world.sign(&alice, service, "POST", "/", &body);
        sent.headers = other.headers;
        let content_type = sent.header_mut("content-type");
        "application/x-www-form-urlencoded".clone_into(content_type);
        world.send(&sent).expect_code(403, "SignatureDoesNotMatch");
    }
    let refusal = "Credential should be scoped to correct service: 'iam'. ";
    let query = "Action=ListUsers&Version=2010-05-08";
    world.send(&world.presign(&alice, "sts", query, 60)).expect_refused(
        403,
        "SignatureDoesNotMatch",
        refusal,
    );
    let refusal = "Credential should be scoped to correct service: 'keystead'. ";
    let rest = world.sign(&alice, "iam", "GET", "/api/v1/verifiers", "");
    world.send(&rest).expect_refused(403, "SignatureDoesNotMatch", refusal);
    let mut other_path = world.sign_rest(&alice, "GET", "/api/v1/access-keys/A/uses", None);
    other_path.path = format!("/api/v1/access-keys/{}/uses", alice.id);
    world.send(&other_path).expect_code(403, "SignatureDoesNotMatch");
    let mut other_body = world.sign_call(&alice, "GetUser", &[("UserName", "alice")]);
    other_body.body = other_body.body.replace("alice", "alicf");
    world.send(&other_body).expect_code(403, "SignatureDoesNotMatch");
    let mut other_method = world.sign_rest(&alice, "GET", "/api/v1/verifiers", None);
    other_method.method = "POST";
    world.send(&other_method).expect_code(403, "SignatureDoesNotMatch");
}

/// Sessions do not exist yet: whoever shows a token is a stranger.
#[test]
fn a_session_token_is_refused() {
    let (world, alice) = world_with_administrator();
    let headers = [("host", HOST), ("x-amz-security-token", "FwoGZXIvYXdzEXAMPLE")];
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let posted = world.sign_headers(&alice, "sts", "POST", "/", &headers, body);
    world.send(&posted).expect_code(403, "InvalidClientTokenId");
    let temporary = Key { id: alice.id.replace("AKIA", "ASIA"), ..alice };
    world.call(&temporary, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
}

/// OpenBao, CVE-2025-59043: requests of nobody filled the memory.
#[test]
fn a_body_over_the_limit_is_not_read() {
    let (world, alice) = world_with_administrator();
    let sent = |key: &Key, length| {
        let body = format!("Action=GetUser&Version=2010-05-08&UserName={}", "a".repeat(length));
        world.sign(key, "iam", "POST", "/", &body)
    };
    // A key that is known may send what the longest policy needs; a stranger may not.
    world.send(&sent(&alice, 64 * 1024)).expect_code(400, "ValidationError");
    world.send(&sent(&alice, 1024 * 1024)).expect_code(413, "RequestEntityTooLarge");
    let unknown = Key { id: "AKIAIOSFODNN7EXAMPLE".to_owned(), ..alice.clone() };
    let deactivated = world.user("bob");
    let off = [("UserName", "bob"), ("AccessKeyId", &*deactivated.id), ("Status", "Inactive")];
    world.call(&world.root, "UpdateAccessKey", &off).expect_done();
    for stranger in [
        sent(&unknown, 64 * 1024),
        sent(&deactivated, 64 * 1024),
        sent(&alice, 64 * 1024).without_header("authorization"),
    ] {
        world.send(&stranger).expect_code(413, "RequestEntityTooLarge");
    }
    let nested = "[".repeat(10_000);
    let rest = world.sign(&alice, "keystead", "POST", "/api/v1/verifiers", &nested);
    world.send(&rest).expect_code(400, "ValidationError");
}

#[test]
fn parameters_belong_where_the_signature_covers_them_once() {
    let (world, alice) = world_with_administrator();
    let posted = world.sign_call(&alice, "ListUsers", &[]);
    let query = "Action=ListUsers".to_owned();
    world.send(&Sent { query, ..posted.clone() }).expect_code(400, "MalformedQueryString");
    let presigned = world.presign(&alice, "iam", "Action=ListUsers&Version=2010-05-08", 60);
    let body = "Action=DeleteUser".to_owned();
    world.send(&Sent { body, ..presigned.clone() }).expect_code(400, "MalformedQueryString");
    for method in ["PUT", "DELETE", "HEAD", "PATCH"] {
        world.send(&Sent { method, ..posted.clone() }).expect_code(400, "MalformedQueryString");
    }
    for path in ["/../..", "/%zz", "x"] {
        let path = path.to_owned();
        world.send(&Sent { path, ..posted.clone() }).expect_code(400, "InvalidURIPath");
    }
}
