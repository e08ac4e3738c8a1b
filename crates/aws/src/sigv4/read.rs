//! From a request to what it claims: every check that needs neither a clock nor a key, in AWS's order
//! and words. What could be read in two ways is refused.

use std::borrow::Cow;

use keystead_core::Timestamp;
use smallvec::SmallVec;

use super::canonical::{normalised, pairs};
use super::split::{cut, split};
use super::{ALGORITHM, Form, Presented, Request, TERMINATOR};
use crate::error::{Fault, Result};
use crate::percent;

/// The parameters that make a request presigned, in the order a missing one is reported; the last
/// is there only for temporary credentials.
const QUERY_CREDENTIALS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
];

/// Reads the credentials of a request.
pub fn read<'a>(request: &Request<'a>) -> Result<Presented<'a>> {
    check_path(request.path)?;
    percent::check(request.query.as_bytes())?;
    check_query_duplicates(request.query)?;
    let in_query = has_query_credentials(request);
    let in_header = request.header("authorization").next().is_some();
    let parts = match (in_header, in_query) {
        (true, false) => header_parts(request)?,
        (false, true) if request.header("x-amz-security-token").next().is_none() => query_parts(request)?,
        (true, true) | (false, _) => return Err(Fault::MissingAuthenticationToken),
    };
    check_signed_headers(request, &parts.signed_headers)?;
    let presented = parts.present()?;
    if request.path != "/" && presented.service != "s3" && normalised(request.path).is_none() {
        return Err(Fault::InvalidUriPath("The path climbs above the root.".to_owned()));
    }
    Ok(presented)
}

fn has_query_credentials(request: &Request<'_>) -> bool {
    pairs(request.query).any(|(name, _)| QUERY_CREDENTIALS.iter().any(|known| is(name, known)))
}

/// Whether a request brings a signature, right or wrong: other schemes of Authorization are none.
pub fn is_signed(request: &Request<'_>) -> bool {
    let in_header = request.header("authorization").any(|value| value.trim_ascii_start().starts_with(b"AWS"));
    in_header || has_query_credentials(request)
}

/// The parts of either form, before they are looked into.
struct Parts<'a> {
    credential: &'a str,
    signature: &'a str,
    signed_headers: Cow<'a, str>,
    date: Cow<'a, str>,
    session_token: Option<Cow<'a, str>>,
    form: Form,
}

impl<'a> Parts<'a> {
    fn present(self) -> Result<Presented<'a>> {
        let signed_at = parse_date(&self.date, self.form)?;
        let [access_key_id, date, region, service, terminator] = elements(self.credential).ok_or_else(|| {
            Fault::IncompleteSignature(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{}'",
                self.credential
            ))
        })?;
        check_scope(date, terminator, signed_at)?;
        let signature = parse_signature(self.signature).ok_or(Fault::SignatureDoesNotMatch)?;
        Ok(Presented {
            access_key_id,
            date,
            region,
            service,
            signed_at,
            signed_headers: self.signed_headers,
            signature,
            session_token: self.session_token.filter(|token| !token.is_empty()),
            form: self.form,
        })
    }
}

fn check_path(path: &str) -> Result<()> {
    if !path.starts_with('/') {
        return Err(Fault::InvalidUriPath("The path is not absolute.".to_owned()));
    }
    percent::check(path.as_bytes())
        .map_err(|_| Fault::InvalidUriPath("The path has a malformed escape % sequence.".to_owned()))
}

/// A second `X-Amz-…` parameter, in whatever spelling, would let the reader choose between two values.
fn check_query_duplicates(query: &str) -> Result<()> {
    let lower = |name| percent::decoded(name).map(|byte| byte.to_ascii_lowercase());
    let mut names: SmallVec<[&str; 16]> = query
        .split(['&', ';'])
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name))
        .filter(|name| lower(name).take(6).eq(*b"x-amz-"))
        .collect();
    names.sort_unstable_by(|a, b| lower(a).cmp(lower(b)));
    if names.windows(2).any(|pair| matches!(pair, [a, b] if lower(a).eq(lower(b)))) {
        return Err(Fault::MalformedQueryString(
            "Query string contains an X-Amz- parameter more than once".to_owned(),
        ));
    }
    Ok(())
}

fn header_parts<'a>(request: &Request<'a>) -> Result<Parts<'a>> {
    let authorization = only_value(request, "authorization")?.unwrap_or_default();
    let (algorithm, rest) = cut(authorization, b' ').unwrap_or((authorization, ""));
    if algorithm != ALGORITHM {
        return Err(unsupported(algorithm));
    }
    let [mut credential, mut signature, mut signed_headers] = [None; 3];
    for pair in split(rest, b',').map(str::trim_ascii).filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = cut(pair, b'=') else {
            return Err(Fault::IncompleteSignature(format!(
                "'{pair}' not a valid key=value pair (missing equal-sign) in Authorization header: '{authorization}'."
            )));
        };
        let slot = match name {
            "Credential" => &mut credential,
            "Signature" => &mut signature,
            "SignedHeaders" => &mut signed_headers,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(Fault::IncompleteSignature(format!(
                "Authorization header contains the '{name}' parameter more than once."
            )));
        }
    }
    let date = match only_value(request, "x-amz-date")? {
        Some(date) => Some(date),
        None => only_value(request, "date")?,
    };
    let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
        (credential, signature, signed_headers, date)
    else {
        let requires = |name: &str, part: Option<&str>| match part {
            Some(_) => String::new(),
            None => format!("Authorization header requires '{name}' parameter. "),
        };
        let mut text = requires("Credential", credential);
        text += &requires("Signature", signature);
        text += &requires("SignedHeaders", signed_headers);
        if date.is_none() {
            text += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
        }
        return Err(Fault::IncompleteSignature(format!("{text}Authorization={authorization}")));
    };
    Ok(Parts {
        credential,
        signature,
        signed_headers: signed_headers.into(),
        date: date.into(),
        session_token: only_value(request, "x-amz-security-token")?.map(Cow::from),
        form: Form::Header,
    })
}

fn query_parts<'a>(request: &Request<'a>) -> Result<Parts<'a>> {
    let values = QUERY_CREDENTIALS.map(|known| {
        pairs(request.query)
            .find(|(name, _)| percent::decoded(name).eq(known.bytes()))
            .map(|(_, value)| value)
    });
    let [algorithm, credential, signature, signed_headers, date, expires, token] = values;
    if let Some(algorithm) = algorithm.filter(|algorithm| *algorithm != ALGORITHM) {
        return Err(unsupported(algorithm));
    }
    let (Some(_), Some(credential), Some(signature), Some(signed_headers), Some(date), Some(expires)) =
        (algorithm, credential, signature, signed_headers, date, expires)
    else {
        let required = QUERY_CREDENTIALS.iter().zip(values).take(6);
        let missing = required.filter(|(_, value)| value.is_none()).fold(String::new(), |text, (name, _)| {
            text + "AWS query-string parameters must include '" + name + "'. "
        });
        return Err(Fault::IncompleteSignature(format!("{missing}Re-examine the query-string parameters.")));
    };
    Ok(Parts {
        credential,
        signature,
        signed_headers: text(signed_headers)?,
        date: text(date)?,
        session_token: token.map(text).transpose()?,
        // What is not a number fails as a number out of range does.
        form: Form::Presigned { expires_s: expires.parse().unwrap_or(0) },
    })
}

/// `host` and every `x-amz-*` header has to be signed, and each signed header is there exactly once.
fn check_signed_headers(request: &Request<'_>, signed_headers: &str) -> Result<()> {
    let names: SmallVec<[&str; 16]> = split(signed_headers, b';').collect();
    if !names.contains(&"host") {
        return Err(Fault::SignatureRefused(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    for name in &names {
        if only_value_bytes(request, name)?.is_none() {
            return Err(Fault::SignatureRefused(format!(
                "The signed header '{name}' is not in the request."
            )));
        }
    }
    match request.headers.iter().find(|(name, _)| name.starts_with("x-amz-") && !names.contains(name)) {
        Some((name, _)) => Err(Fault::SignatureRefused(format!(
            "The header '{name}' must be a 'SignedHeader' in the AWS Authorization."
        ))),
        None => Ok(()),
    }
}

fn parse_date(date: &str, form: Form) -> Result<Timestamp> {
    // Only a `Date` header may have another form than the basic one.
    let other = || Timestamp::parse_http_date(date).filter(|_| form == Form::Header);
    Timestamp::parse_basic(date).or_else(other).ok_or_else(|| {
        Fault::IncompleteSignature(format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ))
    })
}

fn check_scope(date: &str, terminator: &str, signed_at: Timestamp) -> Result<()> {
    let mut texts = SmallVec::<[String; 2]>::new();
    if terminator != TERMINATOR {
        texts.push(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'"
        ));
    }
    let day = signed_at.civil();
    if !is_day(date, day.year, day.month, day.day) {
        texts.push(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != \
             '{}', from '{}'.",
            signed_at.to_basic_date(),
            signed_at.to_basic()
        ));
    }
    if texts.is_empty() { Ok(()) } else { Err(Fault::SignatureRefused(texts.join(" "))) }
}

/// Whether `date` is this day as `YYYYMMDD`, without an allocation.
fn is_day(date: &str, year: i64, month: u8, day: u8) -> bool {
    let number = year * 10_000 + i64::from(month) * 100 + i64::from(day);
    date.len() == 8 && date.bytes().all(|digit| digit.is_ascii_digit()) && date.parse() == Ok(number)
}

/// 64 lower-case hexadecimal digits: capitals would be a second spelling of the same signature.
fn parse_signature(digits: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = digits.as_bytes().try_into().ok()?;
    let value = |digit: u8| NIBBLES.get(usize::from(digit)).copied().unwrap_or(NO_DIGIT);
    let mut seen = 0;
    let mut signature = [0; 32];
    for (byte, [high, low]) in signature.iter_mut().zip(digits.as_chunks().0) {
        let (high, low) = (value(*high), value(*low));
        seen |= high | low;
        *byte = high << 4 | low;
    }
    (seen & NO_DIGIT == 0).then_some(signature)
}

const NO_DIGIT: u8 = 0x10;

/// What each character is worth as a lower-case hexadecimal digit.
#[expect(clippy::indexing_slicing, reason = "evaluated when compiled")]
const NIBBLES: [u8; 256] = {
    let mut nibbles = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        nibbles[if value < 10 { b'0' as usize + value } else { b'a' as usize + value - 10 }] = value as u8;
        value += 1;
    }
    nibbles
};

/// The five elements of a credential; in a query the slashes are usually escaped.
fn elements(credential: &str) -> Option<[&str; 5]> {
    let mut rest = credential;
    let mut next = || {
        let at = memchr::memchr2(b'/', b'%', rest.as_bytes())?;
        let (element, tail) = rest.split_at_checked(at)?;
        rest = tail
            .strip_prefix('/')
            .or_else(|| tail.strip_prefix("%2F"))
            .or_else(|| tail.strip_prefix("%2f"))?;
        Some(element)
    };
    let [a, b, c, d] = [next()?, next()?, next()?, next()?];
    let last = memchr::memchr2(b'/', b'%', rest.as_bytes()).is_none();
    last.then_some([a, b, c, d, rest]).filter(|elements| elements.iter().all(|element| !element.is_empty()))
}

/// The value of a header that may be there once at most.
fn only_value<'a>(request: &Request<'a>, name: &str) -> Result<Option<&'a str>> {
    only_value_bytes(request, name)?
        .map(|value| std::str::from_utf8(value).map(str::trim_ascii))
        .transpose()
        .map_err(|_| Fault::IncompleteSignature(format!("The header '{name}' is not valid text.")))
}

fn only_value_bytes<'a>(request: &Request<'a>, name: &str) -> Result<Option<&'a [u8]>> {
    let mut values = request.header(name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Fault::IncompleteSignature(format!("Request contains the header '{name}' more than once."))),
    }
}

/// The text a parameter's value stands for; borrowed where nothing is escaped.
fn text(value: &str) -> Result<Cow<'_, str>> {
    if !value.contains(['%', '+']) {
        return Ok(value.into());
    }
    String::from_utf8(percent::decoded(value).collect())
        .map(Cow::from)
        .map_err(|_| Fault::MalformedQueryString("Query string is not valid UTF-8".to_owned()))
}

/// Whether a raw parameter name is this one, in any spelling.
fn is(name: &str, known: &str) -> bool {
    percent::decoded(name)
        .map(|byte| byte.to_ascii_lowercase())
        .eq(known.bytes().map(|byte| byte.to_ascii_lowercase()))
}

fn unsupported(algorithm: &str) -> Fault {
    Fault::IncompleteSignature(format!("Unsupported AWS 'algorithm': '{algorithm}'."))
}
