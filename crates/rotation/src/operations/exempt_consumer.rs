//! ExemptConsumer: a consumer's use of a key that leaves does not count until a time: it may be interrupted. Rotations
//! that run and those that begin until then are told, and their receipts say who decided it and why.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Timestamp};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::known_consumers::Exemption;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::consumer_map::{self, Exempt};
use crate::{managed, recognised};

/// ExemptConsumer.
pub struct ExemptConsumer;

/// Who, why and until when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The consumer, as the consumer map names it.
    pub consumer: String,
    /// Why it may be interrupted.
    pub reason: String,
    /// Until when, RFC 3339.
    pub until: String,
}

/// What was decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The consumer.
    pub consumer: String,
    /// The exemption.
    pub exempt: Exempt,
}

impl Operation for ExemptConsumer {
    type Input = Input;
    type Prepared = (String, Exemption);
    type Output = Output;
    const NAME: &'static str = "ExemptConsumer";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<(String, Exemption)> {
        recognised::check_text("reason", &input.reason)?;
        let until =
            Timestamp::parse_rfc3339(&input.until).filter(|until| *until > cx.now).ok_or_else(|| {
                let fix = "`until` is a time like 2027-01-15T08:00:00Z that is still to come.";
                Fault::ValidationError(fix.to_owned())
            })?;
        let exemption = Exemption {
            account: cx.account(),
            credential_id: String::new(),
            consumer: input.consumer,
            reason: input.reason,
            until,
            created_by: cx.caller.arn().to_string(),
            created_at: cx.now,
        };
        Ok((input.credential, exemption))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (credential, drawn): &(String, Exemption)) -> Result<Output> {
        let credential = managed::get_to_change(tx, cx, credential)?;
        let map = consumer_map::draw(tx, &credential, cx.now)?;
        if !map.iter().any(|mapped| mapped.name == drawn.consumer) {
            return Err(Fault::NoSuchEntity(format!(
                "{} has no consumer {}. See them with: keystead consumer map {}",
                credential.name, drawn.consumer, credential.name
            )));
        }
        let exemption = Exemption { credential_id: credential.id.clone(), ..drawn.clone() };
        tx.known_consumers().put_exemption(&exemption)?;
        recognised::wake(tx, cx, &credential, cx.now)?;
        Ok(Output { consumer: drawn.consumer.clone(), exempt: exemption.into() })
    }
}

impl RestOperation for ExemptConsumer {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials/{credential}/exemptions" };
}
