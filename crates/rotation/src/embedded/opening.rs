//! When a rotation may go on: the freezes and windows of its credential, and the freezes of its account.
//!
//! They are read anew at each step, so that what is declared today holds for rotations that began yesterday.

use keystead_core::{AccountId, Timestamp};
use keystead_store::{StoreError, Tx};

use super::{Embedded, journal};
use crate::calendar::{Calendar, Freeze};
use crate::machine::Rotation;
use crate::world::JournalError;

/// The most freezes of an account that are looked at.
const FREEZES_MAX: i64 = 1000;

/// The calendar that a credential's rotations keep to now.
pub(crate) fn calendar(
    tx: &mut Tx<'_>,
    account: AccountId,
    credential_id: &str,
    now: Timestamp,
) -> keystead_store::Result<Calendar> {
    let plan = tx.rotation_plans().find(account, credential_id)?;
    let mut calendar = match plan.and_then(|plan| plan.calendar) {
        Some(text) => serde_json::from_str(&text)
            .map_err(|error| StoreError::Corrupt(format!("a calendar: {error}")))?,
        None => Calendar::default(),
    };
    let freezes = tx.freezes().list(account, now, None, FREEZES_MAX)?;
    calendar.freezes.extend(freezes.into_iter().map(|one| Freeze { from: one.from, until: one.until }));
    Ok(calendar)
}

impl Embedded {
    /// Gives the rotation the calendar that holds now.
    pub(super) fn keep_calendar(&self, rotation: &mut Rotation, now: Timestamp) -> Result<(), JournalError> {
        let read = |tx: &mut Tx<'_>| calendar(tx, self.account, &self.credential.id, now);
        rotation.calendar = self.gate.store().read(read).map_err(|error| journal::failed(&error))?;
        Ok(())
    }
}
