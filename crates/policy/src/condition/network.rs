//! Addresses and ranges of them, IPv4 and IPv6.

use std::net::IpAddr;

/// A range: an address and how many of its leading bits count. Without a prefix it is one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    first: IpAddr,
    prefix: u32,
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let prefix = prefix.unwrap_or(width(address));
        if prefix > width(address) {
            return None;
        }
        match (address.to_canonical(), address) {
            // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
            (first @ IpAddr::V4(_), IpAddr::V6(_)) if prefix >= 96 => {
                Some(Self { first, prefix: prefix - 96 })
            }
            _ => Some(Self { first: address, prefix }),
        }
    }

    /// Whether an address, as [`parse_address`] gives it, is of the range.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        let leading = |address: IpAddr| match address {
            IpAddr::V4(v4) => u128::from(v4.to_bits().checked_shr(32 - self.prefix).unwrap_or(0)),
            IpAddr::V6(v6) => v6.to_bits().checked_shr(128 - self.prefix).unwrap_or(0),
        };
        address.is_ipv4() == self.first.is_ipv4() && leading(address) == leading(self.first)
    }
}

/// An address. One of IPv4 in one of IPv6 counts as itself.
pub(crate) fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse().ok().map(|address: IpAddr| address.to_canonical())
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_contain_their_addresses() {
        let cases = [
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.77/24", "203.0.113.1", true),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "8.8.8.8", false),
            ("::/0", "2001:db8::1", true),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5678:9::", true),
            ("2001:DB8:1234:5678::/64", "2001:db8:1234:5679::", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("::ffff:10.0.0.0/104", "10.1.2.3", true),
            ("10.0.0.0/8", "not an address", false),
        ];
        for (range, address, expected) in cases {
            let asked = Network::parse(range).zip(parse_address(address));
            assert_eq!(
                asked.is_some_and(|(range, address)| range.contains(address)),
                expected,
                "{range} {address}"
            );
        }
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/-1", "example.com"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
