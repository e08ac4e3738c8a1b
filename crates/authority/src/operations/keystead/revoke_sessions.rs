//! RevokeSessions: the sessions of a key, a user or a role are refused from the next request on, and so are the
//! sessions that were made with those, in whichever account they act.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::{AccessKeyId, Arn, Timestamp};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::{Touched, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// RevokeSessions.
pub struct RevokeSessions;

/// Whose sessions: exactly one of the three.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The key that asked for them, or the key of one session.
    pub access_key_id: Option<String>,
    /// The user that asked for them.
    pub user_name: Option<String>,
    /// The role they are of.
    pub role_name: Option<String>,
    /// Those made until then; now where it is not said.
    pub before: Option<String>,
}

/// What was revoked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The id of the key, or the unique id of the user or role.
    pub subject: String,
    /// Sessions made until then are refused.
    pub before: String,
}

/// The subject, and until when.
pub struct Revocation {
    subject: String,
    before: Timestamp,
}

impl Operation for RevokeSessions {
    type Input = Input;
    type Prepared = Revocation;
    type Output = Output;
    const NAME: &'static str = "RevokeSessions";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(subject(cx, input)?.1)
    }

    fn prepare(cx: &Context, input: Input) -> Result<Revocation> {
        let (subject, _) = subject(cx, &input)?;
        let subject = subject.ok_or_else(|| not_found(&input))?;
        Ok(Revocation { subject, before: before(cx, input.before.as_deref())? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, Revocation { subject, before }: &Revocation) -> Result<Output> {
        tx.session_revocations().put(cx.account(), subject, *before)?;
        let in_force = tx.session_revocations().find(cx.account(), subject)?.unwrap_or(*before);
        tx.touch(Touched::Sessions { account: cx.account(), subject: subject.clone() });
        Ok(Output { subject: subject.clone(), before: in_force.to_iso8601() })
    }
}

impl RestOperation for RevokeSessions {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/sessions/revoke" };
}

/// What a revocation is kept under, where it is there, and what the policy engine is asked about.
fn subject(cx: &Context, input: &Input) -> Result<(Option<String>, Arn)> {
    let account = cx.account();
    let (found, unknown) = match (&input.access_key_id, &input.user_name, &input.role_name) {
        (Some(id), None, None) => return Ok(key(cx, id)),
        (None, Some(name), None) => (cx.ring().find_user(account, name), Arn::user(account, "/", name)),
        (None, None, Some(name)) => (cx.ring().find_role(account, name), Arn::role(account, "/", name)),
        _ => {
            return Err(Fault::ValidationError(
                "Give exactly one of `access_key_id`, `user_name` and `role_name`.".to_owned(),
            ));
        }
    };
    Ok(match found {
        Some(principal) => (Some(principal.id.to_string()), principal.arn()),
        None => (None, unknown),
    })
}

/// A key is its owner's. The keys of sessions are nowhere kept, nor are deleted ones: their ids tell their
/// account.
fn key(cx: &Context, id: &str) -> (Option<String>, Arn) {
    let unknown = Arn::keystead(cx.account(), &format!("access-key/{id}"));
    let Ok(parsed) = id.parse::<AccessKeyId>() else { return (None, unknown) };
    match cx.ring().find_key(parsed) {
        Some(entry) if entry.principal.account == cx.account() => {
            (Some(parsed.to_string()), entry.principal.arn())
        }
        None if parsed.account() == Some(cx.account()) => (Some(parsed.to_string()), unknown),
        _ => (None, unknown),
    }
}

fn not_found(input: &Input) -> Fault {
    Fault::NoSuchEntity(match (&input.access_key_id, &input.user_name, &input.role_name) {
        (Some(id), ..) => text::access_key_not_found(id),
        (_, Some(name), _) => text::user_not_found(name),
        (.., name) => text::role_not_found(name.as_deref().unwrap_or_default()),
    })
}

/// Nothing is revoked that is not made yet.
fn before(cx: &Context, given: Option<&str>) -> Result<Timestamp> {
    let Some(given) = given else { return Ok(cx.now) };
    let before = Timestamp::parse_rfc3339(given).filter(|before| *before <= cx.now);
    before.ok_or_else(|| {
        Fault::ValidationError(format!(
            "`before` must be a time that is past, such as {}.",
            cx.now.to_iso8601()
        ))
    })
}
