//! A request that arrives again has one effect.
//!
//! A request is named by its key and signature; the store refuses a second command of that name. The reply
//! of the first is answered again, save one that held a secret. Two honest calls may share a signature when
//! a client repeats itself within one second; SDKs mark their own retries with an invocation id, so a
//! repetition under another id is asked to come back, which makes the SDK sign anew a moment later.
//! Clients of the REST API can name their requests themselves: see [`crate::idempotency`].

use keystead_aws::error::{Fault, Result};
use keystead_store::changes::KeptReply;
use keystead_store::{Command, StoreError, Tx};

use crate::context::Context;

/// Why a write was not carried out.
pub(crate) enum Failure {
    /// It was carried out before.
    Replayed,
    /// It failed.
    Fault(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Replayed(_) => Self::Replayed,
            other => Self::Fault(other.into()),
        }
    }
}

/// The store's name for the caller's request.
pub(crate) fn command(cx: &Context) -> Result<Command> {
    let invocation_id = match &cx.caller.request_digest {
        Some(digest) => Some(digest.seal(cx)?),
        None => cx.caller.invocation_id.as_deref().map(str::to_owned),
    };
    Ok(Command { id: cx.caller.command_id.to_string(), account: Some(cx.account()), invocation_id })
}

/// Keeps the reply with the command, so that a retry can be answered.
pub(crate) fn keep_reply(tx: &mut Tx<'_>, body: &[u8], reveals_secret: bool) -> Result<()> {
    if reveals_secret {
        return Ok(());
    }
    let text = std::str::from_utf8(body).map_err(Fault::internal)?;
    Ok(tx.changes().set_reply(text)?)
}

/// What a request is told that was carried out before, before anything is prepared for it again. Looked for only
/// where the client named the request, because it may have come long ago.
pub(crate) fn find_answer(cx: &Context) -> Result<Option<Vec<u8>>> {
    match cx.caller.request_digest {
        Some(_) => find_kept(cx)?.map(|kept| answer_again(cx, kept)).transpose(),
        None => Ok(None),
    }
}

/// What a replayed request is told.
pub(crate) fn answer(cx: &Context) -> Result<Vec<u8>> {
    let kept = find_kept(cx)?.ok_or_else(|| Fault::internal("a replayed command has no row"))?;
    answer_again(cx, kept)
}

fn find_kept(cx: &Context) -> Result<Option<KeptReply>> {
    cx.gate().store.read(|tx| tx.changes().find_reply(&cx.caller.command_id).map_err(Fault::from))
}

fn answer_again(cx: &Context, kept: KeptReply) -> Result<Vec<u8>> {
    let kept_id = kept.invocation_id.as_deref();
    match &cx.caller.request_digest {
        Some(digest) => digest.check(cx, kept_id)?,
        None if kept_id.is_none() || kept_id == cx.caller.invocation_id.as_deref() => {}
        None => {
            return Err(Fault::Throttling(
                "This request is the same as one already carried out. To repeat it, sign it anew.".to_owned(),
            ));
        }
    }
    match kept.reply {
        Some(reply) => Ok(reply.into_bytes()),
        None => Err(Fault::ConcurrentModification(
            "This request was already carried out, and the secret it made is shown only once. If the first reply \
             was lost, delete the new key and make another."
                .to_owned(),
        )),
    }
}
