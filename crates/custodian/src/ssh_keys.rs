//! SSH keys at clouds whose private keys are kept here.

use keystead_aws::error::{Fault, Result};
use keystead_core::SecretString;
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::cloud_ssh_keys::{CloudSshKey, material_place};

/// The key pair of that id, whose private key is kept.
pub fn get(tx: &mut Tx<'_>, cloud: &CloudAccount, id: &str) -> Result<CloudSshKey> {
    let found = tx.cloud_ssh_keys().find(cloud.account, &cloud.id, id)?;
    found.ok_or_else(|| {
        Fault::NoSuchEntity(format!(
            "No private key is kept of the SSH key {id} of {}. Give it with: keystead cloud ssh-key put {} {id}",
            cloud.name, cloud.name
        ))
    })
}

/// A private key, opened.
pub fn open(cx: &Context, key: &CloudSshKey) -> Result<SecretString> {
    let place = material_place(key.account, &key.cloud_account_id, &key.id);
    let plain = cx.sealer().open(&place, key.material.as_bytes())?;
    String::from_utf8(plain.expose().clone()).map(SecretString::new).map_err(Fault::internal)
}

/// The private key of the SSH key of that id for an input; or why there is none, as the end of a sentence.
pub fn material(
    tx: &mut Tx<'_>,
    cx: &Context,
    id: &str,
    cloud_account: Option<&str>,
) -> Result<std::result::Result<SecretString, String>> {
    let mut found = tx.cloud_ssh_keys().list_by_id(cx.account(), id)?;
    if let Some(name) = cloud_account {
        let Some(cloud) = tx.cloud_accounts().find_by_name(cx.account(), name)? else {
            return Ok(Err(format!("there is no connected cloud account {name}")));
        };
        found.retain(|key| key.cloud_account_id == cloud.id);
    }
    match &*found {
        [key] => open(cx, key).map(Ok),
        [] => Ok(Err(format!("no private key is kept of the SSH key {id}"))),
        _ => Ok(Err(format!(
            "more than one connected cloud account has an SSH key {id}: say which with key:{id}:CLOUD"
        ))),
    }
}
