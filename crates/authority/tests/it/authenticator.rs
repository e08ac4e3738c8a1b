//! Authenticators as browsers ask them: a key pair, a name for it, and a counter. What they answer can be bent.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::HOST;

/// Somebody is there, and showed who it is.
const VERIFIED: u8 = 0b0000_0101;
/// A key follows.
const WITH_KEY: u8 = 0b0100_0000;

/// One with one passkey.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
}

/// What an answer says besides the signature.
#[derive(Clone)]
pub(crate) struct Said {
    /// The site that the browser shows.
    pub(crate) origin: String,
    /// The name that the authenticator signs for.
    pub(crate) site: String,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    /// `get` or `create`.
    pub(crate) kind: &'static str,
}

impl Said {
    /// What an honest one says of its `counter`th answer.
    pub(crate) fn rightly(counter: u32) -> Self {
        let site = HOST.split(':').next().unwrap().to_owned();
        Self { origin: format!("https://{HOST}"), site, flags: VERIFIED, counter, kind: "get" }
    }

    fn client_data(&self, options: &str) -> Vec<u8> {
        let options: Value = serde_json::from_str(options).expect("what a browser is asked is JSON");
        let challenge = options["publicKey"]["challenge"].as_str().expect("there is a challenge");
        let kind = format!("webauthn.{}", self.kind);
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn authenticator_data(&self) -> Vec<u8> {
        let site = Sha256::digest(&self.site);
        [&site[..], &[self.flags], &self.counter.to_be_bytes()].concat()
    }
}

impl Authenticator {
    pub(crate) fn new(id: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key is made");
        Self { key, id: id.as_bytes().to_vec() }
    }

    /// Another key under the same name.
    pub(crate) fn forged(&self) -> Self {
        Self { id: self.id.clone(), ..Self::new("") }
    }

    /// Makes the passkey that a browser was asked for.
    pub(crate) fn make(&self, options: &str) -> String {
        let said = Said { kind: "create", flags: VERIFIED | WITH_KEY, ..Said::rightly(0) };
        let point = self.key.public_key().as_ref();
        // CBOR: an EC2 key, ES256, on P-256; and the statement of one that tells nothing of itself.
        let (x, y) = (&point[1..33], &point[33..65]);
        let key = [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat();
        let length = u16::try_from(self.id.len()).expect("a name is short").to_be_bytes();
        let data = [&said.authenticator_data()[..], &[0; 16], &length, &self.id, &key].concat();
        let size = u8::try_from(data.len()).expect("the data are short");
        let head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58";
        let object = URL_SAFE_NO_PAD.encode([&head[..], &[size], &data].concat());
        let client_data = URL_SAFE_NO_PAD.encode(said.client_data(options));
        self.credential(&json!({"attestationObject": object, "clientDataJSON": client_data}))
    }

    /// Signs what a browser was asked.
    pub(crate) fn answer(&self, options: &str, said: &Said) -> String {
        let (data, client_data) = (said.authenticator_data(), said.client_data(options));
        let signed = [&data[..], &Sha256::digest(&client_data)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("it signs");
        self.credential(&json!({
            "authenticatorData": URL_SAFE_NO_PAD.encode(&data),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(&client_data),
            "signature": URL_SAFE_NO_PAD.encode(signature),
        }))
    }

    fn credential(&self, response: &Value) -> String {
        let id = URL_SAFE_NO_PAD.encode(&self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
            .to_string()
    }
}
