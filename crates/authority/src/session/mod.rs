//! What the operations that make sessions have in common: what limits a session, its tags, the MFA code that
//! may come with the request, and how its credentials are answered. What a session is, and how its token is
//! made, is in `keystead_gate::session`.

mod limits;
mod mfa;
mod tags;

use std::time::Duration;

use keystead_aws::error::Result;
use keystead_aws::model::sts::Credentials;
use keystead_core::AccountId;
use keystead_gate::Context;
use keystead_gate::authenticate::Identity;
use keystead_gate::ring::Principal;
use keystead_gate::session::{self, Claims, Parent, SessionKind};

pub(crate) use limits::Limits;
pub(crate) use mfa::accept_given_code;
pub(crate) use tags::SessionTags;

/// What a session is told apart by: how it came about, whose it is and how long it lasts.
pub(crate) struct Terms<'t> {
    pub(crate) kind: SessionKind,
    /// The unique id of its user or role, or the account's number for a root user.
    pub(crate) principal: &'t str,
    pub(crate) lasts: Duration,
}

/// The claims of a session that the caller asks for, without anything that was given for it alone. What the
/// caller's own session says of MFA and of the source identity is handed on.
pub(crate) fn claims(cx: &Context, terms: Terms<'_>) -> Claims {
    let own = cx.session().map(|session| &session.claims);
    Claims {
        kind: terms.kind,
        principal: terms.principal.to_owned(),
        parents: parents(cx),
        issued_at: cx.now,
        expires_at: cx.now.plus(terms.lasts),
        mfa_at: own.and_then(|own| own.mfa_at),
        policy: None,
        policy_arns: Vec::new(),
        tags: Vec::new(),
        source_identity: own.and_then(|own| own.source_identity.clone()),
        federation: Vec::new(),
    }
}

/// How long a session lasts that a user makes of itself, in seconds, where it does not say.
const LENT_SECONDS_DEFAULT: i64 = 43_200;
/// The same of a root user, who cannot have longer ones.
const ROOT_LENT_SECONDS_MAX: i64 = 3600;

/// How long a session lasts that `principal` makes of itself. Source: STS API reference, GetSessionToken and
/// GetFederationToken, "DurationSeconds".
pub(crate) fn lent_for(principal: &Principal, wanted_seconds: Option<i64>) -> Duration {
    let seconds = wanted_seconds.unwrap_or(LENT_SECONDS_DEFAULT);
    let seconds = if principal.is_root() { seconds.min(ROOT_LENT_SECONDS_MAX) } else { seconds };
    Duration::from_secs(seconds.unsigned_abs())
}

/// What a session of the caller's goes back to, so that revoking any of it ends the session.
fn parents(cx: &Context) -> Vec<Parent> {
    match &cx.caller.identity {
        Identity::Key { principal, access_key_id, session, .. } => {
            let itself = Parent {
                account: principal.account,
                principal: principal.id.to_string(),
                access_key_id: *access_key_id,
            };
            let former = session.iter().flat_map(|session| &session.claims.parents);
            former.cloned().chain([itself]).collect()
        }
        Identity::Consumer { .. } | Identity::Workload { .. } | Identity::Stranger => Vec::new(),
    }
}

/// Makes a session that acts in `account`, and its credentials as they are answered.
pub(crate) fn issue(cx: &Context, account: AccountId, claims: Claims) -> Result<Credentials> {
    let expiration = claims.expires_at;
    let made = session::issue(cx, account, claims)?;
    Ok(Credentials {
        access_key_id: made.access_key_id.to_string(),
        secret_access_key: made.secret,
        session_token: made.token.expose().clone(),
        expiration,
    })
}
