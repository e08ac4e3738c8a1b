//! Numbers of conditions: integers and decimals, compared exactly.

/// A number in billionths, so that `0.1` is `0.10` and no large integer is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(i128);

/// Digits behind the point.
const FRACTION_DIGITS: usize = 9;
/// Digits before the point, more than any count of bytes or seconds has.
const WHOLE_DIGITS: usize = 18;

impl Number {
    /// `10`, `-2`, `0.5`; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (digits, ""),
        };
        if whole.is_empty() || whole.len() > WHOLE_DIGITS || fraction.len() > FRACTION_DIGITS {
            return None;
        }
        let padded = whole
            .bytes()
            .chain(fraction.bytes())
            .chain([b'0'; FRACTION_DIGITS].into_iter().skip(fraction.len()));
        let billionths = padded
            .map(|digit| digit.is_ascii_digit().then(|| i128::from(digit - b'0')))
            .try_fold(0_i128, |sum, digit| Some(sum * 10 + digit?))?;
        Some(Self(if negative { -billionths } else { billionths }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value() {
        let number = |text| Number::parse(text).expect(text);
        assert_eq!(number("0.1"), number("+0.100"));
        assert_eq!(number("-0"), number("0"));
        assert!(number("-2") < number("-1.5") && number("9") < number("10"));
        assert!(number("9007199254740993") > number("9007199254740992"));
        for text in ["", "-", "1.", ".5", "1e3", "0x1", "1 ", "٣", "1.0000000001", "9999999999999999999"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
