//! How to come by credentials to connect an account with.

use askama::Template;
use serde_json::{Value, json};

use super::below;
use crate::console::answer::{Page, show};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "clouds/help.html")]
struct Help {
    frame: Frame,
    steps: Vec<String>,
    policy: String,
    purposes: Vec<Value>,
    external_id: String,
    trust_policy: Option<String>,
}

pub(super) fn answer(request: &Request) -> Page {
    let endpoint = request.query.find("endpoint").unwrap_or("aws");
    let help = request.rest("GET", "/api/v1/cloud-help", json!({ "endpoint": endpoint }))?;
    let frame = below(request, "Find my credentials")
        .below("Connect to a cloud", "/console/clouds/connect")
        .help(
            "Give Keystead a user of its own with exactly this policy, never the root user's key. What is missing in \
             the policy is told afterwards, region by region.",
        )
        .twin("keystead cloud help", "GET /api/v1/cloud-help");
    let trust_policy = help.get("trust_policy").filter(|policy| policy.is_object()).map(pretty);
    show(&Help {
        frame,
        steps: help.texts("steps"),
        policy: pretty(help.at("policy")),
        purposes: help.list("purposes").to_vec(),
        external_id: help.text("external_id"),
        trust_policy,
    })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
