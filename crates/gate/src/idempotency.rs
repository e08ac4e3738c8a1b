//! Idempotency keys: a client names a write of the REST API itself, so that it can ask again, signed anew, until it
//! knows what came of it. For a day the same principal with the same key and the same request is given the first
//! answer; another request under that key is refused.
//!
//! What the request was is remembered as a digest, and the digest is sealed: of a request that holds a password, a
//! bare one would let whoever reads the database try passwords.

use keystead_aws::error::{Fault, Result};
use keystead_aws::sigv4;
use keystead_core::AccountId;
use keystead_store::Place;
use keystead_store::changes::NAMED;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::authenticate::{Caller, Identity};
use crate::context::Context;
use crate::dispatch::RawRequest;

/// The header, as OpenAPI names it.
pub(crate) const HEADER: &str = "Idempotency-Key";
/// The header as requests are read.
const HEADER_READ: &str = "idempotency-key";
/// How long a key may be.
const LENGTH_MAX: usize = 64;

/// A digest of what was asked under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestDigest([u8; 32]);

/// Names the command of a signed request after the key that it brings, if it brings one.
pub(crate) fn name_command(raw: &RawRequest<'_>, asked: &Value, caller: &mut Caller) -> Result<()> {
    let Some(key) = read(raw)? else { return Ok(()) };
    if !sigv4::read(&raw.signed_part())?.signs_header(HEADER_READ) {
        return Err(Fault::SignatureRefused(format!(
            "The header '{HEADER_READ}' must be a 'SignedHeader' in the AWS Authorization."
        )));
    }
    let name = digest(&[owner(caller).as_bytes(), key.as_bytes()]);
    caller.command_id = format!("{NAMED}{}", hex::encode(&name[..16])).into();
    let asked = asked.to_string();
    let request = digest(&[raw.method.as_bytes(), raw.path.as_bytes(), asked.as_bytes()]);
    caller.request_digest = Some(RequestDigest(request));
    Ok(())
}

/// Refuses a key where nobody signs, and so nobody is told apart from anybody else.
pub(crate) fn check_absent(raw: &RawRequest<'_>) -> Result<()> {
    match read(raw)? {
        None => Ok(()),
        Some(_) => Err(Fault::ValidationError(format!(
            "`{HEADER}` goes with signed requests only; leave it out of this one."
        ))),
    }
}

fn read<'a>(raw: &RawRequest<'a>) -> Result<Option<&'a str>> {
    let Some((_, value)) = raw.headers.iter().find(|(name, _)| *name == HEADER_READ) else {
        return Ok(None);
    };
    let key = std::str::from_utf8(value).ok().filter(|key| {
        (1..=LENGTH_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let wrong = || {
        Fault::ValidationError(format!(
            "`{HEADER}` has 1 to {LENGTH_MAX} visible ASCII characters, no spaces."
        ))
    };
    key.map(Some).ok_or_else(wrong)
}

/// Whose key it is: another user, or another session of the same role, has keys of its own.
fn owner(caller: &Caller) -> String {
    match &caller.identity {
        Identity::Key { principal, session, .. } => {
            let session = session.as_ref().map(|session| session.user_id(principal));
            format!("{}/{}/{}", caller.account, principal.id, session.unwrap_or_default())
        }
        _ => String::new(),
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

impl RequestDigest {
    /// What is kept with the command.
    pub(crate) fn seal(&self, cx: &Context) -> Result<String> {
        let place = place(cx.account(), &cx.caller.command_id);
        Ok(hex::encode(cx.sealer().seal(&place, &self.0, cx.rng())?.as_bytes()))
    }

    /// Refuses another request than the one that was kept.
    pub(crate) fn check(&self, cx: &Context, kept: Option<&str>) -> Result<()> {
        let kept = hex::decode(kept.unwrap_or_default()).map_err(Fault::internal)?;
        let kept = cx.sealer().open(&place(cx.account(), &cx.caller.command_id), &kept)?;
        if kept.expose()[..] == self.0 { Ok(()) } else { Err(Fault::IdempotencyKeyReused) }
    }
}

fn place(tenant: AccountId, command_id: &str) -> Place {
    Place { tenant, table: "changes", row: command_id.to_owned(), column: "invocation_id", version: 1 }
}
