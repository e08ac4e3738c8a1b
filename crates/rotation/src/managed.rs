//! Managed credentials as operations make, find and show them.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Arn, KeyId, SecretString};
use keystead_gate::authenticate::credential_arn;
use keystead_gate::ring::{OwnerId, Principal as User};
use keystead_gate::{Context, Gate};
use keystead_store::custody::{CredentialKind, ManagedCredential, Material, copy_place};
use keystead_store::{OnConstraint, Sealed, Touched, Tx};
use serde::Serialize;
use utoipa::ToSchema;

use crate::embedded::capabilities::Capabilities;
use crate::machine::Principal;
use crate::notices::addresses;
use crate::profile::Profile;

/// Source: IAM User Guide, "Root user best practices".
const NO_ROOT_KEYS: &str = "This is a key of the root user, whom no policy bounds. The best root key is none: give \
    the application a user of its own with what it needs, move it there, and delete this one.";

/// The kind of a consumer that fetches certificates into files.
pub const PEM_FILES: &str = "pem_files";

/// The kinds of consumers that take access keys only: what an agent keeps, and what is made for SDKs.
const FOR_ACCESS_KEYS: [&str; 6] = ["credentials_file", "container", "imds", "file", "exec", "systemd"];

/// A managed credential with its custody copy, before there are rows for them.
pub struct Drawn {
    credential: ManagedCredential,
    copy: Sealed,
    /// What its endpoint can do.
    capabilities: Option<Capabilities>,
    notify: addresses::Drawn,
}

/// A managed credential as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    credential_id: String,
    name: String,
    kind: &'static str,
    user_name: String,
    access_key_id: String,
    endpoint: Option<String>,
    region: Option<String>,
    /// The connected account that Keystead itself reaches with it.
    cloud_account_id: Option<String>,
    profile: String,
    /// What had better be done than to rotate it.
    advice: Option<&'static str>,
    created_at: String,
    updated_at: String,
}

impl From<ManagedCredential> for Shown {
    fn from(row: ManagedCredential) -> Self {
        Self {
            advice: is_of_root(&row).then_some(NO_ROOT_KEYS),
            credential_id: row.id,
            name: row.name,
            kind: row.material.as_str(),
            user_name: row.user_name,
            access_key_id: row.current_access_key_id.to_string(),
            endpoint: row.endpoint,
            region: row.region,
            cloud_account_id: row.cloud_account_id,
            profile: row.profile,
            created_at: row.created_at.to_iso8601(),
            updated_at: row.updated_at.to_iso8601(),
        }
    }
}

/// Whose keys they are: a user of this authority as it is now called, or what the endpoint said on adoption.
pub fn principal(gate: &Gate, credential: &ManagedCredential) -> Result<Principal> {
    let owner_id = credential.owner_id.as_deref().unwrap_or_default();
    if credential.kind == CredentialKind::Remote {
        let account = owner_id.split(':').nth(4).unwrap_or_default().to_owned();
        return Ok(Principal { account, arn: owner_id.to_owned() });
    }
    if credential.material == Material::StoredValue {
        let arn = Arn::keystead(credential.account, owner_id).to_string();
        return Ok(Principal { account: credential.account.to_string(), arn });
    }
    let owner = find_owner(gate, credential).ok_or_else(|| {
        Fault::NoSuchEntity(format!("The user {} of this credential is gone.", credential.user_name))
    })?;
    Ok(Principal { account: credential.account.to_string(), arn: owner.arn().to_string() })
}

/// The user of this authority whose keys they are.
fn find_owner(gate: &Gate, credential: &ManagedCredential) -> Option<Arc<User>> {
    let id = OwnerId::parse(credential.owner_id.as_deref().unwrap_or_default())?;
    gate.ring().find_principal(id)
}

/// What that user is called now.
pub fn user_name(gate: &Gate, credential: &ManagedCredential) -> Option<String> {
    find_owner(gate, credential).map(|owner| owner.name.to_string())
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

/// Checks that what a credential's keys are can reach a consumer of this kind.
pub fn check_delivery(credential: &ManagedCredential, consumer_kind: &str) -> Result<()> {
    if credential.cloud_account_id.is_some() {
        return Err(Fault::ValidationError(format!(
            "{} is the key that Keystead itself reaches a connected account with; nobody else is given it. Make a user \
             of its own for the application and adopt its key.",
            credential.name
        )));
    }
    match (credential.material, consumer_kind == PEM_FILES) {
        (Material::StoredValue, _) => Err(Fault::ValidationError(format!(
            "{} is a stored credential, which its readers are given as an input: nobody is enrolled for it.",
            credential.name
        ))),
        (Material::AccessKey, false) | (Material::SigningCertificate, true) => Ok(()),
        (Material::ServiceCredential, is_pem) => {
            if !is_pem && !FOR_ACCESS_KEYS.contains(&consumer_kind) {
                return Ok(());
            }
            Err(Fault::ValidationError(format!(
                "`kind` cannot be `{consumer_kind}`: {} has user names and passwords for a service. Enroll its \
                 consumer as `credential_process`, or bring it to a target.",
                credential.name
            )))
        }
        (Material::AccessKey, true) => Err(Fault::ValidationError(format!(
            "`kind` cannot be `{PEM_FILES}`: {} has access keys. Choose one of the other kinds.",
            credential.name
        ))),
        (Material::SigningCertificate, false) => Err(Fault::ValidationError(format!(
            "`kind` cannot be `{consumer_kind}`: {} has signing certificates, which reach a consumer as files. \
             Enroll it as `{PEM_FILES}` and run `keystead consumer fetch` there.",
            credential.name
        ))),
    }
}

/// What a credential is to be.
pub struct Draft {
    /// Its name.
    pub name: String,
    /// What is kept and rotated.
    pub material: Material,
    /// The user whose key it is.
    pub user_name: String,
    /// The user's unique id here, or ARN elsewhere.
    pub owner_id: String,
    /// Endpoint and region, where the key is another authority's.
    pub endpoint: Option<(String, String)>,
    /// The name of its profile, if one was asked for.
    pub profile: Option<String>,
    /// Who is told of its rotations.
    pub notify: addresses::Given,
}

/// The row of a credential.
pub fn row(cx: &Context, draft: &Draft, key: KeyId, id: String) -> ManagedCredential {
    let (endpoint, region) = draft.endpoint.clone().unzip();
    ManagedCredential {
        account: cx.account(),
        id,
        name: draft.name.clone(),
        kind: if endpoint.is_some() { CredentialKind::Remote } else { CredentialKind::Embedded },
        material: draft.material,
        endpoint,
        region,
        user_name: draft.user_name.clone(),
        owner_id: Some(draft.owner_id.clone()),
        current_access_key_id: key,
        schedule_days: None,
        profile: draft.profile.clone().unwrap_or_else(|| Profile::standard().name),
        created_at: cx.now,
        updated_at: cx.now,
        cloud_account_id: None,
    }
}

/// Draws a credential for a user's key and seals the custody copy of its secret.
pub fn draw(cx: &Context, draft: Draft, key: KeyId, secret: &SecretString) -> Result<Drawn> {
    draw_as(cx, draft, key, secret, uuid(cx.rng()))
}

/// The same under an id that is known.
pub fn draw_as(cx: &Context, draft: Draft, key: KeyId, secret: &SecretString, id: String) -> Result<Drawn> {
    draft.profile.as_deref().map(find_profile).transpose()?;
    let place = copy_place(cx.account(), &id, key);
    let copy = cx.sealer().seal(&place, secret.expose().as_bytes(), cx.rng())?;
    let credential = row(cx, &draft, key, id);
    let notify = addresses::draw(cx, draft.notify)?;
    Ok(Drawn { credential, copy, capabilities: None, notify })
}

impl Drawn {
    /// As the key that Keystead itself reaches a connected account with.
    #[must_use]
    pub fn of_cloud(mut self, cloud_account_id: &str) -> Self {
        self.credential.cloud_account_id = Some(cloud_account_id.to_owned());
        self
    }

    /// With what its endpoint was found to be able to do.
    #[must_use]
    pub fn at(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = Some(capabilities);
        self
    }

    fn note_capabilities(&self, tx: &mut Tx<'_>) -> Result<()> {
        let Some(found) = &self.capabilities else { return Ok(()) };
        let found = serde_json::to_string(found).map_err(Fault::internal)?;
        Ok(tx.custody().set_capabilities(self.credential.account, &self.credential.id, &found)?)
    }
}

/// Puts what was drawn in the place of the key that the credential had.
pub fn replace(tx: &mut Tx<'_>, drawn: &Drawn) -> Result<()> {
    let (row, key) = (&drawn.credential, drawn.credential.current_access_key_id);
    drawn.note_capabilities(tx)?;
    let copies = tx.custody().list_copies(row.account, &row.id)?;
    if copies.contains(&key) {
        return Ok(());
    }
    for former in copies {
        tx.custody().delete_copy(row.account, &row.id, former)?;
    }
    tx.custody().update(row)?;
    Ok(tx.custody().insert_copy(row.account, &row.id, key, &drawn.copy, row.created_at)?)
}

/// Inserts what was drawn.
pub fn insert(tx: &mut Tx<'_>, drawn: &Drawn) -> Result<Shown> {
    let row = &drawn.credential;
    tx.custody().insert(row).on_constraint("managed_credentials_name_unique", || {
        Fault::EntityAlreadyExists(format!("A managed credential with name {} already exists.", row.name))
    })?;
    tx.custody().insert_copy(row.account, &row.id, row.current_access_key_id, &drawn.copy, row.created_at)?;
    drawn.note_capabilities(tx)?;
    addresses::put(tx, row.account, &row.id, &drawn.notify, row.created_at)?;
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

/// The same, for a change of it: what becomes of the root user's keys is for the root user alone to decide.
pub fn get_to_change(tx: &mut Tx<'_>, cx: &Context, name_or_id: &str) -> Result<ManagedCredential> {
    let credential = get(tx, cx, name_or_id)?;
    check_may_change(cx, &credential)?;
    Ok(credential)
}

/// Refuses everybody but the root user where the credential is the root user's.
pub fn check_may_change(cx: &Context, credential: &ManagedCredential) -> Result<()> {
    if is_of_root(credential) {
        cx.root_user()?;
    }
    Ok(())
}

fn is_of_root(credential: &ManagedCredential) -> bool {
    credential.kind == CredentialKind::Embedded
        && credential.owner_id.as_deref() == Some(&*credential.account.to_string())
}

/// Whose key is to be managed: the user's of that name, or the root user's, who alone may ask for it.
pub fn owner(cx: &Context, user_name: Option<&str>) -> Result<Arc<User>> {
    match user_name {
        Some(name) => cx.user_or_caller(Some(name)),
        None => cx.root_user().cloned(),
    }
}

/// What the policy engine is asked about a credential that is named.
pub fn arn(cx: &Context, name_or_id: &str) -> Arn {
    credential_arn(cx.account(), name_or_id)
}
