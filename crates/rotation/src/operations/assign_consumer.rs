//! AssignConsumer: what was seen of an unknown user of a credential is an enrolled consumer's doing.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::known_consumers::KnownConsumer;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::managed;
use crate::recognised::{self, Look, Shown};

/// AssignConsumer.
pub struct AssignConsumer;

/// Whose doing it is, and by what it is recognised.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The enrolled consumer.
    pub consumer: String,
    /// Where the use comes from, as the consumer map shows it; anywhere when not said.
    pub source: Option<String>,
    /// For which service; any when not said.
    pub service: Option<String>,
    /// With which application id; any when not said.
    pub app_id: Option<String>,
}

impl Operation for AssignConsumer {
    type Input = Input;
    type Prepared = (String, KnownConsumer);
    type Output = Shown;
    const NAME: &'static str = "AssignConsumer";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<(String, KnownConsumer)> {
        let look = Look { source: input.source, service: input.service, app_id: input.app_id };
        look.check()?;
        Ok((input.credential, recognised::draw(cx, look, input.consumer, None)))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (credential, drawn): &(String, KnownConsumer)) -> Result<Shown> {
        let credential = managed::get_to_change(tx, cx, credential)?;
        if tx.consumers().find_by_name(cx.account(), &credential.id, &drawn.name)?.is_none() {
            return Err(Fault::NoSuchEntity(format!(
                "{} has no enrolled consumer {}. See them with: keystead consumer list {}",
                credential.name, drawn.name, credential.name
            )));
        }
        recognised::keep(tx, cx, &credential, drawn)
    }
}

impl RestOperation for AssignConsumer {
    const ROUTE: Route =
        Route { method: "POST", path: "/api/v1/credentials/{credential}/assigned-consumers" };
}
