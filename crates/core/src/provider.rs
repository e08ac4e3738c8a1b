//! Providers of identities that an account trusts: by OpenID Connect, and by SAML.

use crate::arn::Arn;
use crate::id::AccountId;
use crate::time::Timestamp;

/// An issuer of OpenID Connect tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcProvider {
    /// The account that trusts it.
    pub account: AccountId,
    /// Where it is, without `https://`: the issuer that its tokens name.
    pub url: String,
    /// Who its tokens may be for.
    pub client_ids: Vec<String>,
    /// SHA-1 of certificates of its server, in hexadecimal digits as given.
    pub thumbprints: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl OidcProvider {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::oidc_provider(self.account, &self.url)
    }
}

/// A provider of SAML assertions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlProvider {
    /// The account that trusts it.
    pub account: AccountId,
    /// Its unique id: 32 characters of base32.
    pub id: String,
    /// Its name, unique in the account.
    pub name: String,
    /// Its metadata, as uploaded.
    pub metadata: String,
    /// Whether its assertions must be encrypted.
    pub encryption: AssertionEncryption,
    /// Until when its metadata holds.
    pub valid_until: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl SamlProvider {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::saml_provider(self.account, &self.name)
    }
}

/// Whether assertions must be encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AssertionEncryption {
    /// They may be.
    #[default]
    Allowed,
    /// They must be.
    Required,
}

impl AssertionEncryption {
    /// The word AWS has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::Required => "Required",
        }
    }

    /// The reverse of [`AssertionEncryption::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Allowed, Self::Required].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// A private key that encrypted assertions are read with; the key itself is kept sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlPrivateKey {
    /// Its id: 32 characters of base32.
    pub id: String,
    /// When it was added.
    pub added_at: Timestamp,
}
