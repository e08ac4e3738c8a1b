//! `keystead server`: everything that is served, until it is told to stop.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use keystead_authority::operations;
use keystead_gate::{Gate, Handler, Settings};
use keystead_server::query_client::{OutgoingSettings, QueryClient};
use keystead_server::{Bound, ListenError};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::config::clouds::{STATUS_INTERVAL_SECONDS, STATUS_RETRY_SECONDS, TIMEOUT_SECONDS};
use crate::config::console::CHALLENGE_AFTER;
use crate::config::listen::{ADDRESS, ADMIN_ADDRESS};
use crate::config::verify::{CLOCK_WINDOW_SECONDS, VERIFY_WINDOW_SECONDS};
use crate::failure::{Failure, Kind, sentence};
use crate::installation::Location;

/// How long connecting to others may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves until SIGINT or SIGTERM.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  keystead server --config /etc/keystead/keystead.toml")]
pub(crate) struct Server {
    /// A configuration file; flags and variables win over it. `keystead config example` prints one.
    #[arg(long, env = "KEYSTEAD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Config,
    /// Do not record the use of keys. Only to measure what recording costs: rotation needs it.
    #[arg(long, hide = true)]
    no_last_used: bool,
}

impl Server {
    /// Binds, opens, serves, and stops cleanly.
    pub(crate) fn run(self) -> Result<(), Failure> {
        start_log();
        keep_memory_private()?;
        let file = self.config.as_deref().map(Config::load).transpose()?.unwrap_or_default();
        let Config { listen, database, verify, console, rotation, federation, clouds, mail, leaks } =
            self.settings.or(file);
        let behind_proxy = listen.behind_proxy.unwrap_or_default();
        let main = Bound::bind(listen.address.unwrap_or(ADDRESS), listen.tls()?.as_ref(), behind_proxy)?;
        let admin = Bound::bind(listen.admin_address.unwrap_or(ADMIN_ADDRESS), None, false)?;
        let location = Location::from(database);
        let mailbox = mail.open(&location.data)?;
        let installation = location.open()?;
        let mut public_hosts = listen.public_hosts.unwrap_or_default();
        let is_plain = public_hosts.is_empty() && !behind_proxy && main.url().starts_with("http:");
        public_hosts.extend(main.hosts());
        // Issuers are only ever reached by https: where this is plain HTTP, a proxy in front speaks it.
        let origin = format!("https://{}", public_hosts.first().cloned().unwrap_or_default());
        let page_origin = if is_plain { main.url() } else { origin.clone() };
        let seconds = |given: Option<u64>, default| Duration::from_secs(given.unwrap_or(default));
        let mut named = federation.issuers.unwrap_or_default();
        named.extend(leaks.address());
        let settings = Settings {
            public_hosts,
            origin,
            page_origin,
            notify_webhook: rotation.webhook()?,
            notify_email: rotation.notify_email,
            endpoints: rotation.endpoints.unwrap_or_default(),
            targets: rotation.targets.unwrap_or_default(),
            clock_window: seconds(verify.clock_window_seconds, CLOCK_WINDOW_SECONDS),
            verify_window: seconds(verify.verify_window_seconds, VERIFY_WINDOW_SECONDS),
            cloud_status_interval: seconds(clouds.status_interval_seconds, STATUS_INTERVAL_SECONDS),
            cloud_status_retry: seconds(clouds.status_retry_seconds, STATUS_RETRY_SECONDS),
            challenge_after: console.challenge_after.unwrap_or(CHALLENGE_AFTER),
            leaks: leaks.open()?,
            record_use: !self.no_last_used,
        };
        let gate =
            Gate::open(installation.store, installation.clock, installation.rng, settings, handlers())?;
        let client = QueryClient::new(&OutgoingSettings {
            named,
            fetch_ca_file: federation.ca_file,
            ca_file: clouds.ca_file,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: seconds(clouds.timeout_seconds, TIMEOUT_SECONDS),
        });
        gate.connect(client.map_err(|error| Failure::new(Kind::Local, format!("{error}.")))?);
        let (url, admin_url) = (main.url(), admin.url());
        let processors = || std::thread::available_parallelism().ok().map(Into::into);
        let threads = listen.threads.or_else(processors).unwrap_or(1);
        keystead_server::run(&gate, main, admin, mailbox, threads.max(1), || {
            tracing::info!(url, admin_url, "keystead is serving");
        })?;
        gate.store().close()?;
        tracing::info!("stopped cleanly");
        Ok(())
    }
}

/// No core dump and no debugger of another user's gets at the secrets in this process' memory.
pub(super) fn keep_memory_private() -> Result<(), Failure> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(std::io::Error::from)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| std::io::Error::from(error).into())
}

/// Every operation of every use case.
fn handlers() -> Vec<&'static dyn Handler> {
    [
        operations::console::OPERATIONS,
        operations::iam::OPERATIONS,
        operations::sts::OPERATIONS,
        operations::keystead::OPERATIONS,
        operations::without_organizations::OPERATIONS,
        keystead_custodian::operations::OPERATIONS,
        keystead_rotation::operations::OPERATIONS,
    ]
    .concat()
}

impl From<ListenError> for Failure {
    fn from(error: ListenError) -> Self {
        Self::new(Kind::Local, sentence(&error.to_string()))
    }
}

/// The log goes to standard error, one line an event; `KEYSTEAD_LOG` chooses how much.
pub(super) fn start_log() {
    let filter = EnvFilter::try_from_env("KEYSTEAD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
