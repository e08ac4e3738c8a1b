//! Which of several servers does a work that only one may do.
//!
//! A leadership is held for a time and renewed; whoever takes it over gets a higher fence. What rests on it names
//! its fence in the transaction that writes, so that a holder that slept through the end of its time writes nothing.

use keystead_core::Timestamp;

use crate::error::Result;
use crate::sql::Sql;
use crate::tx::Tx;
use crate::value::values;

/// The work of advancing rotations.
pub const ROTATION: &str = "rotation";

/// The repository of leaderships.
pub struct Leaderships<'t, 'a> {
    tx: &'t mut Tx<'a>,
}

impl<'a> Tx<'a> {
    /// Which server does what.
    pub fn leaderships(&mut self) -> Leaderships<'_, 'a> {
        Leaderships { tx: self }
    }
}

impl Leaderships<'_, '_> {
    fn sql(&mut self) -> &mut dyn Sql {
        self.tx.sql()
    }

    /// Takes a work over when its holder's time is over, or in any case where `alone` says that no other server can
    /// be there. Returns the new fence, or none where it is held.
    pub fn take(
        &mut self,
        work: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
        alone: bool,
    ) -> Result<Option<i64>> {
        let taken = self.sql().execute(
            "update leaderships set holder = $1, fence = fence + 1, expires_at = $2
             where work = $3 and (expires_at <= $4 or cast($5 as bigint) = 1)",
            values![holder, until, work, now, alone],
        )?;
        if taken == 0 { Ok(None) } else { self.fence(work) }
    }

    /// Holds a work for longer; false where it is another's by now.
    pub fn renew(&mut self, work: &str, fence: i64, until: Timestamp) -> Result<bool> {
        let renewed = self.sql().execute(
            "update leaderships set expires_at = $1 where work = $2 and fence = $3",
            values![until, work, fence],
        )?;
        Ok(renewed > 0)
    }

    /// Lets a work go, so that another need not wait for it.
    pub fn release(&mut self, work: &str, fence: i64) -> Result<()> {
        self.sql().execute(
            "update leaderships set expires_at = 0 where work = $1 and fence = $2",
            values![work, fence],
        )?;
        Ok(())
    }

    /// Whether the work is still held under this fence, until the end of the transaction.
    pub fn is_held(&mut self, work: &str, fence: i64) -> Result<bool> {
        self.tx.lock("select fence from leaderships where work = $1 for share", values![work])?;
        Ok(self.fence(work)? == Some(fence))
    }

    fn fence(&mut self, work: &str) -> Result<Option<i64>> {
        self.sql().find("select fence from leaderships where work = $1", values![work], |row| row.get(0))
    }
}
