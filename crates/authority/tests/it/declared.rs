//! Which errors an operation may answer with: those its service model declares, and those that every request
//! may meet on its way.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde_json::Value;

use crate::models;

/// Errors of reading, authenticating and refusing a request, and of a store that cannot answer.
/// Source: IAM API reference, "Common Errors", and the recorded ones.
const COMMON: &[&str] = &[
    "AccessDenied",
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidAction",
    "InvalidClientTokenId",
    // Recorded of AssumeRole, whose model has it not.
    "InvalidParameterValue",
    "InvalidURIPath",
    "MalformedInput",
    "MalformedQueryString",
    "MisdirectedRequest",
    "MissingAction",
    "MissingAuthenticationToken",
    "RequestEntityTooLarge",
    "ServiceFailure",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "Throttling",
    "ValidationError",
    // A creation whose secret was shown already says so; AWS answers a second secret instead.
    "ConcurrentModification",
];

/// Errors of the REST API besides.
const REST: &[&str] = &[
    "DeleteConflict",
    "EntityAlreadyExists",
    "EntityTemporarilyUnmodifiable",
    "InvalidAuthenticationCode",
    "LimitExceeded",
    "NoSuchEntity",
    "PasswordPolicyViolation",
];

/// Errors that no model declares and AWS was recorded to answer: of a boundary that is not there.
const RECORDED: [(&str, &str); 1] = [("CreateRole", "NoSuchEntity")];

/// The declared errors of each operation of IAM and STS.
static DECLARED: LazyLock<HashMap<String, HashSet<String>>> = LazyLock::new(|| {
    let mut declared = HashMap::new();
    for model in models::all() {
        for (name, operation) in model["operations"].as_object().unwrap() {
            let shapes = operation["errors"].as_array().cloned().unwrap_or_default();
            let code = |shape: &Value| {
                let shape = shape["shape"].as_str().unwrap();
                model["shapes"][shape]["error"]["code"].as_str().unwrap_or(shape).to_owned()
            };
            declared.insert(name.clone(), shapes.iter().map(code).collect());
        }
    }
    declared
});

/// Whether an operation may answer with an error of that code; no operation stands for a request that names
/// none.
pub(crate) fn may_answer(operation: Option<&str>, code: &str) -> bool {
    COMMON.contains(&code)
        || operation.is_some_and(|name| RECORDED.contains(&(name, code)))
        || operation.and_then(|name| DECLARED.get(name)).is_some_and(|codes| codes.contains(code))
}

/// The same for the REST API.
pub(crate) fn rest_may_answer(code: &str) -> bool {
    COMMON.contains(&code) || REST.contains(&code)
}

#[test]
fn the_models_are_read() {
    assert!(may_answer(Some("CreateUser"), "EntityAlreadyExists"));
    assert!(!may_answer(Some("ListUsers"), "EntityAlreadyExists"));
    assert!(!may_answer(None, "NoSuchEntity"));
}
