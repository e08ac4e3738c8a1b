//! RestoreStoredCredential: makes the value of an older version the newest version. Nobody is shown it.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::stored_credentials::{StoredCredential, StoredVersion};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::stored::{self, Shown};

/// RestoreStoredCredential.
pub struct RestoreStoredCredential;

/// Which value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name.
    pub credential: String,
    /// The version whose value is wanted back.
    pub version: i64,
}

/// The credential as it is to be.
pub struct Restored {
    credential: StoredCredential,
    version: StoredVersion,
}

impl Operation for RestoreStoredCredential {
    type Input = Input;
    type Prepared = Restored;
    type Output = Shown;
    const NAME: &'static str = "RestoreStoredCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Restored> {
        let (mut credential, value) = cx.gate().store().read(|tx| {
            let credential = stored::get_own(tx, cx, &input.credential)?;
            let value = stored::open(tx, cx, &credential, input.version)?;
            Ok::<_, keystead_aws::Fault>((credential, value))
        })?;
        credential.version += 1;
        credential.updated_at = cx.now;
        let sealed = stored::seal(cx, &credential.id, credential.version, &value)?;
        let version = StoredVersion { restored_from: Some(input.version), ..sealed };
        Ok(Restored { credential, version })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, restored: &Restored) -> Result<Shown> {
        let Restored { credential, version } = restored;
        stored::update(tx, credential, version.version - 1)?;
        tx.stored_credentials().insert_version(&credential.id, version)?;
        Ok(Shown::of(credential.clone(), cx.now))
    }
}

impl RestOperation for RestoreStoredCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/stored-credentials/{credential}/restore" };
}
