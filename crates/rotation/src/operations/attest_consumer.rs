//! AttestConsumer: a person says that a consumer no longer uses the key that leaves. Weak evidence, kept with the
//! person's name; it speaks for this one consumer, and a use that is seen still counts.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::embedded::journal;
use crate::machine::Order;
use crate::recognised;
use crate::shown::{self, Shown};

/// AttestConsumer.
pub struct AttestConsumer;

/// Of whom, and how it is known.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The rotation's id.
    pub rotation_id: String,
    /// The consumer, as the rotation names it.
    pub consumer: String,
    /// How you know.
    pub note: String,
}

impl Operation for AttestConsumer {
    type Input = Input;
    type Prepared = Input;
    type Output = Shown;
    const NAME: &'static str = "AttestConsumer";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(shown::arn(cx, &input.rotation_id))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        recognised::check_text("note", &input.note)?;
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        tx.lock_account(cx.account())?;
        let rotation = shown::get(tx, cx, &input.rotation_id)?;
        if rotation.state.is_ended() {
            let state = rotation.state.name();
            return Err(Fault::ConcurrentModification(format!("The rotation has ended: {state}.")));
        }
        if !rotation.consumers.contains_key(&input.consumer) {
            return Err(Fault::NoSuchEntity(format!("The rotation knows no consumer {}.", input.consumer)));
        }
        let order = Order::Attest { consumer: input.consumer.clone(), note: input.note.clone() };
        let row = journal::order_row(&order, cx.caller.arn().to_string(), cx.now);
        tx.rotations().append_order(cx.account(), &input.rotation_id, &row)?;
        shown::show(tx, cx, &input.rotation_id)
    }
}

impl RestOperation for AttestConsumer {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/rotations/{rotation_id}/attestations" };
}
