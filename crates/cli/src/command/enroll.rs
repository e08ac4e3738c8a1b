//! `keystead enroll`: this machine becomes a workload's.

use std::path::PathBuf;

use serde_json::json;

use super::secret_input;
use crate::connection::Remote;
use crate::failure::Failure;
use crate::output::Style;
use crate::{token_file, variables};

/// Make this machine a workload's, with the token of `keystead workload enroll` from standard input.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  keystead enroll --token-file /etc/keystead/workload.token < web.enrollment"
)]
pub(crate) struct Enroll {
    #[command(flatten)]
    remote: Remote,
    /// The new file for the workload's token; only its owner may read it.
    #[arg(long, env = "KEYSTEAD_TOKEN_FILE", value_name = "FILE", default_value = variables::TOKEN_FILE)]
    token_file: PathBuf,
}

impl Enroll {
    /// Does it.
    pub(crate) fn run(&self, style: &Style) -> Result<(), Failure> {
        let token = secret_input::read("the token of keystead workload enroll")?;
        let body = json!({ "token": token.expose() });
        let redeem = || self.remote.connect_as_bearer()?.post("/api/v1/workload/enrollment", &body);
        style.print(&token_file::put_into(&self.token_file, redeem)?, &[])
    }
}
