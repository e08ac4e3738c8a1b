//! Certificates made on the spot, each with a private key of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use pem::{EncodeConfig, LineEnding, Pem};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// A certificate and its private key, both in PEM.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) private_key: String,
}

impl Issued {
    fn new(der: &[u8], key: &KeyPair) -> Self {
        Self {
            certificate: to_pem("CERTIFICATE", der),
            private_key: to_pem("PRIVATE KEY", &key.serialize_der()),
        }
    }

    /// A line of the private key that nothing else has.
    pub(crate) fn private_line(&self) -> &str {
        self.private_key.lines().nth(1).expect("a key has more than one line")
    }
}

pub(crate) fn to_pem(tag: &str, der: &[u8]) -> String {
    pem::encode_config(&Pem::new(tag, der), EncodeConfig::new().set_line_ending(LineEnding::LF))
}

/// One that nobody has yet, valid for a long time.
pub(crate) fn issue() -> Issued {
    issue_with(|_| ())
}

/// The same, bent.
pub(crate) fn issue_with(bend: impl FnOnce(&mut CertificateParams)) -> Issued {
    let key = KeyPair::generate().unwrap();
    let mut params = params();
    bend(&mut params);
    Issued::new(params.self_signed(&key).unwrap().der(), &key)
}

/// The same, for a key given.
pub(crate) fn issue_for(key: &KeyPair) -> Issued {
    Issued::new(params().self_signed(key).unwrap().der(), key)
}

/// A server's certificate, and the chain that leads from it to its authority. All chains have the same names.
pub(crate) fn issue_chain() -> (Issued, [Issued; 2]) {
    let authority = |name: &str| {
        let mut params = params();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let keys = [(); 3].map(|()| KeyPair::generate().unwrap());
    let (root, middle) = (authority("Root"), authority("Middle"));
    let by_root = Issuer::from_params(&root, &keys[0]);
    let by_middle = Issuer::from_params(&middle, &keys[1]);
    let chain = [
        Issued::new(middle.signed_by(&keys[1], &by_root).unwrap().der(), &keys[1]),
        Issued::new(root.self_signed(&keys[0]).unwrap().der(), &keys[0]),
    ];
    (Issued::new(params().signed_by(&keys[2], &by_middle).unwrap().der(), &keys[2]), chain)
}

fn params() -> CertificateParams {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let mut params = CertificateParams::default();
    let name = format!("Certificate {}", NUMBER.fetch_add(1, Ordering::Relaxed));
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
