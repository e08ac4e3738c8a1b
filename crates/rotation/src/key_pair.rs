//! A signing certificate with its private key, as custody holds them and consumers fetch them.

use std::time::Duration;

use keystead_core::{SecretString, Timestamp};
use keystead_gate::certificate;
use pem::{EncodeConfig, LineEnding, Pem};
use rcgen::{CertificateParams, DistinguishedName, DnType, date_time_ymd};
use serde::{Deserialize, Serialize};

/// How long a certificate is valid where nobody says.
pub const DAYS_DEFAULT: u32 = 365;
/// A certificate is made to have begun a little earlier: not every clock agrees with ours.
const EARLIER: Duration = Duration::from_mins(5);

/// Both in PEM. Has no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeyPair {
    /// The certificate.
    pub certificate_pem: String,
    /// The private key it was made for.
    pub private_key_pem: String,
}

impl KeyPair {
    /// Makes a key on P-256, and a certificate of that name, signed by itself as AWS takes them.
    pub fn generate(
        common_name: &str,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let key = rcgen::KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        let start = date_time_ymd(1970, 1, 1) + Duration::from_micros(now.micros().unsigned_abs());
        (params.not_before, params.not_after) = (start - EARLIER, start + lasts);
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            certificate_pem: to_pem("CERTIFICATE", certificate.der()),
            private_key_pem: to_pem("PRIVATE KEY", key.serialized_der()),
        })
    }

    /// Reads what custody holds.
    pub fn from_custody(secret: &[u8]) -> Option<Self> {
        serde_json::from_slice(secret).ok()
    }

    /// What custody is to hold.
    pub fn to_secret(&self) -> Result<SecretString, serde_json::Error> {
        serde_json::to_string(self).map(SecretString::new)
    }

    /// Checks that both belong together and are valid now; the text names the field and the fix.
    pub fn check(&self, now: Timestamp) -> Result<(), String> {
        certificate::check_own(&self.certificate_pem, &self.private_key_pem, now)
    }
}

fn to_pem(tag: &str, der: &[u8]) -> String {
    pem::encode_config(&Pem::new(tag, der), EncodeConfig::new().set_line_ending(LineEnding::LF))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_can_be_uploaded_and_lasts_as_long_as_was_asked() {
        let now = Timestamp::from_secs(1_800_000_000);
        let pair = KeyPair::generate("orders", now, Duration::from_hours(24)).unwrap();
        pair.check(now).unwrap();
        let read = certificate::read_signing(&pair.certificate_pem, now).unwrap();
        assert_eq!(read.subject, "CN=orders");
        assert_eq!(read.expires_at, now.plus(Duration::from_hours(24)));
        assert_eq!(read.lasts, Duration::from_hours(24) + EARLIER);
        let other = KeyPair::generate("orders", now, Duration::from_hours(24)).unwrap();
        let mixed = KeyPair { private_key_pem: other.private_key_pem, ..pair.clone() };
        assert!(mixed.check(now).unwrap_err().contains("`private_key`"));
        let kept = KeyPair::from_custody(pair.to_secret().unwrap().expose().as_bytes()).unwrap();
        assert_eq!(kept.private_key_pem, pair.private_key_pem);
    }
}
