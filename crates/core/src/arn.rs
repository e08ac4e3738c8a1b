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

    /// A group of users; `path` begins and ends with a slash.
    pub fn group(account: AccountId, path: &str, name: &str) -> Self {
        Self(format!("arn:aws:iam::{account}:group{path}{name}"))
    }

    /// A role; `path` begins and ends with a slash.
    pub fn role(account: AccountId, path: &str, name: &str) -> Self {
        Self(format!("arn:aws:iam::{account}:role{path}{name}"))
    }

    /// An instance profile; `path` begins and ends with a slash.
    pub fn instance_profile(account: AccountId, path: &str, name: &str) -> Self {
        Self(format!("arn:aws:iam::{account}:instance-profile{path}{name}"))
    }

    /// A managed policy of an account; `path` begins and ends with a slash.
    pub fn policy(account: AccountId, path: &str, name: &str) -> Self {
        Self(format!("arn:aws:iam::{account}:policy{path}{name}"))
    }

    /// Somebody who has taken on a role, which is without its path here.
    pub fn assumed_role(account: AccountId, role: &str, session: &str) -> Self {
        Self(format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"))
    }

    /// Somebody to whom a user has lent permissions under a name.
    pub fn federated_user(account: AccountId, name: &str) -> Self {
        Self(format!("arn:aws:sts::{account}:federated-user/{name}"))
    }

    /// An ARN as somebody wrote it; nothing is checked.
    pub fn written(text: impl Into<String>) -> Self {
        Self(text.into())
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

/// The account that an ARN somebody wrote is of, where it is of one.
pub fn account_of(arn: &str) -> Option<AccountId> {
    let mut parts = arn.splitn(6, ':');
    if parts.next() != Some("arn") {
        return None;
    }
    parts.nth(3)?.parse().ok()
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
