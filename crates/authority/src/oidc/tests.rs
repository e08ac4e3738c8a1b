//! Tokens made here and bent in every way that has fooled somebody.

use std::sync::OnceLock;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{EncodingKey, encode};
use serde_json::{Value, json};

use super::*;
use crate::issuer::draw_der;

const ISSUER: &str = "https://issuer.example/path";
const NOW: i64 = 1_800_000_000;

/// The keys of an issuer by algorithm, each known by the algorithm's name.
struct Keys {
    private: Vec<(Algorithm, EncodingKey)>,
    public: Vec<Value>,
}

impl Keys {
    fn of_one_issuer() -> &'static Self {
        static KEYS: OnceLock<Keys> = OnceLock::new();
        KEYS.get_or_init(Self::draw)
    }

    fn draw() -> Self {
        let rsa = EncodingKey::from_rsa_der(&draw_der("RS256").unwrap());
        let ec = |curve| {
            let key = EcdsaKeyPair::generate(curve).unwrap().to_pkcs8v1().unwrap();
            EncodingKey::from_ec_der(key.as_ref())
        };
        let private = vec![
            (Algorithm::RS256, rsa.clone()),
            (Algorithm::RS384, rsa.clone()),
            (Algorithm::RS512, rsa),
            (Algorithm::ES256, ec(&ECDSA_P256_SHA256_FIXED_SIGNING)),
            (Algorithm::ES384, ec(&ECDSA_P384_SHA384_FIXED_SIGNING)),
        ];
        let public = private.iter().map(|(algorithm, key)| {
            let mut jwk = Jwk::from_encoding_key(key, *algorithm).unwrap();
            jwk.common.key_id = Some(format!("{algorithm:?}"));
            serde_json::to_value(jwk).unwrap()
        });
        Self { public: public.collect(), private }
    }

    fn set(&self) -> KeySet {
        KeySet::read(json!({"keys": self.public}).to_string().as_bytes()).unwrap()
    }

    fn sign(&self, algorithm: Algorithm, claims: &Value) -> String {
        self.sign_with(&Header { kid: Some(format!("{algorithm:?}")), ..Header::new(algorithm) }, claims)
    }

    fn sign_with(&self, header: &Header, claims: &Value) -> String {
        let (_, key) = self.private.iter().find(|(algorithm, _)| *algorithm == header.alg).unwrap();
        encode(header, claims, key).unwrap()
    }
}

fn claims() -> Value {
    json!({"iss": ISSUER, "sub": "somebody", "aud": "client", "exp": NOW + 300, "iat": NOW - 5, "nbf": NOW - 5})
}

/// The claims with some of them otherwise; null takes one away.
fn bent(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn verify_by(keys: &KeySet, token: &str) -> Result<Claims> {
    let client_ids = ["other".to_owned(), "client".to_owned()];
    let now = Timestamp::from_secs(NOW);
    Token::read(token)?.verify(keys, &Expected { issuer: ISSUER, client_ids: &client_ids, now })
}

fn verify(token: &str) -> Result<Claims> {
    verify_by(&Keys::of_one_issuer().set(), token)
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn a_genuine_token_says_who_it_is_about() {
    let keys = Keys::of_one_issuer();
    for algorithm in ALGORITHMS {
        let found = verify(&keys.sign(algorithm, &claims())).unwrap();
        let expected = Claims {
            subject: "somebody".to_owned(),
            audience: "client".to_owned(),
            methods: Vec::new(),
            source_identity: None,
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
        };
        assert_eq!(found, expected, "{algorithm:?}");
        // A token that does not say by which key it is signed may be by any of the issuer's.
        assert_eq!(verify(&keys.sign_with(&Header::new(algorithm), &claims())), Ok(expected));
    }
}

#[test]
fn what_a_token_says_is_held_against_what_is_expected() {
    let right = [
        json!({"aud": ["nobody", "client"]}),
        json!({"aud": ["client", "other"], "azp": "other"}),
        json!({"exp": NOW - 59, "iat": null, "nbf": null}),
        json!({"exp": NOW as f64 + 0.5}),
        json!({"iat": NOW + 59, "nbf": NOW + 59}),
        json!({
            "amr": ["mfa"],
            "https://aws.amazon.com/source_identity": "alice",
            "https://aws.amazon.com/tags": {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]},
        }),
    ];
    let found =
        right.map(|changes| verify(&Keys::of_one_issuer().sign(Algorithm::ES256, &bent(&changes))).unwrap());
    assert_eq!(
        found.each_ref().map(|claims| &*claims.audience),
        ["client", "other", "client", "client", "client", "client"]
    );
    assert_eq!(
        (&*found[5].methods, found[5].source_identity.as_deref()),
        (&["mfa".to_owned()][..], Some("alice"))
    );
    assert_eq!(found[5].tags, [("team".to_owned(), "red".to_owned())]);
    assert_eq!(found[5].transitive_tag_keys, ["team"]);
    let refused =
        |changes: &Value| verify(&Keys::of_one_issuer().sign(Algorithm::ES256, &bent(changes))).unwrap_err();
    for changes in [
        json!({"iss": "https://issuer.example/path/"}),
        json!({"iss": null}),
        json!({"aud": "nobody"}),
        json!({"aud": []}),
        json!({"aud": null}),
        json!({"azp": "nobody"}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"exp": null}),
        json!({"exp": "never"}),
        json!({"https://aws.amazon.com/tags": {"principal_tags": {"team": ["a", "b"]}}}),
    ] {
        assert!(matches!(refused(&changes), Fault::InvalidIdentityToken(_)), "{changes}");
    }
    let ended = Fault::TokenExpired { now: NOW, until: NOW - 61 };
    assert_eq!(refused(&json!({"exp": NOW - 61})), ended);
    for changes in [json!({"nbf": NOW + 61}), json!({"iat": NOW + 61})] {
        assert!(matches!(refused(&changes), Fault::IdpRejectedClaim(_)), "{changes}");
    }
}

#[test]
fn a_token_that_nobody_of_the_issuer_signed_is_refused() {
    let keys = Keys::of_one_issuer();
    let strangers = Keys::draw();
    let right = keys.sign(Algorithm::RS256, &claims());
    let [head, body, signature] = right.split('.').collect::<Vec<_>>()[..] else { panic!("{right}") };
    let other_body = part(&bent(&json!({"sub": "root"})));
    let unsigned = part(&json!({"alg": "none"}));
    // The public key as a secret: who takes any algorithm for any key believes it.
    let shared = EncodingKey::from_secret(keys.public[0].to_string().as_bytes());
    let confused = encode(
        &Header { kid: Some("RS256".to_owned()), ..Header::new(Algorithm::HS256) },
        &claims(),
        &shared,
    );
    // A key that the token brings along.
    let own: Jwk = serde_json::from_value(strangers.public[0].clone()).unwrap();
    let bringing = Header { jwk: Some(own), kid: Some("RS256".to_owned()), ..Header::new(Algorithm::RS256) };
    let critical = Header { crit: Some(vec!["b64".to_owned()]), ..Header::new(Algorithm::RS256) };
    let unknown = Header { kid: Some("unknown".to_owned()), ..Header::new(Algorithm::RS256) };
    let crossed = Header { kid: Some("RS384".to_owned()), ..Header::new(Algorithm::RS256) };
    for token in [
        format!("{head}.{other_body}.{signature}"),
        format!("{unsigned}.{body}."),
        format!("{unsigned}.{body}.{signature}"),
        format!("{head}.{body}."),
        format!("{head}.{body}"),
        format!("{right}.{signature}"),
        format!("{head}.{body}.{}", &signature[..signature.len() - 4]),
        confused.unwrap(),
        strangers.sign(Algorithm::RS256, &claims()),
        strangers.sign(Algorithm::ES384, &claims()),
        strangers.sign_with(&bringing, &claims()),
        keys.sign_with(&critical, &claims()),
        keys.sign_with(&unknown, &claims()),
        keys.sign_with(&crossed, &claims()),
        String::new(),
        "not a token".to_owned(),
        "....".to_owned(),
    ] {
        assert!(matches!(verify(&token), Err(Fault::InvalidIdentityToken(_))), "{token}");
    }
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&format!("{head}.{body}.{}", URL_SAFE_NO_PAD.encode(flipped))).is_err(), "bit {bit}");
    }
}

#[test]
fn a_key_set_has_keys_to_sign_with_and_passes_over_the_others() {
    let keys = Keys::of_one_issuer();
    let token = keys.sign(Algorithm::RS256, &claims());
    let with = |member: &str, value: Value| {
        let mut key = keys.public[0].clone();
        key[member] = value;
        key
    };
    for (key, is_right) in [
        (with("use", json!("sig")), true),
        (with("alg", Value::Null), true),
        (with("use", json!("enc")), false),
        (with("alg", json!("RS512")), false),
        (with("kid", json!("other")), false),
        (with("kty", json!("oct")), false),
    ] {
        let set =
            json!({"keys": [{"kty": "new", "kid": "RS256"}, "no key", keys.public[3], key]}).to_string();
        let set = KeySet::read(set.as_bytes()).unwrap();
        assert_eq!(verify_by(&set, &token).is_ok(), is_right, "{key}");
    }
    for set in ["", "[]", "{}", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"] {
        assert!(KeySet::read(set.as_bytes()).is_err(), "{set}");
    }
}
