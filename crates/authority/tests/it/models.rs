//! The service models themselves, which the tests hold the answers against.

use std::path::Path;
use std::sync::LazyLock;

use keystead_aws::model::{IAM, STS, Service};
use serde_json::Value;

static MODELS: LazyLock<[Value; 2]> = LazyLock::new(|| [read(&IAM), read(&STS)]);

fn read(service: &Service) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../aws/model");
    let file = folder.join(format!("{}-{}.json", service.name, service.version));
    serde_json::from_slice(&std::fs::read(file).expect("the model is there")).expect("the model is JSON")
}

/// The models of IAM and of STS.
pub(crate) fn all() -> &'static [Value; 2] {
    &MODELS
}

/// The model that has an operation of that name.
pub(crate) fn of(operation: &str) -> &'static Value {
    let has = |model: &&Value| model["operations"].get(operation).is_some();
    all().iter().find(has).expect("an operation of IAM or STS")
}
