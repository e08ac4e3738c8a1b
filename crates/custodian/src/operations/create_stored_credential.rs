//! CreateStoredCredential: keeps a value under a name, for inputs to select. Nobody is shown it who may not see it.

use std::collections::BTreeMap;

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Arn, Quota, Tag};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::stored_credentials::{StoredCredential, StoredKind, StoredVersion};
use keystead_store::{OnConstraint, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::stored::{self, Shown};

/// CreateStoredCredential.
pub struct CreateStoredCredential;

/// What is stored. There is no `Debug`: the value is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A name for it, unique in the account and compared exactly.
    pub name: String,
    /// The value: 1 to 65,504 bytes, not blank.
    pub secret_value: String,
    /// What it is for.
    pub description: Option<String>,
    /// From when on it is not handed out, RFC 3339.
    pub expires_at: Option<String>,
    /// Tags, by key.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A credential before there are rows for it.
pub struct Drawn {
    credential: StoredCredential,
    version: StoredVersion,
    tags: Vec<Tag>,
}

impl Operation for CreateStoredCredential {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Shown;
    const NAME: &'static str = "CreateStoredCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, &input.name))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        stored::check_new_name(&input.name)?;
        let value = stored::value(input.secret_value)?;
        let expires_at = input.expires_at.map(|text| stored::expiry(&text, cx.now)).transpose()?.flatten();
        let id = uuid(cx.rng());
        let version = stored::seal(cx, &id, 1, &value)?;
        let credential = StoredCredential {
            account: cx.account(),
            id,
            name: input.name,
            kind: StoredKind::User,
            description: stored::description(input.description)?,
            version: 1,
            expires_at,
            reads: 0,
            last_read_at: None,
            last_read_by: None,
            created_by: cx.caller.arn().to_string(),
            created_at: cx.now,
            updated_at: cx.now,
        };
        Ok(Drawn { credential, version, tags: stored::tags(cx, input.tags)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Shown> {
        let Drawn { credential, version, tags } = drawn;
        tx.lock_account(cx.account())?;
        let count = tx.stored_credentials().count(cx.account())?.cast_unsigned();
        cx.check_quota(Quota::StoredCredentials, count + 1)?;
        tx.stored_credentials().insert(credential).on_constraint("stored_credentials_name_unique", || {
            Fault::EntityAlreadyExists(format!("A stored credential with name {} exists.", credential.name))
        })?;
        tx.stored_credentials().insert_version(&credential.id, version)?;
        tx.tags().put(cx.account(), &credential.id, tags)?;
        Ok(Shown::of(credential.clone(), cx.now))
    }
}

impl RestOperation for CreateStoredCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/stored-credentials" };
}
