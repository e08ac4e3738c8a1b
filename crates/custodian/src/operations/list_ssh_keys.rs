//! ListSshKeys: the SSH key pairs of a connected account, those that were made here and those that were found, and
//! whether their private keys are kept.

use keystead_aws::error::Result;
use keystead_core::{Arn, Timestamp};
use keystead_gate::json::{PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_ssh_keys::ListedSshKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;

/// ListSshKeys.
pub struct ListSshKeys;

/// Of which connected account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The key pairs, by id.
    pub ssh_keys: Vec<SshKey>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

/// A key pair.
#[derive(Debug, Serialize, ToSchema)]
pub struct SshKey {
    /// What the cloud knows it by.
    pub ssh_key_id: String,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub region: String,
    /// Whether its private key is kept here.
    pub has_material: bool,
    /// Who made it, or gave the private key; null where it is not kept.
    pub created_by: Option<String>,
    /// When, RFC 3339.
    pub created_at: Option<String>,
}

impl Operation for ListSshKeys {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "ListSshKeys";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
        let after = input.after.as_deref().unwrap_or_default();
        let found = tx.cloud_ssh_keys().list(cloud.account, &cloud.id, after, PAGE as i64)?;
        let next = next_page(&found, |last| last.id.clone());
        Ok(Output { ssh_keys: found.into_iter().map(SshKey::from).collect(), next })
    }
}

impl RestOperation for ListSshKeys {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/cloud-accounts/{cloud_account}/ssh-keys" };
}

impl From<ListedSshKey> for SshKey {
    fn from(row: ListedSshKey) -> Self {
        Self {
            ssh_key_id: row.id,
            name: row.name,
            region: row.region,
            has_material: row.created_by.is_some(),
            created_by: row.created_by,
            created_at: row.created_at.map(Timestamp::to_iso8601),
        }
    }
}
