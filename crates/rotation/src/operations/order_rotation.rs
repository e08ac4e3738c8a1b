//! OrderRotation: an operator's answer or wish. It is written down and obeyed, or declined with a reason, at
//! the rotation's next step.

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::embedded::journal;
use crate::machine::{Order, State};
use crate::managed;
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
    /// The consumer that `skip`, `exempt` and `return` are about.
    pub consumer: Option<String>,
    /// The other key that `make_room` gives up.
    pub key: Option<String>,
    /// By how many seconds `extend` lengthens the watch.
    pub lasts_s: Option<u64>,
    /// The last four characters of the old key's id, which `hard_stop` needs.
    pub typed: Option<String>,
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
    /// Give a consumer the old key back; it is passed over from then on.
    Return,
    /// Make the inactive old key active again and prove its silence anew.
    PutBack,
    /// Watch the inactive key for longer.
    Extend,
    /// Switch the old key off for trial now.
    Brownout,
    /// Remind whoever still uses the old key, and wait once more.
    Remind,
    /// Deactivate the old key, whoever uses it.
    HardStop,
    /// Deactivate, watch and delete another key so that a second one has room.
    MakeRoom,
    /// The old key has leaked: contain it when it is replaced.
    Emergency,
    /// The old key has leaked: contain it at once.
    EmergencyContainNow,
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
        let about = [
            (matches!(input.command, Wish::Skip | Wish::Exempt | Wish::Return), input.consumer.is_some()),
            (input.command == Wish::MakeRoom, input.key.is_some()),
            (input.command == Wish::Extend, input.lasts_s.is_some()),
            (input.command == Wish::HardStop, input.typed.is_some()),
        ];
        if about.iter().any(|(is_needed, is_given)| is_needed != is_given) {
            return Err(Fault::ValidationError(
                "`skip`, `exempt` and `return` need `consumer`, `make_room` needs `key`, `extend` needs `lasts_s`, \
                 `hard_stop` needs `typed`; nothing else does."
                    .to_owned(),
            ));
        }
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        tx.lock_account(cx.account())?;
        let rotation = shown::get(tx, cx, &input.rotation_id)?;
        managed::get_to_change(tx, cx, &rotation.credential)?;
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
        Wish::Return => Order::Return { consumer },
        Wish::PutBack => Order::PutBack,
        Wish::Extend => Order::Extend { lasts: Duration::from_secs(input.lasts_s.unwrap_or_default()) },
        Wish::Brownout => Order::Brownout,
        Wish::Remind => Order::Remind,
        Wish::HardStop => Order::HardStop { typed: input.typed.clone().unwrap_or_default() },
        Wish::MakeRoom => {
            let key = input.key.as_deref().unwrap_or_default().parse();
            Order::MakeRoom { key: key.map_err(|_| unreadable_key())? }
        }
        Wish::Emergency => Order::Emergency { contain_now: false },
        Wish::EmergencyContainNow => Order::Emergency { contain_now: true },
    })
}

fn unreadable_key() -> Fault {
    Fault::ValidationError("`key` is the id of a key, as `rotate status` shows it.".to_owned())
}

impl RestOperation for OrderRotation {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/rotations/{rotation_id}/commands" };
}
