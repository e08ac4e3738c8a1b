//! Passwords that are guessed first: a list of the most common ones, and words that stand near.
//!
//! NIST SP 800-63B-4 asks to refuse common, breached and expected passwords, the service's and the user's name
//! among them, and what is derived from these. Refused are, in whatever case:
//! - each entry of the list, the user's name, the account's name, the root address as a whole and the part before
//!   its `@`, and `keystead`;
//! - each of these with anything that is not a letter before or after it: `Password2026!`;
//! - each of these repeated, whole or with its beginning: `keysteadkeystead`, `12345678901234567890`;
//! - up to four characters repeated: `abababababababab`.

use std::collections::HashSet;
use std::io::Read;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use keystead_core::password::Names;

/// What Keystead itself is called.
const OWN_NAME: &str = "keystead";
/// So few characters are a pattern however often they are repeated.
const PATTERN_MAX: usize = 4;

/// The list, read at its first use. Where it came from stands in the NOTICE beside it.
static COMMON: LazyLock<HashSet<Box<str>>> = LazyLock::new(|| {
    let packed: &[u8] = include_bytes!("../../data/common-passwords.txt.gz");
    let mut list = String::new();
    // The list is part of the binary, and a test reads it: it cannot be damaged where the binary is not.
    let _ = GzDecoder::new(packed).read_to_string(&mut list);
    list.lines().map(Box::from).collect()
});

/// Whether a password is common, or simply made from a common one or from a name that stands near.
pub(crate) fn is_guessable(password: &str, names: &Names<'_>) -> bool {
    let password = password.to_lowercase();
    let local_part = names.root_email.split('@').next().unwrap_or_default();
    let words = [names.user, names.account, names.root_email, local_part, OWN_NAME].map(str::to_lowercase);
    let is_word =
        |text: &str| COMMON.contains(text) || words.iter().any(|word| !word.is_empty() && word == text);
    let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphabetic()).to_owned();
    let unit = repeated_unit(&password);
    let is_pattern = unit.len() < password.len() && unit.chars().count() <= PATTERN_MAX;
    let stems = [bare(&password), repeated_unit(&bare(&password)), bare(&unit), unit, password];
    is_pattern || stems.iter().any(|stem| is_word(stem))
}

/// The shortest beginning of a text that, repeated, gives the whole, the last time perhaps not to its end.
fn repeated_unit(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let period = (1..characters.len())
        .find(|&period| characters.iter().zip(characters.iter().skip(period)).all(|(a, b)| a == b))
        .unwrap_or(characters.len());
    characters.into_iter().take(period).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'_> =
        Names { user: "mhernandez-ops", account: "Blue Heron Ltd", root_email: "cloud.root@heron.example" };

    #[test]
    fn the_list_is_there() {
        assert!(COMMON.len() > 10_000, "{}", COMMON.len());
        assert!(COMMON.contains("password") && COMMON.contains("1q2w3e4r5t6y7u8i9o0p"));
    }

    #[test]
    fn common_passwords_and_near_names_are_guessable_however_they_are_dressed() {
        for password in [
            "1Q2w3e4r5t6y7u8i9o0p",
            "123456789987654321",
            "Password20262026!",
            "!!!!!!!!Password",
            "passwordPASSWORD1",
            "12345678901234567890",
            "qwertyqwertyqwert",
            "keystead-2026-12-24",
            "KeysteadKeystead",
            "MHernandez-Ops2026",
            "blue heron ltd 1234",
            "cloud.root000000",
            "cloud.root@heron.example",
            "abababababababab",
            "aaaaaaaaaaaaaaaa",
        ] {
            assert!(is_guessable(password, &NAMES), "{password}");
        }
    }

    #[test]
    fn a_phrase_of_ones_own_is_not() {
        for password in [
            "correct horse battery staple",
            "the keystead of my aunt",
            "wJalrXUtnFEMIK7MDENG",
            "ops-mhernandez",
        ] {
            assert!(!is_guessable(password, &NAMES), "{password}");
            assert!(!is_guessable(password, &Names::default()), "{password}");
        }
    }
}
