//! GetCloudStatus: the two lamps of each region of a connected account, how they changed, and whether its credentials
//! fail.

use keystead_aws::error::Result;
use keystead_core::{Arn, Timestamp};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_regions::CloudRegion;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;
use crate::lamps::CHANGES_KEPT;

/// GetCloudStatus.
pub struct GetCloudStatus;

/// Of which account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name or id.
    pub cloud_account: String,
}

/// How it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account's name.
    pub cloud_account: String,
    /// Its regions; none before the first probe.
    pub regions: Vec<Region>,
    /// Since when its credentials fail; absent where they do not.
    pub failing: Option<Failing>,
    /// Changes of the lamps, the newest first.
    pub changes: Vec<Change>,
}

/// A region.
#[derive(Debug, Serialize, ToSchema)]
pub struct Region {
    /// Its name.
    pub region: String,
    /// Whether the account has opted in; lamps of other regions are not looked after.
    pub opted_in: bool,
    /// Whether the cloud's API server answers: `green`, `red` or `unknown`.
    pub controller: &'static str,
    /// Whether an authenticated request succeeds: the same.
    pub account: &'static str,
    /// What stands behind a lamp that is not green.
    pub reason: Option<String>,
    /// When they were last looked after, RFC 3339.
    pub checked_at: Option<String>,
    /// When they will be next, RFC 3339.
    pub next_check_at: Option<String>,
}

/// Credentials that fail.
#[derive(Debug, Serialize, ToSchema)]
pub struct Failing {
    /// Since when, RFC 3339.
    pub since: String,
    /// What was seen.
    pub reason: String,
}

/// A change of lamps.
#[derive(Debug, Serialize, ToSchema)]
pub struct Change {
    /// When, RFC 3339.
    pub at: String,
    /// In which region.
    pub region: String,
    /// The controller's lamp from then on.
    pub controller: &'static str,
    /// The account's lamp from then on.
    pub account: &'static str,
    /// What was seen.
    pub reason: Option<String>,
}

impl From<CloudRegion> for Region {
    fn from(row: CloudRegion) -> Self {
        Self {
            region: row.name,
            opted_in: row.enabled,
            controller: row.lamps.controller.as_str(),
            account: row.lamps.credentials.as_str(),
            reason: row.lamps.reason,
            checked_at: row.checked_at.map(Timestamp::to_iso8601),
            next_check_at: row.enabled.then(|| row.due_at.to_iso8601()),
        }
    }
}

impl Operation for GetCloudStatus {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "GetCloudStatus";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
        let (account, id) = (cloud.account, &cloud.id);
        let failing = tx.cloud_regions().find_alert(account, id)?;
        let changes = tx.cloud_regions().list_changes(account, id, CHANGES_KEPT)?;
        Ok(Output {
            regions: tx.cloud_regions().list(account, id)?.into_iter().map(Region::from).collect(),
            failing: failing
                .map(|alert| Failing { since: alert.began_at.to_iso8601(), reason: alert.reason }),
            changes: changes
                .into_iter()
                .map(|change| Change {
                    at: change.at.to_iso8601(),
                    region: change.region,
                    controller: change.lamps.controller.as_str(),
                    account: change.lamps.credentials.as_str(),
                    reason: change.lamps.reason,
                })
                .collect(),
            cloud_account: cloud.name,
        })
    }
}

impl RestOperation for GetCloudStatus {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/cloud-accounts/{cloud_account}/status" };
}
