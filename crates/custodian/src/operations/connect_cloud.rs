//! ConnectCloud: connects an account at a cloud. Its number is proved by the key itself, asked at the cloud; it is
//! taken once in the whole installation, and never changes.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Arn, Quota};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::cloud_accounts::{CloudAccount, CloudCredentials};
use keystead_store::{StoreError, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection::{self, Offered, Proved};
use crate::endpoint::{self, Endpoint};
use crate::{generated, refusal, shown};

/// ConnectCloud.
pub struct ConnectCloud;

/// What to connect, and with what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A name for people, unique in the account; the endpoint's if none is given.
    pub name: Option<String>,
    /// At which endpoint; `aws` if none is given.
    pub endpoint: Option<String>,
    /// The account's number. It may be left out; it is proved in any case.
    pub account_number: Option<String>,
    /// An access key of it.
    pub access_key_id: Option<String>,
    /// The key's secret.
    pub secret_access_key: Option<String>,
    /// A role to assume, with that key or with the installation's own.
    pub role_arn: Option<String>,
}

/// A connected account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account.
    #[serde(flatten)]
    pub cloud_account: shown::CloudAccount,
    /// What should be known about these credentials.
    pub warnings: Vec<String>,
}

/// A connection that was proved, before there are rows for it.
pub struct Drawn {
    cloud: CloudAccount,
    credentials: CloudCredentials,
    endpoint: Endpoint,
    warnings: Vec<String>,
}

impl Operation for ConnectCloud {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Output;
    const NAME: &'static str = "ConnectCloud";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), input.name.as_deref().unwrap_or("*")))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        let account = cx.account();
        let endpoint_name = input.endpoint.unwrap_or_else(|| "aws".to_owned());
        let name = input.name.unwrap_or_else(|| endpoint_name.clone());
        shown::check_name("name", &name)?;
        let declared = input.account_number.as_deref().map(connection::account_number).transpose()?;
        let offered = Offered {
            key: connection::key_pair(input.access_key_id, input.secret_access_key)?,
            role_arn: input.role_arn,
            certificate: None,
        };
        offered.check(cx.now)?;
        let drawn = uuid(cx.rng());
        let (endpoint, external_id) = cx.gate().store().read(|tx| {
            let endpoint = endpoint::find(tx, &endpoint_name)?;
            Ok::<_, Fault>((endpoint, tx.cloud_accounts().find_external_id(account)?))
        })?;
        let external_id = match external_id {
            Some(external_id) => external_id,
            None if offered.role_arn.is_none() => drawn,
            None => {
                return Err(Fault::ValidationError(
                    "`role_arn` is of a role that cannot know this account's external id yet. Ask for it with keystead \
                     cloud help, put it into the role's trust policy, then connect."
                        .to_owned(),
                ));
            }
        };
        let proved = connection::prove(cx, &endpoint, &external_id, offered)?;
        let proved = proved.map_err(|fault| refusal::unproved(&fault))?;
        if declared.is_some_and(|declared| declared != proved.identity.number) {
            return Err(refusal::mismatch());
        }
        draw(cx, endpoint, name, external_id, &proved)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Output> {
        let Drawn { cloud, credentials, endpoint, warnings } = drawn;
        let account = cx.account();
        tx.lock_account(account)?;
        if let Some(holder) = tx.cloud_accounts().find_by_number(&cloud.endpoint, &cloud.number)? {
            return Err(taken(tx, cx, &holder, endpoint)?);
        }
        cx.check_quota(Quota::CloudAccounts, tx.cloud_accounts().count(account)?.cast_unsigned() + 1)?;
        match tx.cloud_accounts().insert(cloud) {
            // Of two that connect it at once, the one that loses is told like any other, without the owner's name.
            Err(StoreError::Constraint(name)) if name == "cloud_accounts_number_unique" => {
                return Err(refusal::registered(None));
            }
            Err(StoreError::Constraint(name)) if name == "cloud_accounts_name_unique" => {
                return Err(Fault::EntityAlreadyExists(format!(
                    "A connected cloud account with name {} exists.",
                    cloud.name
                )));
            }
            inserted => inserted?,
        }
        tx.cloud_accounts().insert_credentials(account, credentials)?;
        generated::create(tx, cx, &cloud.id)?;
        Ok(Output { cloud_account: cloud.into(), warnings: warnings.clone() })
    }
}

impl RestOperation for ConnectCloud {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/cloud-accounts" };
}

fn draw(
    cx: &Context,
    endpoint: Endpoint,
    name: String,
    external_id: String,
    proved: &Proved,
) -> Result<Drawn> {
    let id = uuid(cx.rng());
    let credentials = proved.seal(cx, &id, 1)?;
    let cloud = CloudAccount {
        account: cx.account(),
        id,
        name,
        provider: endpoint.provider.clone(),
        endpoint: endpoint.name.clone(),
        number: proved.identity.number.clone(),
        kind: credentials.kind,
        version: 1,
        principal_arn: proved.identity.arn.clone(),
        external_id,
        connected_by: cx.caller.arn().to_string(),
        created_at: cx.now,
        updated_at: cx.now,
    };
    let warnings = shown::warnings(&proved.identity);
    Ok(Drawn { cloud, credentials, endpoint, warnings })
}

/// What is said to who proved an account that is connected already.
fn taken(tx: &mut Tx<'_>, cx: &Context, holder: &CloudAccount, endpoint: &Endpoint) -> Result<Fault> {
    if holder.account == cx.account() {
        return Ok(refusal::connected_here(&holder.name));
    }
    let owner = tx.accounts().find(holder.account)?.filter(|_| endpoint.names_owners);
    Ok(refusal::registered(owner.as_ref().map(|owner| owner.root_email.as_str())))
}
