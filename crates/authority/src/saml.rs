//! The metadata and keys of SAML providers. Assertions are not taken, so what is kept is only checked to be what
//! it is said to be.

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam;
use keystead_aws::xml;
use keystead_core::id::certificate_id;
use keystead_core::{AssertionEncryption, SamlPrivateKey, SamlProvider, SecretString, Timestamp};
use keystead_gate::Context;
use keystead_store::saml_providers::private_key_place;
use keystead_store::{Sealed, Tx};

use keystead_gate::certificate;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// How many private keys a provider may have: one, and the one after it.
const KEYS_MAX: usize = 2;
/// How long metadata holds that does not say it itself, as AWS has it.
const HOLDS: Duration = Duration::from_hours((100 * 365 + 24) * 24);

/// Reads metadata and tells until when they hold.
pub(crate) fn read_metadata(document: &str, now: Timestamp) -> Result<Timestamp> {
    let refused = |why: String| Fault::InvalidInput(format!("SAMLMetadataDocument {why}"));
    let root =
        xml::read(document.as_bytes()).map_err(|error| refused(format!("cannot be read: {error}.")))?;
    if root.name != "EntityDescriptor" || root.namespace != METADATA {
        return Err(refused(format!("is no EntityDescriptor of {METADATA}. Send your provider's metadata.")));
    }
    if root.attribute("entityID").is_none_or(str::is_empty) {
        return Err(refused(
            "has no entityID. Send your provider's metadata as it gives them out.".to_owned(),
        ));
    }
    let descriptor = root.child("IDPSSODescriptor");
    let keys =
        descriptor.iter().flat_map(|found| &found.children).filter(|child| child.name == "KeyDescriptor");
    let certificates: Vec<_> =
        keys.filter_map(|key| key.text_at(&["KeyInfo", "X509Data", "X509Certificate"])).collect();
    if certificates.is_empty() || !certificates.iter().all(|text| certificate::is_certificate(text)) {
        return Err(refused(
            "has no X.509 certificate in an IDPSSODescriptor that can be read. Send the metadata of a provider \
             that signs."
                .to_owned(),
        ));
    }
    match root.attribute("validUntil") {
        None => Ok(now.whole_second().plus(HOLDS)),
        Some(text) => {
            let until = Timestamp::parse_rfc3339(text)
                .ok_or_else(|| refused(format!("has the validUntil {text}, which is no instant.")))?;
            if until > now {
                Ok(until)
            } else {
                Err(refused(format!("held until {text}. Send one that holds.")))
            }
        }
    }
}

/// The rule of encryption that a request has.
pub(crate) fn read_encryption(word: Option<&str>) -> Option<AssertionEncryption> {
    word.and_then(AssertionEncryption::parse)
}

/// A private key that was read and sealed.
pub(crate) struct NewKey {
    pub(crate) key: SamlPrivateKey,
    pub(crate) sealed: Sealed,
}

/// Reads and seals a private key of a provider.
pub(crate) fn seal_key(cx: &Context, pem: &SecretString) -> Result<NewKey> {
    certificate::read_private_key("AddPrivateKey", pem.expose()).map_err(Fault::InvalidInput)?;
    let id = certificate_id(cx.rng());
    let place = private_key_place(cx.account(), &id);
    let sealed = cx.sealer().seal(&place, pem.expose().as_bytes(), cx.rng())?;
    Ok(NewKey { key: SamlPrivateKey { id, added_at: cx.now.whole_second() }, sealed })
}

/// Adds a private key to a provider that the caller has locked.
pub(crate) fn add_key(tx: &mut Tx<'_>, provider: &SamlProvider, new: &NewKey) -> Result<()> {
    tx.saml_providers().insert_key(provider, &new.key, &new.sealed)?;
    if tx.saml_providers().list_keys(provider)?.len() <= KEYS_MAX {
        return Ok(());
    }
    Err(Fault::LimitExceeded { quota: "PrivateKeysPerSAMLProvider", value: KEYS_MAX as u64 })
}

/// Refuses a provider whose assertions must be encrypted and could not be read.
pub(crate) fn check_readable(tx: &mut Tx<'_>, provider: &SamlProvider) -> Result<()> {
    let must = provider.encryption == AssertionEncryption::Required;
    if must && tx.saml_providers().list_keys(provider)?.is_empty() {
        return Err(Fault::InvalidInput(
            "AssertionEncryptionMode Required needs a private key. Give one in AddPrivateKey.".to_owned(),
        ));
    }
    Ok(())
}

/// The private keys of a provider as they are shown.
pub(crate) fn shown_keys(tx: &mut Tx<'_>, provider: &SamlProvider) -> Result<Vec<iam::SAMLPrivateKey>> {
    let shown =
        |key: SamlPrivateKey| iam::SAMLPrivateKey { key_id: Some(key.id), timestamp: Some(key.added_at) };
    Ok(tx.saml_providers().list_keys(provider)?.into_iter().map(shown).collect())
}
