//! How new values of stored credentials are made and set, for those that are rotated. What the settings and the values
//! held mean, rotation knows.

use keystead_core::AccountId;

use crate::error::Result;
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of setters.
pub struct ValueSetters<'t> {
    sql: &'t mut dyn Sql,
}

/// The setter of one managed credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueSetter {
    /// Whose it is.
    pub account: AccountId,
    /// The managed credential.
    pub credential_id: String,
    /// The stored credential.
    pub stored_credential_id: String,
    /// Where a new value is set and how it is drawn, JSON.
    pub settings: String,
    /// What calls are signed with; [`key_place`] says where it opens.
    pub key: Sealed,
    /// The values in custody, JSON.
    pub values: String,
}

/// Where what calls are signed with is sealed for.
pub fn key_place(account: AccountId, credential_id: &str) -> Place {
    let row = credential_id.to_owned();
    Place { tenant: account, table: "value_setters", row, column: "key_sealed", version: 1 }
}

impl Tx<'_> {
    /// Setters of values.
    pub fn value_setters(&mut self) -> ValueSetters<'_> {
        ValueSetters { sql: self.sql() }
    }
}

impl ValueSetters<'_> {
    /// Sets how values are set, in the place of how they were.
    pub fn put(&mut self, setter: &ValueSetter) -> Result<()> {
        self.sql.execute(
            "insert into value_setters
                 (account_id, credential_id, stored_credential_id, settings, key_sealed, values_held)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (credential_id) do update set
                 settings = excluded.settings, key_sealed = excluded.key_sealed,
                 values_held = excluded.values_held",
            values![
                setter.account,
                &setter.credential_id,
                &setter.stored_credential_id,
                &setter.settings,
                setter.key.as_bytes(),
                &setter.values,
            ],
        )?;
        Ok(())
    }

    /// The setter of a managed credential.
    pub fn find(&mut self, account: AccountId, credential_id: &str) -> Result<Option<ValueSetter>> {
        self.sql.find(
            "select account_id, credential_id, stored_credential_id, settings, key_sealed, values_held
             from value_setters where account_id = $1 and credential_id = $2",
            values![account, credential_id],
            setter,
        )
    }

    /// The setter of a stored credential.
    pub fn find_by_stored(&mut self, account: AccountId, id: &str) -> Result<Option<ValueSetter>> {
        self.sql.find(
            "select account_id, credential_id, stored_credential_id, settings, key_sealed, values_held
             from value_setters where account_id = $1 and stored_credential_id = $2",
            values![account, id],
            setter,
        )
    }

    /// Notes the values in custody.
    pub fn update_values(&mut self, account: AccountId, credential_id: &str, held: &str) -> Result<()> {
        self.sql.execute(
            "update value_setters set values_held = $1 where account_id = $2 and credential_id = $3",
            values![held, account, credential_id],
        )?;
        Ok(())
    }
}

fn setter(row: &Row<'_>) -> Result<ValueSetter> {
    Ok(ValueSetter {
        account: row.get(0)?,
        credential_id: row.get(1)?,
        stored_credential_id: row.get(2)?,
        settings: row.get(3)?,
        key: Sealed::from_bytes(row.get(4)?),
        values: row.get(5)?,
    })
}
