//! The parameters of the Query protocol: `application/x-www-form-urlencoded`, read once, strictly.

use std::collections::HashSet;

use crate::error::{Fault, Result};
use crate::percent;

/// The longest body that is read. Twice the longest input of IAM, a policy document of 131,072 characters,
/// still fits when every character of it is escaped.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The most parameters in one request.
pub const PARAMS_MAX: usize = 1_000;
/// The most dots in one name: `ContextEntries.member.1.ContextKeyValues.member.1` has five.
pub const DEPTH_MAX: usize = 8;

/// The parameters of a request, sorted by name.
///
/// There is no `Debug`: passwords are parameters too.
#[derive(Clone, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Parses a body, or the query of a presigned request.
    ///
    /// What two parsers could read differently is refused: a name given twice in any spelling, a `;` that
    /// older parsers take for a separator, an index with a leading zero.
    pub fn parse(body: impl AsRef<[u8]>) -> Result<Self> {
        let body = body.as_ref();
        if body.len() > BODY_BYTES_MAX {
            return Err(Fault::RequestEntityTooLarge { limit: BODY_BYTES_MAX });
        }
        percent::check(body)?;
        let body = std::str::from_utf8(body).map_err(|_| malformed("Query string is not valid UTF-8"))?;
        if body.contains(';') {
            return Err(malformed("Query string contains an unescaped semicolon"));
        }
        let mut pairs = Vec::new();
        let mut seen = HashSet::new();
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            check_name(&name)?;
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(malformed("Query string contains a parameter more than once"));
            }
            if pairs.len() == PARAMS_MAX {
                return Err(malformed("Query string contains too many parameters"));
            }
            pairs.push((name, decode(value)?));
        }
        pairs.sort_unstable();
        Ok(Self { pairs })
    }

    /// Parameters that were never on the wire; later ones of a name that was given are refused as they are there.
    pub fn of_pairs(given: &[(String, String)]) -> Result<Self> {
        let mut pairs = given.to_vec();
        pairs.sort_unstable();
        for (name, _) in &pairs {
            check_name(name)?;
        }
        if pairs.is_sorted_by(|(one, _), (next, _)| one < next) {
            Ok(Self { pairs })
        } else {
            Err(malformed("Query string contains a parameter more than once"))
        }
    }

    /// The operation asked for.
    pub fn action(&self) -> Result<&str> {
        self.get("Action").filter(|action| !action.is_empty()).ok_or(Fault::MissingAction)
    }

    /// The version of the API asked for, empty if none is.
    pub fn version(&self) -> &str {
        self.get("Version").unwrap_or_default()
    }

    /// The value of a parameter, by its exact name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self.pairs.binary_search_by(|(n, _)| n.as_str().cmp(name)).ok()?;
        self.pairs.get(at).map(|(_, value)| value.as_str())
    }

    /// All names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The parameters without those that carry a presigned request's credentials.
    #[must_use]
    pub fn without_credentials(mut self) -> Self {
        self.pairs
            .retain(|(name, _)| !name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("X-Amz-")));
        self
    }

    /// The parameters whose names begin with `prefix`, without it.
    pub(crate) fn under<'p>(&'p self, prefix: &str) -> impl Iterator<Item = &'p str> {
        let from = self.pairs.partition_point(|(name, _)| name.as_str() < prefix);
        self.pairs.iter().skip(from).map_while(move |(name, _)| name.strip_prefix(prefix))
    }

    /// The indices after `prefix`, in ascending order: 1, 2 for `….1.Key`, `….1.Value`, `….2`.
    pub(crate) fn indices(&self, prefix: &str) -> Vec<usize> {
        let index = |rest: &str| rest.split('.').next().and_then(|digits| digits.parse().ok());
        let mut indices: Vec<usize> = self.under(prefix).filter_map(index).collect();
        indices.sort_unstable();
        indices.dedup();
        indices
    }
}

fn check_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(malformed("Query string contains a parameter without a name"));
    }
    if name.bytes().filter(|byte| *byte == b'.').count() > DEPTH_MAX {
        return Err(malformed("Query string contains a parameter nested too deep"));
    }
    let second_spelling = |part: &str| part.starts_with(['0', '+']) && part.parse::<usize>().is_ok();
    if name.split('.').skip(1).any(second_spelling) {
        return Err(malformed("Query string contains an index that does not begin with 1 to 9"));
    }
    Ok(())
}

fn decode(text: &str) -> Result<String> {
    String::from_utf8(percent::decoded(text).collect())
        .map_err(|_| malformed("Query string is not valid UTF-8"))
}

fn malformed(text: &str) -> Fault {
    Fault::MalformedQueryString(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_found() {
        let params = Params::parse("Version=2010-05-08&Action=CreateUser&UserName=a+b%2Bc&Path").unwrap();
        assert_eq!(params.action(), Ok("CreateUser"));
        assert_eq!(params.version(), "2010-05-08");
        assert_eq!(params.get("UserName"), Some("a b+c"));
        assert_eq!(params.get("Path"), Some(""));
        assert_eq!(params.get("path"), None);
    }

    #[test]
    fn indices_are_numbers_in_order_and_need_not_be_dense() {
        let params =
            Params::parse("T.member.10.Key=a&T.member.2.Key=b&T.member.2.Value=c&T.member.x=d&U.member.1=e");
        assert_eq!(params.unwrap().indices("T.member."), [2, 10]);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        let long = format!("a{}=1", ".b".repeat(DEPTH_MAX + 1));
        let many = (0..=PARAMS_MAX).map(|n| format!("a{n}=1")).collect::<Vec<_>>().join("&");
        for body in [
            "Action=a&Action=b",
            "Action=a&action=b",
            "Action=a&%41ction=b",
            "Action=a;Action=b",
            "T.member.1=a&T.member.01=b",
            "T.member.%2B1=a",
            "=a",
            "a=%ff",
            "a=%2",
            "a=%g0",
            &long,
            &many,
        ] {
            assert!(matches!(Params::parse(body), Err(Fault::MalformedQueryString(_))), "{body}");
        }
        assert!(Params::parse(b"a=\xff").is_err());
        assert!(Params::parse("a".repeat(BODY_BYTES_MAX)).is_ok());
        let too_long = Params::parse("a".repeat(BODY_BYTES_MAX + 1));
        assert_eq!(too_long.err(), Some(Fault::RequestEntityTooLarge { limit: BODY_BYTES_MAX }));
    }

    #[test]
    fn an_action_is_needed() {
        assert_eq!(Params::parse("Version=1").unwrap().action(), Err(Fault::MissingAction));
        assert_eq!(Params::parse("Action=").unwrap().action(), Err(Fault::MissingAction));
    }
}
