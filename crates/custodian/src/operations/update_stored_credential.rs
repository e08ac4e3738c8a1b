//! UpdateStoredCredential: gives a stored credential a new value, which becomes its newest version, or changes what
//! is said of it. Workloads are given the new value from their next question on.

use std::collections::BTreeMap;

use keystead_aws::error::Result;
use keystead_core::{Arn, Tag};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::stored_credentials::{StoredCredential, StoredVersion};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::stored::{self, Shown};

/// UpdateStoredCredential.
pub struct UpdateStoredCredential;

/// Which, and what is new about it. There is no `Debug`: the value is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub credential: String,
    /// A new value: 1 to 65,504 bytes, not blank.
    pub secret_value: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// From when on it is not handed out, RFC 3339; `never` to hand it out without end.
    pub expires_at: Option<String>,
    /// Tags, by key, in the place of those it has.
    pub tags: Option<BTreeMap<String, String>>,
}

/// The credential as it is to be.
pub struct Changed {
    credential: StoredCredential,
    before: i64,
    version: Option<StoredVersion>,
    tags: Option<Vec<Tag>>,
}

impl Operation for UpdateStoredCredential {
    type Input = Input;
    type Prepared = Changed;
    type Output = Shown;
    const NAME: &'static str = "UpdateStoredCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Changed> {
        let value = input.secret_value.map(stored::value).transpose()?;
        let mut credential = cx.gate().store().read(|tx| stored::get_own(tx, cx, &input.credential))?;
        let before = credential.version;
        if input.description.is_some() {
            credential.description = stored::description(input.description)?;
        }
        if let Some(text) = input.expires_at {
            credential.expires_at = stored::expiry(&text, cx.now)?;
        }
        let version = value.map(|value| stored::seal(cx, &credential.id, before + 1, &value)).transpose()?;
        if let Some(version) = &version {
            credential.version = version.version;
        }
        credential.updated_at = cx.now;
        let tags = input.tags.map(|tags| stored::tags(cx, tags)).transpose()?;
        Ok(Changed { credential, before, version, tags })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, changed: &Changed) -> Result<Shown> {
        let credential = &changed.credential;
        stored::update(tx, credential, changed.before)?;
        if let Some(version) = &changed.version {
            tx.stored_credentials().insert_version(&credential.id, version)?;
        }
        if let Some(tags) = &changed.tags {
            tx.tags().clear(cx.account(), &credential.id)?;
            tx.tags().put(cx.account(), &credential.id, tags)?;
        }
        Ok(Shown::of(credential.clone(), cx.now))
    }
}

impl RestOperation for UpdateStoredCredential {
    const ROUTE: Route = Route { method: "PUT", path: "/api/v1/stored-credentials/{credential}" };
}
