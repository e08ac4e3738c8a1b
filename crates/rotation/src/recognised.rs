//! What people say of the users of a credential: what a use looks like, and whose it is.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Quota, Timestamp};
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::custody::ManagedCredential;
use keystead_store::known_consumers::KnownConsumer;
use serde::Serialize;
use utoipa::ToSchema;

/// The longest text that may be said.
const TEXT_MAX: usize = 128;

/// What a use looks like; what is left out may be anything.
#[derive(Clone, Debug)]
pub struct Look {
    /// Where it comes from.
    pub source: Option<String>,
    /// For which service.
    pub service: Option<String>,
    /// With which application id.
    pub app_id: Option<String>,
}

/// What was said, and how it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// The consumer's name.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it asks from; none is anywhere.
    pub source: Option<String>,
    /// For which service; none is any.
    pub service: Option<String>,
    /// With which application id; none is any.
    pub app_id: Option<String>,
}

/// A text that people are shown, or what is wrong with it.
pub fn check_text(field: &str, text: &str) -> Result<()> {
    if !text.trim().is_empty() && text.chars().count() <= TEXT_MAX && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Fault::ValidationError(format!(
        "`{field}` has 1 to {TEXT_MAX} characters and no control characters."
    )))
}

impl Look {
    /// Whether it says anything that could be recognised.
    pub fn check(&self) -> Result<()> {
        for (field, said) in [("source", &self.source), ("service", &self.service), ("app_id", &self.app_id)]
        {
            said.as_deref().map(|text| check_text(field, text)).transpose()?;
        }
        if self.source.is_none() && self.service.is_none() && self.app_id.is_none() {
            return Err(Fault::ValidationError(
                "Say at least one of `source`, `service` and `app_id`, as the consumer map shows them."
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

/// Somebody drawn who is to be recognised by a look.
pub fn draw(cx: &Context, look: Look, name: String, owner: Option<String>) -> KnownConsumer {
    KnownConsumer {
        account: cx.account(),
        id: uuid(cx.rng()),
        credential_id: String::new(),
        source_address: look.source,
        service: look.service,
        app_id: look.app_id,
        name,
        owner,
        created_by: cx.caller.arn().to_string(),
        created_at: cx.now,
    }
}

/// Keeps what was said, in the place of what was said of the same look.
pub fn keep(
    tx: &mut Tx<'_>,
    cx: &Context,
    credential: &ManagedCredential,
    drawn: &KnownConsumer,
) -> Result<Shown> {
    let known = KnownConsumer { credential_id: credential.id.clone(), ..drawn.clone() };
    tx.lock_account(cx.account())?;
    tx.known_consumers().delete_same(&known)?;
    let count = tx.known_consumers().list(cx.account(), &credential.id)?.len() as u64;
    cx.check_quota(Quota::KnownConsumers, count + 1)?;
    tx.known_consumers().insert(&known)?;
    wake(tx, cx, credential, cx.now)?;
    Ok(Shown {
        name: known.name,
        owner: known.owner,
        source: known.source_address,
        service: known.service,
        app_id: known.app_id,
    })
}

/// Has the credential's running rotation looked at, for which something was decided.
pub fn wake(tx: &mut Tx<'_>, cx: &Context, credential: &ManagedCredential, at: Timestamp) -> Result<()> {
    if let Some(running) = tx.rotations().find_running(cx.account(), &credential.id)? {
        tx.rotations().wake(cx.account(), &running.id, at)?;
    }
    Ok(())
}
