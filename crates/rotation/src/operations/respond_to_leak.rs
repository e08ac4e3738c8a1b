//! RespondToLeak: what is done about a leaked key: it is switched off now with its sessions, or replaced first, or the
//! report is dismissed.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Arn, KeyId};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::leaks::response::{Answer, Contain};
use crate::leaks::{self, Shown};
use crate::managed;

/// RespondToLeak.
pub struct RespondToLeak;

/// The answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The report's id.
    pub report_id: String,
    /// What to do. Where it is not said: `now` for the key of an administrator or of the root user and for a key that
    /// nobody manages, else `after_replacement`.
    pub contain: Option<Contain>,
    /// Why; `dismiss` needs it.
    pub reason: Option<String>,
}

/// The answer, and the rotation that it may start.
pub struct Prepared {
    input: Input,
    rotation_id: String,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    #[serde(flatten)]
    report: Shown,
    /// The rotation that replaces the key.
    rotation_id: Option<String>,
    /// What to do next.
    next: String,
}

impl Operation for RespondToLeak {
    type Input = Input;
    type Prepared = Prepared;
    type Output = Output;
    const NAME: &'static str = "RespondToLeak";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(leaks::arn(cx, &input.report_id))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Prepared> {
        let has_reason = input.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
        if input.contain == Some(Contain::Dismiss) && !has_reason {
            return Err(Fault::ValidationError("`dismiss` needs a `reason`.".to_owned()));
        }
        Ok(Prepared { input, rotation_id: uuid(cx.rng()) })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, prepared: &Prepared) -> Result<Output> {
        tx.lock_account(cx.account())?;
        let report = leaks::get(tx, cx, &prepared.input.report_id)?;
        let managed = tx.custody().find_by_key(cx.account(), KeyId::from(report.access_key_id))?;
        if let Some(credential) = managed.filter(|_| prepared.input.contain != Some(Contain::Dismiss)) {
            managed::check_may_change(cx, &credential)?;
        }
        let answer = Answer {
            gate: cx.gate(),
            contain: prepared.input.contain,
            reason: prepared.input.reason.as_deref(),
            by: cx.caller.arn().to_string(),
            rotation_id: &prepared.rotation_id,
            now: cx.now,
        };
        let done = answer.give(tx, report)?;
        Ok(Output { report: done.report.into(), rotation_id: done.rotation_id, next: done.next })
    }
}

impl RestOperation for RespondToLeak {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/leak-reports/{report_id}/response" };
}
