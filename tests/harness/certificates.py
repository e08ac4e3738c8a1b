"""Certificates made on the spot: an authority that nobody trusts unless told to, a server's own, a signer's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificates:
    """Files in PEM: who is to be trusted, and what the server shows."""

    authority: Path
    certificate: Path
    private_key: Path

    @classmethod
    def make(cls, folder: Path) -> Certificates:
        """Makes them for 127.0.0.1 and localhost."""
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder / "authority.pem", folder / "server.pem", folder / "server.key")
        authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        authority_name, server_name = _name("Test authority"), _name("127.0.0.1")
        authority = _builder(authority_name, authority_key, authority_name).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        hosts = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
        server = _builder(server_name, server_key, authority_name).add_extension(
            x509.SubjectAlternativeName(hosts), critical=False
        )
        _write(made.authority, authority, authority_key)
        _write(made.certificate, server, authority_key)
        made.private_key.touch(0o600)
        made.private_key.write_bytes(
            server_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return made

    def server_arguments(self) -> tuple[str, ...]:
        return ("--tls-certificate", str(self.certificate), "--tls-private-key", str(self.private_key))


class Signer:
    """An application that signs what it sends; whoever knows its certificate can tell."""

    def __init__(self, name: str) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        certificate = _builder(_name(name), self._key, _name(name)).sign(self._key, hashes.SHA256())
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def is_signed(message: bytes, signature: bytes, certificate: str) -> bool:
    """Whether the signature is by the key of a signer's certificate."""
    public_key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    try:
        public_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate_with_key(name: str, days: int = 1) -> tuple[str, str]:
    """A self-signed certificate that ends in so many days, and its private key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _builder(_name(name), key, _name(name), days).sign(key, hashes.SHA256())
    private_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private_key.decode()


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, issuer: x509.Name, days: int = 1
) -> x509.CertificateBuilder:
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
    )


def _write(path: Path, builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> None:
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
