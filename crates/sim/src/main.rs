//! The `sim` command: plays many seeds, or replays one and tells what happened.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;
use keystead_sim::run;

/// Plays rotations in a world that fails.
#[derive(Parser)]
struct Arguments {
    /// How many seeds to play.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Replay this one seed and print all that happens.
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.seed {
        return replay(seed);
    }
    let mut ends: BTreeMap<&str, u64> = BTreeMap::new();
    let mut ticks = 0;
    for seed in arguments.from..arguments.from.saturating_add(arguments.seeds) {
        let report = run(seed, None, false);
        if let Some(violation) = report.violation {
            eprintln!("seed {seed}: {violation}\nreplay it with: cargo xtask sim --seed {seed}");
            return ExitCode::FAILURE;
        }
        *ends.entry(report.ended_in).or_default() += 1;
        ticks += report.ticks;
    }
    println!("{} seeds, {ticks} steps, no rule broken; they ended in {ends:?}", arguments.seeds);
    ExitCode::SUCCESS
}

fn replay(seed: u64) -> ExitCode {
    let report = run(seed, None, true);
    for line in &report.trace {
        println!("{line}");
    }
    println!("ended in {} after {} steps", report.ended_in, report.ticks);
    if report.violation.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
