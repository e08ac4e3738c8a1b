//! VerifyAuditTrail: whether the account's hash chain is as it was made, walked in bounded steps.
//!
//! What it finds: an event or a link that was changed, removed or moved, wherever it stands; links cut off
//! the end while their events were left; and, given a head that was noted earlier, anything that was done
//! to the trail up to it, an old copy of the whole database put back included.
//!
//! What no chain can tell by itself: that its newest links and their events are gone together, that
//! somebody who can write to the database changed an event and made all later links anew, or that an event
//! which is not chained yet, for about a second, was changed or added. Against the first two, keep the head
//! somewhere else from time to time and give it back here.

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, Arn};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::audit::{AuditLink, ChainState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// VerifyAuditTrail.
pub struct VerifyAuditTrail;

/// How far the trail is verified already, and what it is held against.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A head that was noted earlier, `NUMBER:HASH`: the chain must still hold that link.
    pub head: Option<String>,
    /// `next` of the step before.
    pub after: Option<String>,
}

/// What a step came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// `whole`, `broken`, or `unfinished` where `next` is to be asked for.
    pub state: State,
    /// How many links from the first one on follow from one another.
    pub links_checked: i64,
    /// The first link that is not.
    pub broken_link: Option<i64>,
    /// Why, as a sentence.
    pub reason: Option<String>,
    /// Events that are not chained yet; absent until the last step.
    pub unchained: Option<i64>,
    /// The last of those links, `NUMBER:HASH`; absent where there is none.
    pub head: Option<String>,
    /// Where to go on; absent at the end.
    pub next: Option<String>,
}

/// How the trail is, as far as it was walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// To its end as it was made.
    Whole,
    /// Not as it was made.
    Broken,
    /// As it was made so far.
    Unfinished,
}

/// What a request comes to.
pub struct Wanted {
    noted: Option<AuditLink>,
    after: Option<AuditLink>,
}

/// Where a walk ended, and what was wrong there.
struct Walk {
    last: Option<AuditLink>,
    broken: Option<(i64, String)>,
    is_finished: bool,
}

/// How many links one call walks: `CHUNKS` times `CHUNK`.
const CHUNK: i64 = 1000;
const CHUNKS: usize = 100;

impl Operation for VerifyAuditTrail {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Output;
    const NAME: &'static str = "VerifyAuditTrail";
    const KIND: Kind = Kind::Read;
    const WAITS: bool = true;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(trail(cx.account()))
    }

    fn prepare(_: &Context, input: Input) -> Result<Wanted> {
        Ok(Wanted { noted: parse_link("head", input.head)?, after: parse_link("after", input.after)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Output> {
        let Walk { last, mut broken, is_finished } = walk(tx, cx.account(), wanted)?;
        let links_checked = last.as_ref().map_or(0, |link| link.number);
        let head = last.map(|link| format!("{}:{}", link.number, hex::encode(link.hash)));
        if broken.is_none() && !is_finished {
            let (state, next) = (State::Unfinished, head.clone());
            return Ok(Output {
                state,
                links_checked,
                broken_link: None,
                reason: None,
                unchained: None,
                head,
                next,
            });
        }
        // Counting takes as long as the account has events, so it is left to the last step.
        let totals = tx.audit().totals(cx.account())?;
        let cut_off = totals.chained - totals.links;
        if broken.is_none() && cut_off > 0 {
            let reason = format!(
                "The chain ends at link {links_checked}, but {cut_off} more events were chained: its end was cut off."
            );
            broken = Some((links_checked + 1, reason));
        }
        let state = if broken.is_some() { State::Broken } else { State::Whole };
        let (broken_link, reason) = broken.unzip();
        let unchained = Some(totals.unchained);
        Ok(Output { state, links_checked, broken_link, reason, unchained, head, next: None })
    }
}

impl RestOperation for VerifyAuditTrail {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/audit-trail/verification" };
}

/// The ARN of an account's audit trail.
pub(super) fn trail(account: AccountId) -> Arn {
    Arn::keystead(account, "audit-trail")
}

/// Walks from the link that was verified last to the end, to a break, or as far as one call goes.
fn walk(tx: &mut Tx<'_>, account: AccountId, wanted: &Wanted) -> Result<Walk> {
    let number = |link: &Option<AuditLink>| link.as_ref().map_or(0, |link| link.number);
    let mut last = wanted.after.clone();
    for _ in 0..CHUNKS {
        let ahead = wanted.noted.as_ref().filter(|noted| noted.number > number(&last));
        // A chunk ends at the noted link, so that its hash can be looked at.
        let limit = ahead.map_or(CHUNK, |noted| CHUNK.min(noted.number - number(&last)));
        let end = match tx.audit().check_chain(account, last.as_ref(), limit)? {
            ChainState::Whole(end) => end,
            ChainState::Broken { number, why } => {
                let reason = format!("Link {number} is broken: {why}.");
                return Ok(Walk { last, broken: Some((number, reason)), is_finished: false });
            }
        };
        let is_finished = number(&end) == number(&last);
        let broken = ahead.and_then(|noted| check_noted(noted, end.as_ref(), is_finished));
        last = end;
        if is_finished || broken.is_some() {
            return Ok(Walk { last, broken, is_finished });
        }
    }
    Ok(Walk { last, broken: None, is_finished: false })
}

/// What is wrong where the chain does not hold a link that was noted earlier.
fn check_noted(noted: &AuditLink, end: Option<&AuditLink>, is_finished: bool) -> Option<(i64, String)> {
    let reached = end.map_or(0, |link| link.number);
    let reason = if is_finished {
        format!(
            "The chain ends at link {reached}, before the noted link {}: its end was cut off.",
            noted.number
        )
    } else if reached == noted.number && end.is_some_and(|link| link.hash != noted.hash) {
        format!("Link {reached} is not the one that was noted: the trail was written anew.")
    } else {
        return None;
    };
    Some((reached + i64::from(is_finished), reason))
}

/// A link as `NUMBER:HASH`.
fn parse_link(name: &str, text: Option<String>) -> Result<Option<AuditLink>> {
    let Some(text) = text else { return Ok(None) };
    let read = || {
        let (number, hash) = text.split_once(':')?;
        let number = number.parse().ok().filter(|number| *number > 0)?;
        Some(AuditLink { number, event_id: String::new(), hash: hex::decode(hash).ok()? })
    };
    let link = read().ok_or_else(|| {
        Fault::ValidationError(format!("`{name}` must be a link's number, a colon and its hash."))
    })?;
    Ok(Some(link))
}
