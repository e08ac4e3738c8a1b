//! `x-forwarded-client-cert`: which certificate the client of an Envoy proved to have.
//!
//! Source: Envoy documentation, HTTP header manipulation, x-forwarded-client-cert: elements parted by commas, one a
//! proxy, of which the last is the asking one's; in each `Key=Value` pairs parted by semicolons, and a value with
//! a comma, semicolon or equals sign in double quotes.

use keystead_aws::error::Result;
use keystead_gate::client_certificate::read_hash;
use keystead_gate::ring::Fingerprint;

/// The header.
pub(super) const HEADER: &str = "x-forwarded-client-cert";

/// The certificate that the asking Envoy's own client proved to have, if it says one.
pub(super) fn read(header: &str) -> Result<Option<Fingerprint>> {
    let own = split(header, ',').last().unwrap_or_default();
    let hash = split(own, ';').filter_map(|pair| pair.split_once('=')).find(|(key, _)| is_hash(key));
    hash.map(|(_, value)| read_hash(value.trim().trim_matches('"'))).transpose()
}

fn is_hash(key: &str) -> bool {
    key.trim().eq_ignore_ascii_case("hash")
}

/// The parts of a text between separators that stand outside of quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c: char| {
        let is_end = c == separator && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_elements_hash_counts_and_quotes_hide_separators() {
        let (one, two) = ("1".repeat(64), "2".repeat(64));
        let hash = |digit: u8| Some([digit; 32]);
        for (header, expected) in [
            (format!("Hash={one}"), hash(0x11)),
            (format!("By=spiffe://a;Hash={one};Subject=\"/CN=x;Hash=,\";URI="), hash(0x11)),
            (format!("Hash={one},By=b;hash=\"{two}\""), hash(0x22)),
            (format!("Subject=\"CN=\\\",Hash={two}\";Hash={one}"), hash(0x11)),
            (format!("Hash={one},By=b"), None),
            (String::new(), None),
        ] {
            assert_eq!(read(&header).unwrap(), expected, "{header}");
        }
        for wrong in ["Hash=12", "Hash=", &*format!("Hash={one}0"), &*format!("Hash={}", "g".repeat(64))] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
