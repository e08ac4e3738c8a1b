//! Who a client is that proved by TLS to have a certificate: the user or root user that uploaded it.
//!
//! Whoever ended the TLS connection has seen the proof; Keystead is told the certificate, or its SHA-256, and
//! takes only the word of a verifier that it was told to trust in this. From memory, as with signatures.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_core::{KeyStatus, Timestamp};

use crate::certificate;
use crate::gate::Gate;
use crate::last_used::{Manner, Seen, Used};
use crate::proven::ProvenBy;
use crate::ring::derived::Scope;
use crate::ring::{CertificateEntry, Fingerprint, Principal, Verifier};

/// The SHA-256 of a certificate, as a verifier tells it: in hexadecimal digits.
pub fn read_hash(digits: &str) -> Result<Fingerprint> {
    let mut fingerprint = Fingerprint::default();
    hex::decode_to_slice(digits, &mut fingerprint).map_err(|_| {
        Fault::ValidationError(
            "The certificate's hash is not the 64 hexadecimal digits of a SHA-256. Send that of its DER form."
                .to_owned(),
        )
    })?;
    Ok(fingerprint)
}

/// The SHA-256 of a certificate in PEM.
pub fn read_pem(pem: &str) -> Result<Fingerprint> {
    certificate::fingerprint(pem).ok_or_else(|| {
        Fault::ValidationError("`certificate` is not one X.509 certificate in PEM.".to_owned())
    })
}

impl Gate {
    /// The principal whose active certificate this is; every attempt with one that is known is recorded, as use
    /// or as a refusal.
    pub(crate) fn check_certificate(
        &self,
        verifier: &Verifier,
        fingerprint: &Fingerprint,
        seen: &Seen<'_>,
        now: Timestamp,
    ) -> Result<(Arc<Principal>, ProvenBy)> {
        let found = self.ring.find_certificate(fingerprint, |account| {
            verifier.accounts.contains(&account) && self.ring.is_account_open(account)
        });
        let entry = found.ok_or(Fault::InvalidClientTokenId)?;
        let verdict = self.holder(&entry, now);
        let service = verifier.services.first().map_or("", String::as_str);
        let scope = Scope { date: "", region: "", service };
        let used = Used { by: ProvenBy::Certificate(entry.id), account: entry.account };
        let manner = if verdict.is_ok() { Manner::Signed } else { Manner::Refused };
        self.uses.record(used, seen, &scope, now, manner);
        let principal = verdict?;
        self.accesses.record(&principal, service, "", "", now);
        Ok((principal, ProvenBy::Certificate(entry.id)))
    }

    /// The principal that a certificate of this account stands for; for the installation's own tries, which are
    /// not recorded as use.
    pub fn who_holds(
        &self,
        account: keystead_core::AccountId,
        fingerprint: &Fingerprint,
        now: Timestamp,
    ) -> Result<Arc<Principal>> {
        let found = self
            .ring
            .find_certificate(fingerprint, |asked| asked == account && self.ring.is_account_open(account));
        self.holder(&found.ok_or(Fault::InvalidClientTokenId)?, now)
    }

    fn holder(&self, entry: &CertificateEntry, now: Timestamp) -> Result<Arc<Principal>> {
        if entry.status != KeyStatus::Active {
            return Err(Fault::InvalidClientTokenId);
        }
        if entry.expires_at <= now {
            return Err(Fault::ExpiredToken);
        }
        self.ring.find_principal(entry.owner).ok_or(Fault::InvalidClientTokenId)
    }
}
