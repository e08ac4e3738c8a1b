//! The issuer that an account is to others: its address, its keys, the tokens it signs and the documents by
//! which others verify them.
//!
//! A token says who asked for it, for others to decide what that one may do with them. What it says is what
//! IAM's User Guide has under "Federate AWS identities to external services".

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{AccountId, Tag, Timestamp};
use keystead_gate::Context;
use keystead_gate::authenticate::Identity;
use keystead_store::issuers::{Issuer, IssuerKey, private_key_place};
use keystead_store::{Sealer, Store, Tx};
use serde_json::{Map, Value, json};
use x509_parser::asn1_rs::{Any, FromDer, Sequence};

/// The algorithms that tokens are signed by.
pub(crate) const ALGORITHMS: [&str; 2] = ["RS256", "ES384"];
/// The most bytes of claims, so that a signed token has room in the 20,000 characters that
/// AssumeRoleWithWebIdentity takes.
const CLAIMS_BYTES_MAX: usize = 12 * 1024;
/// Under which name a token has what is not of the standard.
const NAMESPACE: &str = "https://sts.amazonaws.com/";
/// Where an issuer says what it is, below its address.
const CONFIGURATION: &str = ".well-known/openid-configuration";
/// Where it has its keys.
const KEYS: &str = ".well-known/jwks.json";

/// The address of an issuer: what its tokens name.
pub(crate) fn address(origin: &str, issuer_id: &str) -> String {
    format!("{origin}/oidc/{issuer_id}")
}

/// Draws the keys of an issuer, one for each algorithm. Their chance is the cryptographic library's own: it
/// takes no other.
pub(crate) fn draw_keys(cx: &Context) -> Result<Vec<IssuerKey>> {
    ALGORITHMS.into_iter().map(|algorithm| draw_key(cx, algorithm)).collect()
}

fn draw_key(cx: &Context, algorithm: &str) -> Result<IssuerKey> {
    let id = uuid(cx.rng());
    let der = draw_der(algorithm).ok_or_else(|| Fault::internal("no key could be drawn"))?;
    let (known, key) = encoding_key(algorithm, &der);
    let mut public = Jwk::from_encoding_key(&key, known).map_err(Fault::internal)?;
    public.common.key_id = Some(id.clone());
    public.common.public_key_use = Some(PublicKeyUse::Signature);
    public.common.key_algorithm = Some(KeyAlgorithm::from(known));
    let sealed = cx.sealer().seal(&private_key_place(cx.account(), &id), &der, cx.rng())?;
    Ok(IssuerKey {
        id,
        algorithm: algorithm.to_owned(),
        public_key: serde_json::to_string(&public).map_err(Fault::internal)?,
        private_key: sealed,
        created_at: cx.now.whole_second(),
    })
}

/// A new private key in the form that it is kept in and signed with: of RSA as PKCS #1 has it, of an elliptic
/// curve as PKCS #8 has it.
pub(crate) fn draw_der(algorithm: &str) -> Option<Vec<u8>> {
    if algorithm == "ES384" {
        let key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).ok()?;
        return Some(key.to_pkcs8v1().ok()?.as_ref().to_vec());
    }
    let wrapped: Pkcs8V1Der<'_> = KeyPair::generate(KeySize::Rsa2048).ok()?.as_der().ok()?;
    // Version, algorithm, and the key itself.
    let (_, whole) = Sequence::from_der(wrapped.as_ref()).ok()?;
    let (rest, _) = Any::from_der(&whole.content).ok()?;
    let (rest, _) = Any::from_der(rest).ok()?;
    let (_, key) = Any::from_der(rest).ok()?;
    Some(key.data.to_vec())
}

fn encoding_key(algorithm: &str, der: &[u8]) -> (Algorithm, EncodingKey) {
    if algorithm == "ES384" {
        (Algorithm::ES384, EncodingKey::from_ec_der(der))
    } else {
        (Algorithm::RS256, EncodingKey::from_rsa_der(der))
    }
}

/// The issuer of an account that gives tokens.
pub(crate) fn enabled(tx: &mut Tx<'_>, account: AccountId) -> Result<Issuer> {
    let issuer = tx.issuers().find(account)?;
    issuer.filter(|issuer| issuer.enabled).ok_or(Fault::OutboundFederationDisabled)
}

/// What a token is to be.
pub(crate) struct TokenRequest {
    /// For whom it is.
    pub(crate) audience: Vec<String>,
    /// What the caller wants it to say besides.
    pub(crate) tags: Vec<Tag>,
    /// By which of [`ALGORITHMS`] it is signed.
    pub(crate) algorithm: &'static str,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// Signs a token about the caller.
pub(crate) fn sign_token(cx: &Context, request: &TokenRequest) -> Result<String> {
    let account = cx.account();
    let (issuer, keys) = cx.gate().store().read(|tx| {
        let issuer = enabled(tx, account)?;
        Ok::<_, Fault>((issuer, tx.issuers().list_keys(account)?))
    })?;
    let key = keys.iter().find(|key| key.algorithm == request.algorithm);
    let key = key.ok_or_else(|| Fault::internal("an issuer has not the key of an algorithm"))?;
    let claims = claims(cx, request, &address(cx.gate().origin(), &issuer.id))?;
    if claims.to_string().len() > CLAIMS_BYTES_MAX {
        return Err(Fault::TokenTooLarge { limit: CLAIMS_BYTES_MAX });
    }
    sign(cx.sealer(), account, key, &claims)
}

fn sign(sealer: &Sealer, account: AccountId, key: &IssuerKey, claims: &Value) -> Result<String> {
    let der = sealer.open(&private_key_place(account, &key.id), key.private_key.as_bytes())?;
    let (algorithm, private_key) = encoding_key(&key.algorithm, der.expose());
    let header = Header { kid: Some(key.id.clone()), ..Header::new(algorithm) };
    encode(&header, claims, &private_key).map_err(Fault::internal)
}

fn claims(cx: &Context, request: &TokenRequest, issuer: &str) -> Result<Value> {
    let principal = cx.principal()?;
    // Somebody in a role is known by the role, whatever the session is called.
    let arn = principal.arn().to_string();
    let audience = match &request.audience[..] {
        [only] => json!(only),
        several => json!(several),
    };
    let mut about = json!({"aws_account": cx.account().to_string(), "principal_id": arn});
    if let Identity::Key { region, .. } = &cx.caller.identity {
        about["source_region"] = json!(region);
    }
    let mut principal_tags = object(&principal.tags);
    if let Some(session) = cx.session() {
        let of_session = session.claims.tags.iter().map(|tag| (tag.key.clone(), json!(tag.value)));
        principal_tags.extend(of_session);
        about["original_session_exp"] = json!(session.claims.expires_at.to_iso8601());
    }
    for (name, tags) in [("principal_tags", principal_tags), ("request_tags", object(&request.tags))] {
        if !tags.is_empty() {
            about[name] = Value::Object(tags);
        }
    }
    Ok(json!({
        "iss": issuer,
        "aud": audience,
        "sub": arn,
        "iat": cx.now.secs(),
        "exp": request.expires_at.secs(),
        "jti": uuid(cx.rng()),
        NAMESPACE: about,
    }))
}

fn object(tags: &[Tag]) -> Map<String, Value> {
    tags.iter().map(|tag| (tag.key.clone(), json!(tag.value))).collect()
}

/// A document of an issuer that anybody may have, by what follows its address; none where there is none.
pub fn published(store: &Store, origin: &str, issuer_id: &str, document: &str) -> Result<Option<String>> {
    let found = store.read(|tx| {
        let Some(issuer) = tx.issuers().find_by_id(issuer_id)? else { return Ok(None) };
        Ok::<_, Fault>(Some(tx.issuers().list_keys(issuer.account)?))
    })?;
    let Some(keys) = found else { return Ok(None) };
    Ok(match document {
        CONFIGURATION => Some(configuration(&address(origin, issuer_id))),
        KEYS => {
            let keys: Vec<&str> = keys.iter().map(|key| key.public_key.as_str()).collect();
            Some(format!("{{\"keys\":[{}]}}", keys.join(",")))
        }
        _ => None,
    })
}

/// The key set of an issuer of this installation, by its whole address; none where it is no issuer of ours.
pub(crate) fn published_at(store: &Store, origin: &str, issuer: &str) -> Result<Option<String>> {
    match issuer.strip_prefix(origin).and_then(|path| path.strip_prefix("/oidc/")) {
        Some(id) => published(store, origin, id, KEYS),
        None => Ok(None),
    }
}

fn configuration(issuer: &str) -> String {
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/{KEYS}"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ALGORITHMS,
        "claims_supported": ["aud", "exp", "iat", "iss", "jti", "sub", NAMESPACE],
    })
    .to_string()
}
