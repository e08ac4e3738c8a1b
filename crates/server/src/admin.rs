//! The admin listener: is it alive, is it ready, and how much of what. It tells no secret, but names of consumers and
//! addresses of clients.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};

use crate::metrics::Metrics;
use crate::route::{Answer, Connection, HttpResponse, whole};

pub(crate) struct Admin {
    pub(crate) metrics: Arc<Metrics>,
}

impl Answer for Admin {
    async fn answer(&self, request: Request<Incoming>, _: &Connection) -> HttpResponse {
        let (status, text) = match request.uri().path() {
            "/healthz" => (StatusCode::OK, "alive\n".to_owned()),
            // The listeners open only once the key ring is built, so whoever can ask finds it ready.
            "/readyz" => (StatusCode::OK, "ready\n".to_owned()),
            "/metrics" => (StatusCode::OK, self.metrics.text()),
            _ => (StatusCode::NOT_FOUND, "There is /healthz, /readyz and /metrics.\n".to_owned()),
        };
        let mut response = Response::new(whole(text));
        *response.status_mut() = status;
        response
    }
}
