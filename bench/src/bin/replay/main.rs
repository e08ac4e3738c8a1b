//! Replays signed requests against a server on loopback and reports what it cost, as one line of JSON.
//!
//! One thread, many keep-alive connections, one request in flight on each: a closed loop. The load is
//! bounded in requests and in seconds, and any address but 127.0.0.1 is refused. `bench/sign.py` writes
//! the file of requests, each with the status it must be answered with.

mod connection;
mod process_cost;
mod recording;

use std::{
    collections::BTreeMap,
    error::Error,
    net::SocketAddrV4,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Parser;
use connection::{Connection, Progress};
use mio::{Events, Poll, Token};
use process_cost::ProcessCost;
use recording::Recording;

const SECONDS_MAX: f64 = 120.0;
/// How long answers are awaited after the last request was sent.
const GRACE: Duration = Duration::from_secs(20);

#[derive(Parser)]
struct Arguments {
    /// Where to send: 127.0.0.1 and a port.
    #[arg(long)]
    address: SocketAddrV4,
    /// The requests, as `bench/sign.py` writes them.
    #[arg(long)]
    requests: PathBuf,
    #[arg(long, default_value_t = 1)]
    connections: usize,
    /// No request is begun after this many seconds.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Send each request once, instead of beginning again at the end of the file.
    #[arg(long)]
    once: bool,
    /// The server's process, to report its processor time and memory.
    #[arg(long)]
    pid: Option<u32>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    if !arguments.address.ip().is_loopback() {
        return Err("only loopback addresses may be loaded".into());
    }
    let recording = Recording::read(&arguments.requests)?;
    let before = ProcessCost::read(arguments.pid);
    let tally = run(&arguments, &recording)?;
    let after = ProcessCost::read(arguments.pid);
    println!("{}", tally.report(&before, &after));
    Ok(())
}

/// What came of a run.
#[derive(Default)]
struct Tally {
    seconds: f64,
    latencies_ns: Vec<u64>,
    statuses: BTreeMap<u16, u64>,
    /// Answers with another status than the request was recorded to have.
    unexpected: u64,
    /// Connections that ended before the answer.
    cut: u64,
}

impl Tally {
    fn count(&mut self, latency: Duration, status: u16, expected: u16) {
        self.latencies_ns.push(latency.as_nanos() as u64);
        *self.statuses.entry(status).or_default() += 1;
        self.unexpected += u64::from(status != expected);
    }

    fn report(mut self, before: &ProcessCost, after: &ProcessCost) -> serde_json::Value {
        self.latencies_ns.sort_unstable();
        let requests = self.latencies_ns.len();
        let quantile_us = |part: f64| {
            let index = (requests.saturating_sub(1) as f64 * part) as usize;
            self.latencies_ns.get(index).map_or(0.0, |&ns| ns as f64 / 1e3)
        };
        serde_json::json!({
            "requests": requests,
            "seconds": self.seconds,
            "per_second": requests as f64 / self.seconds,
            "p50_us": quantile_us(0.5),
            "p99_us": quantile_us(0.99),
            "max_us": quantile_us(1.0),
            "statuses": self.statuses,
            "unexpected": self.unexpected,
            "cut": self.cut,
            "server_cpu_us": (after.cpu_s - before.cpu_s) * 1e6 / requests.max(1) as f64,
            "server_rss_kib": after.rss_kib,
        })
    }
}

fn run(arguments: &Arguments, recording: &Recording) -> Result<Tally, Box<dyn Error>> {
    let mut poll = Poll::new()?;
    let began = Instant::now();
    let last_start = Duration::from_secs_f64(arguments.seconds.min(SECONDS_MAX));
    let mut requests = recording.in_order(arguments.once);
    let mut tally = Tally { latencies_ns: Vec::with_capacity(1 << 20), ..Tally::default() };

    let mut connections = Vec::new();
    for (number, request) in requests.by_ref().take(arguments.connections).enumerate() {
        let mut connection = Connection::open(arguments.address, poll.registry(), Token(number))?;
        connection.send(request)?;
        connections.push(connection);
    }

    let mut in_flight = connections.len();
    let mut events = Events::with_capacity(1024);
    while in_flight > 0 && began.elapsed() < last_start + GRACE {
        poll.poll(&mut events, Some(Duration::from_secs(1)))?;
        for event in &events {
            let connection = &mut connections[event.token().0];
            let is_reusable = match connection.advance()? {
                Progress::Waiting => continue,
                Progress::Answered { status, expected, latency, is_reusable } => {
                    tally.count(latency, status, expected);
                    is_reusable
                }
                Progress::Cut => {
                    tally.cut += 1;
                    false
                }
            };
            let next = if began.elapsed() < last_start { requests.next() } else { None };
            let Some(request) = next else {
                in_flight -= 1;
                continue;
            };
            if !is_reusable {
                *connection = Connection::open(arguments.address, poll.registry(), event.token())?;
            }
            connection.send(request)?;
        }
    }
    tally.seconds = began.elapsed().as_secs_f64();
    tally.cut += in_flight as u64;
    Ok(tally)
}
