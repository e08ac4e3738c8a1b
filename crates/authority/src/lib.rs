//! The authority: the operations of IAM and STS, and Keystead's own on keys and verifiers.
//!
//! One operation is one file under [`operations`]; the tables there are generated from the folders. What an
//! operation is, and everything around it, is in `keystead-gate`.

pub mod account;
pub mod challenge;
pub mod issuer;
pub mod mfa;
pub mod oidc;
pub mod operations;
pub mod passkey;
pub mod password_reset;
pub mod quota;
pub mod sign_in;
pub mod temporary_policies;

mod attached_policies;
mod credential_report;
mod credentials;
mod granted;
mod grantee;
mod group;
mod inline_policies;
mod instance_profile;
mod invitation;
mod last_access;
mod managed_policy;
mod page;
mod password;
mod provider;
mod role;
mod saml;
mod server_certificate;
mod service_credential;
mod service_linked_role;
mod session;
mod shape;
mod simulation;
mod tagging;
mod trust_policy;
