//! EnrollWorkload: a token with which the workload's machine makes itself known, good for one hour and one use. It
//! takes the place of any earlier one.

use std::time::Duration;

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::authenticate::workload_arn;
use keystead_gate::bearer_token::BearerToken;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::workloads::Enrollment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::holder;

/// EnrollWorkload.
pub struct EnrollWorkload;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub workload: String,
}

/// The token. Has no `Debug`.
#[derive(Serialize, ToSchema)]
pub struct Output {
    /// The workload's name.
    pub workload: String,
    /// The token, shown once.
    pub token: String,
    /// Until when it is good, RFC 3339.
    pub expires_at: String,
}

/// A workload's name and the token that was drawn for it.
pub struct Drawn {
    workload: String,
    token: BearerToken,
}

const GOOD_FOR: Duration = Duration::from_hours(1);

impl Operation for EnrollWorkload {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Output;
    const NAME: &'static str = "EnrollWorkload";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(workload_arn(cx.account(), &input.workload))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        let token = BearerToken::draw("kse", cx.account(), cx.rng());
        Ok(Drawn { workload: input.workload, token })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Output> {
        let workload = holder::workload(tx, cx, &drawn.workload)?;
        let expires_at = cx.now.plus(GOOD_FOR);
        let token_hash = drawn.token.hash();
        tx.workloads().put_enrollment(&Enrollment { workload_id: workload.id, token_hash, expires_at })?;
        let token = drawn.token.expose().to_owned();
        Ok(Output { workload: workload.name, token, expires_at: expires_at.to_iso8601() })
    }
}

impl RestOperation for EnrollWorkload {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/workloads/{workload}/enrollment" };
}
