//! Codes of virtual MFA devices: what is shown of a seed, which codes are right, and that none is accepted
//! twice or guessed.
//!
//! - [`totp`]: which code belongs to which step; pure.
//! - [`pair`]: the two codes that make a device somebody's, or find its clock again.
//! - [`accept_code`]: the one code that a sign-in or a session asks for.
//! - [`qr_code`]: how an application takes up a seed.

mod accept;
pub(crate) mod pair;
pub(crate) mod qr_code;
pub(crate) mod root;
pub(crate) mod totp;

use std::time::Duration;

use keystead_aws::error::{Fault, Result, text};
use keystead_core::{AccountId, Arn, SecretBytes, Timestamp};
use keystead_gate::Context;
use keystead_store::mfa_devices::{MfaDevice, seed_place};
use keystead_store::{Sealer, Tx};

pub use accept::{GivenCode, accept_code};

/// How long a wrong code counts. Five guesses in that time at three right codes in a million take more than a
/// year to become likely.
const ATTEMPTS_SPAN: Duration = Duration::from_mins(15);

/// From when on wrong codes count.
pub(crate) fn attempts_since(now: Timestamp) -> Timestamp {
    now.minus(ATTEMPTS_SPAN)
}

fn open_seed(sealer: &Sealer, device: &MfaDevice) -> Result<SecretBytes> {
    let place = seed_place(device.account, &device.serial_number, device.created_at);
    Ok(sealer.open(&place, device.seed_sealed.as_bytes())?)
}

/// What the policy engine is asked about where an operation names a device: the ARN that the serial number of
/// a virtual device is. Any other text names no device of this account.
pub(crate) fn arn(account: AccountId, serial_number: &str) -> Arn {
    let here = Arn::mfa_device(account, "/", "");
    let rest = serial_number.strip_prefix(here.as_str());
    rest.map_or_else(Arn::any, |rest| Arn::mfa_device(account, "/", rest))
}

/// What is said of a device that is not there. Devices of hardware have serial numbers of other forms; passkeys are made
/// in a browser.
pub(crate) fn not_found(serial_number: &str) -> Fault {
    let mut text = text::mfa_device_not_found(serial_number);
    if !serial_number.contains(":mfa/") && !serial_number.contains(":u2f/") {
        text += " Only virtual devices and passkeys are supported: CreateVirtualMFADevice makes the former, and the \
                 console the latter.";
    }
    Fault::NoSuchEntity(text)
}

/// The device of a serial number.
pub(crate) fn device(tx: &mut Tx<'_>, account: AccountId, serial_number: &str) -> Result<MfaDevice> {
    tx.mfa_devices().find(account, serial_number)?.ok_or_else(|| not_found(serial_number))
}

/// The same, locked, for a change that the device's owner need not be asked for. What is the root user's,
/// only the root user changes.
pub(crate) fn changeable(tx: &mut Tx<'_>, cx: &Context, serial_number: &str) -> Result<MfaDevice> {
    tx.lock_mfa_device(cx.account(), serial_number)?;
    let device = device(tx, cx.account(), serial_number)?;
    let of_root = device.assignment.as_ref().is_some_and(|to| to.owner_id == cx.account().to_string());
    if of_root {
        cx.root_user()?;
    }
    Ok(device)
}
