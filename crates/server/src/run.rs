//! The server from start to clean stop.

use std::io;
use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_gate::Gate;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::admin::Admin;
use crate::console::Console;
use crate::leaks::Leaks;
use crate::listener::Bound;
use crate::mail::Mailbox;
use crate::metrics::Metrics;
use crate::route::Routes;
use crate::worker::{self, Run};

/// Serves until SIGINT or SIGTERM, then finishes what is under way and writes what is in memory.
///
/// `threads` is the number of threads that answer requests; `started` is called once requests are taken.
pub fn run(
    gate: &Arc<Gate>,
    main: Bound,
    admin: Bound,
    mailbox: Mailbox,
    threads: usize,
    started: impl FnOnce(),
) -> Result<()> {
    let run = Arc::new(Run::begin(gate)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .map_err(keystead_aws::Fault::internal)?;
    let served = runtime.block_on(serve(&run, gate, (main, admin), mailbox, started));
    // Jobs still under way get the drain's time and no more.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    run.end()?;
    served.map_err(keystead_aws::Fault::internal)
}

async fn serve(
    run: &Arc<Run>,
    gate: &Arc<Gate>,
    (main, admin): (Bound, Bound),
    mailbox: Mailbox,
    started: impl FnOnce(),
) -> io::Result<()> {
    // Whoever sees the server answer may stop it, so signals are listened for before anything answers.
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (stop, stopping) = watch::channel(false);
    let metrics = Arc::new(Metrics::of(gate));
    let workers = worker::start(run, mailbox, &metrics, &stopping);
    let admin = tokio::spawn(admin.serve(Arc::new(Admin { metrics }), stopping.clone()));
    let console = Console::of(gate);
    let routes = Routes { gate: Arc::clone(gate), leaks: Leaks::default(), console };
    let main = tokio::spawn(main.serve(Arc::new(routes), stopping));
    started();
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: no new requests are taken, those under way are finished");
    let _ = stop.send(true);
    for task in workers {
        let _ = task.await;
    }
    main.await.map_err(io::Error::other)??;
    admin.await.map_err(io::Error::other)?
}
