//! Whether access keys keep to a rule of age, as auditors look at it. A rotation has two keys for a while: the new one
//! that nobody uses yet and the old one that is inactive are no failures.

use std::time::Duration;

use keystead_core::{KeyStatus, Timestamp};
use keystead_store::fleet::KeyLine;

use crate::planned::span;

const DAY: Duration = Duration::from_hours(24);
const AGE_DAYS: u32 = 90;
const UNUSED_AFTER: Duration = Duration::from_hours(24 * 45);

/// A rule that keys keep to or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The CIS AWS Foundations Benchmark: 90 days of age, 45 without use, one active key a user, none of the root user.
    Cis,
    /// No active key is older than so many days.
    Days(u32),
}

impl Rule {
    /// `cis`, `90d` or a number of days.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "cis" {
            return Some(Self::Cis);
        }
        let days: u32 = text.strip_suffix('d').unwrap_or(text).parse().ok()?;
        (days > 0).then_some(Self::Days(days))
    }

    /// What is wrong with a key by this rule, or that nothing is; in words.
    pub fn check(self, key: &KeyLine, now: Timestamp) -> (bool, String) {
        if key.status == KeyStatus::Inactive {
            return (true, "Inactive: it opens nothing.".to_owned());
        }
        let faults: Vec<String> = [self.age(key, now), self.use_(key, now), self.number(key), self.root(key)]
            .into_iter()
            .flatten()
            .collect();
        if faults.is_empty() {
            let under_way = if key.rotation_id.is_some() { ", being rotated" } else { "" };
            return (true, format!("{} old{under_way}.", span(now.since(key.created_at))));
        }
        (false, format!("{}.", faults.join("; ")))
    }

    fn age(self, key: &KeyLine, now: Timestamp) -> Option<String> {
        let days = match self {
            Self::Cis => AGE_DAYS,
            Self::Days(days) => days,
        };
        let age = now.since(key.created_at);
        let under_way = if key.rotation_id.is_some() { ", though its rotation is under way" } else { "" };
        (age > DAY * days).then(|| format!("{} old, more than {days}{under_way}", span(age)))
    }

    fn use_(self, key: &KeyLine, now: Timestamp) -> Option<String> {
        let idle = now.since(key.last_used_at.unwrap_or(key.created_at));
        let is_unused = self == Self::Cis && key.rotation_id.is_none() && idle > UNUSED_AFTER;
        is_unused.then(|| format!("not used for {}", span(idle)))
    }

    fn number(self, key: &KeyLine) -> Option<String> {
        let is_one_of_many = self == Self::Cis && key.rotation_id.is_none() && key.active_keys > 1;
        is_one_of_many.then(|| format!("one of {} active keys of its user", key.active_keys))
    }

    fn root(self, key: &KeyLine) -> Option<String> {
        (self == Self::Cis && key.user_name.is_none()).then(|| "a key of the root user".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn key(days: u32) -> KeyLine {
        KeyLine {
            key: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
            owner_id: "AIDA".to_owned(),
            user_name: Some("app".to_owned()),
            status: KeyStatus::Active,
            created_at: NOW.minus(DAY * days),
            last_used_at: Some(NOW),
            credential: None,
            rotation_id: None,
            active_keys: 1,
        }
    }

    #[test]
    fn both_keys_of_a_rotation_are_right_and_the_same_without_one_are_not() {
        let rotation_id = Some("r".to_owned());
        let inactive = KeyLine { status: KeyStatus::Inactive, ..key(100) };
        assert!(Rule::Cis.check(&inactive, NOW).0, "the old key while it is watched");
        for (one, fault) in [
            (KeyLine { last_used_at: None, active_keys: 2, ..key(50) }, "not used for 50 days"),
            (KeyLine { active_keys: 2, ..key(1) }, "one of 2 active keys"),
        ] {
            assert!(Rule::Cis.check(&one, NOW).1.contains(fault));
            assert!(Rule::Cis.check(&KeyLine { rotation_id: rotation_id.clone(), ..one.clone() }, NOW).0);
            assert!(Rule::Days(90).check(&one, NOW).0);
        }
    }

    #[test]
    fn an_old_key_fails_whatever_is_under_way() {
        let rotating = KeyLine { rotation_id: Some("r".to_owned()), ..key(91) };
        let (is_right, sentence) = Rule::Cis.check(&rotating, NOW);
        assert!(!is_right && sentence.contains("though its rotation is under way"), "{sentence}");
        assert!(Rule::Days(100).check(&rotating, NOW).0);
        assert!(Rule::Cis.check(&key(89), NOW).0);
        assert!(!Rule::Cis.check(&KeyLine { user_name: None, ..key(1) }, NOW).0, "a root user has none");
    }

    #[test]
    fn rules_are_read() {
        assert_eq!(
            ["cis", "90d", "30"].map(Rule::parse),
            [Some(Rule::Cis), Some(Rule::Days(90)), Some(Rule::Days(30))]
        );
        assert_eq!(["", "d", "0", "-1", "soon"].map(Rule::parse), [None; 5]);
    }
}
