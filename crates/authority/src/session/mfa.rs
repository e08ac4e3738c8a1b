//! The MFA code that may come with a request for a session.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::{Timestamp, rng};
use keystead_gate::Context;
use keystead_store::{Command, Tx};

use crate::mfa::{GivenCode, accept_code};

/// What a code turned out to be.
enum Looked {
    Right,
    Wrong,
    /// The device is not the caller's.
    NotTheirs,
}

/// When the caller's device was used: now, where a right code came with the request; `None` where none came.
/// The attempt is written whatever comes of the request, so that no code is used twice and no guess uncounted.
pub(crate) fn accept_given_code(
    cx: &Context,
    serial_number: Option<&str>,
    code: Option<&str>,
) -> Result<Option<Timestamp>> {
    let (serial_number, code) = match (serial_number, code) {
        (None, None) => return Ok(None),
        (Some(serial_number), Some(code)) => (serial_number.to_owned(), code.to_owned()),
        _ => return Err(Fault::Refused(text::MFA_NEEDS_BOTH.to_owned())),
    };
    let (inside, owner_id) = (cx.clone(), cx.principal()?.id.to_string());
    let command = Command { id: rng::uuid(cx.rng()), account: Some(cx.account()), invocation_id: None };
    let looked = cx.gate().store().write(command, move |tx| {
        let given = GivenCode {
            account: inside.account(),
            owner_id: &owner_id,
            serial_number: Some(&serial_number),
            code: &code,
        };
        look(tx, &inside, &serial_number, given)
    });
    match looked? {
        Looked::Right => Ok(Some(cx.now)),
        Looked::Wrong => Err(Fault::Refused(text::MFA_CODE_REFUSED.to_owned())),
        Looked::NotTheirs => Err(Fault::Refused(text::MFA_DEVICE_REFUSED.to_owned())),
    }
}

fn look(tx: &mut Tx<'_>, cx: &Context, serial_number: &str, given: GivenCode<'_>) -> Result<Looked> {
    let devices = tx.mfa_devices().list_by_owner(given.account, given.owner_id)?;
    if !devices.iter().any(|device| device.serial_number == serial_number) {
        return Ok(Looked::NotTheirs);
    }
    let right = accept_code(tx, cx.sealer(), given, cx.now)?;
    Ok(if right { Looked::Right } else { Looked::Wrong })
}
