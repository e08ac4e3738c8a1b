//! SSH keys: RSA and Ed25519, written as OpenSSH writes them or in PEM; public ones, and which public key a private one
//! belongs to.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PublicKeyComponents;
use keystead_aws::error::{Fault, Result};
use md5::Md5;
use pem::{EncodeConfig, LineEnding, Pem};
use sha2::{Digest, Sha256};
use ssh_key::Mpint;
use ssh_key::public::{Ed25519PublicKey, KeyData, RsaPublicKey};
use x509_parser::oid_registry::OID_SIG_ED25519;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::{PublicKey, RSAPublicKey};
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::certificate::{RSA_BITS_MIN, read_private_key, significant_bits};

/// What an Ed25519 key begins with as a SubjectPublicKeyInfo. Source: RFC 8410, section 4.
const ED25519_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// What a SubjectPublicKeyInfo is called in PEM.
const PEM_TAG: &str = "PUBLIC KEY";

/// How a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `ssh-rsa AAAA…`, as in `authorized_keys`.
    Ssh,
    /// A SubjectPublicKeyInfo in PEM.
    Pem,
}

/// A key as it was read.
pub struct SshKey {
    key: ssh_key::PublicKey,
    /// The same as a SubjectPublicKeyInfo.
    info: Vec<u8>,
    encoding: Encoding,
}

impl SshKey {
    /// Reads a key in either encoding.
    pub fn read(body: &str) -> Result<Self> {
        let body = body.trim();
        let (data, encoding) = if body.starts_with("-----BEGIN") {
            (read_pem(body)?, Encoding::Pem)
        } else {
            (read_openssh(body)?, Encoding::Ssh)
        };
        let info = subject_public_key_info(&data)?;
        Ok(Self { key: ssh_key::PublicKey::from(data), info, encoding })
    }

    /// MD5 of the key in hexadecimal digits and colons, as `ssh-keygen -l -E md5` prints it.
    pub fn fingerprint(&self) -> Result<String> {
        let digits = Md5::digest(self.bytes()?);
        Ok(digits.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"))
    }

    /// SHA-256 of the key.
    pub fn digest(&self) -> Result<Vec<u8>> {
        Ok(Sha256::digest(self.bytes()?).to_vec())
    }

    /// The key in an encoding: as it came in `body` where that is the one it came in.
    pub fn encode(&self, body: &str, encoding: Encoding) -> Result<String> {
        match encoding {
            same if same == self.encoding => Ok(body.to_owned()),
            Encoding::Ssh => self.key.to_openssh().map_err(Fault::internal),
            Encoding::Pem => {
                let lines = EncodeConfig::new().set_line_ending(LineEnding::LF);
                Ok(pem::encode_config(&Pem::new(PEM_TAG, self.info.as_slice()), lines))
            }
        }
    }

    /// The key as a SubjectPublicKeyInfo, by which it can be compared.
    pub fn info(&self) -> &[u8] {
        &self.info
    }

    /// The public key that belongs to a private one, which is written as OpenSSH writes it or in PEM; or why there is
    /// none, as a sentence that begins with `field`.
    pub fn of_private(field: &str, private: &str) -> std::result::Result<Self, String> {
        let private = private.trim();
        let unreadable =
            || format!("{field} cannot be read. Send an RSA or Ed25519 key in PEM or as OpenSSH writes it.");
        let block = pem::parse(private).ok().filter(|block| block.tag() == "OPENSSH PRIVATE KEY");
        let data = if let Some(block) = block {
            let key = ssh_key::PrivateKey::from_bytes(block.contents()).map_err(|_| unreadable())?;
            if key.is_encrypted() {
                return Err(format!("{field} is encrypted. Send it without a passphrase."));
            }
            key.public_key().key_data().clone()
        } else {
            let key = read_private_key(field, private)?;
            let info = key.public_key().ok_or_else(unreadable)?;
            read_info(info.as_ref()).map_err(|_| unreadable())?
        };
        let info = subject_public_key_info(&data).map_err(|_| unreadable())?;
        Ok(Self { key: ssh_key::PublicKey::from(data), info, encoding: Encoding::Ssh })
    }

    /// The bytes that SSH sends and hashes.
    fn bytes(&self) -> Result<Vec<u8>> {
        self.key.to_bytes().map_err(Fault::internal)
    }
}

fn invalid(why: &str) -> Fault {
    Fault::InvalidPublicKey(format!("SSHPublicKeyBody {why}. Send an ssh-rsa key or an ssh-ed25519 key."))
}

fn unrecognized() -> Fault {
    Fault::UnrecognizedPublicKeyEncoding(
        "SSHPublicKeyBody is in no encoding that is known. Send the public key as a line of OpenSSH, or in PEM."
            .to_owned(),
    )
}

fn read_openssh(body: &str) -> Result<KeyData> {
    if !body.split(' ').nth(1).is_some_and(|key| key.starts_with("AAAA")) {
        return Err(unrecognized());
    }
    match ssh_key::PublicKey::from_openssh(body) {
        Ok(key) => Ok(key.key_data().clone()),
        Err(ssh_key::Error::AlgorithmUnknown) => Err(invalid("holds a key of another type")),
        Err(_) => Err(invalid("cannot be read")),
    }
}

fn read_pem(body: &str) -> Result<KeyData> {
    let unreadable = || invalid("cannot be read");
    let block = pem::parse(body).map_err(|_| unreadable())?;
    match block.tag() {
        PEM_TAG => read_info(block.contents()),
        "RSA PUBLIC KEY" => {
            let Ok(([], key)) = RSAPublicKey::from_der(block.contents()) else { return Err(unreadable()) };
            rsa(&key)
        }
        _ => Err(unrecognized()),
    }
}

fn read_info(info: &[u8]) -> Result<KeyData> {
    let unreadable = || invalid("cannot be read");
    let Ok(([], info)) = SubjectPublicKeyInfo::from_der(info) else {
        return Err(unreadable());
    };
    match info.parsed() {
        Ok(PublicKey::RSA(key)) => rsa(&key),
        Ok(PublicKey::Unknown(bytes)) if info.algorithm.algorithm == OID_SIG_ED25519 => {
            Ed25519PublicKey::try_from(bytes).map(KeyData::Ed25519).map_err(|_| unreadable())
        }
        _ => Err(invalid("holds a key of another type")),
    }
}

fn rsa(key: &RSAPublicKey<'_>) -> Result<KeyData> {
    let number = |bytes| Mpint::from_positive_bytes(bytes).map_err(|_| invalid("cannot be read"));
    Ok(KeyData::Rsa(RsaPublicKey { e: number(key.exponent)?, n: number(key.modulus)? }))
}

/// The key as a SubjectPublicKeyInfo, which also tells whether it is one that can be used.
fn subject_public_key_info(data: &KeyData) -> Result<Vec<u8>> {
    match data {
        KeyData::Ed25519(key) => Ok([ED25519_HEAD.as_slice(), &key.0].concat()),
        KeyData::Rsa(key) => {
            let (n, e) = (key.n.as_positive_bytes(), key.e.as_positive_bytes());
            let (Some(n), Some(e)) = (n, e) else { return Err(invalid("cannot be read")) };
            let bits = significant_bits(n);
            if bits < RSA_BITS_MIN {
                let why = format!("holds an RSA key of {bits} bits, and {RSA_BITS_MIN} are the least");
                return Err(invalid(&why));
            }
            let der = PublicKeyComponents { n, e }.as_der();
            Ok(der.map_err(|_| invalid("holds an RSA key that cannot be used"))?.as_ref().to_vec())
        }
        _ => Err(invalid("holds a key of another type")),
    }
}
