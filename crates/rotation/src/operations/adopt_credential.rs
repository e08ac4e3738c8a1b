//! AdoptCredential: a key that is in use already comes under rotation. Its secret is presented once, by
//! whoever holds it, and proved: at this authority against what is sealed, at another by signing with it. It
//! is never read back out of an authority.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::{AccessKeyId, Arn, SecretString};
use keystead_gate::authenticate::credential_arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::access_keys::secret_place;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::embedded;
use crate::managed::{self, Draft, Drawn, Shown};

/// AdoptCredential.
pub struct AdoptCredential;

/// What is adopted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A name for the credential, unique in the account.
    pub name: String,
    /// The IAM user the key belongs to.
    pub user_name: String,
    /// The key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// The durations it is leased and rotated with: `standard` when not said, or `demo`.
    pub profile: Option<String>,
    /// The IAM endpoint that issued the key, where it is not this installation; one that the operator lets in.
    pub endpoint: Option<String>,
    /// The region to sign for at that endpoint.
    pub region: Option<String>,
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
        let secret = SecretString::new(input.secret_access_key);
        let key: AccessKeyId = input
            .access_key_id
            .parse()
            .map_err(|_| Fault::NoSuchEntity(text::access_key_not_found(&input.access_key_id)))?;
        let mut draft = Draft {
            name: input.name,
            user_name: input.user_name,
            owner_id: String::new(),
            endpoint: input.endpoint.zip(input.region),
            profile: input.profile,
        };
        draft.owner_id = match &draft.endpoint {
            None => prove_here(cx, &draft.user_name, key, &secret)?,
            Some((endpoint, _)) => prove_there(cx, &draft, endpoint, key, &secret)?,
        };
        managed::draw(cx, draft, key, &secret)
    }

    fn commit(tx: &mut Tx<'_>, _: &Context, drawn: &Drawn) -> Result<Shown> {
        managed::insert(tx, drawn)
    }
}

impl RestOperation for AdoptCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials/adopt" };
}

/// The unique id of the user whose key and secret this is, here.
fn prove_here(cx: &Context, user_name: &str, key: AccessKeyId, secret: &SecretString) -> Result<String> {
    let owner = cx.user_or_caller(Some(user_name))?;
    let entry = cx.ring().find_key(key).filter(|entry| entry.principal.id == owner.id);
    let entry = entry.ok_or_else(|| Fault::NoSuchEntity(text::access_key_not_found(&key.to_string())))?;
    let held = cx.sealer().open(&secret_place(cx.account(), key), entry.sealed.as_bytes())?;
    if bool::from(held.expose().ct_eq(secret.expose().as_bytes())) {
        return Ok(owner.id.to_string());
    }
    Err(Fault::ValidationError(format!(
        "The secret given is not that of {key}. Check what was pasted, or make a new key under custody."
    )))
}

/// The ARN of the user whose key and secret this is, by the endpoint's own word.
fn prove_there(
    cx: &Context,
    draft: &Draft,
    endpoint: &str,
    key: AccessKeyId,
    secret: &SecretString,
) -> Result<String> {
    if !cx.gate().knows_endpoint(endpoint) {
        return Err(Fault::ValidationError(format!(
            "The operator has not let {endpoint} in. Start the server with --endpoint {endpoint} to allow it."
        )));
    }
    let credential = managed::row(cx, draft, key, String::new());
    let principal = embedded::ask_owner(cx.gate(), &credential, key, secret)
        .map_err(|failure| Fault::ValidationError(format!("{endpoint} does not accept {key}: {failure}.")))?;
    if principal.arn.rsplit('/').next() != Some(&draft.user_name) {
        return Err(Fault::ValidationError(format!(
            "{key} belongs to {}, not to {}.",
            principal.arn, draft.user_name
        )));
    }
    Ok(principal.arn)
}
