//! CreateTarget: Keystead itself brings a credential to where its consumer reads it. Nothing is written yet.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_core::rng::uuid;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::consumers::Consumer;
use keystead_store::delivery_targets::DeliveryTarget;
use keystead_store::{Sealed, Touched, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::delivery::template::Template;
use crate::embedded::targets::seal_secret;
use crate::managed;
use crate::targets::{self, Given, Shown};

/// CreateTarget.
pub struct CreateTarget;

/// Where and how. There is no `Debug`: a secret is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// A name for the target, unique among the credential's consumers.
    pub name: String,
    /// How the key is brought there.
    pub kind: targets::Kind,
    /// Where it is; what has to be said depends on the kind.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Given,
    /// How a key looks there.
    #[serde(default)]
    pub template: Template,
    /// What it is written with: a token, the secret of an access key, or what a webhook is signed with.
    pub target_secret: Option<String>,
    /// The application id that the SDK of its consumer sends, by which its requests are known to be its.
    pub app_id: Option<String>,
    /// Addresses and networks by which its requests are known to be its.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Whether a rotation waits for it.
    #[serde(default = "yes")]
    pub required: bool,
}

fn yes() -> bool {
    true
}

/// A target drawn, before there is a row for it.
pub struct Drawn {
    input: Input,
    id: String,
    settings: String,
    sources: Vec<String>,
    secret: Option<Sealed>,
}

impl Operation for CreateTarget {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Shown;
    const NAME: &'static str = "CreateTarget";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, mut input: Input) -> Result<Drawn> {
        managed::check_name(&input.name)?;
        targets::check_app_id(input.app_id.as_deref())?;
        let given = std::mem::take(&mut input.settings);
        let settings = targets::settings(cx, input.kind, given, input.template.clone())?;
        let secret = targets::secret(&settings, input.target_secret.take())?;
        let (id, sources) = (uuid(cx.rng()), targets::sources(&input.sources)?);
        let seal = |secret| seal_secret(cx.gate(), cx.account(), &id, secret);
        let secret = secret.as_ref().map(seal).transpose()?;
        Ok(Drawn { input, id, settings, sources, secret })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Shown> {
        let Drawn { input, id, settings, sources, secret } = drawn;
        let credential = managed::get_to_change(tx, cx, &input.credential)?;
        managed::check_delivery(&credential, input.kind.as_str())?;
        let consumer = Consumer {
            account: cx.account(),
            id: id.clone(),
            credential_id: credential.id.clone(),
            name: input.name.clone(),
            kind: input.kind.as_str().to_owned(),
            app_id: input.app_id.clone(),
            required: input.required,
            token_hash: None,
            serving_access_key_id: credential.current_access_key_id,
            applied_access_key_id: None,
            applied_at: None,
            created_at: cx.now,
        };
        let target = DeliveryTarget {
            account: cx.account(),
            consumer_id: id.clone(),
            settings: settings.clone(),
            secret: secret.clone(),
            sources: sources.clone(),
            written: None,
            updated_at: cx.now,
        };
        targets::insert(tx, &consumer, &target)?;
        tx.touch(Touched::Custody { account: cx.account(), credential: credential.id });
        Ok(targets::show(consumer, target))
    }
}

impl RestOperation for CreateTarget {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials/{credential}/targets" };
}
