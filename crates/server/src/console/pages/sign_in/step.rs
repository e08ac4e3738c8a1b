//! What was proved so far, between two pages of one sign-in: sealed for the principal, so nobody can make or change
//! one, and good for five minutes. It holds no password. Another password in between makes it worthless.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystead_authority::sign_in::{self, Known, Standing};
use keystead_aws::error::Fault;
use keystead_core::{AccountId, Timestamp, rng};
use keystead_gate::ring::{OwnerId, Principal};
use keystead_store::Place;
use serde::{Deserialize, Serialize};

use crate::console::answer::Refusal;
use crate::console::visit::Request;

/// How long somebody may take for the next step.
const LASTS: Duration = Duration::from_mins(5);

/// A sign-in under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    /// What names this sign-in; a passkey is asked for in it and answers in no other.
    pub(super) id: String,
    account: AccountId,
    owner_id: String,
    pub(super) password_version: i64,
    pub(super) standing: Standing,
    /// Whether a code was given.
    pub(super) has_code: bool,
    /// Where to go in the end.
    pub(super) next: String,
    ends_at: Timestamp,
}

impl Step {
    /// After a right password.
    pub(super) fn begin(request: &Request, known: &Known, next: String) -> Self {
        Self {
            id: rng::uuid(&**request.gate.rng()),
            account: known.principal.account,
            owner_id: known.principal.id.to_string(),
            password_version: known.version,
            standing: known.standing,
            has_code: false,
            next,
            ends_at: request.now().plus(LASTS),
        }
    }

    /// As a form holds it.
    pub(super) fn seal(&self, request: &Request) -> Result<String, Refusal> {
        let text = serde_json::to_vec(self).map_err(Fault::internal)?;
        let store = request.gate.store();
        let place = place(self.account);
        let sealed = store.sealer().seal(&place, &text, &**request.gate.rng()).map_err(Fault::from)?;
        Ok(format!("{}.{}", self.account, URL_SAFE_NO_PAD.encode(sealed.as_bytes())))
    }

    /// The one that a form brings.
    pub(super) fn open(request: &Request) -> Result<Self, Refusal> {
        let over = || Refusal {
            status: 403,
            code: "SignInOver".to_owned(),
            message: "This sign-in took too long, or was begun elsewhere. Begin again.".to_owned(),
        };
        let (account, sealed) = request.form.get("step").split_once('.').ok_or_else(over)?;
        let account: AccountId = account.parse().map_err(|_| over())?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| over())?;
        let plain = request.gate.store().sealer().open(&place(account), &sealed).map_err(|_| over())?;
        let step: Self = serde_json::from_slice(plain.expose()).map_err(|_| over())?;
        let principal = step.principal(request).map_err(|_| over())?;
        let is_present = sign_in::password_version(&request.gate, &principal)? == Some(step.password_version);
        if is_present && step.ends_at > request.now() { Ok(step) } else { Err(over()) }
    }

    /// Whoever signs in.
    pub(super) fn principal(&self, request: &Request) -> Result<Arc<Principal>, Refusal> {
        let ring = request.gate.ring();
        let principal = OwnerId::parse(&self.owner_id).and_then(|id| ring.find_principal(id));
        let principal = principal.filter(|principal| ring.is_account_open(principal.account));
        principal.ok_or_else(super::wrong)
    }
}

fn place(account: AccountId) -> Place {
    Place {
        tenant: account,
        table: "console_sessions",
        row: "sign-in".to_owned(),
        column: "step",
        version: 1,
    }
}
