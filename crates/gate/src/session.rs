//! Sessions: temporary credentials that carry everything about themselves.
//!
//! A session token is the session's claims, sealed for the account and the id of the session's own key. Nothing
//! of a session is in the store: a token that was changed, cut, or presented with another key does not open,
//! and what it may do is in it, so nothing can be taken off. What may end a session early is asked at every
//! use: that its principal is there, and that neither its principal nor any key it goes back to was revoked
//! since it was made.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystead_aws::error::{Fault, Result};
use keystead_core::access_key::NewAccessKey;
use keystead_core::{AccessKeyId, AccountId, Arn, SecretString, Timestamp};
use keystead_policy::{Policy, Purpose};
use keystead_store::access_keys::secret_place;
use keystead_store::{Place, Sealer};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::context::Context;
use crate::ring::{Held, KeyRing, OwnerId, Principal, SealedSecret};

/// Longer than any session policy that was accepted.
const CHARS_MAX: usize = 1 << 16;

/// How a session came about, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionKind {
    /// GetSessionToken: the user or root user itself.
    Owner,
    /// AssumeRole and its like: a role, under a name.
    Role {
        /// Its name.
        name: String,
    },
    /// GetFederationToken: what a user lent somebody, under a name.
    Federated {
        /// Its name.
        name: String,
    },
    /// AssumeRoot: the root user, for one task.
    Root,
    /// The console: the user or root user itself, who gave a password.
    Console,
}

/// A tag of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionTag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Whether sessions made from this one have it too.
    pub transitive: bool,
}

/// Who asked for a session, with which key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The account of both.
    pub account: AccountId,
    /// The unique id of the user or role, or the account's number for a root user.
    pub principal: String,
    /// The key.
    pub access_key_id: AccessKeyId,
}

/// What is said of a session when it is made. Every part of it is bound by the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// How it came about.
    pub kind: SessionKind,
    /// The unique id of its user or role, or the account's number for a root user.
    pub principal: String,
    /// What it goes back to: who asked for it, and whom that one's session went back to.
    pub parents: Vec<Parent>,
    /// When it was made.
    pub issued_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When an MFA device was last used for it.
    pub mfa_at: Option<Timestamp>,
    /// The document that limits it.
    pub policy: Option<String>,
    /// ARNs of the managed policies that limit it.
    pub policy_arns: Vec<String>,
    /// Its tags.
    pub tags: Vec<SessionTag>,
    /// The source identity, which sessions made from this one keep.
    pub source_identity: Option<String>,
    /// What an identity provider said of whoever it was made for: context keys and their values.
    pub federation: Vec<(String, String)>,
}

/// The claims as they are sealed, with the secret of the session's key as the key ring wants it.
#[derive(Serialize, Deserialize)]
struct Contents {
    claims: Claims,
    secret: String,
}

/// A session's credentials: for whoever asked, once.
pub struct NewSession {
    /// The key's id, `ASIA…`.
    pub access_key_id: AccessKeyId,
    /// Its secret.
    pub secret: SecretString,
    /// The token to send with it.
    pub token: SecretString,
}

/// A session whose token was opened.
#[derive(Debug)]
pub struct Session {
    /// The id of its key.
    pub access_key_id: AccessKeyId,
    /// What is known of it.
    pub claims: Claims,
    /// Its user, role or root user.
    pub principal: OwnerId,
    limits: Option<Arc<Policy>>,
    pub(crate) sealed: SealedSecretBytes,
}

/// The sealed secret of a session's key.
#[derive(Clone)]
pub(crate) struct SealedSecretBytes(pub(crate) SealedSecret);

impl std::fmt::Debug for SealedSecretBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Where the token of a session is sealed for.
fn token_place(account: AccountId, id: AccessKeyId) -> Place {
    Place { tenant: account, table: "sessions", row: id.to_string(), column: "token", version: 1 }
}

/// Makes a session that acts in `account`.
pub fn issue(cx: &Context, account: AccountId, claims: Claims) -> Result<NewSession> {
    let drawn = NewAccessKey::generate_session(account, cx.installation(), cx.rng());
    let place = secret_place(account, drawn.id);
    let sealed = cx.sealer().seal(&place, drawn.secret.expose().as_bytes(), cx.rng())?;
    let contents = Contents { claims, secret: STANDARD.encode(sealed.as_bytes()) };
    let contents = serde_json::to_vec(&contents).map_err(Fault::internal)?;
    let token = cx.sealer().seal(&token_place(account, drawn.id), &contents, cx.rng())?;
    let token = SecretString::new(STANDARD.encode(token.as_bytes()));
    Ok(NewSession { access_key_id: drawn.id, secret: drawn.secret, token })
}

impl Session {
    /// The session of somebody in the console. No token and no signature is ever made for it.
    pub(crate) fn in_console(access_key_id: AccessKeyId, principal: OwnerId, claims: Claims) -> Self {
        let sealed = SealedSecretBytes(SealedSecret::new(&[]));
        Self { access_key_id, principal, limits: None, sealed, claims }
    }

    /// Opens a token that came with the key `id`; anything but the very token of that key is refused alike.
    pub(crate) fn open(id: AccessKeyId, token: &str, sealer: &Sealer) -> Option<Self> {
        let account = id.account()?;
        let sealed = STANDARD.decode(token).ok()?;
        let plain = sealer.open(&token_place(account, id), &sealed).ok()?;
        let Contents { claims, secret } = serde_json::from_slice(plain.expose()).ok()?;
        let compile = |document: &str| {
            Policy::compile("session policy", document, Purpose::Identity, CHARS_MAX).ok().map(Arc::new)
        };
        // A policy that cannot be read any more must not leave the session unlimited.
        let limits = match claims.policy.as_deref() {
            Some(document) => Some(compile(document)?),
            None => None,
        };
        Some(Self {
            access_key_id: id,
            principal: OwnerId::parse(&claims.principal)?,
            limits,
            sealed: SealedSecretBytes(SealedSecret::new(&STANDARD.decode(secret).ok()?)),
            claims,
        })
    }

    /// The policies that limit it; `None` where none was given and none is needed.
    pub(crate) fn limits(&self, ring: &KeyRing) -> Option<Held> {
        if self.claims.kind == SessionKind::Root {
            return None;
        }
        let mut held: Held = self.limits.iter().cloned().collect();
        held.extend(ring.hold_policies(self.claims.policy_arns.iter().map(String::as_str)));
        let must_be_granted = matches!(self.claims.kind, SessionKind::Federated { .. });
        (must_be_granted || !held.is_empty()).then_some(held)
    }

    /// The policies of the one task that a session of AssumeRoot is for. They hang on the root user as long as
    /// it acts in the session, and only deny.
    pub(crate) fn task(&self) -> &[String] {
        if self.claims.kind == SessionKind::Root { &self.claims.policy_arns } else { &[] }
    }

    /// Whether it was ended early: it was revoked, by its own key, its principal, or a key or principal that it
    /// goes back to, or the account of one of these was closed.
    pub(crate) fn is_ended(&self, ring: &KeyRing, account: AccountId) -> bool {
        let Claims { principal, parents, issued_at, .. } = &self.claims;
        if !parents.iter().all(|parent| ring.is_account_open(parent.account)) {
            return true;
        }
        if !ring.has_revocations() {
            return false;
        }
        let is_revoked = |account, principal: &str, key: AccessKeyId| {
            ring.is_revoked(account, principal, *issued_at)
                || ring.is_revoked(account, &key.to_string(), *issued_at)
        };
        is_revoked(account, principal, self.access_key_id)
            || parents
                .iter()
                .any(|parent| is_revoked(parent.account, &parent.principal, parent.access_key_id))
    }

    /// The key that it stands for, where it is its user's own or lent by its user: whoever made it was that key.
    /// In a role somebody else acts, and assuming it was a use of its own.
    pub(crate) fn key_behind(&self) -> Option<AccessKeyId> {
        match self.claims.kind {
            SessionKind::Owner | SessionKind::Federated { .. } => {
                self.claims.parents.first().map(|parent| parent.access_key_id)
            }
            SessionKind::Role { .. } | SessionKind::Root | SessionKind::Console => None,
        }
    }

    /// The ARN by which policies and logs know whoever acts in it.
    pub fn arn(&self, principal: &Principal) -> Arn {
        match &self.claims.kind {
            SessionKind::Owner | SessionKind::Root | SessionKind::Console => principal.arn(),
            SessionKind::Role { name } => Arn::assumed_role(principal.account, &principal.name, name),
            SessionKind::Federated { name } => Arn::federated_user(principal.account, name),
        }
    }

    /// What `aws:userid` and GetCallerIdentity's `UserId` are.
    pub fn user_id(&self, principal: &Principal) -> String {
        match &self.claims.kind {
            SessionKind::Owner | SessionKind::Root | SessionKind::Console => principal.id.to_string(),
            SessionKind::Role { name } => format!("{}:{name}", principal.id),
            SessionKind::Federated { name } => format!("{}:{name}", principal.account),
        }
    }

    /// Whether whoever acts in it is the user or root user itself.
    pub fn is_of_owner(&self) -> bool {
        matches!(self.claims.kind, SessionKind::Owner | SessionKind::Root | SessionKind::Console)
    }
}
