//! DeleteVerifier: a service may no longer ask. Its token is refused when this returns.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::{Touched, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::create_verifier::arn;

/// DeleteVerifier.
pub struct DeleteVerifier;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id.
    pub verifier_id: String,
}

/// Nothing more to say.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The id of what was deleted.
    pub verifier_id: String,
}

impl Operation for DeleteVerifier {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "DeleteVerifier";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(arn(cx.account(), &input.verifier_id))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        if !tx.verifiers().delete(cx.account(), &input.verifier_id)? {
            return Err(Fault::NoSuchEntity(format!("There is no verifier with id {}.", input.verifier_id)));
        }
        tx.touch(Touched::Verifier(input.verifier_id.clone()));
        Ok(Output { verifier_id: input.verifier_id.clone() })
    }
}

impl RestOperation for DeleteVerifier {
    const ROUTE: Route = Route { method: "DELETE", path: "/api/v1/verifiers/{verifier_id}" };
}
