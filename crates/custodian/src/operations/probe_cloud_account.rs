//! ProbeCloudAccount: asks the cloud now which services can be used in which region, for example after one was
//! enabled or a permission was added.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use serde::Deserialize;
use utoipa::ToSchema;

use super::get_cloud_probes::Output;
use crate::connection;
use crate::matrix::{self, Matrix, Wanted};

/// ProbeCloudAccount.
pub struct ProbeCloudAccount;

/// What to probe.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// These regions; all that are opted in to if none are given.
    pub regions: Option<Vec<String>>,
    /// These services; all if none are given.
    pub services: Option<Vec<String>>,
}

/// A connected account, and what was found there.
pub struct Probed {
    cloud: CloudAccount,
    matrix: Matrix,
}

impl Operation for ProbeCloudAccount {
    type Input = Input;
    type Prepared = Probed;
    type Output = Output;
    const NAME: &'static str = "ProbeCloudAccount";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Probed> {
        let find = |tx: &mut Tx<'_>| connection::get(tx, cx.account(), &input.cloud_account);
        let cloud = cx.gate().store().read(find)?;
        let wanted = Wanted { regions: input.regions, services: input.services };
        let matrix = matrix::ask(cx.gate(), cloud.clone(), &wanted)?;
        Ok(Probed { cloud, matrix })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, probed: &Probed) -> Result<Output> {
        matrix::keep(tx, &probed.cloud, &probed.matrix)?;
        tx.cloud_regions().hasten(cx.account(), &probed.cloud.id, cx.now).map_err(Fault::from)?;
        Output::of(tx, &probed.cloud)
    }
}

impl RestOperation for ProbeCloudAccount {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/cloud-accounts/{cloud_account}/probe" };
}
