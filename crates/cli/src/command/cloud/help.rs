//! *Help me find my credentials.*

use keystead_aws::percent_encode;
use serde_json::Value;

use crate::connection::Remote;
use crate::failure::Failure;
use crate::output::Style;

/// `keystead cloud help`.
#[derive(Debug, clap::Args)]
pub(crate) struct Help {
    #[command(flatten)]
    remote: Remote,
    /// For which endpoint: aws, aws-cn, aws-us-gov, or one that the operator registered.
    #[arg(long, default_value = "aws")]
    endpoint: String,
}

impl Help {
    pub(super) fn run(self, style: &Style) -> Result<(), Failure> {
        let path = format!("/api/v1/cloud-help?endpoint={}", percent_encode(&self.endpoint));
        style.print_as(&self.remote.connect()?.get(&path)?, text)
    }
}

fn text(help: &Value) -> String {
    let steps = help["steps"].as_array().into_iter().flatten().filter_map(Value::as_str).enumerate();
    let mut parts = vec![
        steps.map(|(place, step)| format!("{}. {step}", place + 1)).collect::<Vec<_>>().join("\n"),
        format!("The policy (`policy`):\n{:#}", help["policy"]),
    ];
    if !help["trust_policy"].is_null() {
        parts.push(format!("The trust policy of a role (`trust_policy`):\n{:#}", help["trust_policy"]));
    }
    let external_id = help["external_id"].as_str().unwrap_or_default();
    parts.push(format!("The external id that roles are asked for with: {external_id}"));
    parts.join("\n\n")
}
