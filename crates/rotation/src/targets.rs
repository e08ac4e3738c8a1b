//! Targets as operations check, find and show them.

use std::collections::BTreeMap;

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, SecretString, Timestamp};
use keystead_gate::Context;
use keystead_gate::authorize::ContextKeys;
use keystead_store::consumers::Consumer;
use keystead_store::custody::ManagedCredential;
use keystead_store::delivery_targets::DeliveryTarget;
use keystead_store::{OnConstraint, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::delivery::template::Template;
use crate::delivery::{Settings, Written, marks};
use crate::embedded::Embedded;
use crate::embedded::targets::{MANUAL, Place, Stored};
use crate::machine::Failure;
use crate::managed;

/// What is set of a target, by name.
pub type Given = BTreeMap<String, Value>;
/// As many networks as a target may have.
const SOURCES_MAX: usize = 64;

/// How Keystead brings a key to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Stored credentials of this account.
    StoredCredential,
    /// A secret in the KV store, version 2, of OpenBao or Vault.
    Openbao,
    /// A secret in AWS Secrets Manager.
    SecretsManager,
    /// Parameters in AWS Systems Manager Parameter Store.
    SsmParameter,
    /// A Secret in Kubernetes, and a rollout of those who read it.
    Kubernetes,
    /// A secret of GitHub Actions.
    GithubActions,
    /// A signed call to an address of one's own.
    Webhook,
    /// A person carries it there, by a link that shows it once.
    Manual,
}

impl Kind {
    /// The word in storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StoredCredential => "stored_credential",
            Self::Openbao => "openbao",
            Self::SecretsManager => "secrets_manager",
            Self::SsmParameter => "ssm_parameter",
            Self::Kubernetes => "kubernetes",
            Self::GithubActions => "github_actions",
            Self::Webhook => "webhook",
            Self::Manual => MANUAL,
        }
    }
}

/// A target as the API shows it; never what it is written with.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// The id of the consumer that reads there.
    pub consumer_id: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Where it is.
    #[schema(value_type = Object)]
    pub settings: Given,
    /// How a key looks there.
    pub template: Template,
    /// The application id by which its consumer is known.
    pub app_id: Option<String>,
    /// The networks by which its consumer is known.
    pub sources: Vec<String>,
    /// Whether a rotation waits for it.
    pub required: bool,
    /// The key it is to hold.
    pub serving_access_key_id: String,
    /// The key that its consumer has taken up.
    pub applied_access_key_id: Option<String>,
    /// When it had, RFC 3339.
    pub applied_at: Option<String>,
    /// How often it was written to.
    pub writes: u64,
    /// When it was made, RFC 3339.
    pub created_at: String,
    /// When it was last changed, RFC 3339.
    pub updated_at: String,
}

/// A target as it is shown.
pub fn show(consumer: Consumer, target: DeliveryTarget) -> Shown {
    let (settings, template) = given(&target.settings).unwrap_or_default();
    let written = target.written.and_then(|written| serde_json::from_str::<Written>(&written).ok());
    Shown {
        consumer_id: consumer.id,
        name: consumer.name,
        kind: consumer.kind,
        settings,
        template,
        app_id: consumer.app_id,
        sources: target.sources,
        required: consumer.required,
        serving_access_key_id: consumer.serving_access_key_id.to_string(),
        applied_access_key_id: consumer.applied_access_key_id.map(|key| key.to_string()),
        applied_at: consumer.applied_at.map(Timestamp::to_iso8601),
        writes: written.map_or(0, |written| written.version),
        created_at: consumer.created_at.to_iso8601(),
        updated_at: target.updated_at.to_iso8601(),
    }
}

/// The settings of a target as somebody gave them, in the form they are stored in.
pub fn settings(cx: &Context, kind: Kind, given: Given, template: Template) -> Result<String> {
    let wrong = |why: String| Fault::ValidationError(format!("The settings of the target: {why}."));
    template.check().map_err(wrong)?;
    if kind == Kind::Manual {
        let stored = serde_json::json!({ "target": { "kind": MANUAL }, "template": template });
        return if given.is_empty() {
            Ok(stored.to_string())
        } else {
            Err(wrong("there are none".to_owned()))
        };
    }
    let mut members: Map<String, Value> = given.into_iter().collect();
    members.insert("kind".to_owned(), Value::from(kind.as_str()));
    let target: Settings =
        serde_json::from_value(Value::Object(members)).map_err(|error| wrong(error.to_string()))?;
    target.check(cx.gate()).map_err(wrong)?;
    if kind == Kind::StoredCredential {
        // Whoever lets Keystead write a stored credential must be one who may.
        for name in template.fields() {
            let arn = Arn::keystead(cx.account(), &format!("stored-credential/{name}"));
            cx.authorize("keystead:UpdateStoredCredential", &arn, &ContextKeys::default())?;
        }
    }
    serde_json::to_string(&Stored { target, template }).map_err(Fault::internal)
}

/// The settings and the template of a target as they were given.
pub fn given(stored: &str) -> Result<(Given, Template)> {
    let Stored::<Given> { mut target, template } = serde_json::from_str(stored).map_err(Fault::internal)?;
    target.remove("kind");
    Ok((target, template))
}

/// What a target is written with, as somebody gave it.
pub fn secret(stored: &str, given: Option<String>) -> Result<Option<SecretString>> {
    let needed = serde_json::from_str::<Stored>(stored).ok().and_then(|stored| stored.target.secret());
    let wrong = |why: String| Err(Fault::ValidationError(format!("`target_secret`: {why}.")));
    match (needed, given) {
        (None, None) => Ok(None),
        (None, Some(_)) => wrong("a target of this kind is written with none".to_owned()),
        (Some(what), None) => wrong(format!("{what} is missing")),
        (Some(_), Some(text)) if text.is_empty() || text.len() > 16 * 1024 => {
            wrong("it has 1 to 16,384 bytes".to_owned())
        }
        (Some(_), Some(text)) => Ok(Some(SecretString::new(text))),
    }
}

/// The networks of a target as somebody gave them.
pub fn sources(given: &[String]) -> Result<Vec<String>> {
    let parsed: Option<Vec<_>> = given.iter().map(|text| marks::parse_source(text)).collect();
    match parsed {
        Some(networks) if networks.len() <= SOURCES_MAX => {
            Ok(networks.iter().map(ToString::to_string).collect())
        }
        _ => Err(Fault::ValidationError(
            "`sources` are at most 64 addresses or networks, for example 10.0.3.7 or 10.0.3.0/24.".to_owned(),
        )),
    }
}

/// An application id as somebody gave it.
pub fn check_app_id(app_id: Option<&str>) -> Result<()> {
    if app_id.is_some_and(|id| id.is_empty() || id.len() > 50 || id.contains(char::is_whitespace)) {
        return Err(Fault::ValidationError("`app_id` has 1 to 50 characters and no spaces.".to_owned()));
    }
    Ok(())
}

/// Adds a target.
pub fn insert(tx: &mut Tx<'_>, consumer: &Consumer, target: &DeliveryTarget) -> Result<()> {
    tx.consumers().insert(consumer).on_constraint("consumers_name_unique", || {
        Fault::EntityAlreadyExists(format!(
            "The credential has a consumer with name {} already.",
            consumer.name
        ))
    })?;
    Ok(tx.delivery_targets().insert(target)?)
}

/// A target that is named, with its credential and consumer.
pub fn get(
    tx: &mut Tx<'_>,
    cx: &Context,
    credential: &str,
    name: &str,
) -> Result<(ManagedCredential, Consumer, DeliveryTarget)> {
    let credential = managed::get(tx, cx, credential)?;
    let missing = || Fault::NoSuchEntity(format!("The credential has no target with name {name}."));
    let found = tx.consumers().find_by_name(cx.account(), &credential.id, name)?.ok_or_else(missing)?;
    let target = tx.delivery_targets().find(cx.account(), &found.id)?.ok_or_else(missing)?;
    Ok((credential, found, target))
}

/// Works on a target at its place, outside any transaction.
pub fn at_place<T>(
    cx: &Context,
    credential: &str,
    name: &str,
    work: impl FnOnce(&Place<'_>) -> std::result::Result<T, Failure>,
) -> Result<std::result::Result<T, Failure>> {
    let (credential, consumer, _) = cx.gate().store().read(|tx| get(tx, cx, credential, name))?;
    let world = Embedded::at_rest(cx.gate(), &credential);
    match Place::find(&world, &consumer) {
        Ok(Some(place)) => Ok(work(&place)),
        Ok(None) => Err(Fault::UnmodifiableEntity(format!(
            "{name} is a target that a person carries the key to: hand it over with a link instead."
        ))),
        Err(failure) => Ok(Err(failure)),
    }
}

/// A failure at a target in a sentence.
pub fn sentence(name: &str, failure: &Failure) -> String {
    match failure {
        Failure::Conflict => format!(
            "{name} holds a value that somebody else wrote. Look at it; if it may go, deliver once more and order to \
             overwrite."
        ),
        Failure::Unavailable => format!(
            "{name} does not answer. Where it is inside your network, the operator has to name it (--target)."
        ),
        other => format!("{name}: {other}."),
    }
}
