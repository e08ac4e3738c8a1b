//! AdoptCredential: a key, signing certificate or password for a service that is in use already comes under rotation.
//! Its secret is presented once, by whoever holds it, and proved: at this authority against what is sealed, at another by signing with it. It
//! is never read back out of an authority.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::{AccessKeyId, Arn, KeyId, SecretString};
use keystead_gate::authenticate::credential_arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::access_keys::secret_place;
use keystead_store::custody::Material;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::embedded;
use crate::embedded::capabilities::Capabilities;
use crate::key_pair::KeyPair;
use crate::managed::{self, Draft, Drawn, Shown};
use crate::notices::addresses::Given;
use crate::service_login::ServiceLogin;

/// AdoptCredential.
pub struct AdoptCredential;

/// What is adopted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A name for the credential, unique in the account.
    pub name: String,
    /// The IAM user the key belongs to; nobody for the root user, who alone may ask for that.
    pub user_name: Option<String>,
    /// The access key.
    pub access_key_id: Option<String>,
    /// Its secret.
    pub secret_access_key: Option<String>,
    /// Or the signing certificate, which was uploaded here.
    pub certificate_id: Option<String>,
    /// The private key it was made for, in PEM.
    pub private_key: Option<String>,
    /// Or the service-specific credential, which was made here.
    pub service_credential_id: Option<String>,
    /// Its password, or the API key.
    pub service_password: Option<String>,
    /// The durations it is leased and rotated with: `standard` when not said, or `demo`.
    pub profile: Option<String>,
    /// The IAM endpoint that issued the key, where it is not this installation; one that the operator lets in.
    pub endpoint: Option<String>,
    /// The region to sign for at that endpoint.
    pub region: Option<String>,
    /// Who is told of its rotations; whom the installation names when not said.
    #[serde(default)]
    pub notify: Given,
}

/// What is taken over: an access key with its secret, a certificate with its private key, or what a service is shown.
struct Taken {
    material: Material,
    id: String,
    secret: SecretString,
}

impl Taken {
    fn of(input: &Input) -> Result<Self> {
        let ways = [
            (Material::AccessKey, &input.access_key_id, &input.secret_access_key),
            (Material::SigningCertificate, &input.certificate_id, &input.private_key),
            (Material::ServiceCredential, &input.service_credential_id, &input.service_password),
        ];
        let said = ways.into_iter().filter(|(_, id, secret)| id.is_some() || secret.is_some());
        if let [(material, Some(id), Some(secret))] = said.collect::<Vec<_>>()[..] {
            return Ok(Self { material, id: id.clone(), secret: SecretString::new(secret.clone()) });
        }
        Err(Fault::ValidationError(
            "Give `access_key_id` and `secret_access_key`, or `certificate_id` and `private_key`, or \
             `service_credential_id` and `service_password`."
                .to_owned(),
        ))
    }
}

impl Operation for AdoptCredential {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Shown;
    const NAME: &'static str = "AdoptCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(credential_arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        managed::check_name(&input.name)?;
        if input.endpoint.is_some() != input.region.is_some() {
            return Err(Fault::ValidationError(
                "`endpoint` and `region` go together; one is missing.".to_owned(),
            ));
        }
        let Taken { material, id, secret } = Taken::of(&input)?;
        let key: KeyId = id.parse().map_err(|_| unknown(&id))?;
        let mut draft = Draft {
            name: input.name,
            material,
            user_name: input.user_name.clone().unwrap_or_default(),
            owner_id: String::new(),
            endpoint: input.endpoint.zip(input.region),
            profile: input.profile,
            notify: input.notify,
        };
        if let Some((endpoint, _)) = &draft.endpoint {
            let (owner_id, capabilities) = prove_there(cx, &draft, endpoint, key, &secret)?;
            draft.owner_id = owner_id;
            return Ok(managed::draw(cx, draft, key, &secret)?.at(capabilities));
        }
        let owner = managed::owner(cx, input.user_name.as_deref())?;
        (draft.user_name, draft.owner_id) = (owner.name.to_string(), owner.id.to_string());
        match material {
            Material::SigningCertificate => return adopt_certificate(cx, draft, key, &secret),
            Material::ServiceCredential => return adopt_service_credential(cx, draft, key, &secret),
            _ => {}
        }
        prove_here(cx, &owner, key.access_key().ok_or_else(|| unknown(&id))?, &secret)?;
        managed::draw(cx, draft, key, &secret)
    }

    fn commit(tx: &mut Tx<'_>, _: &Context, drawn: &Drawn) -> Result<Shown> {
        managed::insert(tx, drawn)
    }
}

impl RestOperation for AdoptCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials/adopt" };
}

fn unknown(id: &str) -> Fault {
    Fault::NoSuchEntity(text::access_key_not_found(id))
}

/// Checks that key and secret are the user's, here.
fn prove_here(cx: &Context, owner: &Principal, key: AccessKeyId, secret: &SecretString) -> Result<()> {
    let entry = cx.ring().find_key(key).filter(|entry| entry.principal.id == owner.id);
    let entry = entry.ok_or_else(|| unknown(&key.to_string()))?;
    let held = cx.sealer().open(&secret_place(cx.account(), key), entry.sealed.as_bytes())?;
    if bool::from(held.expose().ct_eq(secret.expose().as_bytes())) {
        return Ok(());
    }
    Err(Fault::ValidationError(format!(
        "The secret given is not that of {key}. Check what was pasted, or make a new key under custody."
    )))
}

/// Takes over a certificate that was uploaded here, once its private key has proved to be its.
fn adopt_certificate(cx: &Context, draft: Draft, key: KeyId, private_key: &SecretString) -> Result<Drawn> {
    let store = cx.gate().store();
    let found = store.read(|tx| tx.signing_certificates().find(cx.account(), key.as_str()))?;
    let found = found.filter(|certificate| certificate.owner_id == draft.owner_id);
    let found = found.ok_or_else(|| Fault::NoSuchEntity(text::certificate_not_found(key.as_str())))?;
    let pair = KeyPair { certificate_pem: found.body, private_key_pem: private_key.expose().clone() };
    pair.check(cx.now).map_err(Fault::ValidationError)?;
    managed::draw(cx, draft, key, &pair.to_secret().map_err(Fault::internal)?)
}

/// Takes over a service-specific credential that was made here, once its password has proved to be its.
fn adopt_service_credential(
    cx: &Context,
    draft: Draft,
    key: KeyId,
    password: &SecretString,
) -> Result<Drawn> {
    let (account, id) = (cx.account(), key.as_str());
    let (row, hash) = cx.gate().store().read(|tx| {
        let row = tx.service_credentials().find(account, &draft.owner_id, id)?;
        Ok::<_, Fault>((row, tx.service_credentials().find_password_hash(account, &draft.owner_id, id)?))
    })?;
    let found = row.zip(hash);
    let (row, hash) = found.ok_or_else(|| Fault::NoSuchEntity(text::service_credential_not_found(id)))?;
    let service_user_name = row.service_user_name.clone();
    let login = ServiceLogin { service_user_name, service_password: password.expose().clone() };
    if !login.is_of(&row, &hash) {
        return Err(Fault::ValidationError(format!(
            "The `service_password` given is not that of {id}. Check what was pasted, or make a new one under custody."
        )));
    }
    managed::draw(cx, draft, key, &login.to_secret()?)
}

/// The ARN of the user whose key and secret this is, by the endpoint's own word, and what that can do.
fn prove_there(
    cx: &Context,
    draft: &Draft,
    endpoint: &str,
    key: KeyId,
    secret: &SecretString,
) -> Result<(String, Capabilities)> {
    let refusal = match (draft.material, &*draft.user_name) {
        (Material::AccessKey, "") => {
            "`user_name` is needed: the keys of another authority's root user are not rotated."
        }
        (Material::AccessKey, _) => "",
        _ => "`endpoint` is for access keys: anything else is rotated at this installation only.",
    };
    if !refusal.is_empty() {
        return Err(Fault::ValidationError(refusal.to_owned()));
    }
    if !cx.gate().knows_endpoint(endpoint) {
        return Err(Fault::ValidationError(format!(
            "The operator has not let {endpoint} in. Start the server with --endpoint {endpoint} to allow it."
        )));
    }
    let credential = managed::row(cx, draft, key, String::new());
    let (principal, capabilities) = embedded::ask_owner(cx.gate(), &credential, key, secret)
        .map_err(|failure| Fault::ValidationError(format!("{endpoint} does not accept {key}: {failure}.")))?;
    if principal.arn.rsplit('/').next() != Some(&draft.user_name) {
        return Err(Fault::ValidationError(format!(
            "{key} belongs to {}, not to {}.",
            principal.arn, draft.user_name
        )));
    }
    Ok((principal.arn, capabilities))
}
