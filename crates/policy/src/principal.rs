//! Who asks, and whom a resource's policy means.

use crate::document::{Element, PrincipalKind, Principals};

/// Who asks. Identities go by their ARN and by their unique id, which a policy may name as well and
/// which does not come back when a name is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal<'a> {
    /// Nobody signed the request.
    Anonymous,
    /// The root user of an account. What root may do without any policy is for the caller to say.
    Root {
        /// The account's number.
        account: &'a str,
    },
    /// An IAM user, also one with a session of its own.
    User {
        /// `arn:aws:iam::123456789012:user/path/Name`
        arn: &'a str,
        /// `AIDA…`
        id: &'a str,
    },
    /// A session of a role.
    RoleSession {
        /// `arn:aws:sts::123456789012:assumed-role/Role/session`
        arn: &'a str,
        /// `arn:aws:iam::123456789012:role/path/Role`
        role_arn: &'a str,
        /// `AROA…`
        role_id: &'a str,
    },
    /// A session that a user made for somebody else.
    FederatedUser {
        /// `arn:aws:sts::123456789012:federated-user/name`
        arn: &'a str,
        /// The user who made it.
        user_arn: &'a str,
    },
    /// A service, for example `ec2.amazonaws.com`.
    Service(&'a str),
    /// Somebody an identity provider vouches for; the provider's ARN or name.
    Federated(&'a str),
}

/// How closely a policy names who asks. What it grants goes further the closer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    /// By account: the account's own policies must grant it too.
    Account,
    /// By the role or user behind the session: boundary and session policies still limit it.
    Issuer,
    /// By itself, or everybody: nothing but an explicit deny limits it in its own account.
    Itself,
}

impl<'a> Principal<'a> {
    /// The account it belongs to, where it belongs to one.
    pub fn account(&self) -> Option<&'a str> {
        match *self {
            Self::Root { account } => Some(account),
            Self::User { arn, .. } | Self::RoleSession { arn, .. } | Self::FederatedUser { arn, .. } => {
                arn.split(':').nth(4)
            }
            Self::Anonymous | Self::Service(_) | Self::Federated(_) => None,
        }
    }

    fn is_itself(&self, name: &str) -> bool {
        match *self {
            Self::User { arn, id } => name == arn || name == id,
            Self::RoleSession { arn, .. } | Self::FederatedUser { arn, .. } => name == arn,
            _ => false,
        }
    }

    fn is_issued_by(&self, name: &str) -> bool {
        match *self {
            Self::RoleSession { role_arn, role_id, .. } => name == role_arn || name == role_id,
            Self::FederatedUser { user_arn, .. } => name == user_arn,
            _ => false,
        }
    }

    /// The ways it can be named, all of which an exception must name to except it.
    fn namings(&self) -> &'static [Naming] {
        match self {
            Self::RoleSession { .. } | Self::FederatedUser { .. } => {
                &[Naming::Account, Naming::Issuer, Naming::Itself]
            }
            Self::User { .. } => &[Naming::Account, Naming::Itself],
            Self::Root { .. } => &[Naming::Account],
            Self::Anonymous | Self::Service(_) | Self::Federated(_) => &[Naming::Itself],
        }
    }
}

/// The principals of a statement.
#[derive(Clone, Debug)]
pub(crate) struct NamedPrincipals {
    negated: bool,
    denies: bool,
    names: Vec<Name>,
}

#[derive(Clone, Debug)]
enum Name {
    Anybody,
    Account(String),
    /// An ARN or a unique id.
    Identity(String),
    Service(String),
    Federated(String),
    /// An S3 canonical user, which nobody here is.
    Nobody,
}

impl NamedPrincipals {
    pub(crate) fn compile(written: &Element<Principals>, denies: bool) -> Self {
        let names = match &written.value {
            Principals::Bare(text) if text == "*" => vec![Name::Anybody],
            Principals::Bare(_) => vec![],
            Principals::ByKind(named) => {
                named.iter().map(|(kind, name)| Name::compile(*kind, name)).collect()
            }
        };
        Self { negated: written.negated, denies, names }
    }

    /// How closely the statement names the principal; `None` where it is not about it.
    ///
    /// `NotPrincipal` is read against whoever would gain by a loose reading: in a `Deny` it excepts only
    /// who is named in every way there is (AWS asks that account, role and session all be listed), in an
    /// `Allow` it leaves out who is named in any.
    pub(crate) fn find(&self, principal: &Principal<'_>) -> Option<Naming> {
        let named = |naming: Naming| self.names.iter().any(|name| name.naming(principal) == Some(naming));
        if !self.negated {
            return self.names.iter().filter_map(|name| name.naming(principal)).max();
        }
        let anybody = self.names.iter().any(|name| matches!(name, Name::Anybody));
        let mut namings = principal.namings().iter();
        let excepted = anybody
            || if self.denies {
                namings.all(|naming| named(*naming))
            } else {
                namings.any(|naming| named(*naming))
            };
        (!excepted).then_some(Naming::Itself)
    }
}

impl Name {
    fn compile(kind: PrincipalKind, name: &str) -> Self {
        match kind {
            PrincipalKind::Aws if name == "*" => Self::Anybody,
            PrincipalKind::Aws => match account_named(name) {
                Some(account) => Self::Account(account.to_owned()),
                None => Self::Identity(name.to_owned()),
            },
            PrincipalKind::Service => Self::Service(name.to_owned()),
            PrincipalKind::Federated => Self::Federated(name.to_owned()),
            PrincipalKind::CanonicalUser => Self::Nobody,
        }
    }

    fn naming(&self, principal: &Principal<'_>) -> Option<Naming> {
        match (self, principal) {
            (Self::Anybody, _) => Some(Naming::Itself),
            (Self::Account(account), _) if principal.account() == Some(account) => Some(Naming::Account),
            (Self::Identity(name), _) if principal.is_itself(name) => Some(Naming::Itself),
            (Self::Identity(name), _) if principal.is_issued_by(name) => Some(Naming::Issuer),
            (Self::Service(name), Principal::Service(service)) if name == service => Some(Naming::Itself),
            (Self::Federated(name), Principal::Federated(provider)) if name == provider => {
                Some(Naming::Itself)
            }
            _ => None,
        }
    }
}

/// The account of `123456789012` and `arn:aws:iam::123456789012:root`.
fn account_named(name: &str) -> Option<&str> {
    let account = match name.strip_suffix(":root") {
        Some(arn) => arn.rsplit(':').next()?,
        None => name,
    };
    is_account(account).then_some(account)
}

/// Whether a text is an account's number.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
