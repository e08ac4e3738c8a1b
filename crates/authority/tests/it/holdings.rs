//! What a user of the tests over all operations has besides keys: a certificate of each kind, an SSH key, and a
//! credential for a service; and the right requests about them.

use std::fmt::Display;

use keystead_core::id::{UniqueIdKind, certificate_id, unique_id};
use ssh_key::public::Ed25519PublicKey;

use crate::issued::issue;
use crate::requests::Request;
use crate::world::{Key, World};

/// The ids of what a user has.
#[derive(Clone)]
pub(crate) struct Holdings {
    certificate: String,
    ssh_key: String,
    service_credential: String,
}

/// An SSH key that differs by its mark, of 32 characters at most.
pub(crate) fn ssh_key(mark: impl Display) -> String {
    let bytes = format!("{mark:.<32}").into_bytes();
    ssh_key::PublicKey::from(Ed25519PublicKey(bytes.try_into().unwrap())).to_openssh().unwrap()
}

impl Holdings {
    /// Gives a user one of each; the server certificate is the account's and bears the user's name.
    pub(crate) fn new(world: &World, root: &Key, user: &str) -> Self {
        let name = ("UserName", user);
        let (signing, server) = (issue(), issue());
        world.keep_secret(server.private_line());
        let body = ("CertificateBody", &*signing.certificate);
        let certificate = world.call(root, "UploadSigningCertificate", &[name, body]).expect_done();
        let key = ("SSHPublicKeyBody", &*ssh_key("one"));
        let ssh_key = world.call(root, "UploadSSHPublicKey", &[name, key]).expect_done();
        let service = ("ServiceName", SERVICE);
        let credential = world.call(root, "CreateServiceSpecificCredential", &[name, service]).expect_done();
        let server = [
            ("ServerCertificateName", &*server_certificate(user)),
            ("CertificateBody", &*server.certificate),
            ("PrivateKey", &*server.private_key),
        ];
        world.call(root, "UploadServerCertificate", &server).expect_done();
        Self {
            certificate: certificate.text("Certificate/CertificateId"),
            ssh_key: ssh_key.text("SSHPublicKey/SSHPublicKeyId"),
            service_credential: credential.text("ServiceSpecificCredential/ServiceSpecificCredentialId"),
        }
    }

    /// Ids that are right and belong to nobody.
    pub(crate) fn of_nobody(world: &World) -> Self {
        let rng = &*world.store.rng;
        Self {
            certificate: certificate_id(rng),
            ssh_key: unique_id(UniqueIdKind::SshPublicKey, rng),
            service_credential: unique_id(UniqueIdKind::ServiceSpecificCredential, rng),
        }
    }

    /// Ids for tests that send nothing.
    pub(crate) fn named(id: &str) -> Self {
        Self { certificate: id.to_owned(), ssh_key: id.to_owned(), service_credential: id.to_owned() }
    }

    /// A text without these ids.
    pub(crate) fn blur(&self, text: &str) -> String {
        let ids = [&self.certificate, &self.ssh_key, &self.service_credential];
        ids.iter().fold(text.to_owned(), |text, id| text.replace(*id, "ID"))
    }

    /// A right request about these, where the operation is about these.
    pub(crate) fn request(&self, operation: &'static str, user: &str) -> Option<Request> {
        let name = ("UserName", user.to_owned());
        let status = ("Status", "Inactive".to_owned());
        let certificate = ("CertificateId", self.certificate.clone());
        let ssh_key = ("SSHPublicKeyId", self.ssh_key.clone());
        let credential = ("ServiceSpecificCredentialId", self.service_credential.clone());
        let server = ("ServerCertificateName", server_certificate(user));
        let (key, value) = (("Tags.member.1.Key", "team".into()), ("Tags.member.1.Value", "red".into()));
        let params = match operation {
            "UploadSigningCertificate" => vec![name, ("CertificateBody", issue().certificate)],
            "ListSigningCertificates" | "ListSSHPublicKeys" | "ListServiceSpecificCredentials" => vec![name],
            "UpdateSigningCertificate" => vec![name, certificate, status],
            "DeleteSigningCertificate" => vec![name, certificate],
            "UploadSSHPublicKey" => vec![name, ("SSHPublicKeyBody", self::ssh_key("two"))],
            "GetSSHPublicKey" => vec![name, ssh_key, ("Encoding", "PEM".into())],
            "UpdateSSHPublicKey" => vec![name, ssh_key, status],
            "DeleteSSHPublicKey" => vec![name, ssh_key],
            "CreateServiceSpecificCredential" => vec![name, ("ServiceName", SERVICE.into())],
            "ResetServiceSpecificCredential" | "DeleteServiceSpecificCredential" => vec![name, credential],
            "UpdateServiceSpecificCredential" => vec![name, credential, status],
            "UploadServerCertificate" => {
                let issued = issue();
                let name = ("ServerCertificateName", format!("{}-2", server.1));
                vec![name, ("CertificateBody", issued.certificate), ("PrivateKey", issued.private_key)]
            }
            "ListServerCertificates" => vec![],
            "GetServerCertificate" | "DeleteServerCertificate" | "ListServerCertificateTags" => vec![server],
            "UpdateServerCertificate" => vec![server, ("NewPath", "/moved/".into())],
            "TagServerCertificate" => vec![server, key, value],
            "UntagServerCertificate" => vec![server, ("TagKeys.member.1", "team".into())],
            _ => return None,
        };
        Some(Request::Query { action: operation, params })
    }
}

const SERVICE: &str = "codecommit.amazonaws.com";

fn server_certificate(user: &str) -> String {
    format!("{user}-certificate")
}
