//! Workloads as the API takes and shows them.

use std::collections::BTreeSet;

use keystead_aws::error::{Fault, Result};
use keystead_core::Timestamp;
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::workloads::Workload;
use serde::Serialize;
use utoipa::ToSchema;

use crate::source::is_variable;

/// The most inputs that a workload may require.
const REQUIRED_MAX: usize = 200;

/// A workload as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// The deployment it belongs to.
    pub deployment: Option<String>,
    /// What it is for.
    pub description: String,
    /// The inputs without which it does not start.
    pub required: Vec<String>,
    /// When it was enrolled last, RFC 3339; absent until it is.
    pub enrolled_at: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When, RFC 3339.
    pub created_at: String,
    /// When it was last changed, RFC 3339.
    pub updated_at: String,
}

impl Shown {
    /// A workload with its deployment's name.
    pub fn of(tx: &mut Tx<'_>, cx: &Context, row: Workload) -> Result<Self> {
        let deployment = match &row.deployment_id {
            Some(id) => tx.workloads().find_deployment_by_id(cx.account(), id)?,
            None => None,
        };
        Ok(Self {
            name: row.name,
            deployment: deployment.map(|deployment| deployment.name),
            description: row.description,
            required: row.required,
            enrolled_at: row.enrolled_at.map(Timestamp::to_iso8601),
            created_by: row.created_by,
            created_at: row.created_at.to_iso8601(),
            updated_at: row.updated_at.to_iso8601(),
        })
    }
}

/// The names of required inputs as somebody gave them, in order and each once.
pub fn required(names: Vec<String>) -> Result<Vec<String>> {
    let names: BTreeSet<String> = names.into_iter().collect();
    if names.len() > REQUIRED_MAX || !names.iter().all(|name| is_input_name(name)) {
        return Err(Fault::ValidationError(format!(
            "`required` has at most {REQUIRED_MAX} names. {INPUT_NAME}"
        )));
    }
    Ok(names.into_iter().collect())
}

/// What is said of a name that no input can have.
pub const INPUT_NAME: &str = "The name of an input has 1 to 128 letters, digits and underscores, does not begin with a \
                              digit, and not with KEYSTEAD_, which is Keystead's own.";

/// Whether an input can have this name.
pub fn is_input_name(name: &str) -> bool {
    is_variable(name) && !name.to_ascii_uppercase().starts_with("KEYSTEAD_")
}
