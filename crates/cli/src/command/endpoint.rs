//! `keystead admin endpoint …`: where other clouds answer, which no tenant says.

use clap::Subcommand;
use keystead_custodian::endpoint::{self, Endpoint};
use keystead_custodian::installation;
use keystead_store::cloud_endpoints::CloudEndpoint;
use serde_json::{Value, json};

use super::secret_input;
use crate::failure::Failure;
use crate::installation::Location;
use crate::output::Style;

const COLUMNS: &[&str] = &["name", "provider", "url", "partition", "region", "names_owners"];

/// Endpoints of clouds besides AWS's own.
#[derive(Debug, Subcommand)]
pub(crate) enum EndpointCommand {
    /// Register an endpoint, at which tenants may then connect accounts. Its word is believed about whose an account
    /// number is: register only what you would believe.
    #[command(
        after_help = "Example:\n  keystead admin endpoint add lab --endpoint-url https://iam.lab.example \
                            --region eu-central-1"
    )]
    Add {
        #[command(flatten)]
        location: Location,
        /// What tenants call it.
        name: String,
        /// Where it answers; {service} and {region} stand for what is asked.
        #[arg(long, value_name = "URL")]
        endpoint_url: String,
        /// Where account-wide things are asked for.
        #[arg(long, default_value = "us-east-1")]
        region: String,
        /// The partition of its ARNs.
        #[arg(long, default_value = "aws")]
        partition: String,
        /// Name the owner of an account that is connected already to who proves a working key of it.
        #[arg(long)]
        names_owners: bool,
    },
    /// List the endpoints.
    #[command(after_help = "Example:\n  keystead admin endpoint list")]
    List {
        #[command(flatten)]
        location: Location,
    },
    /// Forget an endpoint. Accounts connected at it cannot be reached from then on.
    #[command(after_help = "Example:\n  keystead admin endpoint remove lab")]
    Remove {
        #[command(flatten)]
        location: Location,
        /// Its name.
        name: String,
    },
    /// Set the installation's own key at an endpoint, with which it assumes the roles of tenants. The secret is read
    /// from standard input.
    #[command(after_help = "Example:\n  pass show aws/installation | \
                            keystead admin endpoint identity aws --access-key-id AKIA… \
                            --principal-arn arn:aws:iam::123456789012:user/keystead")]
    Identity {
        #[command(flatten)]
        location: Location,
        /// The endpoint: aws, aws-cn, aws-us-gov, or a registered one.
        name: String,
        /// The access key.
        #[arg(long, value_name = "ID")]
        access_key_id: String,
        /// Whose it is, for the trust policies of tenants' roles.
        #[arg(long, value_name = "ARN")]
        principal_arn: String,
    },
}

impl EndpointCommand {
    /// Does it.
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Add { location, name, endpoint_url, region, partition, names_owners } => {
                let on = location.open()?;
                let created_at = on.clock.now();
                let url = endpoint_url.trim_end_matches('/').to_owned();
                let provider = "aws".to_owned();
                let row = CloudEndpoint { name, provider, url, partition, region, names_owners, created_at };
                endpoint::check(&row)?;
                installation::add_endpoint(&on.store, &row, &*on.rng)?;
                style.print(&shown(&row.into()), COLUMNS)
            }
            Self::List { location } => {
                let registered = installation::endpoints(&location.open()?.store)?;
                let all: Vec<Value> = registered.iter().map(shown).collect();
                style.print(&json!({ "endpoints": all }), COLUMNS)
            }
            Self::Remove { location, name } => {
                let on = location.open()?;
                installation::remove_endpoint(&on.store, &name, &*on.rng)?;
                style.print(&json!({ "name": name }), &[])
            }
            Self::Identity { location, name, access_key_id, principal_arn } => {
                let on = location.open()?;
                let secret = secret_input::read("the secret access key")?;
                installation::set_identity(
                    &on.store,
                    &name,
                    &access_key_id,
                    &secret,
                    &principal_arn,
                    on.clock.now(),
                    &*on.rng,
                )?;
                let shown = json!({
                    "name": name, "access_key_id": access_key_id, "principal_arn": principal_arn,
                });
                style.print(&shown, &[])
            }
        }
    }
}

fn shown(endpoint: &Endpoint) -> Value {
    json!({
        "name": endpoint.name,
        "provider": endpoint.provider,
        "url": endpoint.url,
        "partition": endpoint.partition,
        "region": endpoint.region,
        "names_owners": endpoint.names_owners,
    })
}
