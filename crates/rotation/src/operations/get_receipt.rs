//! GetReceipt: everything a rotation did and every piece of evidence it moved on, chained by hash.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::embedded::journal;
use crate::receipt::{Piece, Receipt};
use crate::shown;

/// GetReceipt.
pub struct GetReceipt;

/// Of which rotation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id.
    pub rotation_id: String,
}

/// The receipt, for people and for programs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Line by line.
    pub text: String,
    /// Every piece of evidence it moved on, with its source and what it is worth.
    pub evidence: Vec<Piece>,
    /// With every entry's hash.
    pub receipt: Receipt,
}

impl Operation for GetReceipt {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "GetReceipt";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(shown::arn(cx, &input.rotation_id))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let rotation = shown::get(tx, cx, &input.rotation_id)?;
        let mut receipt = Receipt::new(&rotation, journal::entries(tx, cx.account(), &input.rotation_id)?);
        if let Some(credential) = tx.custody().find(cx.account(), &rotation.credential)? {
            receipt.credential = credential.name;
        }
        receipt.check().map_err(Fault::internal)?;
        Ok(Output { text: receipt.to_string(), evidence: receipt.evidence(), receipt })
    }
}

impl RestOperation for GetReceipt {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/rotations/{rotation_id}/receipt" };
}
