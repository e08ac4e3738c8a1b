//! The nouns and rules of Keystead, pure: no I/O, no clock, no source of chance of its own.
//!
//! Everything else depends on this crate; it depends on nothing of ours. Start with [`access_key`]
//! (the rule of two keys lives there), [`id`] for the identifiers AWS prints, and [`secret`] for the
//! type that keeps secrets out of logs.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod access_key;
pub mod account;
pub mod arn;
pub mod certificate;
pub mod group;
pub mod id;
pub mod key_id;
pub mod leak;
pub mod managed_policy;
pub mod masked_url;
pub mod password;
pub mod provider;
pub mod quota;
pub mod rng;
pub mod role;
pub mod secret;
pub mod service_credential;
pub mod ssh_public_key;
pub mod tag;
pub mod time;
pub mod user;

pub use access_key::{AccessKey, KeyStatus};
pub use account::{Account, AccountStatus};
pub use arn::Arn;
pub use certificate::{ServerCertificate, SigningCertificate};
pub use group::Group;
pub use id::{AccessKeyId, AccountId, IdError, UniqueIdKind};
pub use key_id::{KeyId, NotAKeyId};
pub use managed_policy::{ManagedPolicy, PolicyVersion};
pub use password::PasswordPolicy;
pub use provider::{AssertionEncryption, OidcProvider, SamlPrivateKey, SamlProvider};
pub use quota::{Quota, Quotas};
pub use rng::Rng;
pub use role::{InstanceProfile, Role};
pub use secret::{Secret, SecretBytes, SecretString};
pub use service_credential::ServiceCredential;
pub use ssh_public_key::SshPublicKey;
pub use tag::Tag;
pub use time::{Clock, Timestamp};
pub use user::User;
