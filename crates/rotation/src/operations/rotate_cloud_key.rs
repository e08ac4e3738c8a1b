//! RotateCloudKey: begins to replace the access key by which Keystead itself reaches a connected account. Discovery and
//! rotations at that cloud go on meanwhile; who else was given the key is waited for.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Arn, KeyId, SecretString};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_accounts::{CloudAccount, secret_place};
use keystead_store::custody::{ManagedCredential, Material};
use serde::Deserialize;
use utoipa::ToSchema;

use super::start_rotation::{self, StartRotation};
use crate::embedded;
use crate::embedded::capabilities::Capabilities;
use crate::managed::{self, Draft, Drawn};
use crate::notices::addresses::Given;
use crate::shown::Shown;

/// RotateCloudKey.
pub struct RotateCloudKey;

/// Which account's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// The durations to keep to: `standard` when not said, or `demo`, which is not for keys that matter.
    pub profile: Option<String>,
}

/// The key in use, as a managed credential, and the rotation of it.
pub struct Prepared {
    cloud: CloudAccount,
    key: Drawn,
    rotation: start_rotation::Drawn,
}

/// A connection as it is: the account, its access key, that key's secret, and the credential it is managed as.
struct Connected {
    cloud: CloudAccount,
    key: KeyId,
    secret: SecretString,
    address: (String, String),
    managed: Option<ManagedCredential>,
}

impl Operation for RotateCloudKey {
    type Input = Input;
    type Prepared = Prepared;
    type Output = Shown;
    const NAME: &'static str = "RotateCloudKey";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), &format!("cloud-account/{}", input.cloud_account)))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Prepared> {
        let profile = input.profile.as_deref().map(managed::find_profile).transpose()?;
        let Connected { cloud, key, secret, address, managed } = Connected::of(cx, &input.cloud_account)?;
        let mut draft = Draft {
            // No name that people give has a colon.
            name: format!("cloud:{}", cloud.name),
            material: Material::AccessKey,
            user_name: String::new(),
            owner_id: String::new(),
            endpoint: Some(address),
            profile: input.profile,
            notify: Given::default(),
        };
        let (owner_id, capabilities) = owner(cx, &draft, key, &secret)?;
        draft.owner_id = owner_id;
        let user_name = draft.owner_id.rsplit('/').next().unwrap_or_default();
        user_name.clone_into(&mut draft.user_name);
        let id = managed.map_or_else(|| uuid(cx.rng()), |managed| managed.id);
        let rotation = start_rotation::Drawn::of(uuid(cx.rng()), id.clone(), profile);
        let key = managed::draw_as(cx, draft, key, &secret, id)?.of_cloud(&cloud.id).at(capabilities);
        Ok(Prepared { cloud, key, rotation })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, prepared: &Prepared) -> Result<Shown> {
        let (account, id) = (cx.account(), &prepared.cloud.id);
        tx.lock_cloud_account(account, id)?;
        let cloud = tx.cloud_accounts().find(account, id)?;
        if cloud.is_none_or(|cloud| cloud.version != prepared.cloud.version) {
            return Err(Fault::ConcurrentModification(
                "The credentials of this account were changed a moment ago. Look at it, then try again."
                    .to_owned(),
            ));
        }
        match tx.custody().find_by_cloud(account, id)? {
            None => drop(managed::insert(tx, &prepared.key)?),
            Some(found) if tx.rotations().find_running(account, &found.id)?.is_none() => {
                managed::replace(tx, &prepared.key)?;
            }
            Some(_) => {}
        }
        StartRotation::commit(tx, cx, &prepared.rotation)
    }
}

impl RestOperation for RotateCloudKey {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/cloud-accounts/{cloud_account}/rotate" };
}

impl Connected {
    fn of(cx: &Context, name_or_id: &str) -> Result<Self> {
        let account = cx.account();
        let (cloud, credentials, address, managed) = cx.gate().store().read(|tx| {
            let by_name = tx.cloud_accounts().find_by_name(account, name_or_id)?;
            let found = by_name
                .map_or_else(|| tx.cloud_accounts().find(account, name_or_id), |found| Ok(Some(found)))?;
            let cloud = found.ok_or_else(|| {
                Fault::NoSuchEntity(format!("There is no connected cloud account {name_or_id}."))
            })?;
            let credentials = tx.cloud_accounts().find_credentials(account, &cloud.id, cloud.version)?;
            let address = address(tx, &cloud.endpoint)?;
            let managed = tx.custody().find_by_cloud(account, &cloud.id)?;
            Ok::<_, Fault>((cloud, credentials, address, managed))
        })?;
        let no_key = || {
            Fault::ValidationError(format!(
                "{} is reached by a role with the installation's own key, so it has no key to rotate. The operator \
                 gives the installation another with: keystead admin endpoint identity {}",
                cloud.name, cloud.endpoint
            ))
        };
        let credentials = credentials.ok_or_else(no_key)?;
        let (id, sealed) = credentials.access_key_id.zip(credentials.secret).ok_or_else(no_key)?;
        let place = secret_place(account, &cloud.id, cloud.version);
        let opened = cx.sealer().open(&place, sealed.as_bytes())?;
        let secret = String::from_utf8(opened.expose().clone()).map_err(Fault::internal)?;
        let key = id.parse().map_err(Fault::internal)?;
        Ok(Self { cloud, key, secret: secret.into(), address, managed })
    }
}

/// Where IAM answers for an endpoint, and the region to sign for. Of one that the operator registered the address is
/// kept as it is, with what stands for the service in it.
/// Source: the endpoint rules of the service models that botocore publishes.
fn address(tx: &mut Tx<'_>, endpoint: &str) -> Result<(String, String)> {
    let own = match endpoint {
        "aws" => Some(("https://iam.amazonaws.com", "us-east-1")),
        "aws-cn" => Some(("https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1")),
        "aws-us-gov" => Some(("https://iam.us-gov.amazonaws.com", "us-gov-west-1")),
        _ => None,
    };
    if let Some((url, region)) = own {
        return Ok((url.to_owned(), region.to_owned()));
    }
    let found = tx.cloud_endpoints().find(endpoint)?;
    let found = found.ok_or_else(|| Fault::NoSuchEntity(format!("There is no endpoint `{endpoint}`.")))?;
    Ok((found.url, found.region))
}

/// The ARN of the user whose key it is, by the endpoint's own word, and what that can do.
fn owner(cx: &Context, draft: &Draft, key: KeyId, secret: &SecretString) -> Result<(String, Capabilities)> {
    let credential = managed::row(cx, draft, key, String::new());
    let refused = |failure| Fault::ValidationError(format!("The cloud does not accept {key}: {failure}."));
    let (principal, capabilities) =
        embedded::ask_owner(cx.gate(), &credential, key, secret).map_err(refused)?;
    if principal.arn.contains(":user/") {
        return Ok((principal.arn, capabilities));
    }
    Err(Fault::ValidationError(format!(
        "{key} belongs to {}, whose keys are not rotated. Make an IAM user for Keystead with the policy of keystead \
         cloud help, and give its key with keystead cloud update.",
        principal.arn
    )))
}
