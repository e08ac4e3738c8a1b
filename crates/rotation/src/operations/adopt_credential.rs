//! AdoptCredential: a key that is in use already comes under rotation. Its secret is presented once, by
//! whoever holds it; it is never read back out of the authority.

use keystead_aws::error::{Fault, Result, text};
use keystead_core::{AccessKeyId, Arn, SecretString};
use keystead_gate::authenticate::credential_arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::access_keys::secret_place;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::managed::{self, Drawn, Shown};

/// AdoptCredential.
pub struct AdoptCredential;

/// What is adopted.
#[derive(Deserialize)]
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
        let secret = SecretString::new(input.secret_access_key);
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        let not_found = || Fault::NoSuchEntity(text::access_key_not_found(&input.access_key_id));
        let id: AccessKeyId = input.access_key_id.parse().map_err(|_| not_found())?;
        let entry =
            cx.ring().find_key(id).filter(|key| key.principal.id == owner.id).ok_or_else(not_found)?;
        let held = cx.sealer().open(&secret_place(cx.account(), id), entry.sealed.as_bytes())?;
        if !bool::from(held.expose().ct_eq(secret.expose().as_bytes())) {
            return Err(Fault::ValidationError(format!(
                "The secret given is not that of {id}. Check what was pasted, or make a new key under custody."
            )));
        }
        managed::draw(cx, input.name, &owner, id, &secret, input.profile.as_deref())
    }

    fn commit(tx: &mut Tx<'_>, _: &Context, drawn: &Drawn) -> Result<Shown> {
        managed::insert(tx, drawn)
    }
}

impl RestOperation for AdoptCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials/adopt" };
}
