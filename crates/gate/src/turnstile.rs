//! A bound on work that is dear in memory and time, such as hashing passwords: so many at once, a short queue
//! behind them, and a refusal beyond it, whatever arrives.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use keystead_aws::error::{Fault, Result};

/// Lets a few through at a time. Those who wait do so on their own threads, which must be ones that may block.
pub struct Turnstile {
    inside_max: usize,
    waiting_max: usize,
    crowd: Mutex<Crowd>,
    freed: Condvar,
}

#[derive(Default)]
struct Crowd {
    inside: usize,
    waiting: usize,
}

/// A place inside, given back when dropped.
struct Place<'t>(&'t Turnstile);

impl Turnstile {
    /// A turnstile for `inside_max` at once and `waiting_max` in the queue.
    pub fn new(inside_max: usize, waiting_max: usize) -> Self {
        Self { inside_max, waiting_max, crowd: Mutex::default(), freed: Condvar::new() }
    }

    /// Runs `work` when there is room for it, or refuses it at once where too many wait already.
    pub fn pass<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        let _place = self.enter()?;
        Ok(work())
    }

    fn enter(&self) -> Result<Place<'_>> {
        let mut crowd = self.crowd();
        if crowd.inside >= self.inside_max {
            if crowd.waiting >= self.waiting_max {
                return Err(Fault::Throttling("Rate exceeded".to_owned()));
            }
            crowd.waiting += 1;
            crowd = self
                .freed
                .wait_while(crowd, |crowd| crowd.inside >= self.inside_max)
                .unwrap_or_else(PoisonError::into_inner);
            crowd.waiting -= 1;
        }
        crowd.inside += 1;
        Ok(Place(self))
    }

    fn crowd(&self) -> MutexGuard<'_, Crowd> {
        self.crowd.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.crowd().inside -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn no_more_than_its_number_are_inside_and_nobody_waits_behind_a_full_queue() {
        let (turnstile, inside, most) = (Turnstile::new(2, 3), AtomicUsize::new(0), AtomicUsize::new(0));
        let refused = AtomicUsize::new(0);
        let work = || {
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Whoever is inside stays until everybody has come.
            while refused.load(Ordering::SeqCst) < 4 {
                thread::yield_now();
            }
            inside.fetch_sub(1, Ordering::SeqCst);
        };
        let one = || match turnstile.pass(work) {
            Ok(()) => {}
            Err(Fault::Throttling(_)) => drop(refused.fetch_add(1, Ordering::SeqCst)),
            Err(other) => panic!("{other:?}"),
        };
        thread::scope(|scope| (0..9).for_each(|_| drop(scope.spawn(one))));
        assert_eq!((most.into_inner(), refused.into_inner()), (2, 4));
    }

    #[test]
    fn a_panic_inside_gives_its_place_back() {
        let turnstile = Turnstile::new(1, 0);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            turnstile.pass(|| panic!("as is told"))
        }));
        assert!(panicked.is_err());
        assert_eq!(turnstile.pass(|| 7), Ok(7));
    }
}
