//! What a request says of itself: the keys that conditions compare and variables stand for.

use std::slice;

/// Context keys and their values, borrowed from whoever asks. Names are found without regard to case,
/// as AWS finds them: `aws:CurrentTime` is `AWS:currenttime`.
#[derive(Clone, Debug, Default)]
pub struct Context<'a> {
    entries: Vec<(&'a str, Values<'a>)>,
}

/// The values of a key.
#[derive(Clone, Copy, Debug)]
enum Values<'a> {
    One(&'a str),
    Many(&'a [&'a str]),
}

impl<'a> Context<'a> {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a key of one value. A key given again replaces the earlier one.
    pub fn with(mut self, key: &'a str, value: &'a str) -> Self {
        self.put(key, Values::One(value));
        self
    }

    /// With a key of any number of values. A key without values is as good as absent.
    pub fn with_many(mut self, key: &'a str, values: &'a [&'a str]) -> Self {
        self.put(key, Values::Many(values));
        self
    }

    fn put(&mut self, key: &'a str, values: Values<'a>) {
        match self.entries.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            Some((_, present)) => *present = values,
            None => self.entries.push((key, values)),
        }
    }

    /// The values of a key, at least one of them; `None` where the request does not have it.
    pub fn find(&self, key: &str) -> Option<&[&'a str]> {
        let (_, values) = self.entries.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        let values = match values {
            Values::One(value) => slice::from_ref(value),
            Values::Many(values) => *values,
        };
        (!values.is_empty()).then_some(values)
    }
}
