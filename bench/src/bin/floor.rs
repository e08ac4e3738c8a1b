//! The floor: hyper alone, on one thread, answering every request with the same bytes.
//!
//! The bytes are a reply recorded from Keystead (status line, headers, body), so that whatever Keystead
//! costs over this is what its work costs.

use std::{convert::Infallible, error::Error, fs, net::Ipv4Addr};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::Incoming,
    header::{HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::LocalSet};

/// What every request is answered with.
#[derive(Clone)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, port, recorded] = arguments.as_slice() else {
        return Err("usage: floor PORT RECORDED_REPLY".into());
    };
    let reply = read_reply(&fs::read(recorded)?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, serve(port.parse()?, reply))
}

async fn serve(port: u16, reply: Reply) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let reply = reply.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(move |request| answer(request, reply.clone()));
            // A client that goes away is none of the floor's concern.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, reply: Reply) -> Result<Response<Full<Bytes>>, Infallible> {
    // Read to the end, as a server must that has to hash it.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}

/// Reads the recorded reply; the headers hyper writes itself are left to it.
fn read_reply(bytes: &[u8]) -> Result<Reply, Box<dyn Error>> {
    let mut parsed = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut parsed);
    let httparse::Status::Complete(head) = response.parse(bytes)? else { return Err("half a reply".into()) };
    let mut headers = HeaderMap::new();
    for header in response.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes())?;
        if !["content-length", "connection", "date"].contains(&name.as_str()) {
            headers.append(name, HeaderValue::from_bytes(header.value)?);
        }
    }
    let status = StatusCode::from_u16(response.code.unwrap_or(200))?;
    Ok(Reply { status, headers, body: Bytes::copy_from_slice(&bytes[head..]) })
}
