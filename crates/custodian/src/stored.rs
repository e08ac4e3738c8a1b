//! Stored credentials as operations check, find and show them.

use std::collections::{BTreeMap, HashSet};

use keystead_aws::error::{Fault, Result, text};
use keystead_core::tag::fold_key;
use keystead_core::{Arn, Quota, SecretString, Tag, Timestamp};
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::stored_credentials::{
    StoredCredential, StoredKind, StoredVersion, VERSIONS_KEPT, value_place,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::generated;
use crate::source::is_name;

/// The longest value, in bytes.
pub const VALUE_BYTES_MAX: usize = 65_504;
/// The longest description, in characters.
const DESCRIPTION_CHARS_MAX: usize = 1000;

/// A stored credential as the API shows it; never its value.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// `user` or `generated`.
    pub kind: &'static str,
    /// What it is for.
    pub description: String,
    /// The newest version of its value; absent for generated ones, which follow their connection.
    pub version: Option<i64>,
    /// From when on it is not handed out, RFC 3339.
    pub expires_at: Option<String>,
    /// Whether that has come.
    pub expired: bool,
    /// How often it was read.
    pub reads: i64,
    /// When it was last read, RFC 3339.
    pub last_read_at: Option<String>,
    /// By whom.
    pub last_read_by: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// When, RFC 3339.
    pub created_at: String,
    /// When it was last changed, RFC 3339.
    pub updated_at: String,
}

impl Shown {
    /// A credential as it is `now`.
    pub fn of(row: StoredCredential, now: Timestamp) -> Self {
        Self {
            expired: is_expired(&row, now),
            name: row.name,
            kind: row.kind.as_str(),
            description: row.description,
            version: Some(row.version).filter(|_| row.kind == StoredKind::User),
            expires_at: row.expires_at.map(Timestamp::to_iso8601),
            reads: row.reads,
            last_read_at: row.last_read_at.map(Timestamp::to_iso8601),
            last_read_by: row.last_read_by,
            created_by: row.created_by,
            created_at: row.created_at.to_iso8601(),
            updated_at: row.updated_at.to_iso8601(),
        }
    }
}

/// Whether a credential is not handed out any more.
pub fn is_expired(row: &StoredCredential, now: Timestamp) -> bool {
    row.expires_at.is_some_and(|at| at <= now)
}

/// The ARN of a stored credential in policies.
pub fn arn(cx: &Context, name: &str) -> Arn {
    Arn::keystead(cx.account(), &format!("stored-credential/{name}"))
}

/// The credential of exactly this name.
pub fn get(tx: &mut Tx<'_>, cx: &Context, name: &str) -> Result<StoredCredential> {
    let found = tx.stored_credentials().find(cx.account(), name)?;
    found.ok_or_else(|| Fault::NoSuchEntity(format!("There is no stored credential {name}.")))
}

/// The same, where it has a value of its own.
pub fn get_own(tx: &mut Tx<'_>, cx: &Context, name: &str) -> Result<StoredCredential> {
    let credential = get(tx, cx, name)?;
    match credential.kind {
        StoredKind::User => Ok(credential),
        StoredKind::Generated { .. } => Err(Fault::UnmodifiableEntity(format!(
            "{name} is generated: it follows the connected cloud account and has no value of its own to change. Change \
             the connection's credentials instead."
        ))),
    }
}

/// Refuses names that users cannot give.
pub fn check_new_name(name: &str) -> Result<()> {
    if !is_name(name) {
        return Err(Fault::ValidationError(
            "`name` has 1 to 128 letters, digits or characters of +=,.@_-.".to_owned(),
        ));
    }
    if generated::is_reserved(name) {
        return Err(Fault::ValidationError(
            "`name` is kept for the credentials generated for connected clouds, in every spelling: choose one that does \
             not begin with AWS_."
                .to_owned(),
        ));
    }
    Ok(())
}

/// A value as somebody gave it, if it can be one.
pub fn value(text: String) -> Result<SecretString> {
    let value = SecretString::new(text);
    let refuse = |why: &str| Err(Fault::ValidationError(format!("`secret_value` {why}.")));
    match value.expose() {
        text if text.len() > VALUE_BYTES_MAX => refuse("has at most 65,504 bytes"),
        text if text.trim().is_empty() => refuse("is blank"),
        text if text.contains('\0') => refuse("has a zero byte, which no environment variable can hold"),
        _ => Ok(value),
    }
}

/// A description as somebody gave it.
pub fn description(text: Option<String>) -> Result<String> {
    let text = text.unwrap_or_default();
    if text.chars().count() > DESCRIPTION_CHARS_MAX {
        return Err(Fault::ValidationError("`description` has at most 1,000 characters.".to_owned()));
    }
    Ok(text)
}

/// The end of a credential as somebody gave it; `never` is none.
pub fn expiry(text: &str, now: Timestamp) -> Result<Option<Timestamp>> {
    if text == "never" {
        return Ok(None);
    }
    let at = Timestamp::parse_rfc3339(text).filter(|at| *at > now).ok_or_else(|| {
        Fault::ValidationError(
            "`expires_at` is a time to come in RFC 3339, for example 2030-01-31T12:00:00Z, or `never`."
                .to_owned(),
        )
    })?;
    Ok(Some(at))
}

/// Tags as somebody gave them, if they can be tags.
pub fn tags(cx: &Context, given: BTreeMap<String, String>) -> Result<Vec<Tag>> {
    cx.check_quota(Quota::Tags, given.len() as u64)?;
    let mut keys = HashSet::new();
    for (key, value) in &given {
        let folded = fold_key(key);
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            return Err(Fault::ValidationError(
                "`tags` have keys of 1 to 128 and values of at most 256 characters.".to_owned(),
            ));
        }
        if folded.starts_with("aws:") {
            return Err(Fault::InvalidInput(text::reserved_tag_key(key)));
        }
        if !keys.insert(folded) {
            return Err(Fault::InvalidInput(text::DUPLICATE_TAG_KEYS.to_owned()));
        }
    }
    Ok(given.into_iter().map(|(key, value)| Tag { key, value }).collect())
}

/// The tags of a credential.
pub fn tags_of(tx: &mut Tx<'_>, cx: &Context, credential_id: &str) -> Result<BTreeMap<String, String>> {
    let tags = tx.tags().list(cx.account(), credential_id, None, i64::MAX)?;
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// Seals a value as a version of a credential.
pub fn seal(cx: &Context, credential_id: &str, version: i64, value: &SecretString) -> Result<StoredVersion> {
    let place = value_place(cx.account(), credential_id, version);
    Ok(StoredVersion {
        version,
        value: cx.sealer().seal(&place, value.expose().as_bytes(), cx.rng())?,
        restored_from: None,
        created_by: cx.caller.arn().to_string(),
        created_at: cx.now,
    })
}

/// The value of a version that is kept.
pub fn open(
    tx: &mut Tx<'_>,
    cx: &Context,
    credential: &StoredCredential,
    version: i64,
) -> Result<SecretString> {
    let found = tx.stored_credentials().find_version(&credential.id, version)?;
    let found = found.ok_or_else(|| {
        Fault::NoSuchEntity(format!(
            "{} has no version {version}: the newest is {}, and {VERSIONS_KEPT} are kept.",
            credential.name, credential.version
        ))
    })?;
    let place = value_place(cx.account(), &credential.id, version);
    let plain = cx.sealer().open(&place, found.value.as_bytes())?;
    String::from_utf8(plain.expose().clone()).map(Into::into).map_err(Fault::internal)
}

/// Writes a changed credential, which was read when its newest version was `before`.
pub fn update(tx: &mut Tx<'_>, credential: &StoredCredential, before: i64) -> Result<()> {
    if tx.stored_credentials().update(credential, before)? {
        return Ok(());
    }
    Err(Fault::ConcurrentModification(format!(
        "{} was changed by somebody else at the same time. Look at it and try again.",
        credential.name
    )))
}
