//! Context entries: keys of a simulated request, their types and values.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::ContextEntry;
use keystead_core::Timestamp;
use keystead_gate::authorize::ContextKeys;

/// The keys of a request, whose values have to be what their types say.
pub(crate) fn read(entries: Vec<ContextEntry>) -> Result<ContextKeys> {
    entries.into_iter().try_fold(ContextKeys::default(), |keys, entry| {
        let name = entry.context_key_name.unwrap_or_default();
        let kind = entry.context_key_type.unwrap_or_default();
        let values = entry.context_key_values;
        let (single, is_list) = kind.strip_suffix("List").map_or((&*kind, false), |single| (single, true));
        if name.is_empty() || kind.is_empty() {
            return Err(Fault::InvalidInput(
                "Each of ContextEntries needs a name, a type and values.".to_owned(),
            ));
        }
        if !is_list && values.len() != 1 {
            return Err(Fault::InvalidInput(format!(
                "The context key {name} of type {kind} needs one value."
            )));
        }
        if let Some(value) = values.iter().find(|value| !fits(single, value)) {
            return Err(Fault::InvalidInput(format!(
                "{value} of the context key {name} is not of type {kind}."
            )));
        }
        Ok(keys.with_many(name, values))
    })
}

fn fits(kind: &str, value: &str) -> bool {
    match kind {
        "numeric" => value.parse::<f64>().is_ok(),
        "boolean" => matches!(value, "true" | "false"),
        "ip" => {
            let (address, prefix) = value.split_once('/').unwrap_or((value, "0"));
            address.parse::<IpAddr>().is_ok() && prefix.parse::<u8>().is_ok()
        }
        "binary" => STANDARD.decode(value).is_ok(),
        "date" => Timestamp::parse_rfc3339(value).is_some() || value.parse::<i64>().is_ok(),
        _ => true,
    }
}
