//! Who signed this. Only this file and [`crate::console`] make an [`Authenticated`], so an operation cannot be reached without it,
//! and what it carries is the request as it was verified, never as it was claimed.

use std::sync::Arc;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_aws::query::Params;
use keystead_aws::sigv4::{self, Payload, Presented, Request};
use keystead_core::{AccessKeyId, AccountId, Arn, KeyStatus, Timestamp};
use sha2::{Digest, Sha256};

use crate::bearer_token::BearerToken;
use crate::dispatch::RawRequest;
use crate::gate::Gate;
use crate::idempotency::{self, RequestDigest};
use crate::last_used::{Manner, Seen, Used};
use crate::proven::ProvenBy;
use crate::ring::derived::Scope;
use crate::ring::{KeyEntry, Principal};
use crate::session::Session;

/// Who is calling, and what is known of where from.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account all of it happens in.
    pub account: AccountId,
    /// A signing principal, an enrolled consumer, or nobody known.
    pub identity: Identity,
    /// Address of the connection's other end.
    pub source: Box<str>,
    /// The `User-Agent` header: a label, not proof.
    pub user_agent: Box<str>,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// This request's id, as the reply and the audit name it.
    pub request_id: Box<str>,
    /// What names this very request: the same for a replay, different for every other.
    pub command_id: Box<str>,
    /// The SDK's `amz-sdk-invocation-id`, by which it marks its own retries. Not signed.
    pub invocation_id: Option<Box<str>>,
    /// What it asks, where it named its request itself by an idempotency key.
    pub request_digest: Option<RequestDigest>,
}

/// How a caller proved who it is.
#[derive(Clone, Debug)]
pub enum Identity {
    /// By a SigV4 signature.
    Key {
        /// The user, root user or role.
        principal: Arc<Principal>,
        /// The key it signed with.
        access_key_id: AccessKeyId,
        /// The session that the key belongs to; `None` for long-term keys.
        session: Option<Arc<Session>>,
        /// Region of the credential scope.
        region: Box<str>,
    },
    /// By a consumer's token.
    Consumer {
        /// The consumer.
        consumer_id: Box<str>,
        /// Id of the one credential it may have.
        credential_id: Box<str>,
    },
    /// By a workload's token.
    Workload {
        /// The workload.
        workload_id: Box<str>,
        /// Its name.
        name: Box<str>,
    },
    /// Not at all, for the operations that look at a proof of their own.
    Stranger,
}

impl Caller {
    /// The ARN by which policies and logs know the caller.
    pub fn arn(&self) -> Arn {
        match &self.identity {
            Identity::Key { principal, session: Some(session), .. } => session.arn(principal),
            Identity::Key { principal, .. } => principal.arn(),
            Identity::Stranger => Arn::written("anonymous"),
            Identity::Consumer { consumer_id, .. } => {
                Arn::keystead(self.account, &format!("consumer/{consumer_id}"))
            }
            Identity::Workload { name, .. } => workload_arn(self.account, name),
        }
    }
}

/// What an authenticated request asks for. There is no `Debug`: secrets may be among it.
pub enum Asked {
    /// Parameters of the Query protocol.
    Query(Params),
    /// A JSON object: body, query string and path taken together.
    Json(serde_json::Value),
}

/// A request whose sender is known. Has no public constructor.
pub struct Authenticated {
    pub(crate) caller: Caller,
    pub(crate) asked: Asked,
    pub(crate) now: Timestamp,
}

/// The key that signed a request, once the signature has proved right.
pub(crate) struct Signed<'a> {
    pub(crate) presented: Presented<'a>,
    pub(crate) entry: KeyEntry,
    pub(crate) session: Option<Arc<Session>>,
}

/// What a request says of the key it is signed with, whether or not that is right.
#[derive(Clone, Copy)]
pub(crate) struct Attempt<'a> {
    access_key_id: &'a str,
    scope: Scope<'a>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn of(presented: &Presented<'a>) -> Self {
        let scope = Scope { date: presented.date, region: presented.region, service: presented.service };
        Self { access_key_id: presented.access_key_id, scope }
    }
}

/// The key whose signature a request rightly has.
struct Proven {
    entry: KeyEntry,
    session: Option<Arc<Session>>,
    active: bool,
}

/// What a signature is held against besides its key.
pub(crate) struct Terms<'t> {
    /// How far the date may be from `now`.
    pub(crate) window: Duration,
    /// Whose keys may be asked about; everybody's, where Keystead asks for itself. Keys of others are as good
    /// as unknown: who may not ask learns nothing of them and is no evidence of their use.
    pub(crate) accounts: Option<&'t [AccountId]>,
    /// The instant of the request.
    pub(crate) now: Timestamp,
}

impl Gate {
    /// Checks date, key and signature of a request whose credentials were read already. Every attempt whose
    /// signature is right is recorded as use or, where the key is inactive, as a refusal; in a session, as use of
    /// the key behind it.
    pub(crate) fn check_signature<'a>(
        &self,
        request: &Request<'a>,
        presented: Presented<'a>,
        payload: &Payload<'_>,
        terms: &Terms<'_>,
        seen: &Seen<'_>,
    ) -> Result<Signed<'a>> {
        let Proven { entry, session, active } = self.prove_signature(request, &presented, payload, terms)?;
        let scope = Scope { date: presented.date, region: presented.region, service: presented.service };
        let manner = if active { Manner::Signed } else { Manner::Refused };
        match &session {
            None => self.uses.record(&entry, seen, &scope, terms.now, manner),
            Some(session) => {
                // A key that is gone has no uses any more.
                if let Some(key) = session.key_behind().and_then(|id| self.ring.find_key(id)) {
                    self.uses.record(&key, seen, &scope, terms.now, Manner::InSession);
                }
            }
        }
        if active {
            self.accesses.record(&entry.principal, presented.service, "", presented.region, terms.now);
        }
        if active { Ok(Signed { presented, entry, session }) } else { Err(Fault::InvalidClientTokenId) }
    }

    /// Writes down who tried a honey key, after the request was refused like any other with an id that is nobody's.
    /// The id is enough: it stands in one place only, and a signature that were looked at would take time.
    pub(crate) fn watch(
        &self,
        attempt: Attempt<'_>,
        accounts: Option<&[AccountId]>,
        seen: &Seen<'_>,
        now: Timestamp,
    ) {
        let Ok(id) = attempt.access_key_id.parse::<AccessKeyId>() else { return };
        let Some(account) = self.ring.find_honey_key(id) else { return };
        if accounts.is_none_or(|accounts| accounts.contains(&account)) {
            let used = Used { by: ProvenBy::AccessKey(id), account };
            self.uses.record(used, seen, &attempt.scope, now, Manner::Refused);
        }
    }

    /// The principal that signed a request for `sts` to this installation itself, for the installation's own
    /// tries of a key: they are not recorded as use.
    pub fn who_signed(&self, request: &Request<'_>, body: &[u8], now: Timestamp) -> Result<Arc<Principal>> {
        let presented = sigv4::read(request)?;
        match self.prove_signature(request, &presented, &Payload::Body(body), &self.own_terms(now))? {
            Proven { entry, active: true, .. } => Ok(entry.principal),
            Proven { active: false, .. } => Err(Fault::InvalidClientTokenId),
        }
    }

    /// The terms of requests to Keystead itself.
    fn own_terms(&self, now: Timestamp) -> Terms<'static> {
        Terms { window: self.settings.clock_window, accounts: None, now }
    }

    /// The key whose signature this rightly is, and whether it is active.
    fn prove_signature(
        &self,
        request: &Request<'_>,
        presented: &Presented<'_>,
        payload: &Payload<'_>,
        terms: &Terms<'_>,
    ) -> Result<Proven> {
        sigv4::check_date(presented, terms.now, terms.window)?;
        let id: AccessKeyId = presented.access_key_id.parse().map_err(|_| Fault::InvalidClientTokenId)?;
        let (entry, session) = match &presented.session_token {
            Some(token) => {
                let (entry, session) = self.find_session(id, token)?;
                (entry, Some(session))
            }
            None => (self.ring.find_key(id).ok_or(Fault::InvalidClientTokenId)?, None),
        };
        let account = entry.principal.account;
        let may_ask = terms.accounts.is_none_or(|accounts| accounts.contains(&account));
        if !may_ask || !self.ring.is_account_open(account) {
            return Err(Fault::InvalidClientTokenId);
        }
        if session.as_ref().is_some_and(|session| session.claims.expires_at <= terms.now) {
            return Err(Fault::ExpiredToken);
        }
        let scope = Scope { date: presented.date, region: presented.region, service: presented.service };
        let (key, cached) = self.ring.signing_key(&entry, &scope, self.store.sealer())?;
        let verdict = sigv4::verify(request, presented, payload, &key);
        if !entry.is_active() {
            // Whether the signature was right is for the evidence alone to know.
            return verdict
                .map(|()| Proven { entry, session, active: false })
                .map_err(|_| Fault::InvalidClientTokenId);
        }
        verdict?;
        if !cached {
            self.ring.remember(&entry, &scope, key);
        }
        Ok(Proven { entry, session, active: true })
    }

    /// The session of a key that came with a token, and the key as the ring has others.
    fn find_session(&self, id: AccessKeyId, token: &str) -> Result<(KeyEntry, Arc<Session>)> {
        let found = || {
            let session = self.ring.open_session(id, token, self.store.sealer())?;
            let principal = self.ring.find_principal(session.principal)?;
            let sound =
                Some(principal.account) == id.account() && !session.is_ended(&self.ring, principal.account);
            sound.then_some((principal, session))
        };
        let (principal, session) = found().ok_or(Fault::InvalidClientTokenId)?;
        let entry = KeyEntry { id, principal, status: KeyStatus::Active, sealed: session.sealed.0.clone() };
        Ok((entry, session))
    }

    /// Authenticates a request to Keystead itself, whose body is at hand and whose Host must be ours.
    fn authenticate(&self, raw: &RawRequest<'_>, services: &[&str]) -> Result<Caller> {
        let request = raw.signed_part();
        let presented = sigv4::read(&request)?;
        let user_agent = raw.header("user-agent").unwrap_or_default();
        let seen = Seen { verifier: "", source: raw.source, user_agent };
        let attempt = Attempt::of(&presented);
        let signed = self
            .check_own(raw, &request, presented, services, &seen)
            .inspect_err(|_| self.watch(attempt, None, &seen, raw.now))?;
        Ok(Caller {
            account: signed.entry.principal.account,
            source: raw.source.into(),
            secure: raw.secure,
            user_agent: user_agent.into(),
            request_id: raw.request_id.as_str().into(),
            command_id: command_id(&signed.presented).into(),
            invocation_id: raw.header("amz-sdk-invocation-id").map(Into::into),
            request_digest: None,
            identity: Identity::Key {
                principal: signed.entry.principal,
                access_key_id: signed.entry.id,
                session: signed.session,
                region: signed.presented.region.into(),
            },
        })
    }

    /// Whether a request is meant for Keystead itself, and who signed it.
    fn check_own<'a>(
        &self,
        raw: &RawRequest<'_>,
        request: &Request<'a>,
        presented: Presented<'a>,
        services: &[&str],
        seen: &Seen<'_>,
    ) -> Result<Signed<'a>> {
        let host = raw.header("host").unwrap_or_default();
        if !self.settings.public_hosts.iter().any(|own| own.eq_ignore_ascii_case(host)) {
            return Err(Fault::MisdirectedRequest { host: host.to_owned() });
        }
        if !services.contains(&presented.service) {
            let expected = services.first().copied().unwrap_or_default();
            return Err(Fault::SignatureRefused(format!(
                "Credential should be scoped to correct service: '{expected}'. "
            )));
        }
        self.check_signature(request, presented, &Payload::Body(raw.body), &self.own_terms(raw.now), seen)
    }

    /// Authenticates a request of the Query API; `service` is `iam` or `sts`.
    pub(crate) fn authenticate_query(
        &self,
        raw: &RawRequest<'_>,
        service: &str,
        params: Params,
    ) -> Result<Authenticated> {
        let caller = self.authenticate(raw, &[service])?;
        Ok(Authenticated { caller, asked: Asked::Query(params), now: raw.now })
    }

    /// Lets a request of the Query API in that nobody signed, about a role of `account`: what proves it is among
    /// its parameters.
    pub(crate) fn admit_stranger(
        &self,
        raw: &RawRequest<'_>,
        account: AccountId,
        params: Params,
    ) -> Authenticated {
        let caller = self.unsigned_caller(raw, account, Identity::Stranger);
        Authenticated { caller, asked: Asked::Query(params), now: raw.now }
    }

    /// Lets a request of the REST API in that brings a token of an account; see [`BearerToken`].
    pub(crate) fn admit_bearer(
        &self,
        raw: &RawRequest<'_>,
        asked: serde_json::Value,
    ) -> Result<Authenticated> {
        idempotency::check_absent(raw)?;
        let account = asked["token"].as_str().and_then(BearerToken::account_of);
        let account = account.filter(|account| self.ring.is_account_open(*account));
        let account = account.ok_or(Fault::MissingAuthenticationToken)?;
        let caller = self.unsigned_caller(raw, account, Identity::Stranger);
        Ok(Authenticated { caller, asked: Asked::Json(asked), now: raw.now })
    }

    /// A caller that did not sign.
    fn unsigned_caller(&self, raw: &RawRequest<'_>, account: AccountId, identity: Identity) -> Caller {
        Caller {
            account,
            identity,
            source: raw.source.into(),
            secure: raw.secure,
            user_agent: raw.header("user-agent").unwrap_or_default().into(),
            request_id: raw.request_id.as_str().into(),
            command_id: keystead_core::rng::uuid(&*self.rng).into(),
            invocation_id: None,
            request_digest: None,
        }
    }

    /// Authenticates a signed request of the REST API.
    pub(crate) fn authenticate_json(
        &self,
        raw: &RawRequest<'_>,
        asked: serde_json::Value,
    ) -> Result<Authenticated> {
        let mut caller = self.authenticate(raw, &["keystead"])?;
        idempotency::name_command(raw, &asked, &mut caller)?;
        Ok(Authenticated { caller, asked: Asked::Json(asked), now: raw.now })
    }

    /// Authenticates a consumer by its token, which is good for its own credential and nothing else.
    pub(crate) fn authenticate_consumer(
        &self,
        raw: &RawRequest<'_>,
        asked: serde_json::Value,
    ) -> Result<Authenticated> {
        let hash = token_hash(raw)?;
        let found = self.store.read(|tx| tx.consumers().find_by_token_hash(&hash).map_err(Fault::from))?;
        let consumer = found.ok_or(Fault::InvalidClientTokenId)?;
        let identity = Identity::Consumer {
            consumer_id: consumer.id.into(),
            credential_id: consumer.credential_id.into(),
        };
        self.admit_token(raw, consumer.account, identity, asked)
    }

    /// Authenticates a workload by its token, which is good for its own inputs and nothing else.
    pub(crate) fn authenticate_workload(
        &self,
        raw: &RawRequest<'_>,
        asked: serde_json::Value,
    ) -> Result<Authenticated> {
        let hash = token_hash(raw)?;
        let found = self.store.read(|tx| tx.workloads().find_by_token_hash(&hash).map_err(Fault::from))?;
        let workload = found.ok_or(Fault::InvalidClientTokenId)?;
        let identity = Identity::Workload { workload_id: workload.id.into(), name: workload.name.into() };
        self.admit_token(raw, workload.account, identity, asked)
    }

    /// Lets somebody in whose token is good, unless the account is closed.
    fn admit_token(
        &self,
        raw: &RawRequest<'_>,
        account: AccountId,
        identity: Identity,
        asked: serde_json::Value,
    ) -> Result<Authenticated> {
        if !self.ring.is_account_open(account) {
            return Err(Fault::InvalidClientTokenId);
        }
        let caller = self.unsigned_caller(raw, account, identity);
        Ok(Authenticated { caller, asked: Asked::Json(asked), now: raw.now })
    }
}

/// The hash of the token that a request brings.
fn token_hash(raw: &RawRequest<'_>) -> Result<Vec<u8>> {
    idempotency::check_absent(raw)?;
    let authorization = raw.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let token = authorization.ok_or(Fault::MissingAuthenticationToken)?;
    Ok(Sha256::digest(token.as_bytes()).to_vec())
}

/// The ARN of a managed credential.
pub fn credential_arn(account: AccountId, credential_id: &str) -> Arn {
    Arn::keystead(account, &format!("credential/{credential_id}"))
}

/// The ARN of a workload.
pub fn workload_arn(account: AccountId, name: &str) -> Arn {
    Arn::keystead(account, &format!("workload/{name}"))
}

/// A name for this very request: key id and signature, shortened. A replay has the same.
fn command_id(presented: &Presented<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(presented.access_key_id);
    hash.update([0]);
    hash.update(presented.signature);
    hex::encode(&hash.finalize()[..16])
}
