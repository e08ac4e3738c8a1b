//! Fetching documents whose addresses tenants gave: over HTTPS only, small, without redirects, and never from
//! inside the operator's network but where the operator has named the place.
//!
//! What a name means is looked up once, and that very address is connected to: a name that means something else
//! a moment later leads nowhere.

use std::collections::HashSet;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::ACCEPT;
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use rustls::ClientConfig;
use tokio::runtime::Runtime;

use crate::outgoing::{SendError, keep_nothing, no_answer};

/// The largest document, in bytes.
const BYTES_MAX: usize = 64 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TIMEOUT: Duration = Duration::from_secs(5);

type Https<R> = legacy::Client<HttpsConnector<HttpConnector<R>>, Full<Bytes>>;

/// What fetches.
pub(crate) struct Fetcher {
    runtime: Runtime,
    client: Https<Resolver>,
    /// Hosts, with port, that may be anywhere.
    named: HashSet<String>,
    /// For those.
    trusting: Https<Resolver>,
}

impl Fetcher {
    /// Makes one that trusts these certificates; `named` are addresses such as `https://issuer.internal:8443`.
    pub(crate) fn new(tls: ClientConfig, named: &[String]) -> Result<Self, SendError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| SendError::Refused(error.to_string()))?;
        let connect = |resolver: Resolver| {
            let mut connector = HttpConnector::new_with_resolver(resolver);
            connector.enforce_http(false);
            connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
            let https = HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_only().enable_http1();
            keep_nothing(https.wrap_connector(connector))
        };
        let named = named.iter().filter_map(|address| place(&address.parse().ok()?)).collect();
        let (client, trusting) =
            (connect(Resolver { anywhere: false }), connect(Resolver { anywhere: true }));
        Ok(Self { runtime, client, named, trusting })
    }

    /// The document at an address.
    pub(crate) fn get(&self, url: &str) -> Result<Bytes, SendError> {
        let refused = |why: &str| SendError::Refused(format!("{url} {why}"));
        let uri: Uri = url.parse().map_err(|_| refused("is no address"))?;
        let place = place(&uri).ok_or_else(|| refused("is no https address"))?;
        let client = if self.named.contains(&place) {
            &self.trusting
        } else {
            check_literal(&uri).map_err(|error| refused(&error.to_string()))?;
            &self.client
        };
        let request = Request::get(uri).header(ACCEPT, "application/json").body(Full::default());
        let request = request.map_err(|error| SendError::Refused(error.to_string()))?;
        let whole = async {
            let answer = client.request(request).await.map_err(|error| no_answer(&error))?;
            if answer.status() != StatusCode::OK {
                return Err(SendError::Refused(format!("{url} answered {}", answer.status().as_u16())));
            }
            let body = Limited::new(answer.into_body(), BYTES_MAX).collect().await;
            let too_large =
                || SendError::Refused(format!("{url} has no document of at most {BYTES_MAX} bytes"));
            Ok(body.map_err(|_| too_large())?.to_bytes())
        };
        self.runtime.block_on(async {
            tokio::time::timeout(TIMEOUT, whole).await.unwrap_or(Err(SendError::TimedOut(TIMEOUT)))
        })
    }
}

/// Host and port of an https address.
fn place(uri: &Uri) -> Option<String> {
    (uri.scheme_str() == Some("https")).then_some(())?;
    Some(format!("{}:{}", uri.host()?.to_ascii_lowercase(), uri.port_u16().unwrap_or(443)))
}

/// An address in figures is not looked up, so it is checked here.
pub(crate) fn check_literal(uri: &Uri) -> io::Result<()> {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match host.parse() {
        Ok(ip) if !is_public(ip) => Err(inside()),
        _ => Ok(()),
    }
}

fn inside() -> io::Error {
    io::Error::other(
        "is in a network that is not public. Where it should be asked, name it in `issuers` of [federation], or in \
         `targets` of [rotation] where keys are delivered to it",
    )
}

/// Looks names up.
#[derive(Clone, Copy)]
pub(crate) struct Resolver {
    /// Whether addresses of networks that are not public are taken.
    pub(crate) anywhere: bool,
}

type LookUp = Pin<Box<dyn Future<Output = io::Result<std::vec::IntoIter<SocketAddr>>> + Send>>;

impl tower_service::Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = LookUp;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> LookUp {
        let anywhere = self.anywhere;
        Box::pin(async move {
            let look_up = move || (name.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
            let found = tokio::task::spawn_blocking(look_up).await.map_err(io::Error::other)??;
            // One address inside is enough to refuse the name: nobody public has one.
            if !anywhere && found.iter().any(|address| !is_public(address.ip())) {
                return Err(inside());
            }
            Ok(found.into_iter())
        })
    }
}

/// Whether an address is one of the public internet. Source: IANA's special-purpose address registries.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            // This network, carriers' own, protocols' and benchmarks' addresses, and what is kept for later.
            let reserved = a == 0
                || (a == 100 && (64..128).contains(&b))
                || (a, b, c) == (192, 0, 0)
                || (a == 198 && (18..20).contains(&b))
                || a >= 240;
            let inside = ip.is_private() || ip.is_loopback() || ip.is_link_local();
            !(reserved || inside || ip.is_multicast() || ip.is_documentation())
        }
        IpAddr::V6(ip) => {
            if let Some(inner) = ip.to_ipv4_mapped() {
                return is_public(IpAddr::V4(inner));
            }
            // Only 2000::/3 is given out; of it, what carries an IPv4 address in it may lead anywhere.
            let [first, second, ..] = ip.segments();
            let carries = first == 0x2002 || (first == 0x2001 && second < 0x0200);
            first & 0xe000 == 0x2000 && !carries && (first, second) != (0x2001, 0xdb8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_inside_are_not_public() {
        for ip in ["1.1.1.1", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:1.1.1.1"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn nothing_inside_is_asked_unless_the_operator_named_it() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let tls = crate::outgoing::tls_config(None).unwrap();
        let fetcher = Fetcher::new(tls.clone(), &[]).unwrap();
        for url in [
            format!("https://127.0.0.1:{port}/"),
            format!("https://localhost:{port}/"),
            format!("https://[::ffff:127.0.0.1]:{port}/"),
            format!("https://2130706433:{port}/"),
            format!("https://127.1:{port}/"),
            format!("http://localhost:{port}/"),
            "file:///etc/passwd".to_owned(),
            "no address".to_owned(),
        ] {
            let error = fetcher.get(&url).unwrap_err();
            assert!(!error.may_have_had_effect(), "{url}: {error}");
            assert!(listener.accept().is_err(), "{url} was connected to");
        }
        let fetcher = Fetcher::new(tls, &[format!("https://LocalHost:{port}/issuer")]).unwrap();
        listener.set_nonblocking(false).unwrap();
        let asked = std::thread::spawn(move || fetcher.get(&format!("https://localhost:{port}/")));
        // The place that was named is connected to.
        drop(listener.accept().unwrap());
        // It speaks no TLS.
        asked.join().unwrap().unwrap_err();
    }
}
