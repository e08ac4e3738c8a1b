//! Amazon Resource Names, as the policy engine is asked about them and as replies print them.

use std::fmt;

use crate::id::AccountId;

/// An ARN of this authority: `arn:aws:iam::123456789012:user/path/Name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn(String);

impl Arn {
    /// The root user of an account.
    pub fn root(account: AccountId) -> Self {
        Self(format!("arn:aws:iam::{account}:root"))
    }

    /// An IAM user; `path` begins and ends with a slash.
    pub fn user(account: AccountId, path: &str, name: &str) -> Self {
        Self(format!("arn:aws:iam::{account}:user{path}{name}"))
    }

    /// A server certificate; `path` begins and ends with a slash.
    pub fn server_certificate(account: AccountId, path: &str, name: &str) -> Self {
        Self(format!("arn:aws:iam::{account}:server-certificate{path}{name}"))
    }

    /// A virtual MFA device, of which this is the serial number; `path` begins and ends with a slash.
    pub fn mfa_device(account: AccountId, path: &str, name: &str) -> Self {
        Self(format!("arn:aws:iam::{account}:mfa{path}{name}"))
    }

    /// A provider of identities by OpenID Connect; `url` is without `https://`.
    pub fn oidc_provider(account: AccountId, url: &str) -> Self {
        Self(format!("arn:aws:iam::{account}:oidc-provider/{url}"))
    }

    /// A provider of identities by SAML.
    pub fn saml_provider(account: AccountId, name: &str) -> Self {
        Self(format!("arn:aws:iam::{account}:saml-provider/{name}"))
    }

    /// Something of Keystead's own, for example `rotation/…` or `verifier/…`.
    pub fn keystead(account: AccountId, resource: &str) -> Self {
        Self(format!("arn:aws:keystead::{account}:{resource}"))
    }

    /// Every resource: what operations that name none are asked about.
    pub fn any() -> Self {
        Self("*".to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
