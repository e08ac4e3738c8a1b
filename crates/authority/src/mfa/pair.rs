//! Two codes that follow one another: they make a device somebody's, or find its clock again.
//!
//! They are looked at before the operation's transaction, in a small one of their own, because a wrong pair
//! has to stay counted although the operation fails. They are used up in the operation's transaction.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_core::Quota;
use keystead_core::rng::uuid;
use keystead_gate::Context;
use keystead_gate::ring::Principal;
use keystead_store::mfa_devices::{Assignment, MfaDevice, Steps};
use keystead_store::{Command, Sealer, StoreError, Tx};

use super::totp::{self, Code, Seed};
use super::{attempts_since, device, not_found, open_seed};
use crate::shape;

/// What a pair of codes is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To give a device to its owner.
    Enable,
    /// To find the clock of an owner's device again.
    Resync,
}

impl Purpose {
    /// How many steps the device's clock may be off. AWS does not say what it allows. A new device may be
    /// off by a minute, as much as typing two codes takes; one whose clock is worse is better set right. A
    /// clock that is to be found again may be off by 50 minutes: two codes are not guessed among 200 either.
    const fn tolerance(self) -> i64 {
        match self {
            Self::Enable => 2,
            Self::Resync => 100,
        }
    }

    /// Whether it can be done to a device as it is now.
    fn fits(self, device: &MfaDevice, owner_id: &str) -> bool {
        match &device.assignment {
            None => self == Self::Enable,
            Some(to) => self == Self::Resync && to.owner_id == owner_id,
        }
    }
}

/// A pair as it is given.
pub(crate) struct GivenPair {
    /// Whose the device is, or shall be.
    pub(crate) owner: Arc<Principal>,
    /// Which device.
    pub(crate) serial_number: String,
    /// The codes, the older one first.
    pub(crate) codes: [String; 2],
}

/// A pair that was looked at.
pub struct CheckedPair {
    owner: Arc<Principal>,
    serial_number: String,
    /// The steps of the codes; none where the device was not in a state to look at them.
    steps: Option<Steps>,
}

/// Why nothing of a look is kept.
enum Unkept {
    /// The pair is right, or there is nothing to hold it against.
    Checked(Option<Steps>),
    Fault(Fault),
}

impl From<StoreError> for Unkept {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Fault> for Unkept {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl CheckedPair {
    /// Looks at a pair and counts it where it is wrong.
    pub(crate) fn check(cx: &Context, purpose: Purpose, given: GivenPair) -> Result<Self> {
        let GivenPair { owner, serial_number, codes } = given;
        let [first, second] = codes;
        let codes =
            [parse_code("authentication_code1", &first)?, parse_code("authentication_code2", &second)?];
        let command = Command { id: uuid(cx.rng()), account: Some(cx.account()), invocation_id: None };
        let (inside, owner_id, serial) = (cx.clone(), owner.id.to_string(), serial_number.clone());
        let looked =
            cx.gate().store().write(command, move |tx| look(tx, &inside, purpose, &owner_id, &serial, codes));
        match looked {
            Ok(()) => Err(not_valid()),
            Err(Unkept::Checked(steps)) => Ok(Self { owner, serial_number, steps }),
            Err(Unkept::Fault(fault)) => Err(fault),
        }
    }

    /// The serial number of the device.
    pub(crate) fn serial_number(&self) -> &str {
        &self.serial_number
    }

    /// Gives the device to its owner.
    pub(crate) fn enable(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<()> {
        shape::lock_owner(tx, cx, &self.owner)?;
        let account = cx.account();
        let in_use = || Fault::EntityAlreadyExists(text::MFA_DEVICE_IN_USE.to_owned());
        if self.device(tx, cx)?.assignment.is_some() {
            return Err(in_use());
        }
        self.use_up(tx, cx)?;
        let owner_id = self.owner.id.to_string();
        let owned = tx.mfa_devices().count_of_owner(account, &owner_id)?;
        cx.check_quota(Quota::MfaDevicesPerUser, owned + 1)?;
        let to = Assignment { owner_id, enabled_at: cx.now.whole_second() };
        if tx.mfa_devices().assign(account, &self.serial_number, &to)? { Ok(()) } else { Err(in_use()) }
    }

    /// Remembers how far the device's clock is off.
    pub(crate) fn resync(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<()> {
        shape::lock_owner(tx, cx, &self.owner)?;
        if !Purpose::Resync.fits(&self.device(tx, cx)?, &self.owner.id.to_string()) {
            return Err(not_found(&self.serial_number));
        }
        self.use_up(tx, cx)
    }

    fn device(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<MfaDevice> {
        device(tx, cx.account(), &self.serial_number)
    }

    fn use_up(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<()> {
        let steps = self.steps.ok_or_else(|| {
            Fault::ConcurrentModification(
                "The MFA device was changed by another request at the same time. Try again.".to_owned(),
            )
        })?;
        let fresh = tx.mfa_devices().advance(cx.account(), &self.serial_number, steps)?;
        if fresh { Ok(()) } else { Err(not_valid()) }
    }
}

/// Holds a pair against its device. Done only where the pair is wrong, which is then counted; otherwise there
/// is nothing to keep. Whoever else tries for the same owner waits, so that no sixth guess is looked at.
fn look(
    tx: &mut Tx<'_>,
    cx: &Context,
    purpose: Purpose,
    owner_id: &str,
    serial_number: &str,
    codes: [Code; 2],
) -> std::result::Result<(), Unkept> {
    tx.lock_user(cx.account(), owner_id)?;
    let device = tx.mfa_devices().find(cx.account(), serial_number)?;
    let Some(device) = device.filter(|device| purpose.fits(device, owner_id)) else {
        return Err(Unkept::Checked(None));
    };
    let slot = tx.mfa_attempts().find_free_slot(cx.account(), owner_id, attempts_since(cx.now))?;
    let slot = slot.ok_or_else(|| Fault::InvalidAuthenticationCode(text::TOO_MANY_MFA_CODES.to_owned()))?;
    if let Some(steps) = steps_of(&device, cx.sealer(), codes, totp::step_at(cx.now), purpose.tolerance())? {
        return Err(Unkept::Checked(Some(steps)));
    }
    Ok(tx.mfa_attempts().fill_slot(cx.account(), owner_id, slot, cx.now)?)
}

/// The steps of a pair that is right. The second code is taken for the present one: a pair that was typed
/// slowly makes the clock seem late by the time that took, which later codes are given as well.
fn steps_of(
    device: &MfaDevice,
    sealer: &Sealer,
    codes: [Code; 2],
    now: i64,
    tolerance: i64,
) -> Result<Option<Steps>> {
    let around = now - 1 - tolerance..=now - 1 + tolerance;
    let first = Seed::new(&open_seed(sealer, device)?).find_pair(codes, around);
    Ok(first.map(|first| Steps { first, last: first + 1, drift: first + 1 - now }))
}

fn parse_code(member: &str, code: &str) -> Result<Code> {
    Code::parse(code)
        .ok_or_else(|| Fault::ValidationError(format!("`{member}` must be a code of exactly six digits.")))
}

fn not_valid() -> Fault {
    Fault::InvalidAuthenticationCode(text::MFA_CODE_NOT_VALID.to_owned())
}
