//! Work that goes on after the reply to the request that asked for it. Each has a name and is under way once
//! at most; they take turns, so that however many accounts ask, one of them reads and writes at a time.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The work under way and waiting.
#[derive(Clone, Default)]
pub struct Jobs(Arc<Shared>);

#[derive(Default)]
struct Shared {
    names: Mutex<HashSet<String>>,
    turn: Mutex<()>,
}

/// Forgets the name when the work has ended, in whatever way.
struct Entry {
    jobs: Jobs,
    name: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.jobs.0.names.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

impl Jobs {
    /// Starts `work` on a thread of its own; false where work of that name has not ended yet.
    pub fn start(&self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<bool> {
        let mut names = self.0.names.lock().unwrap_or_else(PoisonError::into_inner);
        if !names.insert(name.to_owned()) {
            return Ok(false);
        }
        drop(names);
        let entry = Entry { jobs: self.clone(), name: name.to_owned() };
        thread::Builder::new().name("job".to_owned()).spawn(move || {
            // Work that panicked leaves nothing behind that the next would trip over.
            let _turn = entry.jobs.0.turn.lock().unwrap_or_else(PoisonError::into_inner);
            work();
        })?;
        Ok(true)
    }

    /// Whether work of that name is under way or waits for its turn.
    pub fn is_under_way(&self, name: &str) -> bool {
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
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
        let started = jobs.start("one", move || {
            let _ = wait.recv();
            panic!("the work fails");
        });
        assert!(started.unwrap());
        assert!(!jobs.start("one", || unreachable!("it is under way")).unwrap());
        assert!(jobs.start("two", || {}).unwrap(), "another waits for its turn");
        assert!(jobs.is_under_way("one") && jobs.is_under_way("two"));
        drop(go);
        while jobs.is_under_way("one") || jobs.is_under_way("two") {
            thread::yield_now();
        }
        assert!(jobs.start("one", || {}).unwrap());
    }
}
