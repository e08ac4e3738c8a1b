//! The code that somebody gives as their own.

use keystead_aws::error::Result;
use keystead_core::{AccountId, Timestamp};
use keystead_store::mfa_devices::{MfaDevice, Steps};
use keystead_store::{Sealer, Tx};

use super::totp::{self, Code, Seed};
use super::{attempts_since, open_seed};

/// How many steps a code may be off, beyond what is known of the device's clock: the one that passes while a
/// code is typed, and one the other way. RFC 6238, section 5.2.
const TOLERANCE: i64 = 1;

/// A code, and whose it is said to be.
#[derive(Clone, Copy)]
pub struct GivenCode<'c> {
    /// The account.
    pub account: AccountId,
    /// A user id, or the account's number for the root user.
    pub owner_id: &'c str,
    /// Of which device; of any of the owner's where it is not said.
    pub serial_number: Option<&'c str>,
    /// The code as given.
    pub code: &'c str,
}

/// Whether a code is right, in which case it is used up. A wrong one is counted, and after the fifth in a
/// quarter of an hour none is accepted, whichever it is.
///
/// The transaction is to be committed whatever the answer, and before anything is granted on it: an answer
/// that is rolled back leaves the code to be used again, or the guess uncounted.
pub fn accept_code(tx: &mut Tx<'_>, sealer: &Sealer, given: GivenCode<'_>, now: Timestamp) -> Result<bool> {
    let GivenCode { account, owner_id, serial_number, code } = given;
    let Some(code) = Code::parse(code) else { return Ok(false) };
    tx.lock_user(account, owner_id)?;
    let Some(slot) = tx.mfa_attempts().find_free_slot(account, owner_id, attempts_since(now))? else {
        return Ok(false);
    };
    let mut devices = tx.mfa_devices().list_by_owner(account, owner_id)?;
    devices.retain(|device| serial_number.is_none_or(|wanted| device.serial_number == wanted));
    for device in devices {
        if let Some(steps) = steps_of(&device, sealer, code, now)?
            && tx.mfa_devices().advance(account, &device.serial_number, steps)?
        {
            return Ok(true);
        }
    }
    tx.mfa_attempts().fill_slot(account, owner_id, slot, now)?;
    Ok(false)
}

/// The step of a code that is not used up yet.
fn steps_of(device: &MfaDevice, sealer: &Sealer, code: Code, now: Timestamp) -> Result<Option<Steps>> {
    let expected = totp::step_at(now) + device.drift;
    let fresh = (expected - TOLERANCE).max(device.last_step + 1)..=expected + TOLERANCE;
    let step = Seed::new(&open_seed(sealer, device)?).find(code, fresh);
    Ok(step.map(|step| Steps { first: step, last: step, drift: device.drift }))
}
