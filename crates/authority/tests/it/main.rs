//! The authority through the whole gate, on both engines: every request here is signed as a client signs it
//! and goes the way a request of the listener goes.
//!
//! Start with [`world`], which makes the installation a test talks to and looks at every reply that passes:
//! its form, whether its error is one the operation may answer with, and that no secret is in it twice.

mod answer;
mod declared;
mod dump;
mod holdings;
mod identities;
mod issued;
mod models;
mod permits;
mod phone;
mod sessions;
mod world;

mod account_details;
mod accounts;
mod aliases;
mod assume_role;
mod assume_root;
mod audit;
mod boundaries;
mod credential_report;
mod denials;
mod escalation;
mod evidence;
mod groups;
mod guards;
mod import;
mod inline_policies;
mod instance_profiles;
mod invitations;
mod issuer;
mod keys;
mod known_attacks;
mod last_access;
mod last_used;
mod lent_sessions;
mod letters;
mod managed_policies;
mod matrix;
mod mfa;
mod negative;
mod organizations;
mod own_operations;
mod password_attempts;
mod password_policies;
mod passwords;
mod policies;
mod providers;
mod quota;
mod recorded;
mod replays;
mod requests;
mod revocation;
mod ring;
mod roles;
mod root;
mod self_service;
mod server_certificates;
mod service_credentials;
mod service_linked_roles;
mod session_revocations;
mod session_tokens;
mod sign_in;
mod signatures;
mod signing_certificates;
mod simulations;
mod ssh_public_keys;
mod sts;
mod tenants;
mod trust;
mod users;
mod verify;
mod web_identity;
