//! Virtual MFA devices. A code is used up by one conditional update, [`MfaDevices::advance`], and so is never
//! accepted twice.

use keystead_core::user::fold_name;
use keystead_core::{AccountId, Timestamp};

use crate::counts::{Counted, Counts};
use crate::error::Result;
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// A virtual MFA device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaDevice {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its ARN, which ends with its name.
    pub serial_number: String,
    /// The sealed seed; [`seed_place`] says where it opens.
    pub seed_sealed: Sealed,
    /// Whose it is, if it is anybody's.
    pub assignment: Option<Assignment>,
    /// How many steps its clock is ahead of ours.
    pub drift: i64,
    /// The newest step whose code was accepted.
    pub last_step: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// That a device is somebody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// A user id, or the account's number for the root user.
    pub owner_id: String,
    /// Since when.
    pub enabled_at: Timestamp,
}

/// The steps of accepted codes, and what they say of the device's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The step of the first code.
    pub first: i64,
    /// The step of the last code: the same where there is one code only.
    pub last: i64,
    /// How many steps the device's clock is ahead of ours.
    pub drift: i64,
}

impl MfaDevice {
    /// Its name, as given.
    pub fn name(&self) -> &str {
        self.serial_number.rsplit('/').next().unwrap_or_default()
    }
}

/// Where the seed of a device is sealed for. A device that is made under the serial number of a deleted one
/// is told from it by the time.
pub fn seed_place(account: AccountId, serial_number: &str, created_at: Timestamp) -> Place {
    Place {
        tenant: account,
        table: "mfa_devices",
        row: serial_number.to_owned(),
        column: "seed_sealed",
        version: created_at.micros().unsigned_abs(),
    }
}

/// The repository of MFA devices.
pub struct MfaDevices<'t> {
    sql: &'t mut dyn Sql,
}

impl Tx<'_> {
    /// Virtual MFA devices.
    pub fn mfa_devices(&mut self) -> MfaDevices<'_> {
        MfaDevices { sql: self.sql() }
    }

    /// Holds a device's row until the end of the transaction, so that it does not become anybody else's.
    pub fn lock_mfa_device(&mut self, account: AccountId, serial_number: &str) -> Result<()> {
        self.lock(
            "select serial_number from mfa_devices where account_id = $1 and serial_number = $2 for update",
            values![account, serial_number],
        )
    }
}

impl MfaDevices<'_> {
    /// Adds a device that is nobody's yet and tells how many the account has now; breaks
    /// `mfa_devices_pkey` where it has the name, without regard to case.
    pub fn insert(&mut self, device: &MfaDevice) -> Result<u64> {
        self.sql.execute(
            "insert into mfa_devices
                 (account_id, serial_number, name_folded, seed_sealed, drift, last_step, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            values![
                device.account,
                &device.serial_number,
                fold_name(device.name()),
                device.seed_sealed.as_bytes(),
                device.drift,
                device.last_step,
                device.created_at,
            ],
        )?;
        Counts::new(self.sql).add(device.account, Counted::MfaDevices, 1)
    }

    /// The device of this serial number.
    pub fn find(&mut self, account: AccountId, serial_number: &str) -> Result<Option<MfaDevice>> {
        self.sql.find(
            "select account_id, serial_number, seed_sealed, owner_id, enabled_at, drift, last_step, created_at
             from mfa_devices where account_id = $1 and serial_number = $2",
            values![account, serial_number],
            device,
        )
    }

    /// At most `limit` devices by serial number, from the one after `after`: those that are somebody's, those
    /// that are nobody's, or all.
    pub fn list(
        &mut self,
        account: AccountId,
        assigned: Option<bool>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<MfaDevice>> {
        let (with_assigned, with_unassigned) = (assigned != Some(false), assigned != Some(true));
        self.sql.list(
            "select account_id, serial_number, seed_sealed, owner_id, enabled_at, drift, last_step, created_at
             from mfa_devices
             where account_id = $1 and serial_number > $2
                 and ((owner_id is not null and cast($3 as bigint) = 1)
                     or (owner_id is null and cast($4 as bigint) = 1))
             order by serial_number limit $5",
            values![account, after.unwrap_or_default(), with_assigned, with_unassigned, limit],
            device,
        )
    }

    /// The devices of an owner by serial number.
    pub fn list_by_owner(&mut self, account: AccountId, owner_id: &str) -> Result<Vec<MfaDevice>> {
        self.sql.list(
            "select account_id, serial_number, seed_sealed, owner_id, enabled_at, drift, last_step, created_at
             from mfa_devices where account_id = $1 and owner_id = $2 order by serial_number",
            values![account, owner_id],
            device,
        )
    }

    /// How many devices a user, or the root user, has, passkeys among them.
    pub fn count_of_owner(&mut self, account: AccountId, owner_id: &str) -> Result<u64> {
        let count = self.sql.find(
            "select (select count(*) from mfa_devices where account_id = $1 and owner_id = $2)
                    + (select count(*) from passkeys where account_id = $1 and owner_id = $2)",
            values![account, owner_id],
            |row| row.get::<i64>(0),
        )?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    /// Whether a user, or the root user, has a device or a passkey.
    pub fn has_any(&mut self, account: AccountId, owner_id: &str) -> Result<bool> {
        Ok(self.count_of_owner(account, owner_id)? > 0)
    }

    /// Uses up the codes of these steps. False where one of them, or a later one, was used before: of many
    /// who show the same code at once, one is told true.
    pub fn advance(&mut self, account: AccountId, serial_number: &str, steps: Steps) -> Result<bool> {
        let advanced = self.sql.execute(
            "update mfa_devices set last_step = $1, drift = $2
             where account_id = $3 and serial_number = $4 and last_step < $5",
            values![steps.last, steps.drift, account, serial_number, steps.first],
        )?;
        Ok(advanced > 0)
    }

    /// Gives a device to an owner; false where it is somebody's already.
    pub fn assign(&mut self, account: AccountId, serial_number: &str, to: &Assignment) -> Result<bool> {
        let assigned = self.sql.execute(
            "update mfa_devices set owner_id = $1, enabled_at = $2
             where account_id = $3 and serial_number = $4 and owner_id is null",
            values![&to.owner_id, to.enabled_at, account, serial_number],
        )?;
        self.count_in_use(account, assigned, 1)
    }

    /// Takes a device from its owner; false where the owner has no such device.
    pub fn unassign(&mut self, account: AccountId, serial_number: &str, owner_id: &str) -> Result<bool> {
        let unassigned = self.sql.execute(
            "update mfa_devices set owner_id = null, enabled_at = null
             where account_id = $1 and serial_number = $2 and owner_id = $3",
            values![account, serial_number, owner_id],
        )?;
        self.count_in_use(account, unassigned, -1)
    }

    fn count_in_use(&mut self, account: AccountId, changed: u64, by: i64) -> Result<bool> {
        if changed > 0 {
            Counts::new(self.sql).add(account, Counted::MfaDevicesInUse, by)?;
        }
        Ok(changed > 0)
    }

    /// Deletes a device that is nobody's; false where there is none.
    pub fn delete(&mut self, account: AccountId, serial_number: &str) -> Result<bool> {
        let deleted = self.sql.execute(
            "delete from mfa_devices where account_id = $1 and serial_number = $2 and owner_id is null",
            values![account, serial_number],
        )?;
        if deleted > 0 {
            Counts::new(self.sql).add(account, Counted::MfaDevices, -1)?;
        }
        Ok(deleted > 0)
    }
}

fn device(row: &Row<'_>) -> Result<MfaDevice> {
    let (owner_id, enabled_at): (Option<String>, Option<Timestamp>) = (row.get(3)?, row.get(4)?);
    Ok(MfaDevice {
        account: row.get(0)?,
        serial_number: row.get(1)?,
        seed_sealed: Sealed::from_bytes(row.get(2)?),
        assignment: owner_id
            .zip(enabled_at)
            .map(|(owner_id, enabled_at)| Assignment { owner_id, enabled_at }),
        drift: row.get(5)?,
        last_step: row.get(6)?,
        created_at: row.get(7)?,
    })
}
