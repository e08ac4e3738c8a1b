//! EnrollConsumer: an application may fetch a credential. Its token is shown here, once, and is good for this
//! one credential and nothing else.

use std::time::Duration;

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
    /// An agent serves the SDK's container credentials endpoint.
    Container,
    /// An agent stands in for the instance metadata service.
    Imds,
    /// An agent writes files and has them read again.
    File,
    /// An agent runs a command with each new key.
    Exec,
    /// A signing certificate and its private key are fetched into files.
    PemFiles,
    /// An agent answers systemd, which hands the key to a service when it starts.
    Systemd,
}

impl Delivery {
    /// The word in storage.
    const fn as_str(self) -> &'static str {
        match self {
            Self::CredentialProcess => "credential_process",
            Self::CredentialsFile => "credentials_file",
            Self::Container => "container",
            Self::Imds => "imds",
            Self::File => "file",
            Self::Exec => "exec",
            Self::PemFiles => managed::PEM_FILES,
            Self::Systemd => "systemd",
        }
    }
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
    /// How often it runs at the least, in hours: a proof waits for so long to see it.
    pub every_hours: Option<u32>,
    /// Whether a rotation waits for it.
    #[serde(default = "yes")]
    pub required: bool,
}

/// A consumer that runs more rarely than once a year is no consumer.
const EVERY_HOURS_MAX: u32 = 366 * 24;

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
        if input.every_hours.is_some_and(|hours| !(1..=EVERY_HOURS_MAX).contains(&hours)) {
            return Err(Fault::ValidationError(format!("`every_hours` is 1 to {EVERY_HOURS_MAX}, a year.")));
        }
        let token = SecretString::new(format!("ksc_{}", cx.rng().text(43, BASE62)));
        Ok(Drawn { input, id: uuid(cx.rng()), token })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Output> {
        let Drawn { input, id, token } = drawn;
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
        if let Some(hours) = input.every_hours {
            let every = Duration::from_hours(hours.into());
            tx.known_consumers().set_batch_interval(cx.account(), id, Some(every))?;
        }
        tx.touch(Touched::Custody { account: cx.account(), credential: credential.id });
        Ok(Output { consumer_id: id.clone(), name: input.name.clone(), token: token.expose().clone() })
    }
}

impl RestOperation for EnrollConsumer {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials/{credential}/consumers" };
}
