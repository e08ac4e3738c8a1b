//! Wildcards: `*` stands for any run of characters, `?` for one.
//!
//! A pattern is kept as bytes in which two that no UTF-8 text contains stand for the wildcards, so that
//! a `*` that came out of a variable stays a plain character. Matching never goes back: the piece
//! before the first `*` is anchored at the start, the piece after the last at the end, and each piece
//! between is taken where it is first found. A piece without `?` is found by a linear search, one with
//! `?` by bits, 64 of its characters at a time. So a pattern written to be slow is not.

use memchr::memmem;

/// Any run of characters, the empty one too.
const ANY: u8 = 0xFF;
/// Exactly one character.
const ONE: u8 = 0xFE;

/// Appends `text` to a pattern, its `*` and `?` as wildcards.
pub(crate) fn push_wildcards(text: &str, pattern: &mut Vec<u8>) {
    pattern.extend(text.bytes().map(|byte| match byte {
        b'*' => ANY,
        b'?' => ONE,
        plain => plain,
    }));
}

/// Whether a pattern contains a wildcard.
pub(crate) fn has_wildcards(pattern: &[u8]) -> bool {
    pattern.iter().any(|byte| matches!(*byte, ANY | ONE))
}

/// Whether a pattern matches every text.
pub(crate) fn matches_all(pattern: &[u8]) -> bool {
    !pattern.is_empty() && pattern.iter().all(|byte| *byte == ANY)
}

/// Whether the pattern matches the whole text.
pub(crate) fn matches(pattern: &[u8], text: &str) -> bool {
    scan(pattern, text.as_bytes()).0
}

/// The answer, and how many steps it took, so that a test can hold the bound without a clock.
fn scan(pattern: &[u8], text: &[u8]) -> (bool, usize) {
    let mut pieces = pattern.split(|byte| *byte == ANY);
    let first = pieces.next().unwrap_or_default();
    let mut steps = first.len();
    let Some(mut rest) = strip_start(first, text) else { return (false, steps) };
    let Some(last) = pieces.next_back() else { return (rest.is_empty(), steps) };
    steps += last.len();
    match strip_end(last, rest) {
        Some(before) => rest = before,
        None => return (false, steps),
    }
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        let found = find(piece, rest, &mut steps);
        match found.and_then(|end| rest.get(end..)) {
            Some(after) => rest = after,
            None => return (false, steps),
        }
    }
    (true, steps)
}

/// What is left of the text behind a piece it begins with.
fn strip_start<'t>(piece: &[u8], mut text: &'t [u8]) -> Option<&'t [u8]> {
    for expected in piece {
        let (byte, rest) = text.split_first()?;
        text = rest;
        if *expected == ONE {
            while let Some((next, rest)) = text.split_first()
                && continues(*next)
            {
                text = rest;
            }
        } else if byte != expected {
            return None;
        }
    }
    Some(text)
}

/// What is left of the text before a piece it ends with.
fn strip_end<'t>(piece: &[u8], mut text: &'t [u8]) -> Option<&'t [u8]> {
    for expected in piece.iter().rev() {
        let (mut byte, mut rest) = text.split_last()?;
        if *expected == ONE {
            while continues(*byte) {
                (byte, rest) = rest.split_last()?;
            }
        } else if byte != expected {
            return None;
        }
        text = rest;
    }
    Some(text)
}

/// Where the first occurrence of a piece ends.
fn find(piece: &[u8], text: &[u8], steps: &mut usize) -> Option<usize> {
    let (end, words) = if has_wildcards(piece) {
        (find_with_ones(piece, text), piece.len().div_ceil(64))
    } else {
        (memmem::find(text, piece).map(|start| start + piece.len()), 1)
    };
    *steps += piece.len() + words * end.unwrap_or(text.len());
    end
}

/// Shift-and: the bits of `state` say which beginnings of the piece end at the present byte, 64 of them
/// a word, so that each byte of the text is looked at once.
struct Word {
    /// For each byte, at which places of the piece it stands.
    literals: [u64; 256],
    /// The places of `?`.
    ones: u64,
    state: u64,
}

impl Word {
    fn of(places: &[u8]) -> Self {
        let mut word = Self { literals: [0; 256], ones: 0, state: 0 };
        for (place, byte) in places.iter().enumerate() {
            let places =
                if *byte == ONE { Some(&mut word.ones) } else { word.literals.get_mut(usize::from(*byte)) };
            if let Some(places) = places {
                *places |= 1 << place;
            }
        }
        word
    }

    /// Takes one byte of the text; `carry` is whether the place before this word was reached.
    fn step(&mut self, byte: u8, carry: u64) -> u64 {
        let literal = self.literals.get(usize::from(byte)).copied().unwrap_or(0);
        let carried_out = self.state >> 63;
        let shifted = self.state << 1 | carry;
        // A `?` takes the first byte of a character and then stays through the others of it.
        self.state = if continues(byte) {
            shifted & literal | self.state & self.ones
        } else {
            shifted & (literal | self.ones)
        };
        carried_out
    }
}

/// Where the first occurrence of a piece with `?` in it ends.
fn find_with_ones(piece: &[u8], text: &[u8]) -> Option<usize> {
    let mut words: Vec<Word> = piece.chunks(64).map(Word::of).collect();
    let last_place = (piece.len() - 1) % 64;
    for (at, byte) in text.iter().enumerate() {
        words.iter_mut().fold(1, |carry, word| word.step(*byte, carry));
        if words.last().is_some_and(|word| word.state >> last_place & 1 == 1) {
            let tail = text.get(at + 1..).unwrap_or_default();
            return Some(at + 1 + tail.iter().take_while(|byte| continues(**byte)).count());
        }
    }
    None
}

/// Whether a byte continues a character rather than beginning one.
fn continues(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Vec<u8> {
        let mut pattern = Vec::new();
        push_wildcards(text, &mut pattern);
        pattern
    }

    #[test]
    fn wildcards_match_as_documented() {
        let cases = [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("?", "", false),
            ("?", "é", true),
            ("??", "é", false),
            ("a*", "a", true),
            ("*a", "ba", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*ab*ab*", "abab", true),
            ("*ab*ab*", "aba", false),
            ("a*b?d*e", "axxbxbcdxe", true),
            ("*?é?*", "aébc", true),
            ("*a?c*", "abbaXc", true),
            ("*a?c*", "aéc", true),
            ("*?é", "日é", true),
            ("é*", "日é", false),
            ("*aab?", "aaaabé", true),
            ("GetObject", "getobject", false),
        ];
        for (glob, text, expected) in cases {
            assert_eq!(matches(&pattern(glob), text), expected, "`{glob}` against `{text}`");
        }
    }

    #[test]
    fn every_short_pattern_agrees_with_the_definition() {
        fn naive(pattern: &[char], text: &[char]) -> bool {
            match (pattern.split_first(), text.split_first()) {
                (None, None) => true,
                (Some(('*', rest)), _) => {
                    naive(rest, text) || (!text.is_empty() && naive(pattern, &text[1..]))
                }
                (Some((p, rest)), Some((t, tail))) => (*p == '?' || p == t) && naive(rest, tail),
                _ => false,
            }
        }
        let words = |letters: &[char], length: u32| -> Vec<Vec<char>> {
            (0..=length)
                .flat_map(|length| (0..letters.len().pow(length)).map(move |n| (n, length)))
                .map(|(n, length)| {
                    (0..length).map(|i| letters[n / letters.len().pow(i) % letters.len()]).collect()
                })
                .collect()
        };
        let texts = words(&['a', 'é'], 5);
        for glob in words(&['a', 'é', '?', '*'], 5) {
            for text in &texts {
                let (glob_text, plain): (String, String) = (glob.iter().collect(), text.iter().collect());
                assert_eq!(
                    matches(&pattern(&glob_text), &plain),
                    naive(&glob, text),
                    "`{glob_text}` `{plain}`"
                );
            }
        }
    }

    #[test]
    fn long_pieces_with_question_marks_cross_words() {
        let piece = format!("{}?{}", "a".repeat(70), "b".repeat(70));
        let text = format!("{}{}é{}tail", "a".repeat(7), "a".repeat(70), "b".repeat(70));
        assert!(matches(&pattern(&format!("*{piece}*")), &text));
        assert!(!matches(&pattern(&format!("*{piece}*c*")), &text));
    }

    #[test]
    fn a_policy_bomb_costs_linear_work() {
        let text = "a".repeat(2048);
        let bombs = [
            "*a".repeat(1024) + "b",
            "*a".repeat(1000) + "*b*",
            "*".repeat(2048) + "b",
            format!("*{}b*", "a".repeat(1000)),
            format!("*{}?b*", "a".repeat(40)),
            "*a?".repeat(600) + "*b*",
        ];
        for bomb in bombs {
            let (matched, steps) = scan(&pattern(&bomb), text.as_bytes());
            assert!(!matched);
            assert!(steps <= 2 * (bomb.len() + text.len()), "{steps} steps");
        }
        // A piece longer than a word costs one more pass for each 64 characters, never one for each.
        let bomb = format!("*{}?b*", "a".repeat(1000));
        assert!(scan(&pattern(&bomb), text.as_bytes()).1 <= bomb.len() + text.len() * 16);
    }
}
