//! Events as CloudTrail writes them. Source: CloudTrail User Guide, "CloudTrail record contents".

use keystead_aws::error::Fault;
use keystead_aws::query::Params;
use keystead_core::masked_url::masked_url;
use keystead_core::{AccountId, Timestamp};
use serde_json::{Map, Value, json};

use super::{Tallied, Tally};
use crate::authenticate::{Caller, Identity};
use crate::context::Context;
use crate::ring::{Principal, PrincipalKind};
use crate::session::{Claims, SessionKind};

const VERSION: &str = "1.11";

/// What is kept of one counted call to describe all of its kind.
pub(super) struct Example {
    identity: Value,
    source: Box<str>,
    user_agent: Box<str>,
    region: Box<str>,
    request_id: Box<str>,
    message: Option<String>,
    /// When the counted call was.
    pub(super) at: Timestamp,
}

impl Example {
    pub(super) fn new(cx: &Context, fault: Option<&Fault>) -> Self {
        Self {
            identity: identity(&cx.caller),
            source: cx.caller.source.clone(),
            user_agent: cx.caller.user_agent.clone(),
            region: region(&cx.caller).into(),
            request_id: cx.caller.request_id.clone(),
            message: fault.and_then(|f| f.wire().message),
            at: cx.now,
        }
    }
}

fn region(caller: &Caller) -> &str {
    match &caller.identity {
        Identity::Key { region, .. } => region,
        Identity::Consumer { .. } | Identity::Workload { .. } | Identity::Stranger => "-",
    }
}

/// The `userIdentity` element.
fn identity(caller: &Caller) -> Value {
    let arn = caller.arn().to_string();
    match &caller.identity {
        Identity::Key { principal, access_key_id, session, .. } => {
            let claims = session.as_ref().map(|session| &session.claims);
            let mut element = json!({
                "type": match claims.map(|claims| &claims.kind) {
                    _ if principal.is_root() => "Root",
                    Some(SessionKind::Role { .. }) => "AssumedRole",
                    Some(SessionKind::Federated { .. }) => "FederatedUser",
                    _ => "IAMUser",
                },
                "principalId": session.as_ref().map_or_else(|| principal.id.to_string(), |s| s.user_id(principal)),
                "arn": arn,
                "accountId": caller.account.to_string(),
                "accessKeyId": access_key_id.to_string(),
            });
            match claims {
                Some(claims) => element["sessionContext"] = session_context(principal, claims),
                None if principal.is_root() => {}
                None => element["userName"] = Value::from(&*principal.name),
            }
            element
        }
        Identity::Stranger => json!({ "type": "Unknown", "accountId": caller.account.to_string() }),
        Identity::Consumer { consumer_id, .. } => json!({
            "type": "KeysteadConsumer",
            "principalId": consumer_id,
            "arn": arn,
            "accountId": caller.account.to_string(),
        }),
        Identity::Workload { workload_id, .. } => json!({
            "type": "KeysteadWorkload",
            "principalId": workload_id,
            "arn": arn,
            "accountId": caller.account.to_string(),
        }),
    }
}

/// The `sessionContext` element.
fn session_context(principal: &Principal, claims: &Claims) -> Value {
    let mut context = json!({
        "attributes": {
            "creationDate": claims.issued_at.to_iso8601(),
            "mfaAuthenticated": if claims.mfa_at.is_some() { "true" } else { "false" },
        },
        "sessionIssuer": {
            "type": if principal.kind == PrincipalKind::Role { "Role" } else { "IAMUser" },
            "principalId": principal.id.to_string(),
            "arn": principal.arn().to_string(),
            "accountId": principal.account.to_string(),
            "userName": &*principal.name,
        },
    });
    if let Some(source) = &claims.source_identity {
        context["sourceIdentity"] = Value::from(source.as_str());
    }
    context
}

/// The event of a write that succeeded.
pub(super) fn of_write(cx: &Context, service: &str, action: &str, parameters: &Value) -> Value {
    json!({
        "eventVersion": VERSION,
        "userIdentity": identity(&cx.caller),
        "eventTime": cx.now.to_iso8601(),
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": action,
        "awsRegion": region(&cx.caller),
        "sourceIPAddress": cx.caller.source,
        "userAgent": cx.caller.user_agent,
        "requestParameters": parameters,
        "responseElements": null,
        "requestID": cx.caller.request_id,
        "eventID": cx.caller.request_id,
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": cx.account().to_string(),
        "eventCategory": "Management",
    })
}

/// The event of something the installation did by itself.
pub(super) fn of_installation(
    account: AccountId,
    event_id: &str,
    now: Timestamp,
    action: &str,
    details: &Value,
) -> Value {
    json!({
        "eventVersion": VERSION,
        "userIdentity": {"type": "AWSService", "invokedBy": "keystead"},
        "eventTime": now.to_iso8601(),
        "eventSource": "keystead.amazonaws.com",
        "eventName": action,
        "awsRegion": "-",
        "requestParameters": details,
        "responseElements": null,
        "eventID": event_id,
        "readOnly": false,
        "eventType": "AwsServiceEvent",
        "managementEvent": true,
        "recipientAccountId": account.to_string(),
        "eventCategory": "Management",
    })
}

/// The event of calls that were counted together.
pub(super) fn of_tally(tally: &Tally, tallied: &Tallied, event_id: &str, read_only: bool) -> Value {
    let example = &tallied.example;
    let from = Timestamp::from_secs(tally.minute * 60);
    let mut event = json!({
        "eventVersion": VERSION,
        "userIdentity": example.identity,
        "eventTime": example.at.to_iso8601(),
        "eventSource": format!("{}.amazonaws.com", tally.service),
        "eventName": tally.action,
        "awsRegion": example.region,
        "sourceIPAddress": example.source,
        "userAgent": example.user_agent,
        "requestParameters": null,
        "responseElements": null,
        "additionalEventData": {
            "count": tallied.count,
            "minute": from.to_iso8601(),
            "principal": tallied.arn.as_str(),
        },
        "requestID": example.request_id,
        "eventID": event_id,
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": tally.account.to_string(),
        "eventCategory": "Management",
    });
    if let Some(code) = tally.code {
        event["errorCode"] = Value::from(code);
        event["errorMessage"] = Value::from(example.message.clone());
    }
    event
}

const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Whether a member of that name holds a secret. Every sensitive shape of the service models is covered; a
/// test holds that.
fn is_secret(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let parts = [
        "secret",
        "password",
        "privatekey",
        "private_key",
        "token",
        "assertion",
        "seed",
        "qrcode",
        "authenticationcode",
    ];
    parts.iter().any(|part| name.contains(part))
}

/// The parameters of a Query request, secrets hidden.
pub fn query_parameters(params: &Params) -> Value {
    let members = params.iter().filter(|(name, _)| !matches!(*name, "Action" | "Version"));
    let shown = |name: &str, value: &str| Value::from(if is_secret(name) { HIDDEN } else { value });
    Value::Object(members.map(|(name, value)| (name.to_owned(), shown(name, value))).collect())
}

/// The input of a REST request, secrets hidden.
pub fn json_parameters(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let shown = if is_secret(name) { Value::from(HIDDEN) } else { json_parameters(value) };
                    (name.clone(), shown)
                })
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(json_parameters).collect()),
        // Addresses are asked for in many inputs, and may hold what opens them.
        Value::String(text) if !text.contains(char::is_whitespace) => Value::from(masked_url(text)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_sensitive_member_of_the_models_is_hidden() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../aws/model");
        let mut sensitive = 0;
        for file in ["iam-2010-05-08.json", "sts-2011-06-15.json"] {
            let model: Value = serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap();
            let shapes = model["shapes"].as_object().unwrap();
            let members = shapes.values().filter_map(|shape| shape["members"].as_object()).flatten();
            for (name, reference) in members {
                if shapes[reference["shape"].as_str().unwrap()]["sensitive"] == true {
                    sensitive += 1;
                    assert!(is_secret(name) && is_secret(&format!("Config.member.1.{name}")), "{name}");
                }
            }
        }
        assert!(sensitive > 10);
        for name in ["UserName", "AccessKeyId", "PolicyArn", "Status", "MaxItems", "services", "hosts"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn secrets_are_hidden_at_any_depth() {
        let shown =
            json_parameters(&json!({"name": "n", "inner": [{"secret_access_key": "s3"}], "Token": "t"}));
        let text = shown.to_string();
        assert!(text.contains("\"n\""));
        assert!(!text.contains("s3") && !text.contains("\"t\""), "{text}");
        let shown = json_parameters(&json!({"url": "https://a:s3@b.example/c?d=s4"}));
        assert_eq!(shown["url"], "https://****@b.example/c?d=****");
        let params = Params::parse(b"Action=ChangePassword&OldPassword=abc&UserName=u").unwrap();
        let text = query_parameters(&params).to_string();
        assert!(text.contains("UserName") && !text.contains("abc"), "{text}");
    }
}
