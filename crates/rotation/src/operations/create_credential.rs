//! CreateCredential: a new key, signing certificate or password for a service, made under custody for a user: nobody
//! is shown its secret, consumers are given it.

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Quota, ServiceCredential, SigningCertificate};
use keystead_gate::authenticate::credential_arn;
use keystead_gate::ring::Principal;
use keystead_gate::service_credential::{form, free_name};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route, certificate};
use keystead_store::access_keys::DrawnKey;
use keystead_store::custody::Material;
use keystead_store::{OnConstraint, Touched, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::key_pair::{DAYS_DEFAULT, KeyPair};
use crate::managed::{self, Draft, Drawn, Shown};
use crate::notices::addresses::Given;
use crate::service_login::{self, Wanted};

/// The longest a certificate may be made to last, in days.
const DAYS_MAX: u32 = 3650;

/// CreateCredential.
pub struct CreateCredential;

/// What is made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A name for the credential, unique in the account.
    pub name: String,
    /// The IAM user the key is for; nobody for the root user, who alone may ask for that.
    pub user_name: Option<String>,
    /// What is made: an access key when not said.
    #[serde(default)]
    pub kind: Made,
    /// How many days a signing certificate is valid, 1 to 3650: 365 when not said. Those that take its place are
    /// valid as long.
    pub days: Option<u32>,
    /// The service a service-specific credential is for, as in `codecommit.amazonaws.com`.
    pub service: Option<String>,
    /// The durations it is leased and rotated with: `standard` when not said, or `demo`.
    pub profile: Option<String>,
    /// Who is told of its rotations; whom the installation names when not said.
    #[serde(default)]
    pub notify: Given,
}

/// What can be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// An access key.
    #[default]
    AccessKey,
    /// A signing certificate with its private key.
    SigningCertificate,
    /// A service-specific credential: a user name and a password for one service, or an API key.
    ServiceCredential,
}

/// A credential and its key, before there are rows for them.
pub struct Prepared {
    credential: Drawn,
    key: New,
}

enum New {
    AccessKey(DrawnKey),
    Certificate(SigningCertificate),
    Service(ServiceCredential, Vec<u8>),
}

impl Operation for CreateCredential {
    type Input = Input;
    type Prepared = Prepared;
    type Output = Shown;
    const NAME: &'static str = "CreateCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(credential_arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Prepared> {
        managed::check_name(&input.name)?;
        let lasts = check_days(&input)?;
        let service = check_service(&input)?;
        let owner = managed::owner(cx, input.user_name.as_deref())?;
        let draft = |material| Draft {
            name: input.name,
            material,
            user_name: owner.name.to_string(),
            owner_id: owner.id.to_string(),
            endpoint: None,
            profile: input.profile,
            notify: input.notify,
        };
        if input.kind == Made::AccessKey {
            let key = cx.draw_key(&owner)?;
            let credential = managed::draw(cx, draft(Material::AccessKey), key.key.id.into(), &key.secret)?;
            return Ok(Prepared { credential, key: New::AccessKey(key) });
        }
        if let Some(service) = service {
            let drawn = draw_service(cx, &owner, service)?;
            let id = drawn.row.id.parse().map_err(Fault::internal)?;
            let secret = drawn.login.to_secret()?;
            let credential = managed::draw(cx, draft(Material::ServiceCredential), id, &secret)?;
            return Ok(Prepared { credential, key: New::Service(drawn.row, drawn.password_hash) });
        }
        let pair = KeyPair::generate(&owner.name, cx.now, lasts).map_err(Fault::internal)?;
        let (owner_id, body) = (owner.id.to_string(), pair.certificate_pem.clone());
        let row = certificate::uploaded(cx.account(), &owner_id, body, cx.now, cx.rng())?;
        let id = row.id.parse().map_err(Fault::internal)?;
        let secret = pair.to_secret().map_err(Fault::internal)?;
        let credential = managed::draw(cx, draft(Material::SigningCertificate), id, &secret)?;
        Ok(Prepared { credential, key: New::Certificate(row) })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, prepared: &Prepared) -> Result<Shown> {
        match &prepared.key {
            New::AccessKey(DrawnKey { key, sealed, .. }) => {
                tx.lock_user(cx.account(), &key.owner_id)?;
                tx.access_keys()
                    .insert(key, sealed)
                    .on_constraint("access_keys_slot_unique", || cx.over_quota(Quota::AccessKeysPerUser))?;
                tx.touch(Touched::AccessKey(key.id));
            }
            New::Certificate(row) => {
                let (account, owner_id) = (cx.account(), row.owner_id.clone());
                tx.lock_user(account, &owner_id)?;
                let has = tx.signing_certificates().list_by_owner(account, &owner_id)?.len() as u64;
                cx.check_quota(Quota::SigningCertificatesPerUser, has + 1)?;
                tx.signing_certificates().insert(row)?;
                tx.touch(Touched::SigningCertificates { account, owner_id });
            }
            New::Service(row, password_hash) => insert_service(tx, cx, row, password_hash)?,
        }
        managed::insert(tx, &prepared.credential)
    }
}

impl RestOperation for CreateCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials" };
}

/// The service that a service-specific credential is to be for.
fn check_service(input: &Input) -> Result<Option<String>> {
    let why = match (input.kind, &input.service, &input.user_name) {
        (Made::ServiceCredential, None, _) => {
            "`service` is needed: say what the credential is for, as in `codecommit.amazonaws.com`."
        }
        (Made::ServiceCredential, _, None) => {
            "`user_name` is needed: the root user has no service-specific credentials."
        }
        (Made::ServiceCredential, service, _) => return Ok(service.clone()),
        (_, None, _) => return Ok(None),
        _ => "`service` is for service-specific credentials. Leave it out.",
    };
    Err(Fault::ValidationError(why.to_owned()))
}

fn draw_service(cx: &Context, owner: &Principal, service: String) -> Result<service_login::Drawn> {
    form(&service)?;
    let free = cx.gate().store().read(|tx| free_name(tx, cx.account(), &service, &owner.name));
    let wanted = Wanted {
        account: cx.account(),
        user_id: owner.id.to_string(),
        service,
        service_user_name: free?,
        lasts: None,
    };
    service_login::draw(wanted, cx.now, cx.rng())
}

fn insert_service(
    tx: &mut Tx<'_>,
    cx: &Context,
    row: &ServiceCredential,
    password_hash: &[u8],
) -> Result<()> {
    tx.lock_user(cx.account(), &row.user_id)?;
    let has = tx.service_credentials().list_by_user(cx.account(), &row.user_id)?;
    let of_service = has.iter().filter(|other| other.service == row.service).count() as u64;
    cx.check_quota(Quota::ServiceSpecificCredentialsPerUser, of_service + 1)?;
    tx.service_credentials().insert(row, password_hash).on_constraint(
        "service_credentials_name_unique",
        || {
            let name = &row.service_user_name;
            Fault::EntityAlreadyExists(format!("The name {name} was taken a moment ago. Try again."))
        },
    )
}

/// How long a certificate is to last.
fn check_days(input: &Input) -> Result<Duration> {
    let days = match (input.kind, input.days) {
        (Made::AccessKey | Made::ServiceCredential, Some(_)) => {
            return Err(Fault::ValidationError(
                "`days` is for signing certificates: nothing else that is made here ends. Leave it out."
                    .to_owned(),
            ));
        }
        (_, Some(days)) if !(1..=DAYS_MAX).contains(&days) => {
            return Err(Fault::ValidationError(format!("`days` is 1 to {DAYS_MAX}.")));
        }
        (_, days) => days.unwrap_or(DAYS_DEFAULT),
    };
    Ok(Duration::from_hours(24) * days)
}
