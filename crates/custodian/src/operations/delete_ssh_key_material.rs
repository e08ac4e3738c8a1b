//! DeleteSshKeyMaterial: forgets the private key of an SSH key pair. The pair at the cloud stays as it is, and nobody
//! can be given its private key from here again.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;

/// DeleteSshKeyMaterial.
pub struct DeleteSshKeyMaterial;

/// Of which key pair.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// What the cloud knows the key pair by.
    pub ssh_key: String,
}

/// Nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {}

impl Operation for DeleteSshKeyMaterial {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "DeleteSshKeyMaterial";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
        if tx.cloud_ssh_keys().delete(cloud.account, &cloud.id, &input.ssh_key)? {
            return Ok(Output {});
        }
        Err(Fault::NoSuchEntity(format!(
            "No private key is kept of the SSH key {} of {}.",
            input.ssh_key, cloud.name
        )))
    }
}

impl RestOperation for DeleteSshKeyMaterial {
    const ROUTE: Route = Route {
        method: "DELETE",
        path: "/api/v1/cloud-accounts/{cloud_account}/ssh-keys/{ssh_key}/material",
    };
}
