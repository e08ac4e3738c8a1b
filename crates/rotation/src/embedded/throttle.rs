//! How fast endpoints are called: one bucket of tokens an endpoint, shared by all rotations.
//!
//! Endpoints do not publish what they allow, so the rate is found out: it halves when an endpoint throttles, and
//! recovers while it does not. A rotation whose endpoint has no token left is looked at later; nothing waits.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keystead_core::Timestamp;

/// Calls a second that an endpoint is trusted to take at first, and at most.
const RATE_FIRST: f64 = 10.0;
const RATE_MAX: f64 = 50.0;
/// One call in twenty seconds: an endpoint that throttles that is asked again all the same.
const RATE_MIN: f64 = 0.05;
/// By how much the rate recovers with each call that was answered.
const RECOVERY: f64 = 0.1;
/// Throttling that several calls under way meet together halves the rate once.
const HALVES_EVERY: Duration = Duration::from_secs(1);

/// The buckets of all endpoints.
#[derive(Debug, Default)]
pub struct Throttles(Mutex<BTreeMap<String, Bucket>>);

#[derive(Clone, Debug)]
struct Bucket {
    rate: f64,
    tokens: f64,
    seen_at: Timestamp,
    halved_at: Timestamp,
}

impl Bucket {
    fn new(now: Timestamp) -> Self {
        Self { rate: RATE_FIRST, tokens: RATE_FIRST, seen_at: now, halved_at: Timestamp::default() }
    }

    /// Tokens come in with time, a second's worth at most. A clock that was set back brings none.
    fn refill(&mut self, now: Timestamp) {
        self.tokens =
            (self.tokens + now.since(self.seen_at).as_secs_f64() * self.rate).min(self.rate.max(1.0));
        self.seen_at = now;
    }
}

impl Throttles {
    fn on<T>(&self, endpoint: &str, now: Timestamp, work: impl FnOnce(&mut Bucket) -> T) -> T {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(endpoint.to_owned()).or_insert_with(|| Bucket::new(now));
        bucket.refill(now);
        work(bucket)
    }

    /// When the endpoint may be called again, if not now.
    pub fn wait(&self, endpoint: &str, now: Timestamp) -> Option<Timestamp> {
        self.on(endpoint, now, |bucket| {
            let missing = 1.0 - bucket.tokens;
            (missing > 0.0).then(|| now.plus(Duration::from_secs_f64(missing / bucket.rate)))
        })
    }

    /// Counts a call. A step of a rotation makes several and is not broken off: the bucket may go below zero.
    pub(super) fn take(&self, endpoint: &str, now: Timestamp) {
        self.on(endpoint, now, |bucket| bucket.tokens -= 1.0);
    }

    /// Counts an answer.
    pub(super) fn learn(&self, endpoint: &str, now: Timestamp, was_throttled: bool) {
        self.on(endpoint, now, |bucket| {
            if !was_throttled {
                bucket.rate = (bucket.rate + RECOVERY).min(RATE_MAX);
            } else if now.since(bucket.halved_at) >= HALVES_EVERY {
                bucket.rate = (bucket.rate / 2.0).max(RATE_MIN);
                bucket.tokens = bucket.tokens.min(0.0);
                bucket.halved_at = now;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(1_000_000_000 + millis * 1000)
    }

    #[test]
    fn an_endpoint_is_called_at_its_rate_and_no_other_suffers() {
        let throttles = Throttles::default();
        for _ in 0..10 {
            assert_eq!(throttles.wait("a", at(0)), None);
            throttles.take("a", at(0));
        }
        assert_eq!(throttles.wait("a", at(0)), Some(at(100)));
        assert_eq!(throttles.wait("b", at(0)), None);
        assert_eq!(throttles.wait("a", at(100)), None);
    }

    #[test]
    fn the_rate_halves_when_throttled_and_recovers() {
        let throttles = Throttles::default();
        let rate = |now| throttles.on("a", now, |bucket| bucket.rate);
        for _ in 0..5 {
            throttles.learn("a", at(0), true);
        }
        assert!((rate(at(0)) - 5.0).abs() < 1e-9, "calls under way together halve it once");
        throttles.learn("a", at(2000), true);
        assert!((rate(at(2000)) - 2.5).abs() < 1e-9);
        assert_eq!(throttles.wait("a", at(2000)), Some(at(2400)));
        for _ in 0..1000 {
            throttles.learn("a", at(3000), false);
        }
        assert!((rate(at(3000)) - RATE_MAX).abs() < 1e-9);
        for second in 0..100 {
            throttles.learn("a", at(5000 + second * 1000), true);
        }
        assert!(rate(at(200_000)) >= RATE_MIN);
    }
}
