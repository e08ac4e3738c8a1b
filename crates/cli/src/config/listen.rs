//! `[listen]`: where Keystead is reached.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use keystead_server::TlsFiles;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Kind};

/// Where the APIs are served unless told otherwise.
pub(crate) const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7360);
/// Where health and metrics are told unless told otherwise.
pub(crate) const ADMIN_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7361);

/// `[listen]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Listen {
    /// Address and port of the APIs. Beyond loopback a certificate is needed. Default: 127.0.0.1:7360.
    #[arg(long = "listen", env = "KEYSTEAD_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) address: Option<SocketAddr>,
    /// Address and port of health and metrics. Default: 127.0.0.1:7361.
    #[arg(long = "admin-listen", env = "KEYSTEAD_ADMIN_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) admin_address: Option<SocketAddr>,
    /// File of the certificate chain in PEM, leaf first. Default: none.
    #[arg(long, env = "KEYSTEAD_TLS_CERTIFICATE", value_name = "FILE")]
    tls_certificate: Option<PathBuf>,
    /// File of the certificate's private key in PEM. Default: none.
    #[arg(long, env = "KEYSTEAD_TLS_PRIVATE_KEY", value_name = "FILE")]
    tls_private_key: Option<PathBuf>,
    /// Serve plain HTTP beyond loopback, because a proxy in front speaks TLS. Default: false.
    #[arg(long, env = "KEYSTEAD_BEHIND_PROXY", value_name = "BOOLEAN", value_parser = BoolishValueParser::new(),
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) behind_proxy: Option<bool>,
    /// Host names, with port, by which clients know this installation, besides its own address. Requests
    /// signed for another host are refused. Default: none.
    #[arg(
        long = "public-host",
        env = "KEYSTEAD_PUBLIC_HOSTS",
        value_name = "HOST:PORT",
        value_delimiter = ','
    )]
    pub(crate) public_hosts: Option<Vec<String>>,
    /// How many threads answer requests; as many as there are processors where nothing is said. Default: none.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) threads: Option<usize>,
}

impl Listen {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            address: self.address.or(other.address),
            admin_address: self.admin_address.or(other.admin_address),
            tls_certificate: self.tls_certificate.or(other.tls_certificate),
            tls_private_key: self.tls_private_key.or(other.tls_private_key),
            behind_proxy: self.behind_proxy.or(other.behind_proxy),
            public_hosts: self.public_hosts.or(other.public_hosts),
            threads: self.threads.or(other.threads),
        }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self {
            address: Some(ADDRESS),
            admin_address: Some(ADMIN_ADDRESS),
            behind_proxy: Some(false),
            public_hosts: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// Certificate and key, where there are both.
    pub(crate) fn tls(&self) -> Result<Option<TlsFiles>, Failure> {
        match (&self.tls_certificate, &self.tls_private_key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(private_key)) => {
                Ok(Some(TlsFiles { certificate: certificate.clone(), private_key: private_key.clone() }))
            }
            _ => Err(Failure::new(
                Kind::Usage,
                "A TLS certificate and its private key go together; one is missing.",
            )),
        }
    }
}
