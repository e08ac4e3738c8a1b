//! ManageStoredCredential: the value of a stored credential comes under rotation. Signed calls to an address of one's
//! own set a new value where it is checked, and try it there. Done again it takes over a value that was given by hand.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, KeyId, SecretString};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::custody::Material;
use keystead_store::stored_credentials::{StoredCredential, StoredKind, value_place};
use keystead_store::value_setters::ValueSetter;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::delivery::http;
use crate::embedded::stored_value::{self, Settings};
use crate::managed::{self, Draft, Drawn, Shown};
use crate::notices::addresses::Given;

/// The characters of a value when not said.
const LENGTH_DEFAULT: usize = 32;
/// How many there may be; and of how many an alphabet is.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=1024;
const ALPHABET_MIN: usize = 10;

/// ManageStoredCredential.
pub struct ManageStoredCredential;

/// Which, and how its values are set. There is no `Debug`: a secret is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The stored credential's name.
    pub credential: String,
    /// Where calls go: an https address.
    pub set_url: String,
    /// What calls are signed with, 16 bytes or more.
    pub signing_secret: String,
    /// Whether a value that was set is also tried by a call; yes when not said.
    #[serde(default = "yes")]
    pub test: bool,
    /// How many characters a new value has, 16 to 1024: 32 when not said.
    pub length: Option<usize>,
    /// The characters it is drawn from, ten or more: letters and digits when not said.
    pub alphabet: Option<String>,
    /// The durations it is rotated with: `standard` when not said, or `demo`.
    pub profile: Option<String>,
}

fn yes() -> bool {
    true
}

/// The credential under rotation, before there are rows for it.
pub struct Prepared {
    stored: StoredCredential,
    drawn: Drawn,
    setter: ValueSetter,
}

impl Operation for ManageStoredCredential {
    type Input = Input;
    type Prepared = Prepared;
    type Output = Shown;
    const NAME: &'static str = "ManageStoredCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), &format!("stored-credential/{}", input.credential)))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Prepared> {
        let (settings, signing) = check(cx, &input)?;
        let (stored, value, known) = find(cx, &input.credential)?;
        let id = known.unwrap_or_else(|| keystead_core::rng::uuid(cx.rng()));
        let key: KeyId = format!("v{}", stored.version).parse().map_err(Fault::internal)?;
        let draft = Draft {
            // No name that people give has a colon.
            name: format!("stored:{}", stored.name),
            material: Material::StoredValue,
            user_name: stored.name.clone(),
            owner_id: format!("stored-credential/{}", stored.name),
            endpoint: None,
            profile: input.profile,
            notify: Given::default(),
        };
        let setter = ValueSetter {
            account: cx.account(),
            credential_id: id.clone(),
            stored_credential_id: stored.id.clone(),
            settings: serde_json::to_string(&settings).map_err(Fault::internal)?,
            key: stored_value::seal_key(cx, &id, &signing)?,
            values: stored_value::beginning(key, stored.version, cx.now),
        };
        Ok(Prepared { drawn: managed::draw_as(cx, draft, key, &value, id)?, stored, setter })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, prepared: &Prepared) -> Result<Shown> {
        let Prepared { stored, drawn, setter } = prepared;
        tx.lock_stored_credential(cx.account(), &stored.name)?;
        let found = tx.stored_credentials().find(cx.account(), &stored.name)?;
        if found.is_none_or(|found| found.version != stored.version) {
            return Err(Fault::ConcurrentModification(format!(
                "{} was changed by somebody else at the same time. Look at it and try again.",
                stored.name
            )));
        }
        let shown = match tx.value_setters().find_by_stored(cx.account(), &stored.id)? {
            None => managed::insert(tx, drawn)?,
            Some(known) => {
                if tx.rotations().find_running(cx.account(), &known.credential_id)?.is_some() {
                    return Err(Fault::ConcurrentModification(format!(
                        "{} is being rotated. Let it end, or go back, and try again.",
                        stored.name
                    )));
                }
                managed::replace(tx, drawn)?;
                managed::get(tx, cx, &known.credential_id)?.into()
            }
        };
        tx.value_setters().put(setter)?;
        Ok(shown)
    }
}

impl RestOperation for ManageStoredCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/stored-credentials/{credential}/manage" };
}

fn check(cx: &Context, input: &Input) -> Result<(Settings, SecretString)> {
    let wrong = |text: String| Fault::ValidationError(text);
    http::check_url(cx.gate(), &input.set_url)
        .map_err(|why| wrong(format!("{why}.").replacen("`url`", "`set_url`", 1)))?;
    if !(16..=16 * 1024).contains(&input.signing_secret.len()) {
        return Err(wrong("`signing_secret` has 16 to 16,384 bytes.".to_owned()));
    }
    let length = input.length.unwrap_or(LENGTH_DEFAULT);
    if !LENGTHS.contains(&length) {
        return Err(wrong("`length` is 16 to 1024.".to_owned()));
    }
    if let Some(alphabet) = &input.alphabet {
        let distinct: std::collections::BTreeSet<u8> = alphabet.bytes().collect();
        let is_right = alphabet.bytes().all(|b| b.is_ascii_graphic());
        if !is_right || distinct.len() != alphabet.len() || alphabet.len() < ALPHABET_MIN {
            return Err(wrong(
                "`alphabet` has ten or more printable ASCII characters, each of them once.".to_owned(),
            ));
        }
    }
    let (url, is_tested, alphabet) = (input.set_url.clone(), input.test, input.alphabet.clone());
    Ok((Settings { url, is_tested, length, alphabet }, SecretString::new(input.signing_secret.clone())))
}

/// The stored credential, its newest value, and the id that it is rotated under already.
fn find(cx: &Context, name: &str) -> Result<(StoredCredential, SecretString, Option<String>)> {
    let account = cx.account();
    let (stored, version, known) = cx.gate().store().read(|tx| {
        let stored = tx.stored_credentials().find(account, name)?;
        let stored =
            stored.ok_or_else(|| Fault::NoSuchEntity(format!("There is no stored credential {name}.")))?;
        let version = tx.stored_credentials().find_version(&stored.id, stored.version)?;
        let known = tx.value_setters().find_by_stored(account, &stored.id)?;
        Ok::<_, Fault>((stored, version, known))
    })?;
    let version = version.filter(|_| stored.kind == StoredKind::User);
    let version = version.ok_or_else(|| {
        Fault::UnmodifiableEntity(format!(
            "{name} is generated: it follows the connected cloud account. Rotate its key with: keystead cloud rotate"
        ))
    })?;
    let opened =
        cx.sealer().open(&value_place(account, &stored.id, stored.version), version.value.as_bytes())?;
    let value = String::from_utf8(opened.expose().clone()).map_err(Fault::internal)?;
    Ok((stored, value.into(), known.map(|known| known.credential_id)))
}
