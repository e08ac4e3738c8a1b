//! Managed credentials as operations make, find and show them.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{AccessKeyId, Arn, SecretString};
use keystead_gate::Context;
use keystead_gate::authenticate::credential_arn;
use keystead_store::custody::{CredentialKind, ManagedCredential, copy_place};
use keystead_store::{OnConstraint, Sealed, Touched, Tx};
use serde::Serialize;
use utoipa::ToSchema;

use crate::profile::Profile;

/// A managed credential with its custody copy, before there are rows for them.
pub struct Drawn {
    credential: ManagedCredential,
    copy: Sealed,
}

/// A managed credential as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    credential_id: String,
    name: String,
    user_name: String,
    access_key_id: String,
    endpoint: Option<String>,
    region: Option<String>,
    profile: String,
    created_at: String,
    updated_at: String,
}

impl From<ManagedCredential> for Shown {
    fn from(row: ManagedCredential) -> Self {
        Self {
            credential_id: row.id,
            name: row.name,
            user_name: row.user_name,
            access_key_id: row.current_access_key_id.to_string(),
            endpoint: row.endpoint,
            region: row.region,
            profile: row.profile,
            created_at: row.created_at.to_iso8601(),
            updated_at: row.updated_at.to_iso8601(),
        }
    }
}

/// Names of credentials and consumers stand in paths and on command lines.
pub fn check_name(name: &str) -> Result<()> {
    let right = (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b));
    if right && !matches!(name, "." | "..") {
        return Ok(());
    }
    Err(Fault::ValidationError("`name` has 1 to 128 letters, digits or characters of +=,.@_-.".to_owned()))
}

/// The profile of that name, or what names there are.
pub fn find_profile(name: &str) -> Result<Profile> {
    Profile::named(name).ok_or_else(|| {
        Fault::ValidationError(format!("There is no profile {name}. `profile` is `standard` or `demo`."))
    })
}

/// What a credential is to be.
pub struct Draft {
    /// Its name.
    pub name: String,
    /// The user whose key it is.
    pub user_name: String,
    /// The user's unique id here, or ARN elsewhere.
    pub owner_id: String,
    /// Endpoint and region, where the key is another authority's.
    pub endpoint: Option<(String, String)>,
    /// The name of its profile, if one was asked for.
    pub profile: Option<String>,
}

/// The row of a credential.
pub fn row(cx: &Context, draft: &Draft, key: AccessKeyId, id: String) -> ManagedCredential {
    let (endpoint, region) = draft.endpoint.clone().unzip();
    ManagedCredential {
        account: cx.account(),
        id,
        name: draft.name.clone(),
        kind: if endpoint.is_some() { CredentialKind::Remote } else { CredentialKind::Embedded },
        endpoint,
        region,
        user_name: draft.user_name.clone(),
        owner_id: Some(draft.owner_id.clone()),
        current_access_key_id: key,
        schedule_days: None,
        profile: draft.profile.clone().unwrap_or_else(|| Profile::standard().name),
        created_at: cx.now,
        updated_at: cx.now,
    }
}

/// Draws a credential for a user's key and seals the custody copy of its secret.
pub fn draw(cx: &Context, draft: Draft, key: AccessKeyId, secret: &SecretString) -> Result<Drawn> {
    draft.profile.as_deref().map(find_profile).transpose()?;
    let id = uuid(cx.rng());
    let place = copy_place(cx.account(), &id, key);
    let copy = cx.sealer().seal(&place, secret.expose().as_bytes(), cx.rng())?;
    Ok(Drawn { credential: row(cx, &draft, key, id), copy })
}

/// Inserts what was drawn.
pub fn insert(tx: &mut Tx<'_>, drawn: &Drawn) -> Result<Shown> {
    let row = &drawn.credential;
    tx.custody().insert(row).on_constraint("managed_credentials_name_unique", || {
        Fault::EntityAlreadyExists(format!("A managed credential with name {} already exists.", row.name))
    })?;
    tx.custody().insert_copy(row.account, &row.id, row.current_access_key_id, &drawn.copy, row.created_at)?;
    tx.touch(Touched::Custody { account: row.account, credential: row.id.clone() });
    Ok(row.clone().into())
}

/// The credential of that name or id.
pub fn get(tx: &mut Tx<'_>, cx: &Context, name_or_id: &str) -> Result<ManagedCredential> {
    let account = cx.account();
    let found = match tx.custody().find_by_name(account, name_or_id)? {
        None => tx.custody().find(account, name_or_id)?,
        found => found,
    };
    found.ok_or_else(|| Fault::NoSuchEntity(format!("There is no managed credential {name_or_id}.")))
}

/// What the policy engine is asked about a credential that is named.
pub fn arn(cx: &Context, name_or_id: &str) -> Arn {
    credential_arn(cx.account(), name_or_id)
}
