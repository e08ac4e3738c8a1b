//! Pages that follow what they show: a stream of server-sent events, each the part of the page that changed.
//!
//! Whoever is signed out is sent nothing more. A stream ends after some minutes, and the browser asks anew; so do those
//! that are too many.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Either;
use hyper::Response;
use keystead_gate::Gate;
use keystead_gate::console::Visit;
use tokio::sync::{Semaphore, mpsc};

use super::door;
use crate::route::{HttpResponse, Live};

/// How many pages are followed at once.
pub(super) const STREAMS_MAX: usize = 200;
/// How often it is looked whether a page changed.
const EVERY: Duration = Duration::from_secs(1);
/// How often: a stream lasts five minutes.
const LOOKS: usize = 300;

/// Follows a page.
pub(super) fn follow(
    gate: Arc<Gate>,
    head: http::request::Parts,
    page: &str,
    visit: Visit,
    streams: &Arc<Semaphore>,
) -> HttpResponse {
    let Ok(place) = Arc::clone(streams).try_acquire_owned() else {
        return door::plain(503, "Too many pages are followed at once. This one is loaded by hand.");
    };
    let (sender, receiver) = mpsc::channel(4);
    let (head, page) = (Arc::new(head), page.to_owned());
    tokio::spawn(async move {
        let _place = place;
        let mut shown = String::new();
        for _ in 0..LOOKS {
            let (gate, head, page) = (Arc::clone(&gate), Arc::clone(&head), page.clone());
            let visit = Visit { now: gate.clock().now(), ..visit.clone() };
            let look = tokio::task::spawn_blocking(move || door::part(gate, &head, &page, visit));
            let Ok(Some(html)) = look.await else { break };
            // What did not change is told by a comment, by which a closed connection shows.
            let event = if html == shown { Bytes::from_static(b":\n\n") } else { event(&html) };
            if sender.send(event).await.is_err() {
                break;
            }
            shown = html;
            tokio::time::sleep(EVERY).await;
        }
        let _ = sender.send(Bytes::from_static(b"event: end\ndata:\n\n")).await;
    });
    let mut response = Response::new(Either::Right(Live(receiver)));
    door::head(&mut response, 200, "text/event-stream");
    response
}

/// An event that holds a page's part, each of its lines by itself.
fn event(html: &str) -> Bytes {
    let mut event = String::from("event: part\n");
    for line in html.lines() {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    Bytes::from(event)
}
