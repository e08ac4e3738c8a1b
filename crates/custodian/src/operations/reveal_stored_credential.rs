//! RevealStoredCredential: shows the value of a stored credential to somebody who may see it, after its password. The
//! read is in the credential's log and in the audit before the answer is given.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::stored_credentials::StoredKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::stored;

/// RevealStoredCredential.
pub struct RevealStoredCredential;

/// Which. There is no `Debug`: a password is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub credential: String,
    /// Which version of its value; the newest if none is given.
    pub version: Option<i64>,
    /// The caller's own password, once more.
    pub password: Option<String>,
}

/// Which value is to be shown.
pub struct Wanted {
    credential: String,
    version: Option<i64>,
}

/// The value. Has no `Debug`.
#[derive(Serialize, ToSchema)]
pub struct Output {
    /// The credential's name.
    pub name: String,
    /// Which version this is.
    pub version: i64,
    /// The value.
    pub secret_value: String,
}

impl Operation for RevealStoredCredential {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Output;
    const NAME: &'static str = "RevealStoredCredential";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Wanted> {
        cx.confirm_password(input.password)?;
        Ok(Wanted { credential: input.credential, version: input.version })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Output> {
        let credential = stored::get(tx, cx, &wanted.credential)?;
        if credential.kind != StoredKind::User {
            return Err(Fault::Refused(format!(
                "{} is generated: the credentials of a connected cloud are shown to nobody, they can only be replaced.",
                credential.name
            )));
        }
        let version = wanted.version.unwrap_or(credential.version);
        let value = stored::open(tx, cx, &credential, version)?;
        tx.stored_credentials().insert_read(&credential.id, version, cx.caller.arn().as_str(), cx.now)?;
        Ok(Output { name: credential.name, version, secret_value: value.expose().clone() })
    }
}

impl RestOperation for RevealStoredCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/stored-credentials/{credential}/reveal" };
}
