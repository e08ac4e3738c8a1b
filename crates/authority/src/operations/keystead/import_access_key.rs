//! ImportAccessKey: a key pair made elsewhere, by AWS or by another authority, is accepted here from now on.
//!
//! The same import twice changes nothing the second time. An id is accepted whatever account it carries:
//! what counts from now on is the account it was imported into.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::FromQuery;
use keystead_aws::model::iam::CreateUserRequest;
use keystead_aws::query::Params;
use keystead_core::id::KeyPrefix;
use keystead_core::{AccessKey, AccessKeyId, Arn, KeyStatus, Quota, SecretString, Timestamp};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::access_keys::secret_place;
use keystead_store::counts::Counted;
use keystead_store::{OnConstraint, Sealed, Touched, Tx};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::operations::iam::create_user::CreateUser;
use crate::shape;

/// ImportAccessKey.
pub struct ImportAccessKey;

/// The key, and whose it is. There is no `Debug`: the secret is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The user the key belongs to.
    pub user_name: String,
    /// The path of the user, where the user is made; `/` when not said.
    pub path: Option<String>,
    /// The key's id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// `Active`, which is the default, or `Inactive`.
    #[schema(value_type = Option<String>, pattern = "^(Active|Inactive)$")]
    pub status: Option<KeyStatus>,
    /// When it was made, in RFC 3339; now when not said.
    pub created_at: Option<String>,
    /// Whether to make the user where there is none of that name.
    #[serde(default)]
    pub create_user: bool,
    /// Whether to only say what would come of it.
    #[serde(default)]
    pub dry_run: bool,
}

/// The key as it is now, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// What came of it, or would.
    pub outcome: Outcome,
    /// Whether the user was made for it, or would be.
    pub user_created: bool,
    /// The user.
    pub user_name: String,
    /// The key's id.
    pub access_key_id: String,
    /// Whether it is accepted.
    #[schema(value_type = String, pattern = "^(Active|Inactive)$")]
    pub status: KeyStatus,
    /// When it was made.
    pub created_at: String,
}

/// What came of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The key is accepted from now on.
    Imported,
    /// The user has this very key already. It is left as it is, whatever its status.
    Unchanged,
}

/// A key ready to be stored.
pub struct Draft {
    owner: Owner,
    /// Without its owner's id, which a new user gets with its row.
    key: AccessKey,
    sealed: Sealed,
    user_name: String,
    is_there: bool,
    dry_run: bool,
}

enum Owner {
    Existing(Arc<Principal>),
    New(<CreateUser as Operation>::Prepared),
}

const SECRET_MIN: usize = 16;
const SECRET_MAX: usize = 128;
/// How the secrets in AWS's documentation end.
const PUBLISHED: &str = "EXAMPLEKEY";

impl Operation for ImportAccessKey {
    type Input = Input;
    type Prepared = Draft;
    type Output = Output;
    const NAME: &'static str = "ImportAccessKey";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        match cx.user_or_caller(Some(&input.user_name)) {
            Ok(user) => Ok(user.arn()),
            Err(_) => Ok(Arn::user(cx.account(), input.path.as_deref().unwrap_or("/"), &input.user_name)),
        }
    }

    fn prepare(cx: &Context, input: Input) -> Result<Draft> {
        let secret = SecretString::new(input.secret_access_key);
        let id = check_id(&input.access_key_id)?;
        check_secret(secret.expose())?;
        let created_at = created_at(input.created_at.as_deref(), cx.now)?;
        let owner = find_owner(cx, &input.user_name, input.path, input.create_user)?;
        let is_there = is_there(cx, id, &owner, &secret)?;
        let sealed =
            cx.sealer().seal(&secret_place(cx.account(), id), secret.expose().as_bytes(), cx.rng())?;
        let user_name = match &owner {
            Owner::Existing(user) => user.name.to_string(),
            Owner::New(_) => input.user_name,
        };
        let status = input.status.unwrap_or(KeyStatus::Active);
        let key = AccessKey { id, account: cx.account(), owner_id: String::new(), status, created_at };
        Ok(Draft { owner, key, sealed, user_name, is_there, dry_run: input.dry_run })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, draft: &Draft) -> Result<Output> {
        if let Owner::Existing(user) = &draft.owner {
            shape::lock_owner(tx, cx, user)?;
        }
        if draft.is_there {
            // It was there in memory; that is the store's to confirm.
            let key = tx.access_keys().find(cx.account(), draft.key.id)?.ok_or_else(|| {
                Fault::ConcurrentModification("The key was deleted at this moment. Try again.".to_owned())
            })?;
            return Ok(draft.output(Outcome::Unchanged, &key));
        }
        check_room(tx, cx, draft)?;
        if !draft.dry_run {
            insert(tx, cx, draft)?;
        }
        Ok(draft.output(Outcome::Imported, &draft.key))
    }
}

impl RestOperation for ImportAccessKey {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/access-keys/import" };
}

impl Draft {
    fn output(&self, outcome: Outcome, key: &AccessKey) -> Output {
        Output {
            outcome,
            user_created: matches!(self.owner, Owner::New(_)),
            user_name: self.user_name.clone(),
            access_key_id: key.id.to_string(),
            status: key.status,
            created_at: key.created_at.to_iso8601(),
        }
    }
}

fn check_secret(secret: &str) -> Result<()> {
    let is_right =
        (SECRET_MIN..=SECRET_MAX).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic());
    if secret.ends_with(PUBLISHED) {
        return Err(Fault::ValidationError(
            "`secret_access_key` is an example from AWS's documentation, which everybody knows.".to_owned(),
        ));
    }
    if is_right {
        return Ok(());
    }
    Err(Fault::ValidationError(format!(
        "`secret_access_key` must have {SECRET_MIN} to {SECRET_MAX} letters, digits and signs, without spaces."
    )))
}

fn check_id(text: &str) -> Result<AccessKeyId> {
    match text.parse::<AccessKeyId>() {
        Ok(id) if id.prefix() == KeyPrefix::LongTerm => Ok(id),
        Ok(_) => Err(Fault::ValidationError(
            "`access_key_id` is that of a session, which ends by itself: import long-term keys, AKIA…"
                .to_owned(),
        )),
        // What was given is not repeated: it may be the secret, in the wrong column.
        Err(_) => Err(Fault::ValidationError(
            "`access_key_id` does not have the form of AWS's: AKIA and 16 characters of A to Z and 2 to 7. A key \
             of another form cannot be kept: make the user a new one with CreateAccessKey."
                .to_owned(),
        )),
    }
}

fn created_at(text: Option<&str>, now: Timestamp) -> Result<Timestamp> {
    let Some(text) = text else { return Ok(now.whole_second()) };
    let at = Timestamp::parse_rfc3339(text).filter(|at| *at <= now);
    at.map(Timestamp::whole_second).ok_or_else(|| {
        Fault::ValidationError(
            "`created_at` must be a time such as 2026-01-31T00:00:00Z, and past.".to_owned(),
        )
    })
}

/// The user of that name; a new one where there is none and one may be made.
fn find_owner(cx: &Context, name: &str, path: Option<String>, create_user: bool) -> Result<Owner> {
    match cx.user_or_caller(Some(name)) {
        Ok(user) => Ok(Owner::Existing(user)),
        Err(Fault::NoSuchEntity(_)) if create_user => {
            let path = path.unwrap_or_else(|| "/".to_owned());
            // Read as CreateUser's own request is, so that name and path are held to the same rules.
            let form = [("UserName", name), ("Path", &path)]
                .map(|(member, value)| format!("{member}={}", keystead_aws::percent_encode(value)));
            let request = CreateUserRequest::from_query(&Params::parse(form.join("&"))?)?;
            Ok(Owner::New(CreateUser::prepare(cx, request)?))
        }
        Err(fault) => Err(fault),
    }
}

/// Whether the owner has this very key. An id that anybody else has is taken, whoever that is.
fn is_there(cx: &Context, id: AccessKeyId, owner: &Owner, secret: &SecretString) -> Result<bool> {
    let Some(entry) = cx.ring().find_key(id) else { return Ok(false) };
    match owner {
        Owner::Existing(user) if user.id == entry.principal.id => {}
        _ => return Err(taken(id)),
    }
    let held = cx.sealer().open(&secret_place(cx.account(), id), entry.sealed.as_bytes())?;
    if bool::from(held.expose().ct_eq(secret.expose().as_bytes())) {
        return Ok(true);
    }
    Err(Fault::EntityAlreadyExists(format!("The access key {id} is there already, with another secret.")))
}

fn taken(id: AccessKeyId) -> Fault {
    Fault::EntityAlreadyExists(format!("The access key id {id} is taken. Make the user a new key instead."))
}

/// Holds a dry run to the quotas that a real one meets as its rows are made.
fn check_room(tx: &mut Tx<'_>, cx: &Context, draft: &Draft) -> Result<()> {
    match &draft.owner {
        Owner::Existing(user) => {
            let keys = tx.access_keys().list_by_owner(cx.account(), &user.id.to_string())?;
            cx.check_quota(Quota::AccessKeysPerUser, keys.len() as u64 + 1)
        }
        Owner::New(_) => cx.check_quota(Quota::Users, tx.counts().get(cx.account(), Counted::Users)? + 1),
    }
}

fn insert(tx: &mut Tx<'_>, cx: &Context, draft: &Draft) -> Result<()> {
    let owner_id = match &draft.owner {
        Owner::Existing(user) => user.id.to_string(),
        Owner::New(user) => {
            let made = CreateUser::commit(tx, cx, user)?.user;
            made.map(|user| user.user_id).ok_or_else(|| Fault::internal("a user was made without an id"))?
        }
    };
    let key = AccessKey { owner_id, ..draft.key.clone() };
    tx.access_keys().insert(&key, &draft.sealed).on_constraint("access_keys_pkey", || taken(key.id))?;
    tx.touch(Touched::AccessKey(key.id));
    Ok(())
}
