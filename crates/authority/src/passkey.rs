//! Passkeys: the second thing a person signs in with that cannot be typed, and so not be given to a false page either.
//! The browser makes one for the name of the site it shows, and signs for that name alone.
//!
//! What stands between the two requests of a ceremony is sealed into the page, for one owner in one session or sign-in,
//! for five minutes, and good once. Challenges are drawn by the library, and not from the installation's randomness.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::BASE32_NOPAD;
use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, Timestamp, rng};
use keystead_gate::Gate;
use keystead_gate::ring::Principal;
use keystead_store::passkeys::Passkey as Row;
use keystead_store::{Command, Place, Tx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use webauthn_rs::prelude::{
    Credential, CredentialID, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder,
};

use crate::mfa;

/// How long somebody may take to touch an authenticator.
const LASTS: Duration = Duration::from_mins(5);

/// Whose browser is asked.
#[derive(Clone, Copy)]
pub struct Whose<'w> {
    /// Whose passkeys they are.
    pub owner: &'w Principal,
    /// What names the session or the sign-in under way: what is asked in one is answered in no other.
    pub within: &'w str,
}

/// What the browser is asked, and what it brings back with the answer.
pub struct Asked {
    /// For the browser, JSON: `{"publicKey": …}`.
    pub options: String,
    /// For the form, sealed.
    pub ceremony: String,
}

/// The site that a browser shows.
pub struct Site {
    name: String,
    webauthn: Webauthn,
}

impl Site {
    /// The site at a host of this installation; none where browsers know no passkeys: on an address without a name, and
    /// without TLS unless it is this machine's own.
    pub fn of(gate: &Gate, secure: bool, host: &str) -> Option<Self> {
        let is_ours = gate.settings().public_hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        let origin = Url::parse(&format!("{}://{host}", if secure { "https" } else { "http" })).ok()?;
        let name = origin.domain()?.to_owned();
        if !is_ours || name.parse::<IpAddr>().is_ok() || !(secure || name == "localhost") {
            return None;
        }
        let webauthn = WebauthnBuilder::new(&name, &origin).ok()?.rp_name("Keystead").build().ok()?;
        Some(Self { name, webauthn })
    }
}

/// What is sealed into the page.
#[derive(Serialize, Deserialize)]
struct Held<S> {
    id: String,
    owner_id: String,
    within: String,
    host: String,
    secure: bool,
    ends_at: Timestamp,
    state: S,
}

/// Begins making a passkey for an owner.
pub fn begin_making(
    gate: &Gate,
    whose: Whose<'_>,
    (secure, host): (bool, &str),
    now: Timestamp,
) -> Result<Asked> {
    let owner = whose.owner;
    let site = Site::of(gate, secure, host).ok_or_else(no_site)?;
    let known = rows_of(gate, owner)?;
    let known: Vec<CredentialID> =
        known.iter().filter_map(|row| URL_SAFE_NO_PAD.decode(&row.credential_id).ok()).collect();
    let digest = Sha256::digest(owner.arn().to_string());
    let handle = Uuid::from_slice(&digest[..16]).map_err(Fault::internal)?;
    let name = if owner.is_root() { format!("root of {}", owner.account) } else { owner.name.to_string() };
    let begun = site.webauthn.start_passkey_registration(handle, &name, &name, Some(known));
    let (options, state) = begun.map_err(Fault::internal)?;
    asked(gate, whose, (secure, host), &options, state, now)
}

/// A passkey that was made, before it is stored.
pub struct Made {
    pub(crate) row: Row,
    id: String,
    ends_at: Timestamp,
}

/// What a browser made, if it was asked to by this owner's page of this session. `label` is for people.
pub(crate) fn finish_making(
    gate: &Gate,
    whose: Whose<'_>,
    (ceremony, credential, label): (&str, &str, &str),
    now: Timestamp,
) -> Result<Made> {
    let owner = whose.owner;
    let over =
        || Fault::ValidationError("This took too long, or was begun elsewhere. Begin again.".to_owned());
    let held = open::<PasskeyRegistration>(gate, whose, ceremony, now).ok_or_else(over)?;
    let site = Site::of(gate, held.secure, &held.host).ok_or_else(over)?;
    let unfit = || {
        Fault::ValidationError(
            "`credential` is not what a browser answers to what it was asked. Begin again.".to_owned(),
        )
    };
    let given: RegisterPublicKeyCredential = serde_json::from_str(credential).map_err(|_| unfit())?;
    let made = site.webauthn.finish_passkey_registration(&given, &held.state).map_err(|_| unfit())?;
    let id: &[u8] = made.cred_id();
    let mark = BASE32_NOPAD.encode(&Sha256::digest(id)[..10]);
    let whose = if owner.is_root() { "root-account".to_owned() } else { format!("user/{}", owner.name) };
    let row = Row {
        account: owner.account,
        serial_number: format!("arn:aws:iam::{}:u2f/{whose}/{label}-{mark}", owner.account),
        owner_id: owner.id.to_string(),
        site: site.name,
        credential_id: URL_SAFE_NO_PAD.encode(id),
        credential: serde_json::to_string(&made).map_err(Fault::internal)?,
        uses: 0,
        enabled_at: now.whole_second(),
        used_at: None,
    };
    Ok(Made { row, id: held.id, ends_at: held.ends_at })
}

impl Made {
    /// Uses the ceremony up; false where somebody did.
    pub(crate) fn spend(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool> {
        Ok(tx.spent_challenges().spend(&self.id, self.ends_at, now)?)
    }
}

/// Asks for one of an owner's passkeys; none where it has none for this site.
pub fn ask(
    gate: &Gate,
    whose: Whose<'_>,
    (secure, host): (bool, &str),
    now: Timestamp,
) -> Result<Option<Asked>> {
    let Some(site) = Site::of(gate, secure, host) else { return Ok(None) };
    let rows = rows_of(gate, whose.owner)?.into_iter().filter(|row| row.site == site.name);
    let passkeys = rows.map(|row| serde_json::from_str(&row.credential).map_err(Fault::internal));
    let passkeys: Vec<Passkey> = passkeys.collect::<Result<_>>()?;
    if passkeys.is_empty() {
        return Ok(None);
    }
    let (options, state) = site.webauthn.start_passkey_authentication(&passkeys).map_err(Fault::internal)?;
    asked(gate, whose, (secure, host), &options, state, now).map(Some)
}

/// Whether a browser's answer is of one of the owner's passkeys, at the cost of an attempt where it is not. A right one is
/// used up.
pub fn is_answered(
    gate: &Gate,
    whose: Whose<'_>,
    ceremony: &str,
    answer: &str,
    now: Timestamp,
) -> Result<bool> {
    let owner = whose.owner;
    let proved = || {
        let held = open::<PasskeyAuthentication>(gate, whose, ceremony, now)?;
        let site = Site::of(gate, held.secure, &held.host)?;
        let given: PublicKeyCredential = serde_json::from_str(answer).ok()?;
        let proof = site.webauthn.finish_passkey_authentication(&given, &held.state).ok()?;
        Some((held.id, held.ends_at, proof))
    };
    let proved = proved();
    let (account, owner_id) = (owner.account, owner.id.to_string());
    write(gate, account, move |tx| {
        tx.lock_user(account, &owner_id)?;
        let since = mfa::attempts_since(now);
        let Some(slot) = tx.mfa_attempts().find_free_slot(account, &owner_id, since)? else {
            return Ok(false);
        };
        if let Some((id, ends_at, proof)) = &proved
            && tx.spent_challenges().spend(id, *ends_at, now)?
        {
            for row in tx.passkeys().list_by_owner(account, &owner_id)? {
                let mut passkey: Passkey = serde_json::from_str(&row.credential).map_err(Fault::internal)?;
                let counted = Credential::from(passkey.clone()).counter;
                if passkey.update_credential(proof).is_none() {
                    continue;
                }
                if !is_further(proof.counter(), counted) {
                    break;
                }
                let kept = serde_json::to_string(&passkey).map_err(Fault::internal)?;
                return Ok(tx.passkeys().record_use(&row, &kept, now)?);
            }
        }
        tx.mfa_attempts().fill_slot(account, &owner_id, slot, now)?;
        Ok(false)
    })
}

/// Whether an authenticator counted on. The library holds an answer against the counter as it was when the page asked;
/// another page may have been answered since, by a copy. Authenticators that do not count always say 0. Source: Web
/// Authentication Level 3, section 6.1.1.
const fn is_further(said: u32, counted: u32) -> bool {
    said > counted || (said == 0 && counted == 0)
}

fn rows_of(gate: &Gate, owner: &Principal) -> Result<Vec<Row>> {
    let owner_id = owner.id.to_string();
    gate.store().read(|tx| tx.passkeys().list_by_owner(owner.account, &owner_id).map_err(Fault::from))
}

fn asked<S: Serialize>(
    gate: &Gate,
    Whose { owner, within }: Whose<'_>,
    (secure, host): (bool, &str),
    options: &impl Serialize,
    state: S,
    now: Timestamp,
) -> Result<Asked> {
    let rng = &**gate.rng();
    let held = Held {
        id: rng::uuid(rng),
        owner_id: owner.id.to_string(),
        within: within.to_owned(),
        host: host.to_owned(),
        secure,
        ends_at: now.plus(LASTS),
        state,
    };
    let text = serde_json::to_vec(&held).map_err(Fault::internal)?;
    let sealed = gate.store().sealer().seal(&place(owner.account), &text, rng)?;
    Ok(Asked {
        options: serde_json::to_string(options).map_err(Fault::internal)?,
        ceremony: URL_SAFE_NO_PAD.encode(sealed.as_bytes()),
    })
}

/// What was sealed for this owner and session, while it is good. One of the other kind of ceremony does not read as this one.
fn open<S: DeserializeOwned>(
    gate: &Gate,
    Whose { owner, within }: Whose<'_>,
    ceremony: &str,
    now: Timestamp,
) -> Option<Held<S>> {
    let sealed = URL_SAFE_NO_PAD.decode(ceremony).ok()?;
    let plain = gate.store().sealer().open(&place(owner.account), &sealed).ok()?;
    let held: Held<S> = serde_json::from_slice(plain.expose()).ok()?;
    let is_theirs = held.owner_id == owner.id.to_string() && held.within == within;
    (is_theirs && held.ends_at > now).then_some(held)
}

fn place(tenant: AccountId) -> Place {
    Place { tenant, table: "passkeys", row: "ceremony".to_owned(), column: "state", version: 1 }
}

fn write<T: Send + 'static>(
    gate: &Gate,
    account: AccountId,
    work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let command = Command { id: rng::uuid(&**gate.rng()), account: Some(account), invocation_id: None };
    gate.store().write(command, work)
}

fn no_site() -> Fault {
    Fault::Refused(
        "Browsers make passkeys for a name and by https only, or for localhost: open the console there."
            .to_owned(),
    )
}
