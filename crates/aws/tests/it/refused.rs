//! What must be refused, each case named by why: a change to a request that verifies, and the answer.

use keystead_aws::error::Fault;
use keystead_aws::sigv4::{self, Payload, Signer, SigningKey};
use keystead_core::Timestamp;

use crate::received::{NOW, Received, SECRET};
use crate::vectors::request;

/// Why, the vector, what is replaced by what, the code and the beginning of the message.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    ("relative path", "post-form", "POST / ", "POST x ", "InvalidURIPath", ""),
    ("path above the root", "post-form", "POST / ", "POST /a/../../b ", "InvalidURIPath", ""),
    ("broken escape in the path", "post-form", "POST / ", "POST /%4 ", "InvalidURIPath", ""),
    (
        "broken escape at the end",
        "post-form",
        "POST / ",
        "POST /?a=%4 ",
        "MalformedQueryString",
        "Incomplete trailing escape % sequence",
    ),
    (
        "broken escape",
        "post-form",
        "POST / ",
        "POST /?a=%zz ",
        "MalformedQueryString",
        "Illegal hex character in escape % pattern: %zz",
    ),
    (
        "no credentials",
        "post-form",
        "authorization:",
        "other:",
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    ),
    (
        "both credentials",
        "post-form",
        "POST / ",
        "POST /?X-Amz-Credential=a ",
        "MissingAuthenticationToken",
        "",
    ),
    (
        "both credentials in another case",
        "post-form",
        "POST / ",
        "POST /?x-amz-signature=a ",
        "MissingAuthenticationToken",
        "",
    ),
    (
        "both credentials, escaped",
        "post-form",
        "POST / ",
        "POST /?X%2dAmz-Algorithm=a ",
        "MissingAuthenticationToken",
        "",
    ),
    (
        "token header beside a presigned query",
        "get-presigned",
        "host:",
        "x-amz-security-token:t\nhost:",
        "MissingAuthenticationToken",
        "",
    ),
    (
        "two authorizations",
        "post-form",
        "authorization:",
        "authorization:a\nauthorization:",
        "IncompleteSignature",
        "",
    ),
    (
        "another algorithm",
        "post-form",
        "AWS4-HMAC-SHA256 ",
        "AWS4-ECDSA-P256-SHA256 ",
        "IncompleteSignature",
        "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
    ),
    (
        "no key=value",
        "post-form",
        "SignedHeaders=",
        "SignedHeaders",
        "IncompleteSignature",
        "'SignedHeaderscontent-type;host;x-amz-date' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 ",
    ),
    (
        "missing parts",
        "post-form",
        "Credential=",
        "Other=",
        "IncompleteSignature",
        "Authorization header requires 'Credential' parameter. Authorization=AWS4-HMAC-SHA256 ",
    ),
    (
        "missing date",
        "post-form",
        "x-amz-date:",
        "other:",
        "IncompleteSignature",
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=",
    ),
    ("two credentials", "post-form", "Credential=", "Credential=a, Credential=", "IncompleteSignature", ""),
    (
        "missing query parts",
        "get-presigned",
        "X-Amz-Date",
        "Date",
        "IncompleteSignature",
        "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    ),
    (
        "host unsigned",
        "post-form",
        "content-type;host;",
        "content-type;",
        "SignatureDoesNotMatch",
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ),
    ("signed header twice", "post-form", "host:", "host:evil\nhost:", "IncompleteSignature", ""),
    (
        "signed header absent",
        "get-presigned-header",
        "x-k8s-aws-id:",
        "other:",
        "SignatureDoesNotMatch",
        "The signed header 'x-k8s-aws-id' is not in the request.",
    ),
    (
        "unsigned x-amz header",
        "post-form",
        "host:",
        "x-amz-copy-source:/a/b\nhost:",
        "SignatureDoesNotMatch",
        "The header 'x-amz-copy-source' must be",
    ),
    (
        "unsigned x-amz header, presigned",
        "get-presigned",
        "host:",
        "x-amz-acl:a\nhost:",
        "SignatureDoesNotMatch",
        "The header 'x-amz-acl' must be",
    ),
    (
        "date in another form",
        "post-form",
        "x-amz-date:2015",
        "x-amz-date:15",
        "IncompleteSignature",
        "Date must be in ISO-8601 'basic format'. Got '150830T123600Z'.",
    ),
    (
        "credential of four parts",
        "post-form",
        "/us-east-1/",
        "/",
        "IncompleteSignature",
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20150830/iam/aws4_request'",
    ),
    (
        "another terminator",
        "post-form",
        "/aws4_request",
        "/aws5_request",
        "SignatureDoesNotMatch",
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'",
    ),
    (
        "date of the scope",
        "post-form",
        "/20150830/",
        "/20150831/",
        "SignatureDoesNotMatch",
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150831' != '20150830', from '20150830T123600Z'.",
    ),
    (
        "another region",
        "post-form",
        "/us-east-1/",
        "/us-east-2/",
        "SignatureDoesNotMatch",
        "The request signature we calculated",
    ),
    ("another method", "post-form", "POST ", "PUT ", "SignatureDoesNotMatch", "The request signature"),
    ("another body", "post-form", "ListUsers", "ListRoles", "SignatureDoesNotMatch", "The request signature"),
    (
        "another host",
        "post-form",
        "host:example",
        "host:evil",
        "SignatureDoesNotMatch",
        "The request signature",
    ),
    (
        "another query",
        "get-presigned",
        "GetCallerIdentity",
        "GetSessionToken",
        "SignatureDoesNotMatch",
        "The request signature",
    ),
    (
        "longer life",
        "get-presigned",
        "Expires=60",
        "Expires=600",
        "SignatureDoesNotMatch",
        "The request signature",
    ),
    (
        "life of more than a week",
        "get-presigned",
        "Expires=60",
        "Expires=604801",
        "IncompleteSignature",
        "X-Amz-Expires must be",
    ),
    ("no life", "get-presigned", "Expires=60", "Expires=0", "IncompleteSignature", "X-Amz-Expires must be"),
    (
        "life that is no number",
        "get-presigned",
        "Expires=60",
        "Expires=-1",
        "IncompleteSignature",
        "X-Amz-Expires must be",
    ),
    (
        "parameter twice",
        "get-presigned",
        "&X-Amz-Date=",
        "&X-Amz-Date=2&X-Amz-Date=",
        "MalformedQueryString",
        "",
    ),
    (
        "parameter twice in another case",
        "get-presigned",
        "&X-Amz-Date=",
        "&x-amz-date=2&X-Amz-Date=",
        "MalformedQueryString",
        "",
    ),
    (
        "parameter twice, escaped",
        "get-presigned",
        "&X-Amz-Date=",
        "&X-Amz%2DDate=2&X-Amz-Date=",
        "MalformedQueryString",
        "",
    ),
    (
        "parameter twice behind a semicolon",
        "get-presigned",
        "&X-Amz-Date=",
        "&a=b;X-Amz-Date=2&X-Amz-Date=",
        "MalformedQueryString",
        "",
    ),
    (
        "signature in capitals",
        "get-presigned",
        "X-Amz-Signature=",
        "X-Amz-Signature=A",
        "SignatureDoesNotMatch",
        "",
    ),
];

#[test]
fn each_change_has_its_answer() {
    for (why, vector, from, to, code, message) in CASES {
        let text = request(vector);
        assert!(text.contains(from), "{why}: nothing to replace");
        let wire = Received::parse(&text.replacen(from, to, 1)).verify().expect_err(why).wire();
        assert_eq!(wire.code, *code, "{why}: {wire:?}");
        assert!(wire.message.as_deref().unwrap_or_default().starts_with(message), "{why}: {wire:?}");
    }
}

#[test]
fn a_request_is_good_for_the_window_and_not_a_second_longer() {
    let received = Received::parse(&request("post-form"));
    let at = |secs: i64| received.verify_at(Timestamp::from_secs(NOW.secs() + secs));
    assert_eq!(at(900), Ok(()));
    assert_eq!(at(-900), Ok(()));
    let refused = |text: &str| Err(Fault::SignatureRefused(text.to_owned()));
    assert_eq!(
        at(901),
        refused(
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)"
        )
    );
    assert_eq!(
        at(-901),
        refused(
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 min.)"
        )
    );
}

#[test]
fn a_presigned_request_is_good_for_its_own_life() {
    let received = Received::parse(&request("get-presigned"));
    let at = |secs: i64| received.verify_at(Timestamp::from_secs(NOW.secs() + secs));
    assert_eq!(at(60), Ok(()));
    assert!(at(61).is_err());
    let week = Received::parse(&request("get-presigned-session-token"));
    assert_eq!(week.verify_at(Timestamp::from_secs(NOW.secs() + 604_800)), Ok(()));
    assert!(week.verify_at(Timestamp::from_secs(NOW.secs() + 604_801)).is_err());
}

/// Signs with our own signer, so that `x-amz-content-sha256` can be anything.
fn verify_with_content_sha256(value: &str, payload: &Payload<'_>) -> Result<(), Fault> {
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE",
        secret: SECRET,
        session_token: None,
        region: "r",
        service: "s3",
    };
    let mut headers =
        vec![("host".to_owned(), "h".to_owned()), ("x-amz-content-sha256".to_owned(), value.to_owned())];
    let refs: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    headers.extend(signer.sign("PUT", "/k", "", &refs, b"body", NOW));
    let received =
        Received { method: "PUT".to_owned(), path: "/k".to_owned(), headers, ..Received::default() };
    received.read(|request, presented| {
        let key = SigningKey::derive(SECRET, presented.date, presented.region, presented.service);
        sigv4::verify(request, presented, payload, &key)
    })
}

#[test]
fn a_content_hash_has_to_be_that_of_the_body() {
    let hash = "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5";
    assert_eq!(verify_with_content_sha256(hash, &Payload::Body(b"body")), Ok(()));
    assert_eq!(verify_with_content_sha256(hash, &Payload::NotForwarded), Ok(()));
    assert_eq!(verify_with_content_sha256(hash, &Payload::Body(b"other")), Err(Fault::SignatureDoesNotMatch));
}

#[test]
fn any_other_form_of_content_hash_is_refused_though_signed() {
    for form in [
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-EVENTS",
        "",
        "anything",
        "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acbg",
    ] {
        for payload in [Payload::Body(b"body"), Payload::NotForwarded] {
            let result = verify_with_content_sha256(form, &payload);
            assert!(matches!(result, Err(Fault::IncompleteSignature(_))), "{form}: {result:?}");
        }
    }
}

#[test]
fn an_empty_session_token_counts_as_none() {
    let text = request("post-form")
        .replace("host:", "x-amz-security-token:\nhost:")
        .replace(";x-amz-date", ";x-amz-date;x-amz-security-token");
    Received::parse(&text)
        .read(|_, presented| {
            assert_eq!(presented.session_token, None);
            Ok(())
        })
        .unwrap();
}
