//! What a denial rests on, for whoever may know it: the statements and the context of the decision, sealed for
//! the account of the caller. It goes with the reply, and DecodeAuthorizationMessage opens it.
//! Source: STS API reference, DecodeAuthorizationMessage.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, arn};
use keystead_policy::{Decision, Outcome};
use keystead_store::Place;
use serde_json::{Value, json};

use crate::authorize::{ContextKeys, Question};
use crate::context::Context;

/// A reply's head is to stay below what proxies take, which is 4 kilobytes for some.
const CHARS_MAX: usize = 3000;
/// No message is longer than this once it is unpacked.
const BYTES_MAX: u64 = 1 << 20;

/// Where messages of an account are sealed for.
fn place(account: AccountId) -> Place {
    Place {
        tenant: account,
        table: "authorization_messages",
        row: String::new(),
        column: "message",
        version: 1,
    }
}

/// The sealed message of a denial; none where it cannot be made, which must not stand in the denial's way.
pub(crate) fn encode(
    cx: &Context,
    question: &Question<'_>,
    decision: &Decision<'_>,
    told: &ContextKeys,
) -> Option<String> {
    // What is known of something of another account is not for this one.
    let own = arn::account_of(question.resource.as_str()).is_none_or(|owner| owner == cx.account());
    let told = if own { conditions(told) } else { Vec::new() };
    let whole = seal(cx, &message(question, decision, told))?;
    if whole.len() <= CHARS_MAX { Some(whole) } else { seal(cx, &message(question, decision, Vec::new())) }
}

fn seal(cx: &Context, message: &Value) -> Option<String> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(message.to_string().as_bytes()).ok()?;
    let sealed = cx.sealer().seal(&place(cx.account()), &packed.finish().ok()?, cx.rng()).ok()?;
    Some(URL_SAFE_NO_PAD.encode(sealed.as_bytes()))
}

/// The message behind what was sent with a denial in the caller's account.
pub fn decode(cx: &Context, encoded: &str) -> Result<String> {
    let sealed = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Fault::InvalidAuthorizationMessage)?;
    let packed = cx.sealer().open(&place(cx.account()), &sealed);
    let packed = packed.map_err(|_| Fault::InvalidAuthorizationMessage)?;
    let mut message = String::new();
    DeflateDecoder::new(&packed.expose()[..])
        .take(BYTES_MAX)
        .read_to_string(&mut message)
        .map_err(Fault::internal)?;
    Ok(message)
}

/// The message as AWS writes it, with the policy of each statement besides.
fn message(question: &Question<'_>, decision: &Decision<'_>, conditions: Vec<Value>) -> Value {
    let Question { principal, session, action, resource, .. } = question;
    let explicit = matches!(decision.outcome, Outcome::ExplicitlyDenied(_));
    let statements: Vec<Value> = (decision.reasons.iter())
        .map(|reason| {
            json!({
                "statementId": reason.sid,
                "effect": if explicit { "DENY" } else { "ALLOW" },
                "policy": reason.policy,
                "policyType": reason.policy_type.to_string(),
            })
        })
        .collect();
    let arn = session.map_or_else(|| principal.arn(), |session| session.arn(principal));
    let id = session.map_or_else(|| principal.id.to_string(), |session| session.user_id(principal));
    json!({
        "allowed": false,
        "explicitDeny": explicit,
        "matchedStatements": {"items": statements},
        "failures": {"items": []},
        "context": {
            "principal": {"id": id, "name": &*principal.name, "arn": arn.as_str()},
            "action": action,
            "resource": resource.as_str(),
            "conditions": {"items": conditions},
        },
    })
}

fn conditions(told: &ContextKeys) -> Vec<Value> {
    let values =
        |values: &[String]| -> Vec<Value> { values.iter().map(|value| json!({"value": value})).collect() };
    told.iter().map(|(key, held)| json!({"key": key, "values": {"items": values(held)}})).collect()
}
