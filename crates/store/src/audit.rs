//! The audit trail: events, written in the transaction they describe, and the hash chain over them.
//!
//! Events are chained after their commit, by one sealer, because a chain made in the transaction would
//! let two commits of an account wait for each other. Each link's hash covers the one before, so an event
//! that was removed or altered shows in every later link.

use aws_lc_rs::digest::{Context, SHA256};
use keystead_core::{AccountId, Timestamp};

use crate::error::Result;
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// The repository of the audit trail.
pub struct Audit<'t> {
    sql: &'t mut dyn Sql,
}

/// An event of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id.
    pub id: String,
    /// Whose trail it belongs to.
    pub account: AccountId,
    /// When it happened.
    pub at: Timestamp,
    /// The event, JSON, in exactly the bytes that the chain is made over.
    pub event: String,
}

/// Where a page of events ended; the next one goes on from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCursor {
    /// When the last event of the page happened.
    pub at: Timestamp,
    /// Its id.
    pub id: String,
}

/// The order of a page of events, and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditPlace {
    /// The newest first, those before this one.
    Before(AuditCursor),
    /// The oldest first, those after this one.
    After(AuditCursor),
    /// As they were chained, from the link after the one of this number. An event that was committed late
    /// is not missed in this order, because it is chained late too.
    Chained(i64),
}

impl AuditPlace {
    /// The end of the trail: the newest first, whenever they happened.
    pub fn newest() -> Self {
        Self::Before(AuditCursor { at: Timestamp::from_micros(i64::MAX), id: String::new() })
    }
}

/// An event of the trail with its link, once it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// The event.
    pub event: AuditEvent,
    /// Its link in the chain.
    pub link: Option<AuditLink>,
}

/// How many events an account has, and how many of them its chain covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditTotals {
    /// Events that are marked as chained.
    pub chained: i64,
    /// Events that wait to be chained.
    pub unchained: i64,
    /// Links of the chain.
    pub links: i64,
}

/// A link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLink {
    /// 1 for the first of the account, and so on without gaps.
    pub number: i64,
    /// The event.
    pub event_id: String,
    /// [`link_hash`] of the previous link's hash and the event.
    pub hash: Vec<u8>,
}

/// Whether a stretch of the chain is as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainState {
    /// Every link is right; this is the last one, or none where there are no more links.
    Whole(Option<AuditLink>),
    /// The link of this number is not as it was made.
    Broken {
        /// The number.
        number: i64,
        /// What is wrong with it.
        why: ChainBreak,
    },
}

/// What is wrong with a link.
#[derive(thiserror::Error, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainBreak {
    /// There are later links, but not this one.
    #[error("the link was removed")]
    LinkGone,
    /// Its event is not there, or not in this account.
    #[error("its event was removed")]
    EventGone,
    /// Its event, its hash or its place in the chain is another.
    #[error("its event, its hash or its place was changed")]
    Altered,
}

/// The hash of a link: SHA-256 of the previous link's hash (nothing for the first) and the event.
pub fn link_hash(previous: Option<&AuditLink>, event: &str) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    hash.update(previous.map_or(&[][..], |link| &link.hash));
    hash.update(event.as_bytes());
    hash.finish().as_ref().to_vec()
}

impl Tx<'_> {
    /// The audit trail.
    pub fn audit(&mut self) -> Audit<'_> {
        Audit { sql: self.sql() }
    }

    /// Chains at most `limit` committed events of whichever accounts have some, and tells how many.
    pub fn chain_audit(&mut self, limit: i64) -> Result<usize> {
        let events = self.audit().list_unchained(limit)?;
        let mut tip: Option<(AccountId, Option<AuditLink>)> = None;
        for event in &events {
            let previous = match tip.take() {
                Some((account, link)) if account == event.account => link,
                _ => {
                    // Only one sealer at a time may see and move the end of an account's chain.
                    self.lock_account(event.account)?;
                    self.audit().last_link(event.account)?
                }
            };
            let link = AuditLink {
                number: previous.as_ref().map_or(0, |link| link.number) + 1,
                event_id: event.id.clone(),
                hash: link_hash(previous.as_ref(), &event.event),
            };
            self.audit().append_link(event.account, &link)?;
            tip = Some((event.account, Some(link)));
        }
        Ok(events.len())
    }
}

impl Audit<'_> {
    /// Adds an event, in the transaction that it describes.
    pub fn insert(&mut self, event: &AuditEvent) -> Result<()> {
        self.sql.execute(
            "insert into audit_events (event_id, account_id, at, event, chained) values ($1, $2, $3, $4, 0)",
            values![&event.id, event.account, event.at, &event.event],
        )?;
        Ok(())
    }

    /// At most `limit` events of an account from a place on.
    pub fn list(&mut self, account: AccountId, from: &AuditPlace, limit: i64) -> Result<Vec<AuditRecord>> {
        match from {
            AuditPlace::Before(AuditCursor { at, id }) => self.sql.list(
                "select e.event_id, e.account_id, e.at, e.event, c.number, c.hash
                 from audit_events e left join audit_chain c on c.event_id = e.event_id
                 where e.account_id = $1 and (e.at, e.event_id) < ($2, $3)
                 order by e.at desc, e.event_id desc limit $4",
                values![account, *at, id, limit],
                audit_record,
            ),
            AuditPlace::After(AuditCursor { at, id }) => self.sql.list(
                "select e.event_id, e.account_id, e.at, e.event, c.number, c.hash
                 from audit_events e left join audit_chain c on c.event_id = e.event_id
                 where e.account_id = $1 and (e.at, e.event_id) > ($2, $3)
                 order by e.at, e.event_id limit $4",
                values![account, *at, id, limit],
                audit_record,
            ),
            AuditPlace::Chained(number) => self.sql.list(
                "select e.event_id, e.account_id, e.at, e.event, c.number, c.hash
                 from audit_chain c join audit_events e on e.event_id = c.event_id
                 where c.account_id = $1 and c.number > $2
                 order by c.number limit $3",
                values![account, *number, limit],
                audit_record,
            ),
        }
    }

    /// How many events and links an account has, all counted at the same moment.
    pub fn totals(&mut self, account: AccountId) -> Result<AuditTotals> {
        let totals = self.sql.find(
            "select (select count(*) from audit_events where account_id = $1),
                    (select count(*) from audit_events where account_id = $1 and chained = 0),
                    (select count(*) from audit_chain where account_id = $1)",
            values![account],
            |row| {
                let (events, unchained) = (row.get::<i64>(0)?, row.get(1)?);
                Ok(AuditTotals { chained: events - unchained, unchained, links: row.get(2)? })
            },
        )?;
        Ok(totals.unwrap_or(AuditTotals { chained: 0, unchained: 0, links: 0 }))
    }

    /// Whether events wait to be chained.
    pub fn has_unchained(&mut self) -> Result<bool> {
        Ok(!self.list_unchained(1)?.is_empty())
    }

    /// The last link of an account's chain.
    pub fn last_link(&mut self, account: AccountId) -> Result<Option<AuditLink>> {
        self.sql.find(
            "select number, event_id, hash from audit_chain
             where account_id = $1 order by number desc limit 1",
            values![account],
            |row| Ok(AuditLink { number: row.get(0)?, event_id: row.get(1)?, hash: row.get(2)? }),
        )
    }

    /// Checks at most `limit` links after `previous`. An event that is not chained yet is not checked.
    pub fn check_chain(
        &mut self,
        account: AccountId,
        previous: Option<&AuditLink>,
        limit: i64,
    ) -> Result<ChainState> {
        let after = previous.map_or(0, |link| link.number);
        let mut state = ChainState::Whole(previous.cloned());
        self.sql.each(
            "select c.number, c.event_id, c.hash, e.event
             from audit_chain c
             left join audit_events e on e.event_id = c.event_id and e.account_id = c.account_id
             where c.account_id = $1 and c.number > $2
             order by c.number limit $3",
            values![account, after, limit],
            &mut |row| {
                if let ChainState::Whole(previous) = &state {
                    let link = AuditLink { number: row.get(0)?, event_id: row.get(1)?, hash: row.get(2)? };
                    let number = previous.as_ref().map_or(0, |link| link.number) + 1;
                    let hash = row.get::<Option<&str>>(3)?.map(|event| link_hash(previous.as_ref(), event));
                    let why = match hash {
                        _ if link.number != number => Some(ChainBreak::LinkGone),
                        None => Some(ChainBreak::EventGone),
                        Some(hash) if hash != link.hash => Some(ChainBreak::Altered),
                        Some(_) => None,
                    };
                    state = match why {
                        Some(why) => ChainState::Broken { number, why },
                        None => ChainState::Whole(Some(link)),
                    };
                }
                Ok(())
            },
        )?;
        Ok(state)
    }

    /// At most `limit` events that have no link yet, those of one account together and oldest first.
    fn list_unchained(&mut self, limit: i64) -> Result<Vec<AuditEvent>> {
        self.sql.list(
            "select event_id, account_id, at, event from audit_events
             where chained = 0 order by account_id, at, event_id limit $1",
            values![limit],
            audit_event,
        )
    }

    /// Adds a link; breaks `audit_chain_pkey` or `audit_chain_event_unique` where another sealer was first.
    fn append_link(&mut self, account: AccountId, link: &AuditLink) -> Result<()> {
        self.sql.execute(
            "insert into audit_chain (account_id, number, event_id, hash) values ($1, $2, $3, $4)",
            values![account, link.number, &link.event_id, link.hash.as_slice()],
        )?;
        self.sql
            .execute("update audit_events set chained = 1 where event_id = $1", values![&link.event_id])?;
        Ok(())
    }
}

fn audit_record(row: &Row<'_>) -> Result<AuditRecord> {
    let event = audit_event(row)?;
    let link = match row.get::<Option<i64>>(4)? {
        Some(number) => Some(AuditLink { number, event_id: event.id.clone(), hash: row.get(5)? }),
        None => None,
    };
    Ok(AuditRecord { event, link })
}

fn audit_event(row: &Row<'_>) -> Result<AuditEvent> {
    Ok(AuditEvent { id: row.get(0)?, account: row.get(1)?, at: row.get(2)?, event: row.get(3)? })
}
