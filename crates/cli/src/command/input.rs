//! `keystead input …`: where the values of inputs come from.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::credential::Holder;
use crate::connection::Remote;
use crate::failure::{Failure, Kind};
use crate::output::Style;

const PATH: &str = "/api/v1/inputs";

/// Inputs.
#[derive(Debug, Subcommand)]
pub(crate) enum Input {
    /// Set inputs of a workload or a deployment.
    ///
    /// A source is text:VALUE, blank, ignore, inherit, cred:NAME, key:ID, key:ID:CLOUD, env:VAR (of the machine),
    /// env:WORKLOAD:INPUT (a text of another workload of the deployment), or array:[…] of these in JSON. A text is no
    /// secret: put a secret into a credential.
    #[command(after_help = "Example:\n  keystead input set --deployment shop DB_PASSWORD=cred:DB_PASSWORD \
                            REGION=text:eu-west-1")]
    Set {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        holder: Holder,
        /// The inputs.
        #[arg(required = true, value_name = "NAME=SOURCE")]
        inputs: Vec<String>,
    },
    /// List the inputs of a deployment, or those in force for a workload with what stands in their way.
    #[command(after_help = "Example:\n  keystead input list --workload web")]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        holder: Holder,
    },
}

impl Input {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Set { remote, holder, inputs } => {
                let (member, holder) = holder.member()?;
                let inputs = inputs.iter().map(|input| pair(input)).collect::<Result<Map<_, _>, _>>()?;
                let body = json!({ member: holder, "inputs": inputs });
                style.print(&remote.connect()?.put(PATH, &body)?, &["name", "source"])
            }
            Self::List { remote, holder } => {
                let (member, holder) = holder.member()?;
                let path = format!("{PATH}?{member}={}", keystead_aws::percent_encode(holder));
                style
                    .print(&remote.connect()?.get(&path)?, &["name", "source", "from", "required", "problem"])
            }
        }
    }
}

/// A name and a source; one that is none is not repeated, because it may be a secret.
fn pair(input: &str) -> Result<(String, Value), Failure> {
    let (name, source) = input.split_once('=').ok_or_else(|| {
        Failure::new(
            Kind::Usage,
            "An input is a name and a source with = between, for example PORT=text:8080.",
        )
    })?;
    Ok((name.to_owned(), source.into()))
}
