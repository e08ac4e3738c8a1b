//! Splitting at one ASCII character. Every request is split dozens of times on its way to a verdict, so this
//! searches by vector instructions, which `str::split` does not.

/// The text before and after the first `at`.
pub(super) fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = memchr::memchr(at, text.as_bytes())?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// The parts of a text between the `at`s; one part where there is none.
pub(super) fn split(text: &str, at: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (part, tail) = cut(text, at).map_or((text, None), |(part, tail)| (part, Some(tail)));
        rest = tail;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_of_the_standard_library() {
        for text in ["", ";", "a", "a;b", ";a;;b;", "host;x-amz-date", "é;ü"] {
            assert!(split(text, b';').eq(text.split(';')), "{text}");
            assert_eq!(cut(text, b';'), text.split_once(';'), "{text}");
        }
    }
}
