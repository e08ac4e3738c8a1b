//! Hiding values in output that is kept: wherever a value appears, `<hidden input NAME>` stands instead.
//!
//! A value is recognised as it is, line by line, escaped in JSON or in an address, and in base64 wherever it begins.
//! What passes is held back only while it could still become a value, so that one in pieces is hidden as well.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use keystead_aws::percent_encode;

use crate::variables::Variable;

/// A line of a value, or an escaped form of it, that is shorter is too common to be told from other output.
const PART_MIN: usize = 4;
/// A piece of base64 that is shorter is as common.
const BASE64_MIN: usize = 8;
/// Where the usual programs break lines of base64.
const BASE64_LINES: [usize; 2] = [64, 76];

/// Something to hide, and what stands instead.
struct Form {
    bytes: Vec<u8>,
    instead: String,
}

/// Everything to hide, by its first byte.
pub(crate) struct Mask(Vec<Vec<Form>>);

impl Mask {
    /// Hides the variables that are sensitive.
    pub(crate) fn new(variables: &[Variable]) -> Self {
        let mut by_first: Vec<Vec<Form>> = (0..=u8::MAX).map(|_| Vec::new()).collect();
        for variable in variables.iter().filter(|variable| variable.sensitive) {
            for bytes in forms(variable.value.expose()) {
                let instead = format!("<hidden input {}>", variable.name);
                by_first[usize::from(bytes[0])].push(Form { bytes, instead });
            }
        }
        Self(by_first)
    }

    /// A stream of output to be masked.
    pub(crate) fn stream(&self) -> Stream<'_> {
        Stream { mask: self, held: Vec::new(), hidden: 0 }
    }
}

/// A stream of output on its way through the mask.
pub(crate) struct Stream<'m> {
    mask: &'m Mask,
    /// What could be the beginning of a value.
    held: Vec<u8>,
    /// How many bytes of what is held belong to a value that was recognised.
    hidden: usize,
}

impl Stream<'_> {
    /// Takes the next piece, and gives what can be shown by now.
    pub(crate) fn pass(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend(piece);
        self.advance(false)
    }

    /// Gives what is left: no more will come.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.advance(true)
    }

    fn advance(&mut self, is_end: bool) -> Vec<u8> {
        let mut shown = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while let Some(&first) = self.held.get(at) {
            let rest = &self.held[at..];
            let forms = &self.mask.0[usize::from(first)];
            if !is_end
                && forms.iter().any(|form| form.bytes.len() > rest.len() && form.bytes.starts_with(rest))
            {
                break;
            }
            // Values may overlap: what belongs to any of them is hidden.
            let found = forms.iter().filter(|form| rest.starts_with(&form.bytes));
            if let Some(form) = found.max_by_key(|form| form.bytes.len()) {
                if self.hidden == 0 {
                    shown.extend(form.instead.as_bytes());
                }
                self.hidden = self.hidden.max(form.bytes.len());
            }
            match self.hidden.checked_sub(1) {
                Some(left) => self.hidden = left,
                None => shown.push(first),
            }
            at += 1;
        }
        self.held.drain(..at);
        shown
    }
}

/// The forms in which a value may appear; none of them is empty.
fn forms(value: &str) -> BTreeSet<Vec<u8>> {
    let mut forms = BTreeSet::from([value.as_bytes().to_vec()]);
    let mut parts: Vec<String> = value.lines().map(str::to_owned).collect();
    parts.push(serde_json::Value::from(value).to_string().trim_matches('"').to_owned());
    parts.push(percent_encode(value));
    forms.extend(parts.into_iter().filter(|part| part.len() >= PART_MIN).map(String::into_bytes));
    for offset in 0..3 {
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = encode_at(engine, offset, value.as_bytes());
            let lines = BASE64_LINES.into_iter().flat_map(|length| encoded.as_bytes().chunks(length));
            let lines = lines.chain([encoded.as_bytes()]).filter(|line| line.len() >= BASE64_MIN);
            forms.extend(lines.map(<[u8]>::to_vec));
        }
    }
    // An array of values is a value of its own, and so is each of its elements.
    let elements: Vec<String> = serde_json::from_str(value).unwrap_or_default();
    forms.extend(elements.iter().flat_map(|element| self::forms(element)));
    forms.remove(&Vec::new());
    forms
}

/// The base64 of a value that begins at this place of a group of three bytes, without the letters at its ends that
/// also depend on its neighbours.
fn encode_at(engine: &impl Engine, offset: usize, value: &[u8]) -> String {
    let mut bytes = vec![0; offset];
    bytes.extend(value);
    let encoded = engine.encode(&bytes);
    let first = [0, 2, 3][offset];
    let whole = bytes.len() * 8 / 6;
    encoded.get(first..whole).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn mask(values: &[(&str, &str)]) -> Mask {
        let variable = |(name, value): &(&str, &str)| Variable {
            name: (*name).to_owned(),
            value: (*value).to_owned().into(),
            sensitive: true,
        };
        Mask::new(&values.iter().map(variable).collect::<Vec<_>>())
    }

    fn masked(mask: &Mask, output: &str, piece: usize) -> String {
        let mut stream = mask.stream();
        let mut shown: Vec<u8> =
            output.as_bytes().chunks(piece).flat_map(|piece| stream.pass(piece)).collect();
        shown.extend(stream.finish());
        String::from_utf8(shown).unwrap()
    }

    #[test]
    fn a_value_is_hidden_however_it_is_cut() {
        let mask = mask(&[("PASSWORD", "correct horse"), ("SHORT", "correct")]);
        for piece in 1..40 {
            assert_eq!(
                masked(&mask, "a correct horse, correct horscorrect co", piece),
                "a <hidden input PASSWORD>, <hidden input SHORT> hors<hidden input SHORT> co",
                "{piece}"
            );
        }
    }

    #[test]
    fn values_that_overlap_are_hidden_to_the_last_byte() {
        let mask = mask(&[("A", "abcdef"), ("B", "efghij")]);
        assert_eq!(
            masked(&mask, "-abcdefghij-abcdefefghij-", 3),
            "-<hidden input A>-<hidden input A><hidden input B>-"
        );
    }

    #[test]
    fn every_line_of_a_value_is_hidden() {
        let mask = mask(&[("KEY", "-----BEGIN-----\nMIIEvQIBADAN\nBgkq\n-----END-----\n")]);
        let shown = masked(&mask, "  MIIEvQIBADAN\n\"-----BEGIN-----\\nMIIEvQIBADAN\\nBgkq\"", 7);
        assert!(!shown.contains("MIIE") && !shown.contains("Bgkq"), "{shown}");
    }

    #[test]
    fn base64_of_a_value_is_hidden_wherever_it_begins() {
        let value = "a-secret-that-is-long-enough-to-be-broken-into-several-lines-of-base64-output";
        let mask = mask(&[("S", value)]);
        for before in ["", "u", "us", "user:", "user::"] {
            let encoded = STANDARD.encode(format!("{before}{value}\n"));
            let shown = masked(&mask, &encoded, 5);
            assert!(shown.contains("<hidden input S>") && shown.len() < 40, "{before} {shown}");
            let broken: Vec<&str> =
                encoded.as_bytes().chunks(76).map(|l| std::str::from_utf8(l).unwrap()).collect();
            let shown = masked(&mask, &broken.join("\n"), 11);
            assert!(before.len() > 2 || shown.len() < 70, "{before} {shown}");
        }
        let address = masked(&mask, "https://u:a%2Fb@h/", 4);
        assert_eq!(address, "https://u:a%2Fb@h/");
    }

    #[test]
    fn elements_of_an_array_are_hidden_one_by_one() {
        let mask = mask(&[("LIST", r#"["first-secret","second/secret"]"#)]);
        let shown = masked(&mask, "first-secret second/secret second%2Fsecret", 9);
        assert_eq!(shown, "<hidden input LIST> <hidden input LIST> <hidden input LIST>");
    }
}
