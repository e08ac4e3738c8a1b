//! Tokens of OpenID Connect: whose they are, whether they are genuine, and what they say.
//!
//! [`Token`] reads one as far as it can be read without trusting it: enough to know whose keys are needed.
//! [`Token::verify`] is the whole of the trust: pure, and nothing is taken from a token that did not pass it.
//! [`keys`] finds the keys; [`pin`] is how the operator gives them.

pub(crate) mod keys;
mod pin;

pub use pin::pin;

use std::collections::BTreeMap;
use std::time::Duration;

use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header};
use keystead_aws::error::{Fault, Result};
use keystead_core::Timestamp;
use serde::Deserialize;

use keys::KeySet;

/// How far the clock of an issuer may be from ours.
const SKEW: Duration = Duration::from_mins(1);
/// Signatures that need no secret of the verifier's. With others, whoever verifies could sign.
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::ES256, Algorithm::ES384];

/// A token as it was presented, read and not trusted.
pub(crate) struct Token<'t> {
    text: &'t str,
    header: Header,
    /// Who it says issued it, by whole address.
    pub(crate) issuer: String,
}

/// What a token is held against.
pub(crate) struct Expected<'e> {
    /// Who may have issued it, by whole address.
    pub(crate) issuer: &'e str,
    /// For whom it may be.
    pub(crate) client_ids: &'e [String],
    /// The present instant.
    pub(crate) now: Timestamp,
}

/// Whom a genuine token is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Who it is, in the words of the issuer.
    pub(crate) subject: String,
    /// For which of the client ids it is.
    pub(crate) audience: String,
    /// How whoever it is has proved it.
    pub(crate) methods: Vec<String>,
    /// Under which name actions are to be traced back.
    pub(crate) source_identity: Option<String>,
    /// Tags for the session, by key, in order.
    pub(crate) tags: Vec<(String, String)>,
    /// Keys of those that sessions made from it shall have too.
    pub(crate) transitive_tag_keys: Vec<String>,
}

/// The claims as they are written.
#[derive(Deserialize)]
struct Written {
    iss: String,
    sub: Option<String>,
    aud: Option<OneOrMany>,
    azp: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    amr: Option<OneOrMany>,
    /// Source: IAM User Guide, "Monitor and control actions taken with assumed roles".
    #[serde(rename = "https://aws.amazon.com/source_identity")]
    source_identity: Option<String>,
    /// Source: IAM User Guide, "Pass session tags using AssumeRoleWithWebIdentity".
    #[serde(rename = "https://aws.amazon.com/tags", default)]
    tags: WrittenTags,
}

#[derive(Default, Deserialize)]
struct WrittenTags {
    #[serde(default)]
    principal_tags: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    transitive_tag_keys: Vec<String>,
}

impl WrittenTags {
    /// The tags, each with the one value it has.
    fn read(self) -> Result<Vec<(String, String)>> {
        let one = |(key, values): (String, OneOrMany)| match <[String; 1]>::try_from(values.into_vec()) {
            Ok([value]) => Ok((key, value)),
            Err(_) => Err(invalid(&format!("The tag {key} in the token has not one value."))),
        };
        self.principal_tags.into_iter().map(one).collect()
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

impl<'t> Token<'t> {
    /// Reads a token; one that is none, or is signed by nothing that proves anything, is refused.
    pub(crate) fn read(text: &'t str) -> Result<Self> {
        let header = decode_header(text).map_err(|_| invalid(NOT_A_TOKEN))?;
        if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
            return Err(invalid("The token is not signed by RS256, RS384, RS512, ES256 or ES384."));
        }
        let written: Written =
            jsonwebtoken::dangerous::insecure_decode_claims(text).map_err(|_| invalid(NOT_A_TOKEN))?;
        Ok(Self { text, header, issuer: written.iss })
    }

    /// Whether a key set has a key that this may be signed by.
    pub(crate) fn has_key_in(&self, keys: &KeySet) -> bool {
        keys.fitting(&self.header).next().is_some()
    }

    /// Holds a token against the keys of its issuer and what is expected of it.
    pub(crate) fn verify(&self, keys: &KeySet, expected: &Expected<'_>) -> Result<Claims> {
        let mut validation = Validation::new(self.header.alg);
        // What a token says is checked below, against the instant of the request.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let verified =
            keys.fitting(&self.header).find_map(|key| decode::<Written>(self.text, &key, &validation).ok());
        let written = verified.ok_or_else(|| invalid("The signature of the token cannot be verified."))?;
        check(written.claims, expected)
    }
}

const NOT_A_TOKEN: &str = "The token is not a signed JSON Web Token of OpenID Connect.";

fn check(written: Written, expected: &Expected<'_>) -> Result<Claims> {
    if written.iss != expected.issuer {
        return Err(invalid("Incorrect token issuer"));
    }
    let (now, skew) = (expected.now.secs() as f64, SKEW.as_secs() as f64);
    let until = written.exp.ok_or_else(|| invalid("The token has no exp: it must end at some time."))?;
    if until + skew < now {
        return Err(Fault::TokenExpired { now: expected.now.secs(), until: until as i64 });
    }
    if [written.nbf, written.iat].into_iter().flatten().any(|from| from > now + skew) {
        return Err(Fault::IdpRejectedClaim(
            "The token is not valid yet: its nbf or iat is to come.".to_owned(),
        ));
    }
    let subject = written.sub.filter(|subject| !subject.is_empty());
    let wrong_audience = || invalid("Incorrect token audience");
    let audiences = written.aud.ok_or_else(wrong_audience)?.into_vec();
    let known = |audience: &String| expected.client_ids.contains(audience);
    let audience = audiences.into_iter().find(known).ok_or_else(wrong_audience)?;
    // Who asked for the token, where somebody asked for others: it must be known here too, and is what
    // policies call the audience. Source: IAM User Guide, "Available keys for AWS OIDC federation".
    let audience = match written.azp {
        Some(party) if known(&party) => party,
        Some(_) => return Err(wrong_audience()),
        None => audience,
    };
    let transitive_tag_keys = written.tags.transitive_tag_keys.clone();
    Ok(Claims {
        subject: subject.ok_or_else(|| invalid("The token has no sub: it must be about somebody."))?,
        audience,
        methods: written.amr.map(OneOrMany::into_vec).unwrap_or_default(),
        source_identity: written.source_identity,
        tags: written.tags.read()?,
        transitive_tag_keys,
    })
}

fn invalid(text: &str) -> Fault {
    Fault::InvalidIdentityToken(text.to_owned())
}

#[cfg(test)]
mod tests;
