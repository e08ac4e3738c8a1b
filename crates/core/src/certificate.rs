//! Certificates: those a user signs requests with, and those of servers.

use crate::access_key::KeyStatus;
use crate::arn::Arn;
use crate::id::AccountId;
use crate::time::Timestamp;

/// A certificate that vouches for the signatures of a user or root user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningCertificate {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its id: 32 characters of base32 that say nothing.
    pub id: String,
    /// The unique id of the user it belongs to, or the account's number for one of the root user.
    pub owner_id: String,
    /// The certificate in PEM, byte for byte as it was uploaded.
    pub body: String,
    /// SHA-256 of its DER form: what it is known by, however its PEM was written.
    pub fingerprint: Vec<u8>,
    /// Whom it was issued to.
    pub subject: String,
    /// Its serial number in hexadecimal digits.
    pub serial: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Active or inactive.
    pub status: KeyStatus,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
}

/// A server's certificate without its private key, which is kept sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerCertificate {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its unique id, `ASCA…`.
    pub id: String,
    /// Its name as given; unique in the account without regard to case.
    pub name: String,
    /// Its path, beginning and ending with a slash.
    pub path: String,
    /// The certificate in PEM as it was uploaded.
    pub body: String,
    /// The certificates that lead from it to its authority, in PEM as they were uploaded.
    pub chain: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
}

impl ServerCertificate {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::server_certificate(self.account, &self.path, &self.name)
    }
}
