//! UndoCloudCredentials: goes back to the credentials that a connected account had before, which are proved once more
//! and become the newest version.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::update_cloud_credentials::{Changed, Output};
use crate::connection::{self, Offered};
use crate::endpoint;

/// UndoCloudCredentials.
pub struct UndoCloudCredentials;

/// Of which account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name or id.
    pub cloud_account: String,
}

/// The former credentials as the newest version, and the version they were.
pub struct Restored {
    changed: Changed,
    former: i64,
}

impl Operation for UndoCloudCredentials {
    type Input = Input;
    type Prepared = Restored;
    type Output = Output;
    const NAME: &'static str = "UndoCloudCredentials";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Restored> {
        let (cloud, endpoint, former) = cx.gate().store().read(|tx| {
            let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
            let former = tx.cloud_accounts().find_former(cloud.account, &cloud.id, cloud.version)?;
            let former = former.ok_or_else(|| {
                Fault::NoSuchEntity(format!(
                    "{} has no credentials from before: they were never changed, or the former ones were proved unused \
                     and are forgotten.",
                    cloud.name
                ))
            })?;
            let endpoint = endpoint::find(tx, &cloud.endpoint)?;
            Ok::<_, Fault>((cloud, endpoint, former))
        })?;
        let offered = Offered::again(cx.sealer(), cloud.account, &former)?;
        Ok(Restored { changed: Changed::prove(cx, cloud, &endpoint, offered)?, former: former.version })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, restored: &Restored) -> Result<Output> {
        let output = restored.changed.commit(tx, cx)?;
        let id = &output.cloud_account.cloud_account_id;
        tx.cloud_accounts().delete_former(cx.account(), id, restored.former)?;
        Ok(output)
    }
}

impl RestOperation for UndoCloudCredentials {
    const ROUTE: Route =
        Route { method: "POST", path: "/api/v1/cloud-accounts/{cloud_account}/credentials/undo" };
}
