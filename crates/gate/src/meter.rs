//! Counters for metrics that are told apart by a name from outside. How many names are kept is bounded, so that nobody
//! can fill the memory, or whoever collects the metrics, by going by many.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many names are told apart; all further ones are counted as [`OTHERS`].
const NAMES_MAX: usize = 200;
/// The longest name, in characters; the rest of it is cut off.
const NAME_MAX: usize = 100;
/// The name of all beyond the first [`NAMES_MAX`].
const OTHERS: &str = "others";

/// Counts by name, since the start of the server.
#[derive(Debug, Default)]
pub struct Meter(Mutex<BTreeMap<String, u64>>);

impl Meter {
    /// Counts so many more for a name.
    pub fn add(&self, name: &str, count: u64) {
        let mut counts = self.lock();
        let name: String = name.chars().take(NAME_MAX).collect();
        let name =
            if counts.len() < NAMES_MAX || counts.contains_key(&name) { name } else { OTHERS.to_owned() };
        let counted = counts.entry(name).or_default();
        *counted = counted.saturating_add(count);
    }

    /// What was counted.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_bound_are_counted_together() {
        let meter = Meter::default();
        for number in 0..NAMES_MAX + 3 {
            meter.add(&format!("name {number}"), 2);
        }
        meter.add("name 0", 5);
        let counts = meter.counts();
        assert_eq!(counts.len(), NAMES_MAX + 1);
        assert_eq!((counts["name 0"], counts[OTHERS]), (7, 6));
    }
}
