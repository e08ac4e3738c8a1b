//! OrderRotation: an operator's answer or wish. It is written down and obeyed, or declined with a reason, at
//! the rotation's next step.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::embedded::journal;
use crate::machine::{Order, State};
use crate::shown::{self, Shown};

/// OrderRotation.
pub struct OrderRotation;

/// What is ordered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The rotation's id.
    pub rotation_id: String,
    /// The order.
    pub command: Wish,
    /// The consumer that `skip` and `exempt` are about.
    pub consumer: Option<String>,
}

/// What an operator may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Yes to the question that is open now.
    Approve,
    /// Go back to the old key.
    Rollback,
    /// Hold until told to go on.
    Pause,
    /// Go on.
    Resume,
    /// Do not deliver to a consumer; it keeps the old key.
    Skip,
    /// A consumer's use of the old key does not count: it will be interrupted.
    Exempt,
}

impl Operation for OrderRotation {
    type Input = Input;
    type Prepared = Input;
    type Output = Shown;
    const NAME: &'static str = "OrderRotation";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(shown::arn(cx, &input.rotation_id))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        let about_one = matches!(input.command, Wish::Skip | Wish::Exempt);
        if about_one != input.consumer.is_some() {
            return Err(Fault::ValidationError(
                "`skip` and `exempt` need `consumer`; nothing else does.".to_owned(),
            ));
        }
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        tx.lock_account(cx.account())?;
        let rotation = shown::get(tx, cx, &input.rotation_id)?;
        if rotation.state.is_ended() {
            return Err(Fault::ConcurrentModification(format!(
                "The rotation has ended: {}.",
                rotation.state.name()
            )));
        }
        let order = order(input, &rotation.state)?;
        let row = journal::order_row(&order, cx.caller.arn().to_string(), cx.now);
        tx.rotations().append_order(cx.account(), &input.rotation_id, &row)?;
        shown::show(tx, cx, &input.rotation_id)
    }
}

fn order(input: &Input, state: &State) -> Result<Order> {
    let consumer = input.consumer.clone().unwrap_or_default();
    Ok(match input.command {
        Wish::Approve => match state {
            State::Blocked { number, .. } => Order::Approve { question: *number },
            _ => return Err(Fault::ConcurrentModification("The rotation asks nothing just now.".to_owned())),
        },
        Wish::Rollback => Order::RollBack,
        Wish::Pause => Order::Pause { lasts: None },
        Wish::Resume => Order::Resume,
        Wish::Skip => Order::Skip { consumer },
        Wish::Exempt => Order::Exempt { consumer },
    })
}

impl RestOperation for OrderRotation {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/rotations/{rotation_id}/commands" };
}
