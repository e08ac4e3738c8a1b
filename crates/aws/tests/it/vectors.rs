//! Every stage of every case, and 300 requests drawn at random, against botocore.

use std::fs;
use std::path::{Path, PathBuf};

use keystead_aws::error::Fault;
use keystead_aws::sigv4::{self, Form, Payload};

use crate::received::Received;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")
}

pub(crate) fn request(case: &str) -> String {
    fs::read_to_string(folder().join("vectors").join(case).join("request")).unwrap()
}

#[test]
fn every_stage_of_every_case_is_as_botocore_has_it() {
    let mut cases = 0;
    for entry in fs::read_dir(folder().join("vectors")).unwrap() {
        let case = entry.unwrap().path();
        let stage = |name: &str| fs::read_to_string(case.join(name)).unwrap();
        let received = Received::parse(&stage("request"));
        received
            .read(|request, presented| {
                let (canonical, to_sign) =
                    sigv4::explain(request, presented, &Payload::Body(received.body.as_bytes()))?;
                assert_eq!(canonical, stage("canonical-request"), "{}", case.display());
                assert_eq!(to_sign, stage("string-to-sign"), "{}", case.display());
                Ok(())
            })
            .unwrap();
        assert_eq!(received.verify(), Ok(()), "{}", case.display());
        assert!(stage("request").contains(&stage("signature")));
        cases += 1;
    }
    assert_eq!(cases, 26);
}

#[test]
fn requests_drawn_at_random_verify_and_with_another_body_do_not() {
    let lines = fs::read_to_string(folder().join("random.jsonl")).unwrap();
    let mut cases = 0;
    for line in lines.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let headers = case["headers"].as_array().unwrap();
        let mut received = Received {
            method: text(&case["method"]),
            headers: headers.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            body: text(&case["body"]),
            ..Received::default()
        }
        .with_target(case["target"].as_str().unwrap());
        assert_eq!(received.verify(), Ok(()), "{line}");
        received.body.push('x');
        assert_eq!(received.verify(), Err(Fault::SignatureDoesNotMatch), "{line}");
        cases += 1;
    }
    assert_eq!(cases, 300);
}

#[test]
fn every_other_signature_is_refused() {
    let text = request("post-form");
    let at = text.find("Signature=").unwrap() + "Signature=".len();
    let mut tried = 0;
    for digit in at..at + 64 {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[digit] ^= 1 << bit;
            // A byte that is no text, a comma or a line end makes another kind of broken request.
            if let Ok(text) = String::from_utf8(bytes)
                && !text[at..at + 64].contains(['\n', ','])
            {
                assert_eq!(
                    Received::parse(&text).verify(),
                    Err(Fault::SignatureDoesNotMatch),
                    "{digit} {bit}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried >= 64 * 7 - 64, "{tried}");
}

#[test]
fn a_presigned_request_is_read() {
    let received = Received::parse(&request("get-presigned-session-token"));
    received
        .read(|_, presented| {
            assert_eq!(presented.access_key_id, "AKIDEXAMPLE");
            assert_eq!(
                (presented.date, presented.region, presented.service),
                ("20150830", "us-east-1", "sts")
            );
            assert_eq!(presented.form, Form::Presigned { expires_s: 604_800 });
            assert!(presented.signs_header("host") && !presented.signs_header("content-type"));
            let token = presented.session_token.as_deref();
            assert_eq!(token, Some("AQoDYXdzEPT//////////wEXAMPLE+tc764bNrC9SAPBSM22w=="));
            Ok(())
        })
        .unwrap();
}
