//! The way out: calls to other authorities in the Query protocol, signed by our own signer over the outgoing
//! client, and documents that tenants gave the address of.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::Request;
use hyper::header::{CONTENT_TYPE, DATE};
use keystead_aws::sigv4::Signer;
use keystead_aws::{percent_encode, xml};
use keystead_core::Timestamp;
use keystead_gate::outgoing::{NoAnswer, Outgoing, QueryAnswer, QueryCall};

use crate::fetch::Fetcher;
use crate::outgoing::{Client, ClientSettings, SendError, sign, tls_config};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(20);

/// The way out over HTTP.
pub struct QueryClient {
    client: Client,
    fetcher: Fetcher,
}

/// Which documents may be fetched.
#[derive(Clone, Debug, Default)]
pub struct FetchSettings {
    /// Addresses that the operator has named: they may be inside its network.
    pub named: Vec<String>,
    /// A file of certificates in PEM to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
}

impl QueryClient {
    /// Makes a client that trusts the system's certificates.
    pub fn new(fetch: &FetchSettings) -> Result<Arc<Self>, SendError> {
        let settings = ClientSettings { connect_timeout: CONNECT_TIMEOUT, timeout: TIMEOUT, ca_file: None };
        let fetcher = Fetcher::new(tls_config(fetch.ca_file.as_deref())?, &fetch.named)?;
        Ok(Arc::new(Self { client: Client::new(settings)?, fetcher }))
    }

    fn send(&self, call: &QueryCall<'_>) -> Result<hyper::Response<Bytes>, SendError> {
        let encode =
            |(name, value): &(&str, &str)| format!("{}={}", percent_encode(name), percent_encode(value));
        let body = call.parameters.iter().map(encode).collect::<Vec<_>>().join("&");
        let mut request = Request::post(format!("{}/", call.endpoint.trim_end_matches('/')))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
            .body(Bytes::from(body))
            .map_err(|error| SendError::Refused(error.to_string()))?;
        let signer = Signer {
            access_key_id: call.access_key_id,
            secret: call.secret.expose(),
            session_token: None,
            region: call.region,
            service: call.service,
        };
        sign(&mut request, &signer, call.now)?;
        self.client.send(request)
    }
}

impl Outgoing for QueryClient {
    fn query(&self, call: &QueryCall<'_>) -> Result<QueryAnswer, NoAnswer> {
        let response = self.send(call).map_err(|error| NoAnswer(error.to_string()))?;
        let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
        let date = date.and_then(Timestamp::parse_http_date);
        let body = xml::read(response.body()).map_err(|error| NoAnswer(error.to_string()))?;
        Ok(QueryAnswer { status: response.status().as_u16(), body, date })
    }

    fn get(&self, url: &str) -> Result<Vec<u8>, NoAnswer> {
        self.fetcher.get(url).map(Into::into).map_err(|error| NoAnswer(error.to_string()))
    }
}
