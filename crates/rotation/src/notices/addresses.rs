//! Who is told: what a credential says, and where it says nothing, what the installation does.

use keystead_aws::error::{Fault, Result};
use keystead_core::account::check_email;
use keystead_core::{AccountId, SecretString, Timestamp};
use keystead_gate::{Context, Gate};
use keystead_store::notice_addresses::{Hook, NoticeAddress, secret_place};
use keystead_store::{Store, StoreError, Tx};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::delivery::http;

/// How long the secret of a webhook is, in bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=1024;
/// How long its address is at most, in bytes.
const URL_MAX: usize = 2048;

/// Who is told of a credential's rotations. What is not named stays; `null` is whom the installation names. There is no
/// `Debug`: a secret is among it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// An e-mail address.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// Where signed calls go.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Webhook>)]
    pub webhook: Option<Option<Webhook>>,
}

/// A webhook of one's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The address: https, or http on the server itself where the operator named it.
    pub url: String,
    /// What calls are signed with, 16 to 1,024 bytes.
    pub secret: String,
}

/// A member that is there, be it null.
#[expect(clippy::option_option, reason = "a member that is null is not one that is missing")]
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// What is to be changed, checked and sealed.
#[derive(Debug, Default)]
pub struct Drawn {
    /// The e-mail address, where that is to be changed.
    pub email: Option<Option<String>>,
    /// Where calls go, where that is to be changed.
    pub webhook: Option<Option<Hook>>,
}

/// Checks what was given, and seals what calls are signed with.
pub fn draw(cx: &Context, given: Given) -> Result<Drawn> {
    let wrong = |field: &str, why: &str| Fault::ValidationError(format!("`notify.{field}`: {why}."));
    if let Some(Some(email)) = &given.email {
        check_email(email).map_err(|why| wrong("email", why))?;
    }
    let hook = |Webhook { url, secret }: Webhook| {
        http::check_url(cx.gate(), &url).map_err(|why| wrong("webhook", &why))?;
        if url.len() > URL_MAX {
            return Err(wrong("webhook", "its `url` has at most 2,048 bytes"));
        }
        if !SECRET_BYTES.contains(&secret.len()) {
            return Err(wrong("webhook", "its `secret` has 16 to 1,024 bytes"));
        }
        let secret = SecretString::new(secret);
        let place = secret_place(cx.account(), &url);
        let secret = cx.sealer().seal(&place, secret.expose().as_bytes(), cx.rng())?;
        Ok(Hook { url, secret })
    };
    let webhook = given.webhook.map(|webhook| webhook.map(hook).transpose()).transpose()?;
    Ok(Drawn { email: given.email, webhook })
}

/// Stores what was drawn.
pub fn put(
    tx: &mut Tx<'_>,
    account: AccountId,
    credential_id: &str,
    drawn: &Drawn,
    now: Timestamp,
) -> keystead_store::Result<()> {
    let Drawn { email, webhook } = drawn;
    if email.is_none() && webhook.is_none() {
        return Ok(());
    }
    let found = tx.notice_addresses().find(account, credential_id)?;
    let (old_email, old_webhook) = found.map(|found| (found.email, found.webhook)).unwrap_or_default();
    tx.notice_addresses().put(&NoticeAddress {
        account,
        credential_id: credential_id.to_owned(),
        email: email.clone().unwrap_or(old_email),
        webhook: webhook.clone().unwrap_or(old_webhook),
        updated_at: now,
    })
}

/// Who is told, of one credential.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// By letter.
    pub(crate) email: Option<String>,
    /// By calls.
    pub(crate) webhook: Option<Called>,
}

/// Where calls go.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) url: String,
    /// Whether the operator named it.
    pub(crate) named: bool,
    secret: HookSecret,
}

#[derive(Debug)]
enum HookSecret {
    Open(SecretString),
    Sealed(AccountId, keystead_store::Sealed),
}

impl Called {
    /// What calls are signed with.
    pub(crate) fn secret(&self, store: &Store) -> keystead_store::Result<SecretString> {
        match &self.secret {
            HookSecret::Open(secret) => Ok(secret.clone()),
            HookSecret::Sealed(account, sealed) => {
                let opened = store.sealer().open(&secret_place(*account, &self.url), sealed.as_bytes())?;
                let text = String::from_utf8(opened.expose().clone());
                text.map(SecretString::new)
                    .map_err(|error| StoreError::Corrupt(error.utf8_error().to_string()))
            }
        }
    }
}

/// Who is told of a credential's rotations now.
pub(crate) fn told(
    tx: &mut Tx<'_>,
    gate: &Gate,
    account: AccountId,
    credential_id: &str,
) -> keystead_store::Result<Told> {
    let own = tx.notice_addresses().find(account, credential_id)?;
    let (email, webhook) = own.map(|own| (own.email, own.webhook)).unwrap_or_default();
    let settings = gate.settings();
    let own = webhook.map(|Hook { url, secret }| Called {
        named: gate.knows_target(&url),
        url,
        secret: HookSecret::Sealed(account, secret),
    });
    let installation = || {
        let (url, secret) = settings.notify_webhook.clone()?;
        Some(Called { url, named: true, secret: HookSecret::Open(secret) })
    };
    Ok(Told { email: email.or_else(|| settings.notify_email.clone()), webhook: own.or_else(installation) })
}

/// Checks whom an operator has named for the whole installation; says what is wrong.
pub fn check_default(
    email: Option<&str>,
    webhook: Option<(&str, &SecretString)>,
) -> std::result::Result<(), String> {
    if let Some(email) = email {
        check_email(email).map_err(|why| format!("`notify_email`: {why}"))?;
    }
    let Some((url, secret)) = webhook else { return Ok(()) };
    http::check_url_of(url, true).map_err(|why| format!("`notify_webhook`: {why}"))?;
    if SECRET_BYTES.contains(&secret.expose().len()) {
        return Ok(());
    }
    Err("`notify_webhook_secret_file`: the secret in it has 16 to 1,024 bytes".to_owned())
}
