//! `keystead agent`: gives a machine's applications their credentials in the ways that AWS SDKs, files, commands and
//! systemd take them, and sees each of them through rotations.
//!
//! - [`settings`]: the configuration file.
//! - [`keeper`]: one thread a consumer: asks the server, keeps the answer, brings the outputs up to date, reports.
//! - [`source`]: what is asked of the server, and of the endpoint where sessions are made.
//! - [`held`]: the answer that is kept, and until when it is passed on.
//! - [`folder`]: the state folder, by which a restart and an outage of the server are survived.
//! - [`endpoint`]: the container credentials endpoint and the stand-in for the instance metadata service.
//! - [`socket`]: the socket that systemd asks.
//! - [`output`]: files and commands.
//! - [`supervise`]: all of it together, until a signal says otherwise.

pub(crate) mod endpoint;
pub(crate) mod folder;
pub(crate) mod held;
pub(crate) mod keeper;
pub(crate) mod output;
pub(crate) mod settings;
pub(crate) mod socket;
pub(crate) mod source;
pub(crate) mod supervise;
