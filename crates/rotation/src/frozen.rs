//! A freeze as the API shows it.

use keystead_core::Arn;
use keystead_gate::Context;
use keystead_store::freezes::Freeze;
use serde::Serialize;
use utoipa::ToSchema;

/// A time in which rotations rest.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    freeze_id: String,
    from: String,
    until: String,
    reason: String,
    created_by: String,
    created_at: String,
}

impl From<Freeze> for Shown {
    fn from(row: Freeze) -> Self {
        Self {
            freeze_id: row.id,
            from: row.from.to_iso8601(),
            until: row.until.to_iso8601(),
            reason: row.reason,
            created_by: row.created_by,
            created_at: row.created_at.to_iso8601(),
        }
    }
}

/// What the policy engine is asked about a freeze.
pub fn arn(cx: &Context, freeze_id: &str) -> Arn {
    Arn::keystead(cx.account(), &format!("freeze/{freeze_id}"))
}
