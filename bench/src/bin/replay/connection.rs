//! One keep-alive connection with at most one request in flight.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, SocketAddrV4},
    time::{Duration, Instant},
};

use mio::{Interest, Registry, Token, net::TcpStream};

use crate::recording::Request;

pub struct Connection<'a> {
    stream: TcpStream,
    request: Request<'a>,
    sent: usize,
    began: Instant,
    reply: Vec<u8>,
    received: usize,
    is_in_flight: bool,
}

/// What an event brought.
pub enum Progress {
    Waiting,
    Answered { status: u16, expected: u16, latency: Duration, is_reusable: bool },
    Cut,
}

impl<'a> Connection<'a> {
    pub fn open(address: SocketAddrV4, registry: &Registry, token: Token) -> io::Result<Self> {
        let mut stream = TcpStream::connect(SocketAddr::V4(address))?;
        stream.set_nodelay(true)?;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self {
            stream,
            request: Request { expected: 0, bytes: &[] },
            sent: 0,
            began: Instant::now(),
            reply: vec![0; 16 * 1024],
            received: 0,
            is_in_flight: false,
        })
    }

    pub fn send(&mut self, request: Request<'a>) -> io::Result<()> {
        self.request = request;
        self.sent = 0;
        self.received = 0;
        self.is_in_flight = true;
        self.began = Instant::now();
        self.write()
    }

    /// Sends and receives what can be without waiting.
    pub fn advance(&mut self) -> io::Result<Progress> {
        if !self.is_in_flight {
            return Ok(Progress::Waiting);
        }
        self.write()?;
        let is_ended = self.read()?;
        if let Some(reply) = read_reply(&self.reply[..self.received])? {
            self.is_in_flight = false;
            return Ok(Progress::Answered {
                status: reply.status,
                expected: self.request.expected,
                latency: self.began.elapsed(),
                is_reusable: !reply.is_last && !is_ended,
            });
        }
        if is_ended {
            self.is_in_flight = false;
            return Ok(Progress::Cut);
        }
        Ok(Progress::Waiting)
    }

    fn write(&mut self) -> io::Result<()> {
        while self.sent < self.request.bytes.len() {
            match self.stream.write(&self.request.bytes[self.sent..]) {
                Ok(count) => self.sent += count,
                // A server that ended the connection is seen when reading.
                Err(error) if is_later_or_gone(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// True at the end of the stream.
    fn read(&mut self) -> io::Result<bool> {
        loop {
            if self.received == self.reply.len() {
                self.reply.resize(self.reply.len() * 2, 0);
            }
            match self.stream.read(&mut self.reply[self.received..]) {
                Ok(0) => return Ok(true),
                Ok(count) => self.received += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if is_later_or_gone(&error) => return Ok(error.kind() != ErrorKind::NotConnected),
                Err(error) => return Err(error),
            }
        }
    }
}

fn is_later_or_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::NotConnected | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
    )
}

struct Reply {
    status: u16,
    is_last: bool,
}

/// The reply, once all of it is in `bytes`. Replies without a length are not expected and are an error.
fn read_reply(bytes: &[u8]) -> io::Result<Option<Reply>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes).map_err(io::Error::other)? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let value = |name: &str| {
        response
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value)
    };
    let body: usize = value("content-length")
        .and_then(|text| str::from_utf8(text).ok()?.parse().ok())
        .ok_or_else(|| io::Error::other("a reply without a length"))?;
    let is_last = value("connection").is_some_and(|text| text.eq_ignore_ascii_case(b"close"));
    let status = response.code.unwrap_or(0);
    Ok((bytes.len() >= head + body).then_some(Reply { status, is_last }))
}
