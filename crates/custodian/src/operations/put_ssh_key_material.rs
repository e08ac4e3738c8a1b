//! PutSshKeyMaterial: keeps the private key of an SSH key pair that was found at the cloud. It has to be the one that
//! belongs to the pair, as far as the cloud tells its public key or fingerprint.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, SecretString};
use keystead_gate::ssh_key::SshKey;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::cloud_resources::CloudResource;
use keystead_store::cloud_ssh_keys::{CloudSshKey, material_place};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection;
use crate::discovery::known;

/// The longest private key that is taken, in bytes.
const MATERIAL_MAX: usize = 16 * 1_024;

/// PutSshKeyMaterial.
pub struct PutSshKeyMaterial;

/// Of which key pair, and what. There is no `Debug`: a secret is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// What the cloud knows the key pair by.
    pub ssh_key: String,
    /// The private key, in PEM or as OpenSSH writes it, without a passphrase.
    pub private_key: String,
}

/// A private key that belongs to its pair.
pub struct Drawn {
    key: CloudSshKey,
    is_compared: bool,
}

/// What is kept now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// What the cloud knows the key pair by.
    pub ssh_key_id: String,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub region: String,
    /// Whether the cloud told enough of the key pair to say that this is its private key.
    pub is_compared: bool,
}

impl Operation for PutSshKeyMaterial {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Output;
    const NAME: &'static str = "PutSshKeyMaterial";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        let private_key = SecretString::new(input.private_key);
        if private_key.expose().len() > MATERIAL_MAX {
            return Err(Fault::ValidationError(format!("`private_key` has at most {MATERIAL_MAX} bytes.")));
        }
        let read =
            SshKey::of_private("`private_key`", private_key.expose()).map_err(Fault::ValidationError)?;
        let (cloud, pair) = cx.gate().store().read(|tx| {
            let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
            let pair = find_pair(tx, &cloud, &input.ssh_key)?;
            Ok::<_, Fault>((cloud, pair))
        })?;
        let is_compared = compare(&pair, &read)?;
        let fingerprint = attribute(&pair, "fingerprint");
        let place = material_place(cloud.account, &cloud.id, &pair.id);
        let key = CloudSshKey {
            account: cloud.account,
            cloud_account_id: cloud.id,
            id: pair.id,
            region: pair.region,
            name: pair.name,
            fingerprint,
            material: cx.sealer().seal(&place, private_key.expose().as_bytes(), cx.rng())?,
            created_by: cx.caller.arn().to_string(),
            creator_id: cx.principal()?.id.to_string(),
            created_at: cx.now,
        };
        Ok(Drawn { key, is_compared })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Output> {
        let Drawn { key, is_compared } = drawn;
        connection::get(tx, cx.account(), &key.cloud_account_id)?;
        tx.cloud_ssh_keys().put(key)?;
        Ok(Output {
            ssh_key_id: key.id.clone(),
            name: key.name.clone(),
            region: key.region.clone(),
            is_compared: *is_compared,
        })
    }
}

impl RestOperation for PutSshKeyMaterial {
    const ROUTE: Route =
        Route { method: "PUT", path: "/api/v1/cloud-accounts/{cloud_account}/ssh-keys/{ssh_key}/material" };
}

/// The key pair as it was found at the cloud.
fn find_pair(tx: &mut Tx<'_>, cloud: &CloudAccount, id: &str) -> Result<CloudResource> {
    let kind = "key_pairs";
    let regions = tx.cloud_resources().list_regions(&cloud.id, kind, id)?;
    let found = match &*regions {
        [region] => tx.cloud_resources().find(&cloud.id, kind, region, id)?,
        _ => None,
    };
    found.ok_or_else(|| {
        Fault::NoSuchEntity(format!(
            "No SSH key {id} was found in {}. If it is new, look first: keystead cloud discover {} --kind {kind}",
            cloud.name, cloud.name
        ))
    })
}

/// Whether the cloud told enough to compare; refuses a private key of another pair.
fn compare(pair: &CloudResource, read: &SshKey) -> Result<bool> {
    let is_pair = match (attribute(pair, "public_key"), attribute(pair, "fingerprint")) {
        (Some(public), _) => SshKey::read(&public).is_ok_and(|public| public.info() == read.info()),
        // As the cloud makes them of keys that were imported; it makes others of what only it knows.
        (None, Some(fingerprint)) if fingerprint.len() == read.fingerprint()?.len() => {
            fingerprint == read.fingerprint()?
        }
        _ => return Ok(false),
    };
    if is_pair {
        return Ok(true);
    }
    Err(Fault::KeyPairMismatch(format!(
        "`private_key` does not belong to the SSH key {} ({}).",
        pair.name, pair.id
    )))
}

fn attribute(pair: &CloudResource, name: &str) -> Option<String> {
    known::attributes(pair).get(name).and_then(|value| value.as_str()).map(str::to_owned)
}
