//! Wildcards: `*` stands for any run of characters, `?` for one.
//!
//! A pattern is kept as bytes in which two that no UTF-8 text contains stand for the wildcards, so that
//! a `*` that came out of a variable stays a plain character. Matching never goes back: the piece
//! before the first `*` is anchored at the start, the piece after the last at the end, and each piece
//! between is taken where it is first found. A piece without `?` is found by a linear search, one with
//! `?` by the [`Subject`], 64 places at a time. So a pattern written to be slow is not.

use std::cell::RefCell;
use std::collections::HashMap;

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
pub(crate) fn matches(pattern: &[u8], subject: &Subject<'_>) -> bool {
    scan(pattern, subject).0
}

/// The answer, and how many steps it took, so that a test can hold the bound without a clock.
fn scan(pattern: &[u8], subject: &Subject<'_>) -> (bool, usize) {
    let text = subject.text.as_bytes();
    let mut pieces = pattern.split(|byte| *byte == ANY);
    let first = pieces.next().unwrap_or_default();
    let mut steps = first.len();
    let Some(rest) = strip_start(first, text) else { return (false, steps) };
    let Some(last) = pieces.next_back() else { return (rest.is_empty(), steps) };
    steps += last.len();
    let Some(between) = strip_end(last, rest) else { return (false, steps) };
    let mut start = text.len() - rest.len();
    let end = start + between.len();
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        let found = if has_wildcards(piece) {
            subject.find(piece, start, &mut steps)
        } else {
            let left = text.get(start..end).unwrap_or_default();
            let found = memmem::find(left, piece).map(|at| start + at + piece.len());
            steps += piece.len() + found.unwrap_or(end) - start;
            found
        };
        match found {
            Some(after) if after <= end => start = after,
            _ => return (false, steps),
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

/// Whether a byte continues a character rather than beginning one.
fn continues(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// A text that patterns are put to. What it learns of itself for one pattern serves the next.
#[derive(Clone, Debug)]
pub(crate) struct Subject<'t> {
    text: &'t str,
    /// Made when the first piece with `?` in it is looked for.
    places: RefCell<Option<Places>>,
}

/// Where each character of a text stands.
#[derive(Clone, Debug)]
struct Places {
    letters: Vec<char>,
    /// The byte each character begins at, and the end of the text.
    starts: Vec<usize>,
    /// For each character asked about, one bit a place.
    of: HashMap<char, Vec<u64>>,
}

impl<'t> Subject<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, places: RefCell::new(None) }
    }

    pub(crate) fn as_str(&self) -> &'t str {
        self.text
    }

    /// Where the first occurrence of a piece with `?` in it ends that begins at or behind byte `from`.
    fn find(&self, piece: &[u8], from: usize, steps: &mut usize) -> Option<usize> {
        self.places.borrow_mut().get_or_insert_with(|| Places::of(self.text)).find(piece, from, steps)
    }
}

impl Places {
    fn of(text: &str) -> Self {
        let (mut starts, letters): (Vec<usize>, Vec<char>) = text.char_indices().unzip();
        starts.push(text.len());
        Self { letters, starts, of: HashMap::new() }
    }

    /// All places of a word of 64 are tried at once: a place stays while each letter of the piece stands
    /// as far behind it as it should.
    fn find(&mut self, piece: &[u8], from: usize, steps: &mut usize) -> Option<usize> {
        let wanted = letters_of(piece);
        *steps += wanted.len();
        for letter in wanted.iter().flatten() {
            let letters = &self.letters;
            self.of.entry(*letter).or_insert_with(|| places_of(*letter, letters));
        }
        let rows = wanted
            .iter()
            .enumerate()
            .filter_map(|(offset, letter)| Some((offset, self.of.get(&(*letter)?)?)));
        let rows: Vec<(usize, &Vec<u64>)> = rows.collect();
        let first = self.starts.partition_point(|start| *start < from);
        let last = self.letters.len().checked_sub(wanted.len())?;
        for word in first / 64..=last / 64 {
            let mut places = if word == first / 64 { u64::MAX << (first % 64) } else { u64::MAX };
            for (offset, row) in &rows {
                if places == 0 {
                    break;
                }
                places &= sixty_four(row, word * 64 + offset);
                *steps += 1;
            }
            if places != 0 {
                let begin = word * 64 + places.trailing_zeros() as usize;
                return self.starts.get(begin + wanted.len()).copied().filter(|_| begin <= last);
            }
        }
        None
    }
}

/// The characters of a piece, `None` for `?`.
fn letters_of(piece: &[u8]) -> Vec<Option<char>> {
    let mut letters = Vec::new();
    for (n, plain) in piece.split(|byte| *byte == ONE).enumerate() {
        if n > 0 {
            letters.push(None);
        }
        // Wildcards stand for whole characters, so what lies between them is UTF-8.
        letters.extend(str::from_utf8(plain).unwrap_or_default().chars().map(Some));
    }
    letters
}

fn places_of(letter: char, letters: &[char]) -> Vec<u64> {
    let word = |letters: &[char]| {
        letters
            .iter()
            .enumerate()
            .fold(0_u64, |word, (place, found)| word | u64::from(*found == letter) << place)
    };
    letters.chunks(64).map(word).collect()
}

/// The bits of a row from place `from` on.
fn sixty_four(row: &[u64], from: usize) -> u64 {
    let word = |at: usize| row.get(at).copied().unwrap_or(0);
    let shift = (from % 64) as u32;
    word(from / 64) >> shift | word(from / 64 + 1).checked_shl(64 - shift).unwrap_or(0)
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
            assert_eq!(matches(&pattern(glob), &Subject::new(text)), expected, "`{glob}` against `{text}`");
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
                    matches(&pattern(&glob_text), &Subject::new(&plain)),
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
        let subject = Subject::new(&text);
        assert!(matches(&pattern(&format!("*{piece}*")), &subject));
        assert!(matches(&pattern(&format!("*{piece}*?ai?")), &subject));
        assert!(!matches(&pattern(&format!("*{piece}*?c*")), &subject));
        assert!(!matches(&pattern(&format!("*{piece}*{piece}*")), &subject));
        assert!(!matches(&pattern("*?x*tail"), &subject));
    }

    #[test]
    fn b12_a_bomb_of_wildcards_costs_linear_work() {
        let text = "a".repeat(2048);
        let bombs = [
            "*a".repeat(1024) + "b",
            "*a".repeat(1000) + "*b*",
            "*".repeat(2048) + "b",
            format!("*{}b*", "a".repeat(1000)),
            format!("*{}?b*", "a".repeat(1000)),
            format!("*{}?b*", "a".repeat(40)),
            "*a?".repeat(600) + "*b*",
            "*?".repeat(1000) + "*b*",
        ];
        for bomb in bombs {
            let (matched, steps) = scan(&pattern(&bomb), &Subject::new(&text));
            assert!(!matched);
            // A piece with `?` is looked for 64 places at a time, and each is found but once.
            let bound = 2 * (bomb.len() + text.len()) + bomb.len() * text.len() / 64;
            assert!(steps <= bound, "{steps} steps, {bound} at most");
        }
    }
}
