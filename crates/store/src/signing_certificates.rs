//! Signing certificates of users and root users.

use keystead_core::{AccountId, KeyStatus, SigningCertificate};

use crate::access_keys::key_status;
use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of signing certificates.
pub struct SigningCertificates<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Signing certificates.
    pub fn signing_certificates(&mut self) -> SigningCertificates<'_> {
        SigningCertificates { sql: self.sql() }
    }
}

impl SigningCertificates<'_> {
    /// Adds a certificate; breaks `signing_certificates_fingerprint_unique` where the account has it already.
    pub fn insert(&mut self, certificate: &SigningCertificate) -> Result<()> {
        self.sql.execute(
            "insert into signing_certificates
                 (account_id, certificate_id, owner_id, body, fingerprint, subject, serial, expires_at,
                  status, uploaded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            values![
                certificate.account,
                &certificate.id,
                &certificate.owner_id,
                &certificate.body,
                certificate.fingerprint.as_slice(),
                &certificate.subject,
                &certificate.serial,
                certificate.expires_at,
                certificate.status.as_str(),
                certificate.uploaded_at,
            ],
        )?;
        Ok(())
    }

    /// The certificates of an owner, oldest first.
    pub fn list_by_owner(&mut self, account: AccountId, owner_id: &str) -> Result<Vec<SigningCertificate>> {
        self.sql.list(
            "select account_id, certificate_id, owner_id, body, fingerprint, subject, serial, expires_at,
                    status, uploaded_at
             from signing_certificates where account_id = $1 and owner_id = $2
             order by uploaded_at, certificate_id",
            values![account, owner_id],
            signing_certificate,
        )
    }

    /// The certificate of that id.
    pub fn find(&mut self, account: AccountId, id: &str) -> Result<Option<SigningCertificate>> {
        self.sql.find(
            "select account_id, certificate_id, owner_id, body, fingerprint, subject, serial, expires_at,
                    status, uploaded_at
             from signing_certificates where account_id = $1 and certificate_id = $2",
            values![account, id],
            signing_certificate,
        )
    }

    /// Every certificate of the installation, for memory.
    pub fn each_for_ring(&mut self, visit: &mut dyn FnMut(SigningCertificate) -> Result<()>) -> Result<()> {
        self.sql.each(
            "select account_id, certificate_id, owner_id, body, fingerprint, subject, serial, expires_at,
                    status, uploaded_at
             from signing_certificates",
            &[],
            &mut |row| visit(signing_certificate(row)?),
        )
    }

    /// Makes a certificate active or inactive; false where the owner has no such certificate.
    pub fn update_status(
        &mut self,
        account: AccountId,
        owner_id: &str,
        id: &str,
        status: KeyStatus,
    ) -> Result<bool> {
        let updated = self.sql.execute(
            "update signing_certificates set status = $1
             where account_id = $2 and owner_id = $3 and certificate_id = $4",
            values![status.as_str(), account, owner_id, id],
        )?;
        Ok(updated > 0)
    }

    /// Deletes a certificate; false where the owner has no such certificate.
    pub fn delete(&mut self, account: AccountId, owner_id: &str, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from signing_certificates
             where account_id = $1 and owner_id = $2 and certificate_id = $3",
            values![account, owner_id, id],
        )?;
        Ok(deleted > 0)
    }
}

fn signing_certificate(row: &Row<'_>) -> Result<SigningCertificate> {
    Ok(SigningCertificate {
        account: row.get(0)?,
        id: row.get(1)?,
        owner_id: row.get(2)?,
        body: row.get(3)?,
        fingerprint: row.get(4)?,
        subject: row.get(5)?,
        serial: row.get(6)?,
        expires_at: row.get(7)?,
        status: key_status(row.get(8)?)?,
        uploaded_at: row.get(9)?,
    })
}
