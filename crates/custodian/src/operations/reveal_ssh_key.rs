//! RevealSshKey: shows the private key of an SSH key pair, after the password, to who made or gave it and to who may
//! see all of them.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{connection, ssh_keys};

/// RevealSshKey.
pub struct RevealSshKey;

/// Which one. There is no `Debug`: a password is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// What the cloud knows the key pair by.
    pub ssh_key: String,
    /// The caller's own password, once more.
    pub password: Option<String>,
}

/// Which private key is to be shown.
pub struct Wanted {
    cloud_account: String,
    ssh_key: String,
}

/// The private key. Has no `Debug`.
#[derive(Serialize, ToSchema)]
pub struct Output {
    /// What the cloud knows the key pair by.
    pub ssh_key_id: String,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub region: String,
    /// The private key.
    pub private_key: String,
}

impl Operation for RevealSshKey {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Output;
    const NAME: &'static str = "RevealSshKey";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;
    // Which permission it takes depends on whose key it is.
    const NEEDS_PERMISSION: bool = false;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Wanted> {
        check_may(cx, &input)?;
        cx.confirm_password(input.password)?;
        Ok(Wanted { cloud_account: input.cloud_account, ssh_key: input.ssh_key })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Output> {
        let cloud = connection::get(tx, cx.account(), &wanted.cloud_account)?;
        let key = ssh_keys::get(tx, &cloud, &wanted.ssh_key)?;
        let private_key = ssh_keys::open(cx, &key)?.expose().clone();
        Ok(Output { ssh_key_id: key.id, name: key.name, region: key.region, private_key })
    }
}

impl RestOperation for RevealSshKey {
    const ROUTE: Route =
        Route { method: "POST", path: "/api/v1/cloud-accounts/{cloud_account}/ssh-keys/{ssh_key}/reveal" };
}

/// Whoever may see every private key may see this one; who may use SSH keys sees those of their own.
fn check_may(cx: &Context, input: &Input) -> Result<()> {
    let arn = RevealSshKey::resource(cx, input)?;
    let Err(denied) = cx.authorize("keystead:RevealSshKey", &arn, &ContextKeys::default()) else {
        return Ok(());
    };
    if cx.authorize("keystead:UseSshKey", &arn, &ContextKeys::default()).is_err() {
        return Err(denied);
    }
    let key = cx.gate().store().read(|tx| {
        let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
        ssh_keys::get(tx, &cloud, &input.ssh_key)
    })?;
    if key.creator_id == cx.principal()?.id.to_string() { Ok(()) } else { Err(denied) }
}
