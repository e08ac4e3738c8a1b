//! Data keys: drawn here, kept in the database in wrapped form, unwrapped once at the start.

use keystead_core::{Rng, Timestamp};
use zeroize::Zeroizing;

use super::cipher::{Cipher, KEY_LENGTH};
use super::{DataKey, MasterKey, Sealer};
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::value::values;

/// Unwraps the data keys; the first one is made where there is none.
pub(crate) fn load_or_create(
    sql: &mut dyn Sql,
    master: &dyn MasterKey,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<Sealer> {
    let mut wrapped = list(sql)?;
    if wrapped.is_empty() {
        create(sql, master, now, rng)?;
        wrapped = list(sql)?;
    }
    let unwrap = |(number, wrapped): (i64, Vec<u8>)| {
        let number = u32::try_from(number)
            .map_err(|_| StoreError::Corrupt(format!("{number} is no number of a data key")))?;
        Ok(DataKey { number, cipher: Cipher::new(master.unwrap(number, &wrapped)?.expose())? })
    };
    Ok(Sealer::new(wrapped.into_iter().map(unwrap).collect::<Result<_>>()?))
}

fn list(sql: &mut dyn Sql) -> Result<Vec<(i64, Vec<u8>)>> {
    sql.list("select number, wrapped from data_keys order by number", &[], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

fn create(sql: &mut dyn Sql, master: &dyn MasterKey, now: Timestamp, rng: &dyn Rng) -> Result<()> {
    let mut key = Zeroizing::new([0; KEY_LENGTH]);
    rng.fill(&mut *key);
    let wrapped = master.wrap(1, &*key, rng)?;
    sql.execute(
        "insert into data_keys (number, wrapped, created_at) values (1, $1, $2)",
        values![wrapped, now],
    )?;
    Ok(())
}
