//! Clouds, behind a trait, so that another one is one more folder beside [`aws`].
//!
//! A provider asks its cloud and says what came back; it keeps nothing and decides nothing. What its answers mean
//! for a connection stands beside the operations.

pub mod aws;
mod fault;
pub mod prerequisites;
pub mod resource;

use std::collections::BTreeSet;

use keystead_core::{Clock, Rng, SecretString, Timestamp};
use keystead_gate::outgoing::Outgoing;

pub use fault::CloudFault;

use crate::endpoint::Endpoint;
use prerequisites::Prerequisites;
use resource::ResourceKind;

/// What came of asking a cloud.
pub type Outcome<T> = std::result::Result<T, CloudFault>;

/// A key at a cloud, ready to sign with.
#[derive(Clone, Debug)]
pub struct CloudKey {
    /// Its id.
    pub access_key_id: String,
    /// Its secret.
    pub secret: SecretString,
    /// What goes with a temporary one.
    pub session_token: Option<SecretString>,
}

/// How often and how long something is tried again when a cloud is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Repetitions after the first try.
    pub retries: u32,
    /// The longest pause before one, in milliseconds.
    pub pause_max_ms: u64,
}

impl Patience {
    /// For what is asked again before long.
    pub const NONE: Self = Self { retries: 0, pause_max_ms: 0 };
    /// For somebody who waits for the answer.
    pub const SHORT: Self = Self { retries: 1, pause_max_ms: 1_000 };
    /// For work in the background. Source: decorrelated jitter from 1 s, at most 7 repetitions, 30 s (R43).
    pub const LONG: Self = Self { retries: 7, pause_max_ms: 8_000 };
}

/// What a call to a cloud needs: the way there, the endpoint, a key, and how patient to be.
#[derive(Clone, Copy)]
pub struct Reach<'a> {
    /// The way out.
    pub outgoing: &'a dyn Outgoing,
    /// The endpoint.
    pub endpoint: &'a Endpoint,
    /// The key to sign with.
    pub key: &'a CloudKey,
    /// For the date of each call.
    pub clock: &'a dyn Clock,
    /// For the length of pauses.
    pub rng: &'a dyn Rng,
    /// How patient to be.
    pub patience: Patience,
}

/// Who a key is at its cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The number of the account it belongs to.
    pub number: String,
    /// The principal.
    pub arn: String,
}

impl Identity {
    /// Whether the key is the root user's.
    pub fn is_root(&self) -> bool {
        self.arn.ends_with(":root")
    }
}

/// A region of a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its name, for example `eu-central-1`.
    pub name: String,
    /// Whether the account has opted in, where that is needed.
    pub enabled: bool,
}

/// A service that a connection may be useful with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// As people call it.
    pub title: &'static str,
    /// Whether there is one of it for all regions.
    pub is_global: bool,
}

/// What credentials have to be allowed for one purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// A name for the policy's statement.
    pub id: &'static str,
    /// The purpose, as the end of a sentence.
    pub purpose: &'static str,
    /// What policies call the calls that are made for it.
    pub actions: BTreeSet<String>,
    /// On what.
    pub resource: String,
}

/// What a cloud knows of the use of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// It is gone or inactive: nobody can use it.
    SwitchedOff,
    /// It was last used then.
    LastAt(Timestamp),
    /// The cloud does not say, which does not mean that nobody uses it.
    Unknown,
}

/// A cloud. Each method makes calls and waits for them, on a thread that may block.
pub trait Provider: Send + Sync {
    /// Who the key is: the proof of an account number.
    fn identify(&self, reach: &Reach<'_>) -> Outcome<Identity> {
        self.identify_in(reach, &reach.endpoint.region)
    }

    /// The same asked in a region.
    fn identify_in(&self, reach: &Reach<'_>, region: &str) -> Outcome<Identity>;

    /// Whether the key may do anything at all that a connection is for; the first refusal where it may not.
    fn check_rights(&self, reach: &Reach<'_>) -> Outcome<()>;

    /// A temporary key of a role.
    fn assume_role(&self, reach: &Reach<'_>, role_arn: &str, external_id: &str) -> Outcome<CloudKey>;

    /// The regions there are for this account, by name.
    fn regions(&self, reach: &Reach<'_>) -> Outcome<Vec<Region>>;

    /// The services there may be at an endpoint.
    fn services(&self, endpoint: &Endpoint) -> Vec<Service>;

    /// Tries one of them; what it lacks although it can be used.
    fn probe(&self, reach: &Reach<'_>, service: &str, region: &str) -> Outcome<Option<&'static str>>;

    /// What is known of the use of another key of the account, of that principal.
    fn key_use(&self, reach: &Reach<'_>, principal_arn: &str, access_key_id: &str) -> Outcome<KeyUse>;

    /// What credentials have to be allowed, by purpose: exactly what is asked and done here.
    fn rights(&self, endpoint: &Endpoint) -> Vec<Right>;

    /// The kinds of resources it can list.
    fn kinds(&self) -> &'static [&'static dyn ResourceKind];

    /// Making what launching needs.
    fn prerequisites(&self) -> &'static dyn Prerequisites;
}

/// The provider of that name.
pub fn find(name: &str) -> Option<&'static dyn Provider> {
    match name {
        aws::NAME => Some(&aws::Aws),
        _ => None,
    }
}
