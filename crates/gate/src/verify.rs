//! Checking requests for other services, from memory: no database, no I/O.
//!
//! A request proves who sent it by its signature or, where it has none, by the certificate with which its
//! connection was opened. A verifier is told allow or deny and the facts that this proves; never a token, never a secret,
//! and nothing about requests that are not meant for it.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::query::Params;
use keystead_aws::sigv4::{self, Form, Payload, Presented, Request};
use keystead_core::{Arn, Timestamp};

use crate::authenticate::{Attempt, Signed, Terms};
use crate::dispatch::header;
use crate::gate::Gate;
use crate::last_used::Seen;
use crate::proven::ProvenBy;
use crate::ring::{Fingerprint, Principal, Verifier};
use crate::session::Session;

/// What a verifier asks about.
pub struct Question<'a> {
    /// The request as the client sent it to the verifier.
    pub request: Request<'a>,
    /// Its body, where the verifier has it.
    pub payload: Payload<'a>,
    /// The client's address as the verifier saw it; believed only from a trusted verifier.
    pub forwarded_source: Option<&'a str>,
    /// The certificate that the client proved to the verifier to have; believed only from one that is trusted in
    /// this.
    pub certificate: Option<Fingerprint>,
    /// The verifier's own address.
    pub source: &'a str,
    /// The instant of the question.
    pub now: Timestamp,
}

/// What the signature or certificate proves.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Who sent the request.
    pub principal: Arc<Principal>,
    /// In which session; `None` with a long-term key.
    pub session: Option<Arc<Session>>,
    /// With which key or certificate.
    pub by: ProvenBy,
    /// For which service.
    pub service: &'a str,
    /// In which region.
    pub region: &'a str,
}

impl Facts<'_> {
    /// The ARN of whoever signed, as GetCallerIdentity would tell it.
    pub fn arn(&self) -> Arn {
        self.session.as_ref().map_or_else(|| self.principal.arn(), |session| session.arn(&self.principal))
    }

    /// Its unique id, as GetCallerIdentity would tell it.
    pub fn user_id(&self) -> String {
        let session = self.session.as_ref();
        session.map_or_else(|| self.principal.id.to_string(), |session| session.user_id(&self.principal))
    }
}

impl Gate {
    /// The verifier a token belongs to. Without one nothing is answered.
    pub fn find_verifier(&self, token: Option<&str>) -> Result<Arc<Verifier>> {
        let verifier =
            self.ring.find_verifier(token.unwrap_or_default()).ok_or(Fault::MissingAuthenticationToken)?;
        if !self.ring.is_account_open(verifier.account) {
            return Err(Fault::MissingAuthenticationToken);
        }
        Ok(verifier)
    }

    /// Checks a request for a verifier.
    pub fn verify<'a>(&self, verifier: &Verifier, question: &Question<'a>) -> Result<Facts<'a>> {
        let request = &question.request;
        let source = match question.forwarded_source {
            Some(forwarded) if verifier.trusts_forwarded => forwarded,
            _ => question.source,
        };
        let user_agent = header(request.headers, "user-agent").unwrap_or_default();
        let seen = Seen { verifier: &verifier.id, source, user_agent };
        if let Some(fingerprint) = trusted_certificate(verifier, question) {
            check_host(verifier, request)?;
            let (principal, by) = self.check_certificate(verifier, &fingerprint, &seen, question.now)?;
            return Ok(Facts { principal, session: None, by, service: "", region: "" });
        }
        let presented = sigv4::read(request)?;
        let attempt = Attempt::of(&presented);
        let signed = self
            .check_asked(verifier, question, presented, &seen)
            .inspect_err(|_| self.watch(attempt, Some(&verifier.accounts), &seen, question.now))?;
        Ok(Facts {
            principal: signed.entry.principal,
            session: signed.session,
            by: ProvenBy::AccessKey(signed.entry.id),
            service: signed.presented.service,
            region: signed.presented.region,
        })
    }
}

impl Gate {
    /// Whether a verifier may ask about a request, and who signed it.
    fn check_asked<'a>(
        &self,
        verifier: &Verifier,
        question: &Question<'a>,
        presented: Presented<'a>,
        seen: &Seen<'_>,
    ) -> Result<Signed<'a>> {
        let request = &question.request;
        check_service(verifier, request, &presented)?;
        check_host(verifier, request)?;
        let (window, accounts) = (self.settings.verify_window, Some(&*verifier.accounts));
        let terms = Terms { window, accounts, now: question.now };
        self.check_signature(request, presented, &question.payload, &terms, seen)
    }
}

/// The certificate that speaks for a request: only one without a signature, which is checked whatever else comes
/// with it.
fn trusted_certificate(verifier: &Verifier, question: &Question<'_>) -> Option<Fingerprint> {
    let is_signed = sigv4::is_signed(&question.request);
    question.certificate.filter(|_| verifier.trusts_certificates && !is_signed)
}

/// A verifier asks about its own services. What is signed for Keystead itself is for Keystead alone, except
/// the presigned GetCallerIdentity by which a client proves to a service who it is.
fn check_service(verifier: &Verifier, request: &Request<'_>, presented: &Presented<'_>) -> Result<()> {
    let allowed = match presented.service {
        "iam" | "keystead" => false,
        "sts" => matches!(presented.form, Form::Presigned { .. }) && asks_who_it_is(request),
        service => verifier.services.iter().any(|own| own == service),
    };
    if allowed {
        return Ok(());
    }
    let own = verifier.services.first().map_or("", String::as_str);
    Err(Fault::SignatureRefused(format!("Credential should be scoped to correct service: '{own}'. ")))
}

fn asks_who_it_is(request: &Request<'_>) -> bool {
    Params::parse(request.query).is_ok_and(|params| params.action() == Ok("GetCallerIdentity"))
}

/// The signed Host must be one the verifier serves, so that a request cannot be carried from one service to
/// another.
fn check_host(verifier: &Verifier, request: &Request<'_>) -> Result<()> {
    let host = header(request.headers, "host").unwrap_or_default();
    if verifier.hosts.iter().any(|own| own.eq_ignore_ascii_case(host)) {
        return Ok(());
    }
    Err(Fault::MisdirectedRequest { host: host.to_owned() })
}
