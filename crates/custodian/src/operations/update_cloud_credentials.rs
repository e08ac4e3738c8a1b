//! UpdateCloudCredentials: gives a connected account other credentials, for all its regions at once. They are proved to
//! be of the same account before the old ones are let go; these are kept sealed until they are proved unused.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_accounts::{CloudAccount, CloudCredentials};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection::{self, Offered};
use crate::endpoint::{self, Endpoint};
use crate::{generated, refusal, shown};

/// UpdateCloudCredentials. The account's number is not among what can be given.
pub struct UpdateCloudCredentials;

/// What to change; either part may be given alone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The connected account's name or id.
    pub cloud_account: String,
    /// Another access key of it.
    pub access_key_id: Option<String>,
    /// The key's secret.
    pub secret_access_key: Option<String>,
    /// A role to assume, with that key or with the installation's own.
    pub role_arn: Option<String>,
    /// An X.509 certificate in PEM.
    pub certificate: Option<String>,
    /// Its private key in PEM.
    pub private_key: Option<String>,
}

/// The account with its new credentials.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account.
    #[serde(flatten)]
    pub cloud_account: shown::CloudAccount,
    /// What should be known about these credentials.
    pub warnings: Vec<String>,
    /// The regions in which they are used from now on.
    pub regions: Vec<String>,
}

/// Other credentials of a connected account, proved and sealed.
pub struct Changed {
    cloud: CloudAccount,
    credentials: CloudCredentials,
    warnings: Vec<String>,
}

impl Operation for UpdateCloudCredentials {
    type Input = Input;
    type Prepared = Changed;
    type Output = Output;
    const NAME: &'static str = "UpdateCloudCredentials";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), &input.cloud_account))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Changed> {
        let (cloud, endpoint, present) = cx.gate().store().read(|tx| {
            let cloud = connection::get(tx, cx.account(), &input.cloud_account)?;
            let present = connection::in_use(tx, &cloud)?;
            let endpoint = endpoint::find(tx, &cloud.endpoint)?;
            Ok::<_, Fault>((cloud, endpoint, present))
        })?;
        let mut offered = Offered::again(cx.sealer(), cloud.account, &present)?;
        let key = connection::key_pair(input.access_key_id, input.secret_access_key)?;
        let certificate = pair(input.certificate, input.private_key)?;
        if key.is_none() && input.role_arn.is_none() && certificate.is_none() {
            return Err(Fault::ValidationError(
                "Nothing is given to change: give `access_key_id` and `secret_access_key`, `role_arn`, or `certificate` \
                 and `private_key`."
                    .to_owned(),
            ));
        }
        if key.is_some() || input.role_arn.is_some() {
            (offered.key, offered.role_arn) = (key, input.role_arn);
        }
        if let Some((certificate, private_key)) = certificate {
            offered.certificate = Some((certificate, private_key.into()));
        }
        Changed::prove(cx, cloud, &endpoint, offered)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, changed: &Changed) -> Result<Output> {
        changed.commit(tx, cx)
    }
}

impl RestOperation for UpdateCloudCredentials {
    const ROUTE: Route = Route { method: "PUT", path: "/api/v1/cloud-accounts/{cloud_account}/credentials" };
}

fn pair(certificate: Option<String>, private_key: Option<String>) -> Result<Option<(String, String)>> {
    let missing = |text: &str| Err(Fault::ValidationError(text.to_owned()));
    match (certificate, private_key) {
        (None, Some(_)) => missing("`certificate` is missing: give it with its private key."),
        (Some(_), None) => missing("`private_key` is missing: give it with its certificate."),
        (certificate, private_key) => Ok(certificate.zip(private_key)),
    }
}

impl Changed {
    /// Proves that the credentials offered are of the very account, as the version after the present one.
    pub(super) fn prove(
        cx: &Context,
        cloud: CloudAccount,
        endpoint: &Endpoint,
        offered: Offered,
    ) -> Result<Self> {
        offered.check(cx.now)?;
        let proved = connection::prove(cx, endpoint, &cloud.external_id, offered)?;
        let proved = proved.map_err(|fault| refusal::unproved(&fault))?;
        if proved.identity.number != cloud.number {
            return Err(refusal::mismatch());
        }
        let credentials = proved.seal(cx, &cloud.id, cloud.version + 1)?;
        Ok(Self { cloud, credentials, warnings: shown::warnings(&proved.identity) })
    }

    /// Puts them in use, unless others were meanwhile.
    pub(super) fn commit(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<Output> {
        let (account, id, version) = (cx.account(), &self.cloud.id, self.cloud.version);
        tx.lock_cloud_account(account, id)?;
        let mut cloud = connection::get(tx, account, id)?;
        connection::check_rests(tx, &cloud)?;
        if cloud.version != version {
            return Err(Fault::ConcurrentModification(
                "The credentials of this account were changed a moment ago. Look at it, then try again."
                    .to_owned(),
            ));
        }
        cloud.kind = self.credentials.kind;
        cloud.version = self.credentials.version;
        cloud.principal_arn.clone_from(&self.credentials.principal_arn);
        cloud.updated_at = cx.now;
        tx.cloud_accounts().replace_credentials(account, id, version, cx.now)?;
        tx.cloud_accounts().insert_credentials(account, &self.credentials)?;
        tx.cloud_accounts().update_credentials(&cloud)?;
        if let Some(before) = tx.cloud_accounts().find_credentials(account, id, version)? {
            generated::follow(tx, cx, id, &before)?;
        }
        tx.cloud_regions().hasten(account, id, cx.now)?;
        let regions = tx.cloud_regions().list(account, id)?.into_iter().filter(|region| region.enabled);
        Ok(Output {
            cloud_account: (&cloud).into(),
            warnings: self.warnings.clone(),
            regions: regions.map(|region| region.name).collect(),
        })
    }
}
