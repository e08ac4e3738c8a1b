//! Hand-overs: links by which a person fetches a key once, to carry it to where no program can.
//!
//! Looking at a link burns nothing, so that a mail program that previews it does no harm; showing the key does. A link
//! that was lost, or opened by the wrong one, is replaced by a new one, until the key is seen in use.

use keystead_aws::error::{Fault, Result};
use keystead_gate::{BearerToken, Context};
use keystead_store::Tx;
use keystead_store::consumers::Consumer;
use keystead_store::hand_overs::HandOver;

/// What tokens of links begin with.
pub const PREFIX: &str = "ksh";

/// The link that a token is of, where it can be opened, and for whom.
pub fn find_open(tx: &mut Tx<'_>, cx: &Context, token: &BearerToken) -> Result<(HandOver, Consumer)> {
    let missing =
        || Fault::NoSuchEntity("There is no such link. If there was a newer one, take that.".to_owned());
    let found = tx.hand_overs().find_by_token_hash(cx.account(), &token.hash())?.ok_or_else(missing)?;
    if let (Some(at), Some(by)) = (found.opened_at, &found.opened_by) {
        return Err(Fault::EntityAlreadyExists(format!(
            "The key was shown on {} to {by}. If that was not you, say so at once; ask for a new link.",
            at.to_iso8601()
        )));
    }
    if found.expires_at <= cx.now {
        return Err(Fault::NoSuchEntity(format!(
            "The link ended on {}. Ask for a new one.",
            found.expires_at.to_iso8601()
        )));
    }
    let consumer = tx.consumers().find(cx.account(), &found.consumer_id)?.ok_or_else(missing)?;
    Ok((found, consumer))
}
