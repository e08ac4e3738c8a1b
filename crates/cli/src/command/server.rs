//! `keystead server`: everything that is served, until it is told to stop.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use keystead_authority::operations;
use keystead_gate::{Gate, Handler, Settings};
use keystead_server::{Bound, ListenError, TlsFiles};
use tracing_subscriber::EnvFilter;

use crate::failure::{Failure, Kind};
use crate::installation::Location;

/// Serves until SIGINT or SIGTERM.
#[derive(Debug, clap::Args)]
pub(crate) struct Server {
    #[command(flatten)]
    location: Location,
    /// Where clients reach the APIs. Beyond loopback a certificate is needed.
    #[arg(long, env = "KEYSTEAD_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:7360")]
    listen: SocketAddr,
    /// Where health and metrics are told.
    #[arg(long, env = "KEYSTEAD_ADMIN_LISTEN", value_name = "ADDR:PORT", default_value = "127.0.0.1:7361")]
    admin_listen: SocketAddr,
    /// Certificate chain in PEM, leaf first.
    #[arg(long, env = "KEYSTEAD_TLS_CERTIFICATE", value_name = "FILE", requires = "tls_private_key")]
    tls_certificate: Option<PathBuf>,
    /// Private key of the certificate in PEM.
    #[arg(long, env = "KEYSTEAD_TLS_PRIVATE_KEY", value_name = "FILE", requires = "tls_certificate")]
    tls_private_key: Option<PathBuf>,
    /// Serve plain HTTP beyond loopback, because a proxy in front speaks TLS.
    #[arg(long, env = "KEYSTEAD_BEHIND_PROXY")]
    behind_proxy: bool,
    /// A host name, with port, by which clients know this installation; may be given more than once. Requests
    /// signed for another host are refused.
    #[arg(long, env = "KEYSTEAD_PUBLIC_HOSTS", value_name = "HOST:PORT", value_delimiter = ',')]
    public_host: Vec<String>,
    /// How far a request's date may be from this machine's clock, in seconds, at the APIs.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    clock_window: u64,
    /// The same for requests that verifiers ask about.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    verify_window: u64,
    /// How many threads answer requests; as many as there are processors when left out.
    #[arg(long, value_name = "NUMBER")]
    threads: Option<usize>,
    /// Do not record the use of keys. Only to measure what recording costs: rotation needs it.
    #[arg(long, hide = true)]
    no_last_used: bool,
}

impl Server {
    /// Binds, opens, serves, and stops cleanly.
    pub(crate) fn run(self) -> Result<(), Failure> {
        start_log();
        let tls = match (&self.tls_certificate, &self.tls_private_key) {
            (Some(certificate), Some(private_key)) => {
                Some(TlsFiles { certificate: certificate.clone(), private_key: private_key.clone() })
            }
            _ => None,
        };
        let main = Bound::bind(self.listen, tls.as_ref(), self.behind_proxy)?;
        let admin = Bound::bind(self.admin_listen, None, false)?;
        let installation = self.location.open()?;
        let mut public_hosts = main.hosts();
        public_hosts.extend(self.public_host);
        let settings = Settings {
            public_hosts,
            clock_window: Duration::from_secs(self.clock_window),
            verify_window: Duration::from_secs(self.verify_window),
            record_use: !self.no_last_used,
        };
        let gate = Gate::open(installation.store, installation.clock, installation.rng, settings, handlers())?;
        let (url, admin_url) = (main.url(), admin.url());
        let threads = self.threads.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(1);
        keystead_server::run(&gate, main, admin, threads.max(1), || {
            tracing::info!(url, admin_url, "keystead is serving");
        })?;
        gate.store().close()?;
        tracing::info!("stopped cleanly");
        Ok(())
    }
}

/// Every operation of every use case.
fn handlers() -> Vec<&'static dyn Handler> {
    [operations::iam::OPERATIONS, operations::sts::OPERATIONS, operations::keystead::OPERATIONS].concat()
}

impl From<ListenError> for Failure {
    fn from(error: ListenError) -> Self {
        let text = error.to_string();
        let mut letters = text.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        Self::new(Kind::Local, format!("{first}{}.", letters.as_str()))
    }
}

/// The log goes to standard error, one line an event; `KEYSTEAD_LOG` chooses how much.
fn start_log() {
    let filter = EnvFilter::try_from_env("KEYSTEAD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).with_ansi(std::io::stderr().is_terminal()).init();
}
