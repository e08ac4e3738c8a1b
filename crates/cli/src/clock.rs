//! The system's clock: the one place that reads it, and that waits.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use keystead_core::{Clock, Timestamp};

/// The wall clock of this machine.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else takes as an argument"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// Waits.
#[expect(clippy::disallowed_methods, reason = "commands that watch or retry wait here and nowhere else")]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}
