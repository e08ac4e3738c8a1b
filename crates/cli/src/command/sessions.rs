//! `keystead sessions …`: temporary credentials.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::connection::Remote;
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/sessions/revoke";

/// Temporary credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum Sessions {
    /// End sessions from the next request on, and with them every session that was made with those.
    #[command(after_help = "Example:\n  keystead sessions revoke --access-key-id AKIAIOSFODNN7EXAMPLE\n  \
                            keystead sessions revoke --role deploy --before 2026-01-31T12:00:00Z")]
    Revoke {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        whose: Whose,
        /// Only those made until then; otherwise all there are.
        #[arg(long, value_name = "TIME")]
        before: Option<String>,
    },
}

/// Whose sessions.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Whose {
    /// The key that asked for them, or the key of one session.
    #[arg(long, value_name = "ID")]
    access_key_id: Option<String>,
    /// The user that asked for them.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The role they are of.
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
}

impl Sessions {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        let Self::Revoke { remote, whose, before } = self;
        style.print(&remote.connect()?.post(PATH, &whose.body(before))?, &[])
    }
}

impl Whose {
    fn body(self, before: Option<String>) -> Value {
        let members = [
            ("access_key_id", self.access_key_id),
            ("user_name", self.user),
            ("role_name", self.role),
            ("before", before),
        ];
        let given = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.fold(json!({}), |mut body, (name, value)| {
            body[name] = value.into();
            body
        })
    }
}
