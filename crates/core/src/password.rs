//! What a password has to be and how long it is good. Pure rules: hashes, lists of words and the count of
//! attempts are the authority's.

use std::fmt;
use std::time::Duration;

use crate::time::Timestamp;

/// The most characters of a password.
pub const MAX_LENGTH: usize = 128;
/// How many former passwords a policy can ask about: AWS's bound of `PasswordReusePrevention`.
pub const REUSE_MAX: i64 = 24;
/// How long before its end a password's owner is warned.
const WARNING_DAYS: i64 = 15;
const DAY: Duration = Duration::from_hours(24);
/// Source: IAM User Guide, "Setting an account password policy".
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

/// Whether a character is of a kind that a policy can ask for.
type IsOfKind = fn(char) -> bool;

/// Where a policy comes from, which decides what is asked besides its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyOrigin {
    /// Nothing was set: AWS's default asks for three of the four kinds of characters, and for a password that
    /// is not the account's name or address.
    Default,
    /// The account set AWS's fields; they are all there is to it.
    Fields,
    /// The preset after NIST SP 800-63B-4: no common passwords, no words that stand near.
    Nist,
}

/// The password policy of an account, in AWS's fields. It binds users, never the root user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the fields are AWS's")]
pub struct PasswordPolicy {
    /// Where it comes from.
    pub origin: PolicyOrigin,
    /// The fewest characters.
    pub minimum_length: i64,
    /// At least one of the symbols AWS counts.
    pub require_symbols: bool,
    /// At least one of 0 to 9.
    pub require_numbers: bool,
    /// At least one of A to Z.
    pub require_uppercase: bool,
    /// At least one of a to z.
    pub require_lowercase: bool,
    /// Whether users may change their own password without a policy that says so.
    pub allow_users_to_change: bool,
    /// After how many days a password expires.
    pub max_age_days: Option<i64>,
    /// How many of a user's last passwords, the present one among them, cannot be set again.
    pub reuse_prevention: Option<i64>,
    /// Whether an expired password can be replaced by an administrator only.
    pub hard_expiry: Option<bool>,
}

/// Names that a password must not be, or be made from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'n> {
    /// The user's name.
    pub user: &'n str,
    /// The account's name.
    pub account: &'n str,
    /// The root user's address.
    pub root_email: &'n str,
}

/// A rule that a password breaks. It prints as what the password does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenRule {
    /// Fewer characters than this.
    TooShort(i64),
    /// More characters than [`MAX_LENGTH`].
    TooLong,
    /// No symbol.
    NoSymbol,
    /// No digit.
    NoNumber,
    /// No letter of A to Z.
    NoUppercase,
    /// No letter of a to z.
    NoLowercase,
    /// Characters of fewer than three kinds.
    TooFewKinds,
    /// It is the account's name or address.
    IsAccount,
    /// It is a common password, or simply made from one or from a name that stands near.
    Guessable,
    /// It is one of the last so many.
    Reused(i64),
}

impl fmt::Display for BrokenRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort(minimum) => write!(f, "has fewer than {minimum} characters"),
            Self::TooLong => write!(f, "has more than {MAX_LENGTH} characters"),
            Self::NoSymbol => write!(f, "has none of the symbols {SYMBOLS}"),
            Self::NoNumber => f.write_str("has no digit"),
            Self::NoUppercase => f.write_str("has no letter of A to Z"),
            Self::NoLowercase => f.write_str("has no letter of a to z"),
            Self::TooFewKinds => f.write_str(
                "has characters of fewer than three of these kinds: upper case, lower case, digits, symbols",
            ),
            Self::IsAccount => f.write_str("is the account's name or e-mail address"),
            Self::Guessable => f.write_str(
                "is common, or made from a common password, a name or address of the user or account, or `keystead`",
            ),
            Self::Reused(remembered) => write!(f, "is one of the last {remembered} used"),
        }
    }
}

/// How a password stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Good, and for longer than anybody has to be told.
    Good,
    /// Good for so many more days, at most; its owner is to be told.
    EndsInDays(i64),
    /// Expired: good for nothing but being replaced.
    Expired,
    /// Expired, and only an administrator can replace it.
    HardExpired,
}

impl PasswordPolicy {
    /// What holds where nothing was set. Source: IAM User Guide, "Setting an account password policy".
    pub const DEFAULT: Self = Self { origin: PolicyOrigin::Default, ..Self::of_length(8) };

    /// What holds for root users, whom no policy binds.
    pub const ROOT: Self = Self::of_length(8);

    /// Length and a list of what is guessed first, and nothing that makes people choose by a pattern.
    /// Source: NIST SP 800-63B-4, section 3.1.1.2.
    pub const NIST: Self =
        Self { origin: PolicyOrigin::Nist, allow_users_to_change: true, ..Self::of_length(15) };

    const fn of_length(minimum_length: i64) -> Self {
        Self {
            origin: PolicyOrigin::Fields,
            minimum_length,
            require_symbols: false,
            require_numbers: false,
            require_uppercase: false,
            require_lowercase: false,
            allow_users_to_change: false,
            max_age_days: None,
            reuse_prevention: None,
            hard_expiry: None,
        }
    }

    /// Every rule that `password` breaks. `is_guessable` is asked only where the policy wants to know.
    pub fn broken_rules(
        &self,
        password: &str,
        names: &Names<'_>,
        is_guessable: impl Fn(&str, &Names<'_>) -> bool,
    ) -> Vec<BrokenRule> {
        let length = password.chars().count();
        let lacks = |is_of_kind: IsOfKind| !password.chars().any(is_of_kind);
        let kinds: [(bool, IsOfKind, BrokenRule); 4] = [
            (self.require_symbols, |c| SYMBOLS.contains(c), BrokenRule::NoSymbol),
            (self.require_numbers, |c| c.is_ascii_digit(), BrokenRule::NoNumber),
            (self.require_uppercase, |c| c.is_ascii_uppercase(), BrokenRule::NoUppercase),
            (self.require_lowercase, |c| c.is_ascii_lowercase(), BrokenRule::NoLowercase),
        ];
        let missing = kinds.iter().filter(|(_, kind, _)| lacks(*kind)).count();
        let is_default = self.origin == PolicyOrigin::Default;
        let is_account = |name: &str| !name.is_empty() && name.to_lowercase() == password.to_lowercase();
        let mut checks = vec![
            ((length as i64) < self.minimum_length, BrokenRule::TooShort(self.minimum_length)),
            (length > MAX_LENGTH, BrokenRule::TooLong),
        ];
        checks.extend(kinds.map(|(required, kind, rule)| (required && lacks(kind), rule)));
        checks.extend([
            (is_default && missing > 1, BrokenRule::TooFewKinds),
            (
                is_default && (is_account(names.account) || is_account(names.root_email)),
                BrokenRule::IsAccount,
            ),
            (self.origin == PolicyOrigin::Nist && is_guessable(password, names), BrokenRule::Guessable),
        ]);
        checks.into_iter().filter(|(broken, _)| *broken).map(|(_, rule)| rule).collect()
    }

    /// When a password set at `set_at` expires; the age counts at once, also of passwords set before the policy.
    pub fn expires_at(&self, set_at: Timestamp) -> Option<Timestamp> {
        let days = u32::try_from(self.max_age_days?).ok()?;
        Some(set_at.plus(DAY.saturating_mul(days)))
    }

    /// How a password set at `set_at` stands at `now`.
    pub fn validity(&self, set_at: Timestamp, now: Timestamp) -> Validity {
        let Some(expires_at) = self.expires_at(set_at) else { return Validity::Good };
        if now >= expires_at {
            return if self.hard_expiry == Some(true) { Validity::HardExpired } else { Validity::Expired };
        }
        match expires_at.since(now).as_micros().div_ceil(DAY.as_micros()) as i64 {
            days if days <= WARNING_DAYS => Validity::EndsInDays(days),
            _ => Validity::Good,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'_> =
        Names { user: "alice", account: "Example Corp 1!", root_email: "Root1@example.com" };

    fn broken(policy: &PasswordPolicy, password: &str) -> Vec<BrokenRule> {
        policy.broken_rules(password, &NAMES, |password, names| password.contains(names.user))
    }

    #[test]
    fn the_default_asks_for_three_of_four_kinds() {
        use BrokenRule::{IsAccount, TooFewKinds, TooLong, TooShort};
        let long = format!("A1!{}", "a".repeat(126));
        for (password, rules) in [
            ("Abcdefg1", &[][..]),
            ("abcdef1!", &[]),
            ("ABCDEF1!", &[]),
            ("Abc1!", &[TooShort(8)]),
            ("abcdefg1", &[TooFewKinds]),
            // AWS counts letters of the Latin alphabet and its own symbols only.
            ("äöüÄÖÜ12", &[TooFewKinds]),
            ("abcdef1;", &[TooFewKinds]),
            ("a", &[TooShort(8), TooFewKinds]),
            ("EXAMPLE corp 1!", &[IsAccount]),
            ("rOOT1@example.com", &[IsAccount]),
            (&long, &[TooLong]),
        ] {
            assert_eq!(broken(&PasswordPolicy::DEFAULT, password), rules, "{password}");
        }
    }

    #[test]
    fn the_fields_of_aws_are_all_there_is_to_a_policy_that_was_set() {
        use BrokenRule::{NoLowercase, NoNumber, NoSymbol, NoUppercase, TooShort};
        let numbers_only = PasswordPolicy::of_length(6);
        assert_eq!(broken(&numbers_only, "111111"), []);
        assert_eq!(broken(&numbers_only, "Example Corp 1!"), []);
        let strict = PasswordPolicy {
            require_symbols: true,
            require_numbers: true,
            require_uppercase: true,
            require_lowercase: true,
            ..numbers_only
        };
        assert_eq!(broken(&strict, "aB3|cd"), []);
        assert_eq!(broken(&strict, ""), [TooShort(6), NoSymbol, NoNumber, NoUppercase, NoLowercase]);
        for symbol in SYMBOLS.chars() {
            assert_eq!(broken(&strict, &format!("aB3cd{symbol}")), [], "{symbol}");
        }
    }

    #[test]
    fn the_preset_counts_characters_and_asks_the_list() {
        assert_eq!(broken(&PasswordPolicy::NIST, "fifteen letters"), []);
        assert_eq!(broken(&PasswordPolicy::NIST, &"é".repeat(14)), [BrokenRule::TooShort(15)]);
        assert_eq!(broken(&PasswordPolicy::NIST, "made from alice"), [BrokenRule::Guessable]);
    }

    #[test]
    fn a_password_ages_from_when_it_was_set() {
        let day = |days: i64| Timestamp::from_secs(days * 86_400);
        let policy = PasswordPolicy { max_age_days: Some(90), ..PasswordPolicy::of_length(6) };
        let second_before = |at: Timestamp| at.minus(Duration::from_secs(1));
        for (now, validity) in [
            (day(0), Validity::Good),
            (second_before(day(75)), Validity::Good),
            (day(75), Validity::EndsInDays(15)),
            (day(89), Validity::EndsInDays(1)),
            (second_before(day(90)), Validity::EndsInDays(1)),
            (day(90), Validity::Expired),
        ] {
            assert_eq!(policy.validity(day(0), now), validity, "{now}");
        }
        let hard = PasswordPolicy { hard_expiry: Some(true), ..policy };
        assert_eq!(hard.validity(day(0), day(90)), Validity::HardExpired);
        assert_eq!(PasswordPolicy::DEFAULT.validity(day(0), day(9999)), Validity::Good);
    }
}
