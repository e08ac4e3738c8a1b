//! EnrollConsumer: an application may fetch a credential. Its token is shown here, once, and is good for this
//! one credential and nothing else.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::{BASE62, uuid};
use keystead_core::{Arn, SecretString};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::consumers::Consumer;
use keystead_store::{OnConstraint, Touched, Tx};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::managed;

/// EnrollConsumer.
pub struct EnrollConsumer;

/// How a consumer gets its key.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The SDK asks through `credential_process`.
    CredentialProcess,
    /// An agent keeps the shared credentials file.
    CredentialsFile,
}

/// Who.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// A name for the consumer, unique in the credential.
    pub name: String,
    /// How it gets its key.
    pub kind: Delivery,
    /// The application id its SDK sends, by which its requests are known to be its.
    pub app_id: Option<String>,
    /// Whether a rotation waits for it.
    #[serde(default = "yes")]
    pub required: bool,
}

fn yes() -> bool {
    true
}

/// The new consumer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Its id.
    pub consumer_id: String,
    /// Its name.
    pub name: String,
    /// The token, shown once.
    pub token: String,
}

/// A consumer drawn, before there is a row for it.
pub struct Drawn {
    input: Input,
    id: String,
    token: SecretString,
}

impl Operation for EnrollConsumer {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Output;
    const NAME: &'static str = "EnrollConsumer";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        managed::check_name(&input.name)?;
        if input
            .app_id
            .as_deref()
            .is_some_and(|id| id.is_empty() || id.len() > 50 || id.contains(char::is_whitespace))
        {
            return Err(Fault::ValidationError("`app_id` has 1 to 50 characters and no spaces.".to_owned()));
        }
        let token = SecretString::new(format!("ksc_{}", cx.rng().text(43, BASE62)));
        Ok(Drawn { input, id: uuid(cx.rng()), token })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Output> {
        let Drawn { input, id, token } = drawn;
        let credential = managed::get(tx, cx, &input.credential)?;
        let consumer = Consumer {
            account: cx.account(),
            id: id.clone(),
            credential_id: credential.id.clone(),
            name: input.name.clone(),
            kind: match input.kind {
                Delivery::CredentialProcess => "credential_process".to_owned(),
                Delivery::CredentialsFile => "credentials_file".to_owned(),
            },
            app_id: input.app_id.clone(),
            required: input.required,
            token_hash: Some(Sha256::digest(token.expose().as_bytes()).to_vec()),
            serving_access_key_id: credential.current_access_key_id,
            applied_access_key_id: None,
            applied_at: None,
            created_at: cx.now,
        };
        tx.consumers().insert(&consumer).on_constraint("consumers_name_unique", || {
            Fault::EntityAlreadyExists(format!(
                "The credential has a consumer with name {} already.",
                input.name
            ))
        })?;
        tx.touch(Touched::Custody { account: cx.account(), credential: credential.id });
        Ok(Output { consumer_id: id.clone(), name: input.name.clone(), token: token.expose().clone() })
    }
}

impl RestOperation for EnrollConsumer {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials/{credential}/consumers" };
}
