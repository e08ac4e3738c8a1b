//! The sockets: bound before anything else is done, so that a taken port is told at once; served over TLS,
//! or plainly on loopback only.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::route::{Answer, Connection};

/// Connections served at once; further ones wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 10_000;
/// How long a client may take to send its request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests under way may take to finish once a stop was asked for.
const DRAIN: Duration = Duration::from_secs(10);

/// Certificate chain and private key, in PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The leaf's private key.
    pub private_key: PathBuf,
}

/// Why an address cannot be listened on.
#[derive(Debug)]
pub enum ListenError {
    /// The system refused.
    Bind(SocketAddr, io::Error),
    /// Plain HTTP beyond loopback.
    Plain(SocketAddr),
    /// The certificate or key cannot be used.
    Tls(PathBuf, String),
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind(address, error) if error.kind() == io::ErrorKind::AddrInUse => {
                write!(
                    f,
                    "the address {address} is in use by another process; choose another or stop that one"
                )
            }
            Self::Bind(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::Plain(address) => write!(
                f,
                "refusing to serve {address} without TLS: give a certificate and key, listen on loopback, or say \
                 --behind-proxy where a proxy in front speaks TLS"
            ),
            Self::Tls(path, error) => write!(f, "cannot use {}: {error}", path.display()),
        }
    }
}

impl std::error::Error for ListenError {}

/// A bound socket, not yet served.
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
    secure: bool,
}

impl Bound {
    /// Binds `address`. Plain HTTP is for loopback, or behind a proxy that the operator vouches for.
    pub fn bind(
        address: SocketAddr,
        tls: Option<&TlsFiles>,
        behind_proxy: bool,
    ) -> Result<Self, ListenError> {
        if tls.is_none() && !behind_proxy && !address.ip().is_loopback() {
            return Err(ListenError::Plain(address));
        }
        let tls = tls.map(server_config).transpose()?;
        let listener = TcpListener::bind(address).map_err(|error| ListenError::Bind(address, error))?;
        let address = listener.local_addr().map_err(|error| ListenError::Bind(address, error))?;
        listener.set_nonblocking(true).map_err(|error| ListenError::Bind(address, error))?;
        let secure = tls.is_some() || behind_proxy;
        Ok(Self { listener, address, tls, secure })
    }

    /// The address, with the port the system chose where none was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls.is_some() { "https" } else { "http" }, self.address)
    }

    /// The Host values a client on this machine sends.
    pub fn hosts(&self) -> Vec<String> {
        let port = self.address.port();
        let mut hosts = vec![self.address.to_string()];
        if self.address.ip().is_loopback() {
            hosts.extend([format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")]);
        }
        hosts
    }

    /// Serves until `stop` says so, then lets requests under way finish.
    pub(crate) async fn serve<A: Answer>(
        self,
        answer: Arc<A>,
        mut stop: watch::Receiver<bool>,
    ) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let acceptor = self.tls.map(TlsAcceptor::from);
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let graceful = hyper_util::server::graceful::GracefulShutdown::new();
        loop {
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            let (stream, peer) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    // Out of descriptors, or the client is gone already: the next may do better.
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        continue;
                    }
                },
                _ = stop.changed() => break,
            };
            let _ = stream.set_nodelay(true);
            let (answer, watcher, acceptor) = (Arc::clone(&answer), graceful.watcher(), acceptor.clone());
            tokio::spawn(async move {
                let connection = Arc::new(Connection::new(peer.ip(), self.secure));
                match acceptor {
                    None => serve_connection(stream, answer, connection, watcher).await,
                    Some(acceptor) => {
                        let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream));
                        if let Ok(Ok(stream)) = handshake.await {
                            serve_connection(stream, answer, connection, watcher).await;
                        }
                    }
                }
                drop(place);
            });
        }
        let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
        Ok(())
    }
}

async fn serve_connection<S, A>(
    stream: S,
    answer: Arc<A>,
    connection: Arc<Connection>,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Answer,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (answer, connection) = (Arc::clone(&answer), Arc::clone(&connection));
        async move { Ok::<_, std::convert::Infallible>(answer.answer(request, &connection).await) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(64 * 1024);
    // A connection that breaks off concerns nobody but its client.
    let _ = watcher.watch(http.serve_connection(TokioIo::new(stream), service)).await;
}

fn server_config(files: &TlsFiles) -> Result<Arc<ServerConfig>, ListenError> {
    let of = |path: &PathBuf| {
        let path = path.clone();
        move |error: &dyn fmt::Display| ListenError::Tls(path, error.to_string())
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| of(&files.certificate)(&error))?;
    let key =
        PrivateKeyDer::from_pem_file(&files.private_key).map_err(|error| of(&files.private_key)(&error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| of(&files.certificate)(&error))?;
    Ok(Arc::new(config))
}

/// The address of a connection's other end as it is recorded.
pub(crate) fn source_of(ip: IpAddr) -> String {
    ip.to_canonical().to_string()
}
