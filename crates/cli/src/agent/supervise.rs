//! The whole agent: listeners and consumers as the configuration says, until SIGTERM; SIGHUP reads it anew.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::endpoint::{self, Face, Tokens};
use super::folder::Folder;
use super::keeper::{Keeper, Stop, Table};
use super::settings::{Imds, Settings};
use super::socket;
use crate::failure::{Failure, Kind};

/// The listening sockets that systemd has opened and keeps open while the agent is not there (`agent.socket`): whoever
/// asks meanwhile waits and is not refused. AWS's SDK for JavaScript ends a process whose refresh is refused.
/// Source: sd_listen_fds(3).
struct Inherited {
    tcp: Vec<std::net::TcpListener>,
    unix: Vec<UnixListener>,
}

impl Inherited {
    fn take() -> Self {
        let mut given = listenfd::ListenFd::from_env();
        let (mut tcp, mut unix) = (Vec::new(), Vec::new());
        for place in 0..given.len() {
            match given.take_tcp_listener(place) {
                Ok(listener) => tcp.extend(listener),
                Err(_) => unix.extend(given.take_unix_listener(place).ok().flatten()),
            }
        }
        Self { tcp, unix }
    }

    /// The one for an address, or one bound now.
    fn tcp(&self, address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
        let is_it = |one: &std::net::TcpListener| one.local_addr().is_ok_and(|own| own == address);
        let found = self.tcp.iter().find(|one| is_it(one));
        let listener =
            found.map_or_else(|| std::net::TcpListener::bind(address), std::net::TcpListener::try_clone)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }

    /// The one for a path, or one bound now.
    fn unix(&self, path: &Path) -> std::io::Result<UnixListener> {
        let is_it = |one: &UnixListener| one.local_addr().is_ok_and(|own| own.as_pathname() == Some(path));
        let Some(listener) = self.unix.iter().find(|one| is_it(one)) else { return socket::bind(path) };
        let listener = listener.try_clone()?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }
}

/// A running agent.
struct Agent {
    inherited: Inherited,
    tokens: Tokens,
    table: Table,
    listeners: BTreeMap<Place, tokio::task::JoinHandle<()>>,
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

/// Where something listens, and what for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Container(SocketAddr),
    Imds(SocketAddr, String),
    Systemd(PathBuf),
}

/// Runs until SIGINT or SIGTERM.
pub(crate) fn run(config: &Path) -> Result<(), Failure> {
    let settings = Settings::load(config)?;
    let folder = Folder::open(&settings.state)?;
    let _lock = folder.lock()?;
    // Listeners have threads of their own, so that nobody waits while consumers end and begin.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let mut agent = Agent {
            inherited: Inherited::take(),
            tokens: Tokens::new(endpoint::random_text(&settings.state.join("imds.key"))?),
            table: Arc::new(RwLock::default()),
            listeners: BTreeMap::new(),
            stop: Stop::default(),
            threads: Vec::new(),
        };
        agent.adopt(&settings, &folder)?;
        tracing::info!(consumers = settings.consumers.len(), "keystead agent is serving");
        while signals.hangup().await {
            // Whatever is wrong with the new file, the old one goes on.
            let adopted = Settings::load(config).and_then(|new| {
                if new.state != settings.state {
                    let text = "`state` cannot change while the agent runs: restart it.";
                    return Err(Failure::new(Kind::Usage, text));
                }
                agent.adopt(&new, &folder)
            });
            match adopted {
                Ok(()) => tracing::info!("the configuration was read anew"),
                Err(failure) => tracing::warn!("{failure} The configuration stays as it was."),
            }
        }
        agent.end_consumers();
        tracing::info!("stopped cleanly");
        Ok(())
    })
}

impl Agent {
    /// Does from now on what the settings say. Listeners that stay are not interrupted, and consumers go on with what
    /// they last had.
    fn adopt(&mut self, settings: &Settings, folder: &Folder) -> Result<(), Failure> {
        for container in settings.consumers.iter().filter_map(|consumer| consumer.container.as_ref()) {
            endpoint::random_text(&container.authorization_token_file)?;
        }
        let wanted = places(settings);
        let mut added = Vec::new();
        for place in wanted.iter().filter(|place| !self.listeners.contains_key(place)) {
            added.push((place.clone(), self.listen(place)?));
        }
        self.end_consumers();
        self.start_consumers(settings, folder);
        // Who can be asked has somebody to answer by now.
        self.listeners.extend(added.into_iter().map(|(place, serve)| (place, serve())));
        self.listeners.retain(|place, listener| {
            let stays = wanted.contains(place);
            if !stays {
                listener.abort();
            }
            stays
        });
        Ok(())
    }

    fn start_consumers(&mut self, settings: &Settings, folder: &Folder) {
        self.stop = Stop::default();
        let mut table = BTreeMap::new();
        for consumer in &settings.consumers {
            let keeper = Keeper::new(consumer.clone(), settings.remote(), folder.clone());
            table.insert(consumer.name.clone(), keeper.holding());
            let stop = self.stop.clone();
            self.threads.push(std::thread::spawn(move || keeper.run(&stop)));
        }
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
    }

    fn end_consumers(&mut self) {
        self.stop.tell();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }

    /// Binds a place; serving begins when what is returned is called.
    fn listen(&self, place: &Place) -> Result<Serve, Failure> {
        let table = Arc::clone(&self.table);
        let (address, face) = match place {
            Place::Container(address) => (address, Face::Container),
            Place::Imds(address, name) => (address, Face::Imds(name.clone(), self.tokens.clone())),
            Place::Systemd(path) => {
                let listener =
                    self.inherited.unix(path).map_err(|error| cannot_listen(&path.display(), &error))?;
                return Ok(Box::new(move || tokio::spawn(socket::serve(listener, table))));
            }
        };
        let failed = |error: std::io::Error| cannot_listen(address, &error);
        let listener = self.inherited.tcp(*address).and_then(TcpListener::from_std).map_err(failed)?;
        Ok(Box::new(move || tokio::spawn(endpoint::serve(listener, face, table))))
    }
}

type Serve = Box<dyn FnOnce() -> tokio::task::JoinHandle<()>>;

fn cannot_listen(place: &dyn std::fmt::Display, error: &std::io::Error) -> Failure {
    Failure::new(Kind::Local, format!("Cannot listen on {place}: {error}."))
}

fn places(settings: &Settings) -> Vec<Place> {
    let has_container = settings.consumers.iter().any(|consumer| consumer.container.is_some());
    let has_systemd = settings.consumers.iter().any(|consumer| consumer.systemd.is_some());
    let imds = settings.consumers.iter().filter_map(|consumer| {
        let Imds { listen } = consumer.imds.as_ref()?;
        Some(Place::Imds(*listen, consumer.name.clone()))
    });
    let container = settings.listen.filter(|_| has_container).map(Place::Container);
    let systemd = settings.systemd_socket.clone().filter(|_| has_systemd).map(Place::Systemd);
    container.into_iter().chain(systemd).chain(imds).collect()
}

/// The signals, from when this was made on.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for one; whether it asks to read the configuration anew and not to end.
    async fn hangup(&mut self) -> bool {
        tokio::select! {
            _ = self.interrupt.recv() => false,
            _ = self.terminate.recv() => false,
            _ = self.hangup.recv() => true,
        }
    }
}
