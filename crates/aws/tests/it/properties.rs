//! What holds for every request: signed it verifies, changed it does not.

use keystead_aws::sigv4::Signer;
use proptest::prelude::*;

use crate::received::{NOW, Received, SECRET};

fn signer<'a>(service: &'a str, session_token: Option<&'a str>) -> Signer<'a> {
    Signer { access_key_id: "AKIDEXAMPLE", secret: SECRET, session_token, region: "eu-west-3", service }
}

fn signed(path: &str, query: &str, value: &str, body: &str, service: &str, token: Option<&str>) -> Received {
    let headers = [("host", "keystead.example"), ("my-header", value)];
    let added = signer(service, token).sign("POST", path, query, &headers, body.as_bytes(), NOW);
    let given = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Received {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: given.into_iter().chain(added).collect(),
        body: body.to_owned(),
    }
}

/// Replaces the `nth` byte of a text by another letter that means something else.
fn changed(text: &str, nth: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let nth = nth % bytes.len();
    bytes[nth] = if bytes[nth] == b'q' { b'p' } else { b'q' };
    String::from_utf8(bytes).unwrap()
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_any_changed_byte_does_not(
        path in "(/[a-z]{1,4}){1,4}",
        query in "([a-z]{1,4}=[a-z]{0,4}&){0,3}z=[a-z]{1,3}",
        value in "[a-z]{1,12}",
        body in "[ -~]{1,40}",
        service in "iam|sts|s3|x",
        token in proptest::option::of("[A-Za-z0-9+/=]{1,20}"),
        nth in 0_usize..1000,
    ) {
        let received = signed(&path, &query, &value, &body, &service, token.as_deref());
        prop_assert_eq!(received.verify(), Ok(()));
        // The slashes of the path and the structure of the query are not changed into letters here: that
        // would be another request too, but the letters around them are enough to show it.
        let path_letters = path.trim_start_matches('/');
        let other_path = format!("/{}", changed(path_letters, nth));
        let mut others = vec![
            Received { path: other_path, ..received.clone() },
            Received { query: changed(&query, nth), ..received.clone() },
            Received { body: changed(&body, nth), ..received.clone() },
            Received { method: changed("POST", nth), ..received.clone() },
        ];
        for header in 0..received.headers.len() {
            let mut other = received.clone();
            let value = &mut other.headers[header].1;
            // The access key id chooses the key; it is not itself signed.
            let from = value.find("AKIDEXAMPLE").map_or(0, |at| at + "AKIDEXAMPLE".len());
            *value = format!("{}{}", &value[..from], changed(&value[from..], nth));
            others.push(other);
        }
        for other in others {
            prop_assert!(other.verify().is_err(), "{:?}", other);
        }
    }

    #[test]
    fn what_is_presigned_verifies(
        path in "(/[a-z .é]{0,4}){1,4}",
        query in "([a-z]{1,4}=[a-z]{0,4}&){0,3}z=[a-z]{1,3}",
        expires_s in 1_u32..=604_800,
        token in proptest::option::of("[A-Za-z0-9+/=]{1,20}"),
    ) {
        prop_assume!(!path.contains(".."));
        let headers = [("host", "keystead.example")];
        let query = signer("sts", token.as_deref()).presign("GET", &path, &query, &headers, expires_s, NOW);
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let received = Received { method: "GET".to_owned(), path, query, headers, ..Received::default() };
        prop_assert_eq!(received.verify(), Ok(()));
    }

    #[test]
    fn no_request_makes_the_reader_panic(
        path in ".{0,20}",
        query in "(X-Amz-(Algorithm|Credential|Signature|SignedHeaders|Date|Expires)=.{0,12}&){0,7}.{0,20}",
        authorization in proptest::option::of("AWS4-HMAC-SHA256 (Credential|SignedHeaders|Signature|=|,|/|.){0,30}"),
        date in "[0-9TZ]{14,17}",
    ) {
        let mut headers = vec![("host".to_owned(), "h".to_owned()), ("x-amz-date".to_owned(), date)];
        headers.extend(authorization.map(|value| ("authorization".to_owned(), value)));
        let received = Received { method: "GET".to_owned(), path, query, headers, ..Received::default() };
        prop_assert!(received.verify().is_err());
    }
}
