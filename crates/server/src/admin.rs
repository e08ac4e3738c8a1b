//! The admin listener: is it alive, is it ready, and how much of what. Tells nothing that needs protection.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use keystead_gate::Gate;

use crate::route::{Answer, Connection, HttpResponse};

pub(crate) struct Admin {
    pub(crate) gate: Arc<Gate>,
}

impl Answer for Admin {
    async fn answer(&self, request: Request<Incoming>, _: &Connection) -> HttpResponse {
        let (status, text) = match request.uri().path() {
            "/healthz" => (StatusCode::OK, "alive\n".to_owned()),
            // The listeners open only once the key ring is built, so whoever can ask finds it ready.
            "/readyz" => (StatusCode::OK, "ready\n".to_owned()),
            "/metrics" => (StatusCode::OK, metrics(&self.gate)),
            _ => (StatusCode::NOT_FOUND, "There is /healthz, /readyz and /metrics.\n".to_owned()),
        };
        let mut response = Response::new(Full::new(Bytes::from(text)));
        *response.status_mut() = status;
        response
    }
}

/// Counters in Prometheus' text format.
fn metrics(gate: &Gate) -> String {
    let (keys, principals) = gate.ring().sizes();
    let statistics = gate.store().statistics();
    let mut text = String::new();
    for (name, help, kind, value) in [
        ("keystead_access_keys", "Access keys in the key ring.", "gauge", keys as u64),
        ("keystead_principals", "Users and root users in the key ring.", "gauge", principals as u64),
        ("keystead_store_commands_total", "Commands committed.", "counter", statistics.commits),
        (
            "keystead_store_commits_total",
            "Transactions they were committed in.",
            "counter",
            statistics.batches,
        ),
    ] {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
    }
    let name = "keystead_unauthenticated_requests_total";
    let _ = writeln!(
        text,
        "# HELP {name} Requests refused before their sender was known.\n# TYPE {name} counter"
    );
    for (code, count) in gate.auditor().unauthenticated_counts() {
        let _ = writeln!(text, "{name}{{code=\"{code}\"}} {count}");
    }
    text
}
