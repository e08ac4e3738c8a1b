//! DeleteCloudAccount: forgets a connected account with everything known of it. The cloud is not asked, and what is
//! there stays as it is. It cannot be undone, so the password is asked for once more.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;
use crate::losses::{self, Loss};

/// DeleteCloudAccount.
pub struct DeleteCloudAccount;

/// Which one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name or id.
    pub cloud_account: String,
    /// The caller's own password.
    pub password: Option<String>,
}

/// What is gone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account's id, which is no longer.
    pub cloud_account_id: String,
    /// The account's name.
    pub name: String,
    /// Its number at the cloud, which can be connected again.
    pub account_number: String,
    /// What was lost with it.
    pub lost: Vec<Loss>,
}

impl Operation for DeleteCloudAccount {
    type Input = Input;
    type Prepared = String;
    type Output = Output;
    const NAME: &'static str = "DeleteCloudAccount";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(cx: &Context, input: Input) -> Result<String> {
        cx.gate().store().read(|tx| connection::get(tx, cx.account(), &input.cloud_account))?;
        cx.confirm_password(input.password)?;
        Ok(input.cloud_account)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, name: &String) -> Result<Output> {
        let account = cx.account();
        let cloud = connection::get(tx, account, name)?;
        tx.lock_cloud_account(account, &cloud.id)?;
        connection::check_rests(tx, &cloud)?;
        let lost = losses::of(tx, &cloud)?;
        tx.cloud_accounts().delete(account, &cloud.id)?;
        Ok(Output { cloud_account_id: cloud.id, name: cloud.name, account_number: cloud.number, lost })
    }
}

impl RestOperation for DeleteCloudAccount {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/cloud-accounts/{cloud_account}/delete" };
}
