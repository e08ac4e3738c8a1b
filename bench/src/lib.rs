//! How work in process is timed, the same for all that is.

const ROUNDS: usize = 15;

/// Nanoseconds a call, the median over rounds in which all take turns.
pub fn medians_ns<const N: usize>(calls: u32, works: [&dyn Fn(); N]) -> [f64; N] {
    let mut rounds: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for (work, times) in works.iter().zip(&mut rounds) {
            let began = cpu_ns();
            (0..calls).for_each(|_| work());
            times.push((cpu_ns() - began) as f64 / f64::from(calls));
        }
    }
    rounds.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    })
}

/// Time this thread has had on a processor, which does not grow while others are having theirs.
fn cpu_ns() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place to write to for the length of the call.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(failed, 0, "the thread's clock cannot be read");
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
