//! Where wrong passwords come from. A source that gives many is asked for something besides, which costs a program more
//! than a person; it is never shut out, for many people may share an address.
//!
//! It is kept in memory and bounded: what a restart forgets is a few guesses, each of which its principal's budget counts.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keystead_core::Timestamp;

/// How long a wrong password counts, from the first of them on.
const WINDOW: Duration = Duration::from_mins(15);
/// How many sources are remembered, at some hundred bytes each.
const CAPACITY: usize = 20_000;

/// Wrong passwords, by source.
pub struct Sources {
    wrong_max: u32,
    seen: quick_cache::sync::Cache<Box<str>, Arc<Mutex<Seen>>>,
}

struct Seen {
    since: Timestamp,
    wrong: u32,
}

impl Sources {
    /// Sources that may give so many wrong passwords in a quarter of an hour before they are doubted.
    pub fn new(wrong_max: u32) -> Self {
        Self { wrong_max, seen: quick_cache::sync::Cache::new(CAPACITY) }
    }

    /// Whether a source has given so many wrong passwords lately.
    pub fn is_doubted(&self, source: &str, now: Timestamp) -> bool {
        let Some(seen) = self.seen.get(&network(source)) else { return false };
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.since.plus(WINDOW) > now && seen.wrong >= self.wrong_max
    }

    /// Counts a wrong password.
    pub fn count_wrong(&self, source: &str, now: Timestamp) {
        let nothing_yet = || Ok::<_, Infallible>(Arc::new(Mutex::new(Seen { since: now, wrong: 0 })));
        let Ok(seen) = self.seen.get_or_insert_with(&network(source), nothing_yet);
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.since.plus(WINDOW) <= now {
            *seen = Seen { since: now, wrong: 0 };
        }
        seen.wrong = seen.wrong.saturating_add(1);
        if seen.wrong == self.wrong_max {
            tracing::warn!(
                source,
                wrong = seen.wrong,
                "many wrong passwords come from one address: until {} sign-ins from there answer a challenge too",
                seen.since.plus(WINDOW)
            );
        }
    }
}

/// What one party is given of addresses: one of IPv4, and of IPv6 a network of 64 bits.
fn network(source: &str) -> Box<str> {
    match source.parse() {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}").into()
        }
        _ => source.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_doubted_for_a_while_and_no_other_is() {
        let sources = Sources::new(3);
        let at = Timestamp::from_secs;
        for second in 0..3 {
            assert!(!sources.is_doubted("192.0.2.1", at(second)));
            sources.count_wrong("192.0.2.1", at(second));
        }
        assert!(sources.is_doubted("192.0.2.1", at(3)) && !sources.is_doubted("192.0.2.2", at(3)));
        assert!(sources.is_doubted("192.0.2.1", at(899)) && !sources.is_doubted("192.0.2.1", at(900)));
        sources.count_wrong("192.0.2.1", at(900));
        assert!(!sources.is_doubted("192.0.2.1", at(900)), "it begins anew");
    }

    #[test]
    fn a_network_of_64_bits_is_one_source() {
        let sources = Sources::new(2);
        let now = Timestamp::from_secs(0);
        for source in ["2001:db8:1:2::1", "2001:db8:1:2:ffff::1"] {
            sources.count_wrong(source, now);
        }
        assert!(
            sources.is_doubted("2001:db8:1:2:3:4:5:6", now) && !sources.is_doubted("2001:db8:1:3::1", now)
        );
    }

    #[test]
    fn any_number_of_sources_takes_bounded_memory() {
        let sources = Sources::new(2);
        for number in 0..100_000_u32 {
            sources.count_wrong(&std::net::Ipv4Addr::from(number).to_string(), Timestamp::from_secs(0));
        }
        assert!(sources.seen.len() <= CAPACITY);
    }
}
