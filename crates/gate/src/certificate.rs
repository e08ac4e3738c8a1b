//! Reading X.509 certificates in PEM, and deciding whether they can be used: alone to sign with, or with a chain
//! and a private key on a server.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystead_aws::error::{Fault, Result, text};
use keystead_core::id::certificate_id;
use keystead_core::{AccountId, KeyStatus, Rng, SigningCertificate, Timestamp};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::SigningKey;
use sha2::{Digest, Sha256};
use x509_parser::oid_registry::{OID_EC_P256, OID_NIST_EC_P384, OID_NIST_EC_P521, OID_SIG_ED25519, Oid};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The shortest RSA key that is taken, in bits.
pub const RSA_BITS_MIN: usize = 2048;

/// What IAM calls the certificate.
const BODY: &str = "CertificateBody";

const CURVES: [Oid<'static>; 3] = [OID_EC_P256, OID_NIST_EC_P384, OID_NIST_EC_P521];

/// What is kept of a certificate besides its text.
pub struct Certificate {
    /// SHA-256 of the DER form.
    pub fingerprint: Vec<u8>,
    /// Whom it was issued to.
    pub subject: String,
    /// Its serial number in hexadecimal digits.
    pub serial: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How long it is valid, from its beginning to its end.
    pub lasts: Duration,
}

/// Reads a certificate to sign with: one in PEM, valid now, with a key that is strong enough.
pub fn read_signing(body: &str, now: Timestamp) -> Result<Certificate> {
    // AWS repeats what it could not read. A private key must not go from there into the audit.
    if body.contains("PRIVATE KEY") {
        return Err(Fault::InvalidCertificate(
            "CertificateBody holds a private key. Send the certificate alone, and replace the key: it has left \
             its place."
                .to_owned(),
        ));
    }
    let malformed = || Fault::MalformedCertificate { body: body.to_owned() };
    let blocks = read_blocks(body).ok_or_else(malformed)?;
    let [der] = blocks.as_slice() else { return Err(malformed()) };
    let certificate = parse(der).ok_or_else(malformed)?;
    check_validity(BODY, &certificate, now)
        .and_then(|()| check_key(BODY, &certificate))
        .map_err(Fault::InvalidCertificate)?;
    Ok(Certificate {
        fingerprint: Sha256::digest(der).to_vec(),
        subject: certificate.subject().to_string(),
        serial: certificate.raw_serial_as_string(),
        expires_at: expiry(&certificate),
        lasts: expiry(&certificate).since(timestamp(certificate.validity().not_before)),
    })
}

/// A signing certificate as it is kept once an owner has uploaded it; `body` is [`read_signing`] first.
pub fn uploaded(
    account: AccountId,
    owner_id: &str,
    body: String,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<SigningCertificate> {
    let read = read_signing(&body, now)?;
    Ok(SigningCertificate {
        account,
        id: certificate_id(rng),
        owner_id: owner_id.to_owned(),
        body,
        fingerprint: read.fingerprint,
        subject: read.subject,
        serial: read.serial,
        expires_at: read.expires_at,
        status: KeyStatus::Active,
        uploaded_at: now.whole_second(),
    })
}

/// The SHA-256 of the DER form of one certificate in PEM.
pub fn fingerprint(pem: &str) -> Option<[u8; 32]> {
    match read_blocks(pem)?.as_slice() {
        [der] => parse(der).map(|_| Sha256::digest(der).into()),
        _ => None,
    }
}

/// Reads a server's certificate with its chain and private key, checks that they belong together, and tells when
/// the certificate ends.
pub fn read_server(body: &str, chain: Option<&str>, private_key: &str, now: Timestamp) -> Result<Timestamp> {
    let malformed = || Fault::UnusableCertificate(text::CERTIFICATE_NOT_PARSED.to_owned());
    let blocks = read_blocks(body).ok_or_else(malformed)?;
    let [der] = blocks.as_slice() else { return Err(malformed()) };
    let certificate = parse(der).ok_or_else(malformed)?;
    check_validity(BODY, &certificate, now).map_err(Fault::UnusableCertificate)?;
    let key = read_private_key("PrivateKey", private_key).map_err(Fault::UnusableCertificate)?;
    if !is_pair(&certificate, &*key) {
        return Err(Fault::KeyPairMismatch(
            "PrivateKey does not belong to the certificate in CertificateBody. Send the key that it was made for."
                .to_owned(),
        ));
    }
    chain.map(|chain| check_chain(&certificate, chain)).transpose()?;
    Ok(expiry(&certificate))
}

/// Checks a certificate and its private key, given as the fields `certificate` and `private_key`: valid now, strong
/// enough, and made for each other. The text names the field and the fix.
pub fn check_own(certificate: &str, private_key: &str, now: Timestamp) -> std::result::Result<(), String> {
    const FIELD: &str = "`certificate`";
    let malformed =
        || format!("{FIELD} cannot be read. Give one X.509 certificate in PEM, and nothing else.");
    let blocks = read_blocks(certificate).ok_or_else(malformed)?;
    let [der] = blocks.as_slice() else { return Err(malformed()) };
    let certificate = parse(der).ok_or_else(malformed)?;
    check_validity(FIELD, &certificate, now)?;
    check_key(FIELD, &certificate)?;
    let key = read_private_key("`private_key`", private_key)?;
    if is_pair(&certificate, &*key) {
        return Ok(());
    }
    Err(format!(
        "`private_key` does not belong to the certificate in {FIELD}. Give the key that it was made for."
    ))
}

/// The DER forms of the certificates in a text that holds nothing else.
fn read_blocks(text: &str) -> Option<Vec<Vec<u8>>> {
    let text = text.trim();
    if !text.starts_with("-----BEGIN CERTIFICATE-----") || !text.ends_with("-----END CERTIFICATE-----") {
        return None;
    }
    let blocks = pem::parse_many(text).ok()?;
    let whole = blocks.len() == text.matches("-----BEGIN").count();
    (whole && blocks.iter().all(|block| block.tag() == "CERTIFICATE"))
        .then(|| blocks.into_iter().map(pem::Pem::into_contents).collect())
}

fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    X509Certificate::from_der(der)
        .ok()
        .filter(|(rest, _)| rest.is_empty())
        .map(|(_, certificate)| certificate)
}

fn expiry(certificate: &X509Certificate<'_>) -> Timestamp {
    timestamp(certificate.validity().not_after)
}

fn timestamp(time: ASN1Time) -> Timestamp {
    Timestamp::from_secs(time.timestamp())
}

fn check_validity(
    field: &str,
    certificate: &X509Certificate<'_>,
    now: Timestamp,
) -> std::result::Result<(), String> {
    let (from, until) = (timestamp(certificate.validity().not_before), expiry(certificate));
    if until < now {
        let until = until.to_iso8601();
        return Err(format!("The certificate in {field} ended at {until}. Upload one that is valid now."));
    }
    if now < from {
        let from = from.to_iso8601();
        return Err(format!("The certificate in {field} begins at {from}. Upload one that is valid now."));
    }
    Ok(())
}

fn check_key(field: &str, certificate: &X509Certificate<'_>) -> std::result::Result<(), String> {
    let info = certificate.public_key();
    match info.parsed() {
        Ok(PublicKey::RSA(key)) if significant_bits(key.modulus) < RSA_BITS_MIN => Err(format!(
            "The RSA key of the certificate in {field} has {} bits. Use one of {RSA_BITS_MIN} or more.",
            significant_bits(key.modulus)
        )),
        Ok(PublicKey::RSA(_)) => Ok(()),
        Ok(PublicKey::EC(_)) if curve(info).is_some_and(|curve| CURVES.contains(&curve)) => Ok(()),
        _ if info.algorithm.algorithm == OID_SIG_ED25519 => Ok(()),
        _ => Err(format!(
            "The key of the certificate in {field} is of a type that is not known. Use RSA of \
             {RSA_BITS_MIN} bits or more, ECDSA on P-256, P-384 or P-521, or Ed25519."
        )),
    }
}

fn curve<'k>(info: &'k SubjectPublicKeyInfo<'_>) -> Option<Oid<'k>> {
    info.algorithm.parameters.as_ref()?.as_oid().ok()
}

/// How long a number is, without the zeros it begins with.
pub fn significant_bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() - zeros) * 8 - first
}

/// Reads a private key in PEM; `field` is where it was given.
pub fn read_private_key(field: &str, pem: &str) -> std::result::Result<Arc<dyn SigningKey>, String> {
    if pem.contains("ENCRYPTED") {
        return Err(format!("{field} is encrypted. Send it without a passphrase."));
    }
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok().and_then(|der| any_supported_type(&der).ok()).ok_or_else(
        || {
            format!(
                "{field} cannot be read. Send one key in PEM, RSA of 2048 to 8192 bits, ECDSA on P-256, P-384 or \
                 P-521, or Ed25519."
            )
        },
    )
}

/// Whether a base64 text is a certificate.
pub fn is_certificate(base64: &str) -> bool {
    let compact: String = base64.split_ascii_whitespace().collect();
    STANDARD.decode(compact).is_ok_and(|der| parse(&der).is_some())
}

fn is_pair(certificate: &X509Certificate<'_>, key: &dyn SigningKey) -> bool {
    key.public_key().is_some_and(|info| info.as_ref() == certificate.public_key().raw)
}

/// Each certificate of the chain must have signed the one before it.
fn check_chain(certificate: &X509Certificate<'_>, chain: &str) -> Result<()> {
    let broken = |index| Fault::UnusableCertificate(text::chain_broken(index));
    let blocks = read_blocks(chain).ok_or_else(|| broken(0))?;
    let mut signed = certificate.clone();
    for (index, der) in blocks.iter().enumerate() {
        let signer = parse(der).ok_or_else(|| broken(index))?;
        let is_signer = signed.issuer().as_raw() == signer.subject().as_raw()
            && signed.verify_signature(Some(signer.public_key())).is_ok();
        if !is_signer {
            return Err(broken(index));
        }
        signed = signer;
    }
    Ok(())
}
