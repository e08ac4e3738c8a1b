//! `keystead key …`: what is known of an access key's use, and keys taken over from elsewhere.

mod import;
mod source;

use clap::Subcommand;
use keystead_core::KeyId;

use crate::connection::Remote;
use crate::failure::Failure;
use crate::output::{Style, table};

/// Access keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Show who uses an access key or signing certificate, the most recent first.
    #[command(after_help = "Example:\n  keystead key uses AKIAIOSFODNN7EXAMPLE")]
    Uses {
        #[command(flatten)]
        remote: Remote,
        /// The id of the access key, or of a signing certificate.
        access_key_id: KeyId,
    },
    /// Take over users and their access keys, secrets included, from AWS, moto or MinIO.
    Import(import::Import),
}

impl Key {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Uses { remote, access_key_id } => {
                let uses = remote.connect()?.get(&format!("/api/v1/access-keys/{access_key_id}/uses"))?;
                let columns =
                    ["consumer", "last_used_at", "uses", "service", "region", "source_address", "refusals"];
                style.print_as(&uses, |uses| table(&uses["consumers"], &columns))
            }
            Self::Import(import) => import.run(style),
        }
    }
}
