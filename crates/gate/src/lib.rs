//! The one way in. Every request, over whichever protocol, is parsed, authenticated, authorized, carried
//! out, audited and rendered here, once, for every operation of every use case.
//!
//! - [`dispatch`]: a request's whole way, from bytes to reply. Start there.
//! - [`openapi`]: the REST API, described by its operations.
//! - [`operation`]: what an operation is; the use cases implement it, one file an operation.
//! - [`authenticate`]: who signed this. The only maker of [`Caller`].
//! - [`authorize`]: may they.
//! - [`bearer_token`]: tokens whose bearer may do one thing.
//! - [`certificate`]: X.509 certificates and private keys.
//! - [`client_certificate`]: whom a certificate stands for that a client proved to have.
//! - [`console`]: people who are signed in with a browser.
//! - [`denial`]: what a refusal rests on, sealed.
//! - [`proven`]: what a caller proved who it is with.
//! - [`ring`]: the key ring, in memory, that both answer from.
//! - [`session`]: temporary credentials, which carry everything about themselves.
//! - [`trust`]: whom trust policies name.
//! - [`verify`]: checking requests for other services.
//! - [`jobs`]: work that goes on after a reply.
//! - [`last_used`]: who uses which key, as evidence.
//! - [`accesses`]: who was last seen where.
//! - [`mail`]: letters, queued in the transaction that causes them.
//! - [`outgoing`]: calls to other authorities, as an argument.
//! - [`password`]: hashes of passwords, and asking for one again.
//! - [`sources`]: where wrong passwords come from.
//! - [`turnstile`]: a bound on work that is dear.
//! - [`audit`]: the record of what was done.

pub mod accesses;
pub mod audit;
pub mod authenticate;
pub mod authorize;
pub mod bearer_token;
pub mod certificate;
pub mod client_certificate;
pub mod console;
pub mod context;
pub mod denial;
pub mod dispatch;
pub mod jobs;
pub mod json;
pub mod last_used;
pub mod mail;
pub mod meter;
pub mod openapi;
pub mod operation;
pub mod outgoing;
pub mod password;
pub mod proven;
pub mod ring;
pub mod service_credential;
pub mod session;
pub mod sources;
pub mod ssh_key;
pub mod trust;
pub mod turnstile;
pub mod verify;

mod gate;
mod idempotency;
mod query;
mod replay;

pub use authenticate::Caller;
pub use bearer_token::BearerToken;
pub use context::Context;
pub use dispatch::{Admission, RawRequest, Reply};
pub use gate::{Gate, LeakSettings, PublicKeys, Settings};
pub use json::{Audience, Json, RestOperation, Route};
pub use operation::{Handler, Kind, Operation};
pub use proven::ProvenBy;
pub use query::Query;
pub use ring::KeyRing;
