//! Waiting that a person can end: commands that follow something end well at Ctrl-C.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT and SIGTERM, from when this was made on.
pub(crate) struct Interrupt {
    runtime: Runtime,
    signals: [Signal; 2],
}

impl Interrupt {
    /// Begins to listen; the signals no longer end the process by themselves.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let inside = runtime.enter();
        let signals = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
        drop(inside);
        Ok(Self { runtime, signals })
    }

    /// Waits, and tells whether a signal has come.
    pub(crate) fn comes_within(&mut self, duration: Duration) -> bool {
        self.next_within(duration).is_some()
    }

    /// Waits, and tells which signal has come.
    pub(crate) fn next_within(&mut self, duration: Duration) -> Option<SignalKind> {
        let [interrupt, terminate] = &mut self.signals;
        self.runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => Some(SignalKind::interrupt()),
                _ = terminate.recv() => Some(SignalKind::terminate()),
                () = tokio::time::sleep(duration) => None,
            }
        })
    }
}
