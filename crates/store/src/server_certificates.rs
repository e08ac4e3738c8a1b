//! Certificates of servers. Their private keys go in sealed and do not come out here.

use keystead_core::user::fold_name;
use keystead_core::{AccountId, ServerCertificate};

use crate::counts::{Counted, Counts};
use crate::error::Result;
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of server certificates.
pub struct ServerCertificates<'t> {
    sql: &'t mut dyn Sql,
}

/// Where the private key of a certificate is sealed for.
pub fn private_key_place(account: AccountId, id: &str) -> Place {
    Place {
        tenant: account,
        table: "server_certificates",
        row: id.to_owned(),
        column: "private_key_sealed",
        version: 1,
    }
}

impl Tx<'_> {
    /// Server certificates.
    pub fn server_certificates(&mut self) -> ServerCertificates<'_> {
        ServerCertificates { sql: self.sql() }
    }

    /// Holds the row of the certificate of this name until the end of the transaction, so that what is read about its tags stays
    /// true.
    pub fn lock_server_certificate(&mut self, account: AccountId, name: &str) -> Result<()> {
        self.lock(
            "select certificate_id from server_certificates
             where account_id = $1 and name_folded = $2 for update",
            values![account, fold_name(name)],
        )
    }
}

impl ServerCertificates<'_> {
    /// Adds a certificate and tells how many the account has now; breaks `server_certificates_name_unique`
    /// where it has the name, without regard to case.
    pub fn insert(&mut self, certificate: &ServerCertificate, private_key: &Sealed) -> Result<u64> {
        self.sql.execute(
            "insert into server_certificates
                 (account_id, certificate_id, name, name_folded, path, body, chain, private_key_sealed,
                  expires_at, uploaded_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            values![
                certificate.account,
                &certificate.id,
                &certificate.name,
                fold_name(&certificate.name),
                &certificate.path,
                &certificate.body,
                certificate.chain.as_deref(),
                private_key.as_bytes(),
                certificate.expires_at,
                certificate.uploaded_at,
            ],
        )?;
        Counts::new(self.sql).add(certificate.account, Counted::ServerCertificates, 1)
    }

    /// The certificate of this name, without regard to case.
    pub fn find_by_name(&mut self, account: AccountId, name: &str) -> Result<Option<ServerCertificate>> {
        self.sql.find(
            "select account_id, certificate_id, name, path, body, chain, expires_at, uploaded_at
             from server_certificates where account_id = $1 and name_folded = $2",
            values![account, fold_name(name)],
            server_certificate,
        )
    }

    /// At most `limit` certificates whose path begins with `path_prefix`, by name without regard to case, from
    /// the name after `after_name`.
    pub fn list(
        &mut self,
        account: AccountId,
        path_prefix: &str,
        after_name: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ServerCertificate>> {
        self.sql.list(
            "select account_id, certificate_id, name, path, body, chain, expires_at, uploaded_at
             from server_certificates
             where account_id = $1 and name_folded > $2 and substr(path, 1, length($3)) = $3
             order by name_folded limit $4",
            values![account, fold_name(after_name.unwrap_or_default()), path_prefix, limit],
            server_certificate,
        )
    }

    /// Gives a certificate another name and path; breaks `server_certificates_name_unique` where another one
    /// has the name.
    pub fn rename(&mut self, account: AccountId, id: &str, name: &str, path: &str) -> Result<()> {
        self.sql.execute(
            "update server_certificates set name = $1, name_folded = $2, path = $3
             where account_id = $4 and certificate_id = $5",
            values![name, fold_name(name), path, account, id],
        )?;
        Ok(())
    }

    /// Deletes a certificate with its private key; false where there is none.
    pub fn delete(&mut self, account: AccountId, id: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from server_certificates where account_id = $1 and certificate_id = $2",
            values![account, id],
        )?;
        if deleted > 0 {
            Counts::new(self.sql).add(account, Counted::ServerCertificates, -1)?;
        }
        Ok(deleted > 0)
    }
}

fn server_certificate(row: &Row<'_>) -> Result<ServerCertificate> {
    Ok(ServerCertificate {
        account: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        path: row.get(3)?,
        body: row.get(4)?,
        chain: row.get(5)?,
        expires_at: row.get(6)?,
        uploaded_at: row.get(7)?,
    })
}
