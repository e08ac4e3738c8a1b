//! NameConsumer: a user of a credential that was never enrolled gets a name and an owner, and evidence speaks of it so.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::known_consumers::KnownConsumer;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::managed;
use crate::recognised::{self, Look, Shown};

/// NameConsumer.
pub struct NameConsumer;

/// Who it is, and by what it is recognised.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// What it is called from now on.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it asks from, as the consumer map shows it; anywhere when not said.
    pub source: Option<String>,
    /// For which service; any when not said.
    pub service: Option<String>,
    /// With which application id; any when not said.
    pub app_id: Option<String>,
}

impl Operation for NameConsumer {
    type Input = Input;
    type Prepared = (String, KnownConsumer);
    type Output = Shown;
    const NAME: &'static str = "NameConsumer";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<(String, KnownConsumer)> {
        managed::check_name(&input.name)?;
        input.owner.as_deref().map(|owner| recognised::check_text("owner", owner)).transpose()?;
        let look = Look { source: input.source, service: input.service, app_id: input.app_id };
        look.check()?;
        Ok((input.credential, recognised::draw(cx, look, input.name, input.owner)))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (credential, drawn): &(String, KnownConsumer)) -> Result<Shown> {
        let credential = managed::get_to_change(tx, cx, credential)?;
        recognised::keep(tx, cx, &credential, drawn)
    }
}

impl RestOperation for NameConsumer {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials/{credential}/known-consumers" };
}
