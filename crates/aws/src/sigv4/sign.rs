//! The client's side: signing requests to AWS, to another installation, and in tests.

use keystead_core::Timestamp;
use sha2::{Digest, Sha256};

use super::canonical::{Hashing, write_request};
use super::verify::{hex_digits, write_to_sign};
use super::{ALGORITHM, Request, SigningKey, TERMINATOR};
use crate::percent;

/// Credentials and where they are used.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret: &'a str,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a str>,
    /// Region of the credential scope.
    pub region: &'a str,
    /// Service of the credential scope.
    pub service: &'a str,
}

impl Signer<'_> {
    /// The headers to add to a request. `headers` must hold `host`; all of them are signed.
    pub fn sign(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        now: Timestamp,
    ) -> Vec<(String, String)> {
        let mut added = vec![("x-amz-date".to_owned(), now.to_basic())];
        added.extend(self.session_token.map(|token| ("x-amz-security-token".to_owned(), token.to_owned())));
        let added_refs = added.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let headers = Headers::new(headers.iter().copied().chain(added_refs));
        let payload_hash = headers
            .get("x-amz-content-sha256")
            .map_or_else(|| hex_digits(Sha256::digest(body).into()).to_vec(), <[u8]>::to_vec);
        let signature = self.signature(method, path, query, &headers, &payload_hash, now);
        let authorization = format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={signature}",
            self.access_key_id,
            self.scope(now),
            headers.names
        );
        added.push(("authorization".to_owned(), authorization));
        added
    }

    /// The query of a request that carries its credentials in it, good for `expires_s` seconds. `headers`
    /// must hold `host`; the body is empty.
    pub fn presign(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &[(&str, &str)],
        expires_s: u32,
        now: Timestamp,
    ) -> String {
        let headers = Headers::new(headers.iter().copied());
        let credential = percent::encode(&format!("{}/{}", self.access_key_id, self.scope(now)));
        let mut query = format!(
            "{query}{}X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={}\
             &X-Amz-Expires={expires_s}&X-Amz-SignedHeaders={}",
            if query.is_empty() { "" } else { "&" },
            now.to_basic(),
            percent::encode(&headers.names)
        );
        if let Some(token) = self.session_token {
            query.push_str("&X-Amz-Security-Token=");
            query.push_str(&percent::encode(token));
        }
        let payload_hash = hex_digits(Sha256::digest(b"").into());
        let signature = self.signature(method, path, &query, &headers, &payload_hash, now);
        query + "&X-Amz-Signature=" + &signature
    }

    fn scope(&self, now: Timestamp) -> String {
        format!("{}/{}/{}/{TERMINATOR}", now.to_basic_date(), self.region, self.service)
    }

    fn signature(
        &self,
        method: &str,
        path: &str,
        query: &str,
        headers: &Headers,
        payload_hash: &[u8],
        now: Timestamp,
    ) -> String {
        let date = now.to_basic_date();
        let key = SigningKey::derive(self.secret, &date, self.region, self.service);
        let refs: Vec<_> =
            headers.pairs.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let request = Request { method, path, query, headers: &refs };
        let mut canonical = Hashing::new(Sha256::default());
        write_request(&mut canonical, &request, self.service, &headers.names, payload_hash);
        let scope = [&*date, self.region, self.service];
        let mut to_sign = Hashing::new(key.hmac());
        write_to_sign(&mut to_sign, now, scope, canonical.finish());
        hex::encode(to_sign.finish())
    }
}

/// The headers to sign, in the order of their lower-case names.
struct Headers {
    pairs: Vec<(String, String)>,
    names: String,
}

impl Headers {
    fn new<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> Self {
        let mut pairs: Vec<_> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        pairs.sort_unstable();
        let names = pairs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
        Self { pairs, names }
    }

    fn get(&self, name: &str) -> Option<&[u8]> {
        self.pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_bytes())
    }
}
