//! `keystead verifier …`: the services that may ask Keystead who signed a request.

use clap::Subcommand;
use serde_json::json;

use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/verifiers";

/// Verifiers.
#[derive(Debug, Subcommand)]
pub(crate) enum Verifier {
    /// Let a service ask who signed a request. Its token is printed once.
    #[command(
        after_help = "Example:\n  keystead verifier create envoy --service sqs --host queue.example:443"
    )]
    Create {
        #[command(flatten)]
        remote: Remote,
        /// A name, unique in the account.
        name: String,
        /// A service it may ask about, as clients sign it, for example sqs; may be given more than once.
        #[arg(long = "service", value_name = "SERVICE", required = true)]
        services: Vec<String>,
        /// A Host it may ask about, as clients sign it, with the port where they send one; may be given more
        /// than once.
        #[arg(long = "host", value_name = "HOST[:PORT]", required = true)]
        hosts: Vec<String>,
        /// Believe the client address that it forwards.
        #[arg(long)]
        trust_forwarded: bool,
        /// Believe which certificate its client proved to have. Only where it ends the clients' TLS connections
        /// itself, and drops what they say of it.
        #[arg(long)]
        trust_certificates: bool,
    },
    /// List the verifiers.
    #[command(after_help = "Example:\n  keystead verifier list --query 'verifiers[].name'")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Delete a verifier: its token is refused from then on.
    #[command(after_help = "Example:\n  keystead verifier delete wFUUj2aBh5Un")]
    Delete {
        #[command(flatten)]
        remote: Remote,
        /// The verifier's id, as `verifier list` shows it.
        verifier_id: String,
    },
}

impl Verifier {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Create { remote, name, services, hosts, trust_forwarded, trust_certificates } => {
                let body = json!({
                    "name": name,
                    "services": services,
                    "hosts": hosts,
                    "trusts_forwarded": trust_forwarded,
                    "trusts_certificates": trust_certificates,
                });
                let made = remote.connect()?.post(PATH, &body)?;
                style.print(&made, &["verifier_id", "name", "token"])?;
                eprintln!("Have the service send the token as x-keystead-verifier. It is not shown again.");
                Ok(())
            }
            Self::List { remote } => {
                let columns = [
                    "name",
                    "verifier_id",
                    "services",
                    "hosts",
                    "trusts_forwarded",
                    "trusts_certificates",
                    "created_at",
                ];
                style.print(&remote.connect()?.list(PATH, "verifiers")?, &columns)
            }
            Self::Delete { remote, verifier_id } => {
                let path = format!("{PATH}/{}", segment(&verifier_id)?);
                style.print(&remote.connect()?.delete(&path)?, &["verifier_id"])
            }
        }
    }
}
