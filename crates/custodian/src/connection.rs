//! Connections to accounts at clouds: credentials as they are offered, the proof of whose they are, and reaching a
//! connected account with the ones in use.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, Arn, Clock, SecretString, Timestamp};
use keystead_gate::{Context, Gate, certificate};
use keystead_store::cloud_accounts::{
    CloudAccount, CloudCredentialKind, CloudCredentials, private_key_place, secret_place,
};
use keystead_store::cloud_endpoints::identity_place;
use keystead_store::{Sealer, Tx};

use crate::endpoint::{self, Endpoint};
use crate::provider::resource::ResourceKind;
use crate::provider::{self, CloudFault, CloudKey, Identity, Outcome, Patience, Provider, Reach};

/// Credentials as somebody offers them. There is no `Debug`: secrets are among them.
#[derive(Default)]
pub struct Offered {
    /// An access key.
    pub key: Option<(String, SecretString)>,
    /// A role to assume, with that key or with the installation's own.
    pub role_arn: Option<String>,
    /// An X.509 certificate and its private key, PEM.
    pub certificate: Option<(String, SecretString)>,
}

impl Offered {
    /// What they are.
    pub fn kind(&self) -> CloudCredentialKind {
        if self.role_arn.is_some() { CloudCredentialKind::Role } else { CloudCredentialKind::AccessKey }
    }

    /// Refuses what cannot be right whatever the cloud says; the text names the field and the fix.
    pub fn check(&self, now: Timestamp) -> Result<()> {
        if let Some((certificate, private_key)) = &self.certificate {
            certificate::check_own(certificate, private_key.expose(), now).map_err(Fault::ValidationError)?;
        }
        self.check_key()
    }

    fn check_key(&self) -> Result<()> {
        let refuse = |text: &str| Err(Fault::ValidationError(text.to_owned()));
        match (&self.key, &self.role_arn) {
            (None, None) => {
                refuse("Give `access_key_id` and `secret_access_key`, or `role_arn` for a role to assume.")
            }
            (Some((id, _)), _) if id.starts_with("ASIA") => refuse(
                "`access_key_id` is a temporary key, which would stop working within hours. Give a long-term key of an \
                 IAM user, or a role in `role_arn`.",
            ),
            (Some((id, _)), _)
                if !(16..=128).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric()) =>
            {
                refuse("`access_key_id` has 16 to 128 letters and digits, for example AKIAIOSFODNN7EXAMPLE.")
            }
            (Some((_, secret)), _)
                if !(8..=512).contains(&secret.expose().len())
                    || !secret.expose().bytes().all(|b| b.is_ascii_graphic()) =>
            {
                refuse("`secret_access_key` has 8 to 512 characters without spaces or line breaks.")
            }
            (_, Some(role)) if !role.contains(":role/") || role.len() > 2048 || !role.is_ascii() => refuse(
                "`role_arn` is the ARN of a role, for example arn:aws:iam::123456789012:role/Keystead.",
            ),
            _ => Ok(()),
        }
    }
}

/// Credentials that were proved to work, and whose they are.
pub struct Proved {
    offered: Offered,
    /// Who they are at the cloud.
    pub identity: Identity,
}

/// A key and its secret as they stand in an input.
pub fn key_pair(
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
) -> Result<Option<(String, SecretString)>> {
    let missing = |text: &str| Err(Fault::ValidationError(text.to_owned()));
    match (access_key_id, secret_access_key) {
        (Some(id), Some(secret)) => Ok(Some((id, secret.into()))),
        (None, None) => Ok(None),
        (Some(_), None) => missing("`secret_access_key` is missing: give it with the key."),
        (None, Some(_)) => missing("`access_key_id` is missing: give it with the secret."),
    }
}

/// An account number without the hyphens people write in it.
pub fn account_number(text: &str) -> Result<String> {
    let number: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    if number.len() == 12 && number.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(number);
    }
    Err(Fault::ValidationError("`account_number` has 12 digits, for example 1234-1234-1234.".to_owned()))
}

/// The ARN of a connected account in policies.
pub fn arn(account: AccountId, name_or_id: &str) -> Arn {
    Arn::keystead(account, &format!("cloud-account/{name_or_id}"))
}

/// The connected account of that name or id.
pub fn get(tx: &mut Tx<'_>, account: AccountId, name_or_id: &str) -> Result<CloudAccount> {
    let found = match tx.cloud_accounts().find_by_name(account, name_or_id)? {
        None => tx.cloud_accounts().find(account, name_or_id)?,
        found => found,
    };
    found.ok_or_else(|| Fault::NoSuchEntity(format!("There is no connected cloud account {name_or_id}.")))
}

/// Refuses while a rotation exchanges the account's key: it has to know which key is in use.
pub fn check_rests(tx: &mut Tx<'_>, cloud: &CloudAccount) -> Result<()> {
    let Some(rotation) = rotation_of(tx, cloud.account, &cloud.id)? else { return Ok(()) };
    Err(Fault::ConcurrentModification(format!(
        "The key of {} is being rotated. Let it end, or go back to the old key, and try again: keystead rotate status \
         {rotation}",
        cloud.name
    )))
}

/// The rotation that exchanges the key of a connected account just now.
pub fn rotation_of(tx: &mut Tx<'_>, account: AccountId, cloud_account_id: &str) -> Result<Option<String>> {
    let Some(managed) = tx.custody().find_by_cloud(account, cloud_account_id)? else { return Ok(None) };
    Ok(tx.rotations().find_running(account, &managed.id)?.map(|rotation| rotation.id))
}

/// The credentials in use of a connected account.
pub fn in_use(tx: &mut Tx<'_>, cloud: &CloudAccount) -> Result<CloudCredentials> {
    let found = tx.cloud_accounts().find_credentials(cloud.account, &cloud.id, cloud.version)?;
    found.ok_or_else(|| {
        Fault::internal(format!("cloud account {} has no credentials of version {}", cloud.id, cloud.version))
    })
}

/// The kind of resources of that name, of those that are listed of a connected account.
pub fn get_kind(cloud: &CloudAccount, name: &str) -> Result<&'static dyn ResourceKind> {
    let kinds = provider::find(&cloud.provider).map_or(&[][..], |provider| provider.kinds());
    kinds.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| {
        let known: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        Fault::ValidationError(format!("There is no kind `{name}`. Kinds are: {}.", known.join(", ")))
    })
}

/// The provider of an endpoint.
pub fn provider_of(endpoint: &Endpoint) -> Result<&'static dyn Provider> {
    provider::find(&endpoint.provider)
        .ok_or_else(|| Fault::internal(format!("there is no provider {}", endpoint.provider)))
}

/// Proves credentials at their endpoint: they work, they may do something, and this is whose they are. What they
/// belong to is for the caller to compare.
pub fn prove(
    cx: &Context,
    endpoint: &Endpoint,
    external_id: &str,
    offered: Offered,
) -> Result<Outcome<Proved>> {
    let provider = provider_of(endpoint)?;
    let base = match &offered.key {
        Some((id, secret)) => {
            CloudKey { access_key_id: id.clone(), secret: secret.clone(), session_token: None }
        }
        None => own_key(cx.gate(), endpoint)?,
    };
    let changed = || CloudFault::Unreadable("it named another account the second time".to_owned());
    let outcome = with_key(cx.gate(), endpoint, &base, Patience::SHORT, |reach| -> Outcome<Identity> {
        let assumed = match &offered.role_arn {
            Some(role) => Some(provider.assume_role(reach, role, external_id)?),
            None => None,
        };
        let reach = &Reach { key: assumed.as_ref().unwrap_or(&base), ..*reach };
        let identity = provider.identify(reach)?;
        provider.check_rights(reach)?;
        if provider.identify(reach)? != identity {
            return Err(changed());
        }
        Ok(identity)
    })?;
    Ok(outcome.map(|identity| Proved { offered, identity }))
}

/// Something done with a key at an endpoint.
fn with_key<T>(
    gate: &Gate,
    endpoint: &Endpoint,
    key: &CloudKey,
    patience: Patience,
    work: impl FnOnce(&Reach<'_>) -> T,
) -> Result<T> {
    let outgoing = gate.outgoing().ok_or_else(|| Fault::internal("there is no way out"))?;
    let (clock, rng) = (&**gate.clock(), &**gate.rng());
    Ok(work(&Reach { outgoing, endpoint, key, clock, rng, patience }))
}

/// The installation's own key at an endpoint.
fn own_key(gate: &Gate, endpoint: &Endpoint) -> Result<CloudKey> {
    let identity =
        gate.store().read(|tx| tx.cloud_endpoints().find_identity(&endpoint.name).map_err(Fault::from));
    let identity = identity?.ok_or_else(|| {
        Fault::ValidationError(format!(
            "`access_key_id` is missing: this installation has no key of its own at {} to assume roles with. The \
             operator can set one: keystead admin endpoint identity {}",
            endpoint.name, endpoint.name
        ))
    })?;
    let secret = gate.store().sealer().open(&identity_place(&endpoint.name)?, identity.secret.as_bytes())?;
    let secret = String::from_utf8(secret.expose().clone()).map_err(Fault::internal)?;
    Ok(CloudKey { access_key_id: identity.access_key_id, secret: secret.into(), session_token: None })
}

impl Proved {
    /// The row of these credentials, with their secrets sealed.
    pub fn seal(&self, cx: &Context, cloud_account_id: &str, version: i64) -> Result<CloudCredentials> {
        let (account, sealer) = (cx.account(), cx.sealer());
        let key = self.offered.key.as_ref();
        let secret = key.map(|(_, secret)| {
            let place = secret_place(account, cloud_account_id, version);
            sealer.seal(&place, secret.expose().as_bytes(), cx.rng())
        });
        let certificate = self.offered.certificate.as_ref();
        let private_key = certificate.map(|(_, private)| {
            let place = private_key_place(account, cloud_account_id, version);
            sealer.seal(&place, private.expose().as_bytes(), cx.rng())
        });
        Ok(CloudCredentials {
            cloud_account_id: cloud_account_id.to_owned(),
            version,
            kind: self.offered.kind(),
            access_key_id: key.map(|(id, _)| id.clone()),
            secret: secret.transpose()?,
            role_arn: self.offered.role_arn.clone(),
            certificate: certificate.map(|(certificate, _)| certificate.clone()),
            private_key: private_key.transpose()?,
            principal_arn: self.identity.arn.clone(),
            created_by: cx.caller.arn().to_string(),
            created_at: cx.now,
            replaced_at: None,
        })
    }
}

/// The secret of a version, opened.
pub fn open_secret(
    sealer: &Sealer,
    account: AccountId,
    credentials: &CloudCredentials,
) -> Result<Option<SecretString>> {
    let Some(sealed) = &credentials.secret else { return Ok(None) };
    let place = secret_place(account, &credentials.cloud_account_id, credentials.version);
    let plain = sealer.open(&place, sealed.as_bytes())?;
    String::from_utf8(plain.expose().clone()).map(|text| Some(text.into())).map_err(Fault::internal)
}

/// The private key of a version's certificate, opened.
fn open_private_key(
    sealer: &Sealer,
    account: AccountId,
    credentials: &CloudCredentials,
) -> Result<Option<SecretString>> {
    let Some(sealed) = &credentials.private_key else { return Ok(None) };
    let place = private_key_place(account, &credentials.cloud_account_id, credentials.version);
    let plain = sealer.open(&place, sealed.as_bytes())?;
    String::from_utf8(plain.expose().clone()).map(|text| Some(text.into())).map_err(Fault::internal)
}

impl Offered {
    /// What a version holds, to be offered once more.
    pub fn again(sealer: &Sealer, account: AccountId, version: &CloudCredentials) -> Result<Self> {
        let private_key = open_private_key(sealer, account, version)?;
        Ok(Self {
            key: version.access_key_id.clone().zip(open_secret(sealer, account, version)?),
            role_arn: version.role_arn.clone(),
            certificate: version.certificate.clone().zip(private_key),
        })
    }
}

/// How old a role's temporary key may be: it ends an hour after it was made, unless the role says less.
const ROLE_KEY_AGE_MAX: Duration = Duration::from_mins(45);

/// A connected account with everything that calls to it need. It can be used by many threads at once.
pub struct Connection {
    gate: Arc<Gate>,
    /// The account.
    pub cloud: CloudAccount,
    /// Its endpoint.
    pub endpoint: Endpoint,
    /// Its provider.
    pub provider: &'static dyn Provider,
    /// The key that signs, or that assumes the role, with the version it is of.
    base: Mutex<(i64, CloudKey)>,
    role: Option<Role>,
}

/// A role, and the temporary key of it that is in use.
struct Role {
    arn: String,
    held: Mutex<(CloudKey, Timestamp)>,
}

impl Connection {
    /// Opens the credentials in use of a connected account; a role is assumed now.
    pub fn open(gate: &Arc<Gate>, cloud: CloudAccount, patience: Patience) -> Result<Outcome<Self>> {
        let (endpoint, credentials) = gate
            .store()
            .read(|tx| Ok::<_, Fault>((endpoint::find(tx, &cloud.endpoint)?, in_use(tx, &cloud)?)))?;
        let provider = provider_of(&endpoint)?;
        let base = Mutex::new((cloud.version, base_key(gate, &endpoint, cloud.account, &credentials)?));
        let gate = Arc::clone(gate);
        let mut connection = Self { gate, cloud, endpoint, provider, base, role: None };
        if let Some(arn) = credentials.role_arn {
            let held = match connection.assume(&arn, patience)? {
                Ok(key) => Mutex::new((key, connection.gate.clock().now())),
                Err(fault) => return Ok(Err(fault)),
            };
            connection.role = Some(Role { arn, held });
        }
        Ok(Ok(connection))
    }

    /// Something done at the cloud.
    pub fn reach<T>(&self, patience: Patience, work: impl FnOnce(&Reach<'_>) -> T) -> Result<T> {
        with_key(&self.gate, &self.endpoint, &self.key(patience)?, patience, work)
    }

    /// The clock that calls are dated by.
    pub fn clock(&self) -> &dyn Clock {
        &**self.gate.clock()
    }

    /// The key to sign with: where a role is assumed, a temporary one that does not end soon. One that cannot be had
    /// anew is used as long as the cloud takes it.
    fn key(&self, patience: Patience) -> Result<CloudKey> {
        let Some(role) = &self.role else { return self.base() };
        let mut held = role.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.gate.clock().now();
        if now.since(held.1) > ROLE_KEY_AGE_MAX
            && let Ok(key) = self.assume(&role.arn, patience)?
        {
            *held = (key, now);
        }
        Ok(held.0.clone())
    }

    fn assume(&self, role_arn: &str, patience: Patience) -> Result<Outcome<CloudKey>> {
        let assume = |reach: &Reach<'_>| self.provider.assume_role(reach, role_arn, &self.cloud.external_id);
        with_key(&self.gate, &self.endpoint, &self.base()?, patience, assume)
    }

    /// The key in use now, which a rotation may have exchanged since the connection was opened: work that takes long
    /// must not keep the former one in use. Of an account that is gone, the one it had.
    fn base(&self) -> Result<CloudKey> {
        let mut held = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        let present = self.gate.store().read(|tx| {
            let present = tx.cloud_accounts().find(self.cloud.account, &self.cloud.id)?;
            let changed = present.filter(|cloud| cloud.version != held.0);
            changed.map(|cloud| in_use(tx, &cloud)).transpose()
        })?;
        if let Some(credentials) = present {
            let key = base_key(&self.gate, &self.endpoint, self.cloud.account, &credentials)?;
            *held = (credentials.version, key);
        }
        Ok(held.1.clone())
    }
}

/// The access key of credentials, or where they have none the installation's own.
fn base_key(
    gate: &Gate,
    endpoint: &Endpoint,
    account: AccountId,
    credentials: &CloudCredentials,
) -> Result<CloudKey> {
    let secret = open_secret(gate.store().sealer(), account, credentials)?;
    match (credentials.access_key_id.clone(), secret) {
        (Some(access_key_id), Some(secret)) => Ok(CloudKey { access_key_id, secret, session_token: None }),
        _ => own_key(gate, endpoint),
    }
}
