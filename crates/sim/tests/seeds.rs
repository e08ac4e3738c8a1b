//! Ten thousand seeds keep every rule, and each rule has been seen to be broken.

use keystead_sim::{Checker, Sabotage, run};

const SEEDS: u64 = 10_000;
const SEEDS_SABOTAGED: u64 = 600;

#[test]
fn ten_thousand_seeds_break_no_rule() {
    for seed in 0..SEEDS {
        let report = run(seed, None, false);
        if let Some(violation) = report.violation {
            panic!("seed {seed}: {violation}\nreplay it with: cargo xtask sim --seed {seed}");
        }
    }
}

#[test]
fn every_sabotage_is_found_by_its_checker() {
    let is_found = |&(sabotage, expected): &(Sabotage, &[Checker])| {
        let mut violations =
            (0..SEEDS_SABOTAGED).filter_map(|seed| run(seed, Some(sabotage), false).violation);
        violations.any(|violation| expected.contains(&violation.checker))
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
