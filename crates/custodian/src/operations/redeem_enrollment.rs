//! RedeemEnrollment: a machine that holds the token of an enrollment gets the token with which the workload fetches
//! its inputs from then on. The workload's token before, if it had one, is refused when this returns.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::authenticate::workload_arn;
use keystead_gate::bearer_token::BearerToken;
use keystead_gate::{Audience, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// RedeemEnrollment.
pub struct RedeemEnrollment;

/// With what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The token of EnrollWorkload.
    pub token: String,
}

/// The workload's token. Has no `Debug`.
#[derive(Serialize, ToSchema)]
pub struct Output {
    /// The workload's name.
    pub workload: String,
    /// Its token, shown once.
    pub token: String,
}

/// The token that was brought, and the one that was drawn.
pub struct Drawn {
    brought: BearerToken,
    token: BearerToken,
}

impl Operation for RedeemEnrollment {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Output;
    const NAME: &'static str = "RedeemEnrollment";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;
    const NEEDS_PERMISSION: bool = false;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(workload_arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        let token = BearerToken::draw("ksw", cx.account(), cx.rng());
        Ok(Drawn { brought: BearerToken::presented(input.token), token })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Output> {
        let hash = drawn.brought.hash();
        let enrollment = tx.workloads().find_enrollment(&hash)?.ok_or(Fault::InvalidClientTokenId)?;
        if enrollment.expires_at <= cx.now {
            return Err(Fault::ExpiredToken);
        }
        let workload = tx.workloads().find_by_id(cx.account(), &enrollment.workload_id)?;
        let workload = workload.ok_or(Fault::InvalidClientTokenId)?;
        if !tx.workloads().delete_enrollment(&hash)? {
            return Err(Fault::InvalidClientTokenId);
        }
        tx.workloads().update_token(cx.account(), &workload.id, &drawn.token.hash(), cx.now)?;
        Ok(Output { workload: workload.name, token: drawn.token.expose().to_owned() })
    }
}

impl RestOperation for RedeemEnrollment {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/workload/enrollment" };
    const AUDIENCE: Audience = Audience::Bearers;
}
