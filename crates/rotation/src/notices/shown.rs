//! Notices as the API shows them with their rotation.

use keystead_core::{AccountId, Timestamp};
use keystead_store::Tx;
use keystead_store::notices::NoticeRow;
use serde::Serialize;
use utoipa::ToSchema;

/// The newest that are shown.
const NOTICES_SHOWN: i64 = 20;

/// What was told, or is to be.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownNotice {
    topic: String,
    /// `mail` or `webhook`.
    way: &'static str,
    at: String,
    /// `waiting`, `sent` or `given_up`.
    state: &'static str,
    sent_at: Option<String>,
    attempts: i64,
    /// Why the last attempt failed.
    failure: Option<String>,
}

/// The newest notices of a rotation, in the order of what they tell.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    account: AccountId,
    rotation_id: &str,
) -> keystead_store::Result<Vec<ShownNotice>> {
    let rows = tx.notices().list_newest(account, rotation_id, NOTICES_SHOWN)?;
    Ok(rows.into_iter().rev().map(show).collect())
}

fn show(row: NoticeRow) -> ShownNotice {
    ShownNotice {
        topic: row.topic,
        way: row.way.as_str(),
        at: row.created_at.to_iso8601(),
        state: match (row.sent_at, row.next_try_at) {
            (Some(_), _) => "sent",
            (None, Some(_)) => "waiting",
            (None, None) => "given_up",
        },
        sent_at: row.sent_at.map(Timestamp::to_iso8601),
        attempts: row.attempts,
        failure: row.failure,
    }
}
