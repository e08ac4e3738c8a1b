//! Work that goes on after the reply to the request that asked for it. Each has a name and is under way once
//! at most; they take turns, so that however many accounts ask, one of them reads and writes at a time.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The work under way and waiting.
#[derive(Clone, Default)]
pub struct Jobs(Arc<Shared>);

#[derive(Default)]
struct Shared {
    names: Mutex<HashSet<String>>,
    turn: Mutex<()>,
}

/// The right to do the work of a name, which nobody else has until this is gone, in whatever way.
pub struct Claim {
    jobs: Jobs,
    name: String,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.jobs.names().remove(&self.name);
    }
}

impl Jobs {
    /// Claims the work of that name; none where it is claimed.
    pub fn claim(&self, name: &str) -> Option<Claim> {
        let is_free = self.names().insert(name.to_owned());
        is_free.then(|| Claim { jobs: self.clone(), name: name.to_owned() })
    }

    /// Whether work of that name is claimed: it is under way, or waits for its turn.
    pub fn is_under_way(&self, name: &str) -> bool {
        self.names().contains(name)
    }

    fn names(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// Starts the work on a thread of its own.
    pub fn start(self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let begin = move || {
            // Work that panicked leaves nothing behind that the next would trip over.
            let _turn = self.jobs.0.turn.lock().unwrap_or_else(PoisonError::into_inner);
            work();
        };
        thread::Builder::new().name("job".to_owned()).spawn(begin).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn work_of_one_name_is_under_way_once_and_may_panic() {
        let jobs = Jobs::default();
        let (go, wait) = channel::<()>();
        let work = move || {
            let _ = wait.recv();
            panic!("the work fails");
        };
        jobs.claim("one").unwrap().start(work).unwrap();
        assert!(jobs.claim("one").is_none(), "it is under way");
        jobs.claim("two").unwrap().start(|| {}).unwrap();
        assert!(jobs.is_under_way("one") && jobs.is_under_way("two"), "one waits for the other");
        drop(go);
        while jobs.is_under_way("one") || jobs.is_under_way("two") {
            thread::yield_now();
        }
        drop(jobs.claim("one").unwrap());
        assert!(!jobs.is_under_way("one"), "a claim that is not used is given up");
    }
}
