//! Storage: SQL on SQLite and PostgreSQL, migrations, and the sealing of secrets.
//!
//! Everything goes through [`Store::read`] and [`Store::write`], which hand a [`Tx`] to a closure; a `Tx`
//! has one repository per aggregate, each in a file of its own name here. A statement stands in the
//! function that runs it, once for both engines. Start with [`store`] for what a commit is, [`sql`] for
//! the trait under which the engines are alike, and `migrations/` for what each table and column means.

#![cfg_attr(
    not(any(test, feature = "testing")),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

pub mod access_keys;
pub mod access_reports;
pub mod accesses;
pub mod accounts;
pub mod aliases;
mod announcer;
pub mod audit;
pub mod changes;
pub mod cloud_accounts;
pub mod cloud_credentials;
pub mod cloud_discoveries;
pub mod cloud_endpoints;
pub mod cloud_probes;
pub mod cloud_regions;
pub mod cloud_resources;
pub mod cloud_ssh_keys;
mod command;
pub mod console_sessions;
pub mod consumers;
pub mod counts;
pub mod custody;
pub mod delivery_targets;
mod diagnosis;
pub mod endings;
pub mod error;
mod fault;
pub mod fleet;
mod folder;
pub mod freezes;
pub mod groups;
pub mod hand_overs;
pub mod honey_keys;
pub mod imports;
pub mod inline_policies;
pub mod inputs;
mod installation;
pub mod instance_profiles;
pub mod invitations;
pub mod issuers;
pub mod known_consumers;
pub mod known_devices;
pub mod last_used;
pub mod leaderships;
pub mod leak_reports;
pub mod letters;
pub mod login_profiles;
pub mod mfa_attempts;
pub mod mfa_devices;
mod migrations;
pub mod notice_addresses;
pub mod notices;
pub mod oidc_providers;
pub mod passkeys;
pub mod password_policies;
pub mod password_resets;
pub mod policies;
pub mod policy_attachments;
pub mod policy_usage;
mod postgres;
pub mod quotas;
pub mod role_deletions;
pub mod roles;
pub mod rotation_plans;
pub mod rotations;
pub mod runs;
pub mod saml_providers;
pub mod sealing;
pub mod server_certificates;
pub mod service_credentials;
pub mod session_revocations;
pub mod sign_ins;
pub mod signing_certificates;
pub mod spent_challenges;
pub mod sql;
mod sqlite;
pub mod ssh_public_keys;
mod statistics;
pub mod store;
pub mod stored_credentials;
pub mod tags;
pub mod temporary_policies;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tx;
pub mod user_pages;
pub mod users;
pub mod uses;
pub mod value;
pub mod value_setters;
pub mod verifiers;
pub mod workloads;

pub use announcer::CommitListener;
pub use error::{OnConstraint, Result, StoreError};
pub use sealing::{Place, Sealed, Sealer};
pub use statistics::Statistics;
pub use store::{Database, Options, Store};
pub use tx::{Command, Touched, Tx};

/// Locks a mutex whose data stays whole where a holder of it panics.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
