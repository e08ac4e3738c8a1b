//! People who are signed in with a browser, and the operations their pages call.
//!
//! A session of the console is a row of the store, found by the hash of what the browser's cookie holds. It is good
//! for twelve hours, or one without a page, and only while its owner has the password it began with: whatever
//! changes, resets or deletes a password ends its sessions in the very same transaction. A visitor is a [`Caller`]
//! like any other, so pages go the same way as signed requests: authorized, carried out and audited once.

use std::sync::Arc;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_aws::query::Params;
use keystead_core::access_key::NewAccessKey;
use keystead_core::rng::BASE62;
use keystead_core::{AccountId, SecretString, Timestamp, rng};
use keystead_store::console_sessions::ConsoleSession;
use keystead_store::{Command, Tx};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::authenticate::{Asked, Authenticated, Caller, Identity};
use crate::dispatch::{Format, Reply};
use crate::gate::Gate;
use crate::ring::{OwnerId, Principal};
use crate::session::{Claims, Session, SessionKind};

/// How long a session lasts at most. Source: AWS signs out of its console after twelve hours.
pub const LASTS: Duration = Duration::from_hours(12);
/// How long a session lasts without a page.
pub const IDLE: Duration = Duration::from_hours(1);
/// How old the record of the last page may become.
const SEEN_TO: Duration = Duration::from_mins(1);
/// 256 bits of chance.
const TOKEN_LENGTH: usize = 43;
/// The longest description of a browser that is kept, in characters.
const USER_AGENT_MAX: usize = 256;

/// Somebody whose browser holds the cookie of a good session.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who.
    pub principal: Arc<Principal>,
    /// The row in the store.
    pub session: ConsoleSession,
    acts_in: Arc<Session>,
}

/// What is known of the request for a page.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Address of the other end.
    pub source: String,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// The instant of the request.
    pub now: Timestamp,
    /// What names the form that was sent, so that sending it twice has one effect.
    pub once: Option<String>,
}

/// What a new session is begun with.
pub struct SignIn<'s> {
    /// Who gave the password.
    pub principal: &'s Principal,
    /// Which password it was.
    pub password_version: i64,
    /// Whether a code of an MFA device was given too.
    pub mfa: bool,
}

/// An operation as a page asks for it.
pub enum Call<'c> {
    /// One of IAM or STS, by its name, with its parameters as the Query protocol spells them.
    Query(&'c str, &'c [(String, String)]),
    /// One of the REST API.
    Rest {
        /// HTTP method.
        method: &'c str,
        /// Path, with the values in it as they are, unescaped only where they hold no slash.
        path: &'c str,
        /// Query string and body as one object.
        input: Value,
    },
}

impl Gate {
    /// Whoever gave the password, without a session: for what is to be done before there is one.
    pub fn visitor_without_session(&self, begun: &SignIn<'_>, visit: &Visit) -> Result<Visitor> {
        let (_, session) = self.draw_session(begun, visit);
        let principal = self.ring.find_principal(begun.principal.id);
        let principal = principal.ok_or(Fault::InvalidClientTokenId)?;
        let acts_in = Session::in_console(session.access_key_id, principal.id, claims(&session));
        Ok(Visitor { principal, session, acts_in: Arc::new(acts_in) })
    }

    /// Begins a session; the text is for the browser's cookie and stands nowhere else.
    pub fn begin_console_session(
        self: &Arc<Self>,
        begun: &SignIn<'_>,
        visit: &Visit,
    ) -> Result<SecretString> {
        let (token, session) = self.draw_session(begun, visit);
        let account = session.account;
        self.write_console(account, move |tx| {
            tx.console_sessions().delete_old(session.signed_in_at.minus(LASTS))?;
            Ok(tx.console_sessions().insert(&session)?)
        })?;
        Ok(token)
    }

    fn draw_session(&self, begun: &SignIn<'_>, visit: &Visit) -> (SecretString, ConsoleSession) {
        let token = SecretString::new(self.rng.text(TOKEN_LENGTH, BASE62));
        let account = begun.principal.account;
        let key = NewAccessKey::generate_session(account, self.store.installation(), &*self.rng);
        let session = ConsoleSession {
            account,
            id: rng::uuid(&*self.rng),
            owner_id: begun.principal.id.to_string(),
            token_hash: hash(token.expose()),
            access_key_id: key.id,
            password_version: begun.password_version,
            signed_in_at: visit.now,
            mfa_at: begun.mfa.then_some(visit.now),
            seen_at: visit.now,
            source: visit.source.clone(),
            user_agent: visit.user_agent.chars().take(USER_AGENT_MAX).collect(),
        };
        (token, session)
    }

    /// Whose session a cookie is of, where it is a good one.
    pub fn find_visitor(&self, token: &str, now: Timestamp) -> Result<Option<Visitor>> {
        let found = self.find_visitor_unseen(token, now)?;
        let Some(session) = found.as_ref().map(|visitor| &visitor.session) else { return Ok(None) };
        if now.since(session.seen_at) > SEEN_TO {
            let (account, id) = (session.account, session.id.clone());
            self.write_console(account, move |tx| Ok(tx.console_sessions().touch(account, &id, now)?))?;
        }
        Ok(found)
    }

    /// The same without a record that somebody was there.
    pub fn find_visitor_unseen(&self, token: &str, now: Timestamp) -> Result<Option<Visitor>> {
        let hash = hash(token);
        let (begun_after, seen_after) = (now.minus(LASTS), now.minus(IDLE));
        let found = self
            .store
            .read(|tx| tx.console_sessions().find(&hash, begun_after, seen_after).map_err(Fault::from))?;
        let Some(session) = found else { return Ok(None) };
        let principal = OwnerId::parse(&session.owner_id).and_then(|id| self.ring.find_principal(id));
        let Some(principal) = principal.filter(|_| self.ring.is_account_open(session.account)) else {
            return Ok(None);
        };
        let acts_in = Session::in_console(session.access_key_id, principal.id, claims(&session));
        if acts_in.is_ended(&self.ring, session.account) {
            return Ok(None);
        }
        Ok(Some(Visitor { principal, session, acts_in: Arc::new(acts_in) }))
    }

    /// The good sessions of a visitor's principal, the latest first.
    pub fn list_console_sessions(&self, visitor: &Visitor, now: Timestamp) -> Result<Vec<ConsoleSession>> {
        let ConsoleSession { account, owner_id, .. } = &visitor.session;
        let (begun_after, seen_after) = (now.minus(LASTS), now.minus(IDLE));
        self.store.read(|tx| {
            tx.console_sessions().list(*account, owner_id, begun_after, seen_after).map_err(Fault::from)
        })
    }

    /// Ends one session of a visitor's principal; false where there is none of that id.
    pub fn end_console_session(&self, visitor: &Visitor, id: &str) -> Result<bool> {
        let ConsoleSession { account, owner_id, .. } = visitor.session.clone();
        let id = id.to_owned();
        self.write_console(account, move |tx| Ok(tx.console_sessions().delete(account, &owner_id, &id)?))
    }

    /// Ends all sessions of a visitor's principal, this one too.
    pub fn end_console_sessions(&self, visitor: &Visitor) -> Result<()> {
        let ConsoleSession { account, owner_id, .. } = visitor.session.clone();
        self.write_console(account, move |tx| Ok(tx.console_sessions().delete_all(account, &owner_id)?))
    }

    /// Carries out an operation for a visitor. May wait; not for a thread that answers requests.
    pub fn call(self: &Arc<Self>, visitor: &Visitor, visit: &Visit, call: Call<'_>) -> Reply {
        let request_id = rng::uuid(&*self.rng);
        let format = match call {
            Call::Query(name, _) => Format::Xml(crate::query::service_of(name)),
            Call::Rest { .. } => Format::Json,
        };
        match self.find_call(visitor, visit, call, &request_id) {
            Ok((handler, request)) => handler.admit(self, request).finish(),
            Err(fault) => format.fault(&fault, &request_id),
        }
    }

    fn find_call(
        &self,
        visitor: &Visitor,
        visit: &Visit,
        call: Call<'_>,
        request_id: &str,
    ) -> Result<(&'static dyn crate::Handler, Authenticated)> {
        let command_id = self.name_command(visitor, visit, &call);
        let missing = |what: &str| Fault::NoSuchEntity(format!("There is no {what} in this API."));
        let (handler, asked) = match call {
            Call::Query(name, pairs) => {
                let service = crate::query::service_of(name).name;
                let handler = self.handlers.iter().find(|h| h.name() == name && h.service() == service);
                (handler.copied().ok_or_else(|| missing(name))?, Asked::Query(Params::of_pairs(pairs)?))
            }
            Call::Rest { method, path, input } => {
                let (handler, input) =
                    self.route(method, path, input)?.ok_or_else(|| missing(&format!("{method} {path}")))?;
                (handler, Asked::Json(input))
            }
        };
        let caller = Caller {
            account: visitor.session.account,
            source: visit.source.as_str().into(),
            secure: visit.secure,
            user_agent: visit.user_agent.as_str().into(),
            request_id: request_id.into(),
            command_id: command_id.into(),
            invocation_id: None,
            request_digest: None,
            identity: Identity::Key {
                principal: Arc::clone(&visitor.principal),
                access_key_id: visitor.session.access_key_id,
                session: Some(Arc::clone(&visitor.acts_in)),
                region: "us-east-1".into(),
            },
        };
        Ok((handler, Authenticated { caller, asked, now: visit.now }))
    }

    /// The same name for the same call of the same form of the same session, so that sending it again is answered
    /// with what came of it the first time. The form's own name is random and stored nowhere, so nobody can try what
    /// the call held.
    fn name_command(&self, visitor: &Visitor, visit: &Visit, call: &Call<'_>) -> String {
        let Some(once) = &visit.once else { return rng::uuid(&*self.rng) };
        let mut digest = Sha256::new();
        let mut take = |part: &str| {
            digest.update(part);
            digest.update([0]);
        };
        take(&visitor.session.id);
        take(once);
        match call {
            Call::Query(name, pairs) => {
                take(name);
                pairs.iter().for_each(|(name, value)| {
                    take(name);
                    take(value);
                });
            }
            Call::Rest { method, path, input } => {
                take(method);
                take(path);
                take(&input.to_string());
            }
        }
        hex::encode(&digest.finalize()[..16])
    }

    fn write_console<T: Send + 'static>(
        &self,
        account: AccountId,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let command = Command { id: rng::uuid(&*self.rng), account: Some(account), invocation_id: None };
        self.store.write(command, work)
    }
}

fn claims(session: &ConsoleSession) -> Claims {
    Claims {
        kind: SessionKind::Console,
        principal: session.owner_id.clone(),
        parents: Vec::new(),
        issued_at: session.signed_in_at,
        expires_at: session.signed_in_at.plus(LASTS),
        mfa_at: session.mfa_at,
        policy: None,
        policy_arns: Vec::new(),
        tags: Vec::new(),
        source_identity: None,
        federation: Vec::new(),
    }
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
