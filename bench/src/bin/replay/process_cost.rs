//! What a process has used so far, from /proc: figures that hold on a machine busy with other things too.

use std::fs;

/// Processor time and memory of a process; zeros where there is none to look at.
#[derive(Default)]
pub struct ProcessCost {
    pub cpu_s: f64,
    pub rss_kib: u64,
}

impl ProcessCost {
    pub fn read(pid: Option<u32>) -> Self {
        pid.map_or_else(Self::default, |pid| Self { cpu_s: cpu_s(pid), rss_kib: rss_kib(pid) })
    }
}

/// Time on a processor over all threads, from the scheduler, which counts nanoseconds and not ticks.
fn cpu_s(pid: u32) -> f64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return 0.0 };
    let nanoseconds: u64 = threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    nanoseconds as f64 / 1e9
}

fn rss_kib(pid: u32) -> u64 {
    fs::read_to_string(format!("/proc/{pid}/status"))
        .ok()
        .and_then(|status| {
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.trim().trim_end_matches(" kB").trim().parse().ok()
        })
        .unwrap_or(0)
}
