//! UpdateTarget: changes where a target is, what it is written with and by what its consumer is known. Nothing is
//! written there by it.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::consumers::Consumer;
use keystead_store::delivery_targets::DeliveryTarget;
use keystead_store::{Touched, Tx};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::delivery::template::Template;
use crate::embedded::targets::seal_secret;
use crate::managed;
use crate::targets::{self, Given, Shown};

/// UpdateTarget.
pub struct UpdateTarget;

/// What is new. There is no `Debug`: a secret is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The target's name.
    pub name: String,
    /// Where it is, all of it.
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Given>,
    /// How a key looks there.
    pub template: Option<Template>,
    /// What it is written with.
    pub target_secret: Option<String>,
    /// The application id by which its consumer is known; empty for none.
    pub app_id: Option<String>,
    /// The addresses and networks by which its consumer is known.
    pub sources: Option<Vec<String>>,
    /// Whether a rotation waits for it.
    pub required: Option<bool>,
}

/// The target as it is to be.
pub struct Changed {
    consumer: Consumer,
    target: DeliveryTarget,
}

impl Operation for UpdateTarget {
    type Input = Input;
    type Prepared = Changed;
    type Output = Shown;
    const NAME: &'static str = "UpdateTarget";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Changed> {
        let found = cx.gate().store().read(|tx| targets::get(tx, cx, &input.credential, &input.name));
        let (_, mut consumer, mut target) = found?;
        if input.settings.is_some() || input.template.is_some() {
            let (given, template) = targets::given(&target.settings)?;
            let kind = serde_json::from_value(Value::from(&*consumer.kind)).map_err(Fault::internal)?;
            let (given, template) = (input.settings.unwrap_or(given), input.template.unwrap_or(template));
            target.settings = targets::settings(cx, kind, given, template)?;
        }
        if input.target_secret.is_some() {
            let secret = targets::secret(&target.settings, input.target_secret)?;
            let seal = |secret| seal_secret(cx.gate(), cx.account(), &consumer.id, secret);
            target.secret = secret.as_ref().map(seal).transpose()?;
        }
        if let Some(app_id) = input.app_id {
            consumer.app_id = Some(app_id).filter(|id| !id.is_empty());
            targets::check_app_id(consumer.app_id.as_deref())?;
        }
        if let Some(sources) = input.sources {
            target.sources = targets::sources(&sources)?;
        }
        consumer.required = input.required.unwrap_or(consumer.required);
        target.updated_at = cx.now;
        Ok(Changed { consumer, target })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, changed: &Changed) -> Result<Shown> {
        let gone = || Fault::NoSuchEntity("The target has been removed.".to_owned());
        let mut consumer = tx.consumers().find(cx.account(), &changed.consumer.id)?.ok_or_else(gone)?;
        // What a rotation has entered meanwhile stays.
        (consumer.app_id, consumer.required) = (changed.consumer.app_id.clone(), changed.consumer.required);
        tx.consumers().update(&consumer)?;
        tx.delivery_targets().update(&changed.target)?;
        tx.touch(Touched::Custody { account: cx.account(), credential: consumer.credential_id.clone() });
        Ok(targets::show(consumer, changed.target.clone()))
    }
}

impl RestOperation for UpdateTarget {
    const ROUTE: Route = Route { method: "PUT", path: "/api/v1/credentials/{credential}/targets/{name}" };
}
