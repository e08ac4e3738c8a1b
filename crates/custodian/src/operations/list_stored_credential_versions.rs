//! ListStoredCredentialVersions: the versions of a stored credential that are kept, without their values.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::stored;

/// ListStoredCredentialVersions.
pub struct ListStoredCredentialVersions;

/// Whose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name.
    pub credential: String,
}

/// All that are kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The versions, newest first.
    pub versions: Vec<Version>,
}

/// A version without its value.
#[derive(Debug, Serialize, ToSchema)]
pub struct Version {
    /// Its number.
    pub version: i64,
    /// The version whose value it is again.
    pub restored_from: Option<i64>,
    /// Who gave it.
    pub created_by: String,
    /// When, RFC 3339.
    pub created_at: String,
}

impl Operation for ListStoredCredentialVersions {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "ListStoredCredentialVersions";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let credential = stored::get(tx, cx, &input.credential)?;
        let versions =
            tx.stored_credentials().list_versions(&credential.id)?.into_iter().map(|row| Version {
                version: row.version,
                restored_from: row.restored_from,
                created_by: row.created_by,
                created_at: row.created_at.to_iso8601(),
            });
        Ok(Output { versions: versions.collect() })
    }
}

impl RestOperation for ListStoredCredentialVersions {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/stored-credentials/{credential}/versions" };
}
