//! A hundred thousand seeds keep every rule, and each rule has been seen to be broken.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use keystead_sim::{Checker, Sabotage, run};

const SEEDS: u64 = 100_000;
const SEEDS_SABOTAGED: u64 = 2_000;
/// Seeds a thread takes at a time.
const BATCH: u64 = 250;

/// Calls `play` with every seed, on every core, until it says that one is enough.
fn for_seeds(seeds: u64, play: impl Fn(u64) -> bool + Sync) {
    let (next, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let work = || {
        while !is_over.load(Ordering::Relaxed) {
            let from = next.fetch_add(BATCH, Ordering::Relaxed);
            if from >= seeds {
                return;
            }
            if (from..seeds.min(from + BATCH)).any(&play) {
                is_over.store(true, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
}

#[test]
fn a_hundred_thousand_seeds_break_no_rule() {
    for_seeds(SEEDS, |seed| {
        let violation = run(seed, None, false).violation;
        if let Some(violation) = &violation {
            panic!("seed {seed}: {violation}\nreplay it with: cargo xtask sim --seed {seed}");
        }
        false
    });
}

#[test]
fn every_sabotage_is_found_by_its_checker() {
    let is_found = |&(sabotage, expected): &(Sabotage, &[Checker])| {
        let found = AtomicBool::new(false);
        for_seeds(SEEDS_SABOTAGED, |seed| {
            let violation = run(seed, Some(sabotage), false).violation;
            let is_expected = violation.is_some_and(|violation| expected.contains(&violation.checker));
            found.fetch_or(is_expected, Ordering::Relaxed);
            is_expected
        });
        found.into_inner()
    };
    let missed: Vec<_> = Sabotage::ALL.into_iter().filter(|case| !is_found(case)).collect();
    assert!(missed.is_empty(), "not found in {SEEDS_SABOTAGED} seeds: {missed:?}");
}

#[test]
fn a_seed_is_replayed_exactly() {
    let (first, second) = (run(42, None, true), run(42, None, true));
    assert!(!first.trace.is_empty());
    assert_eq!(first.trace, second.trace);
}
