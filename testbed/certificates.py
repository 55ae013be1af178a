"""X.509 certificates for servers and users that live as long as a test or a demonstration."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = dt.timedelta(days=365)
CLOCK_SKEW = dt.timedelta(minutes=5)
# Python 3.13 and later refuse an authority that does not say what its key is for.
SIGNING = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The PEM files of a certificate and its private key."""

    certificate: Path
    key: Path


def write_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Make a private key and write it where only its owner can read it."""
    key = ec.generate_private_key(ec.SECP256R1())
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return key


class Authority:
    """A certificate authority of its own in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = write_key(directory / "ca.key")
        self._name = _name("schemasync testbed", ())
        unsigned = _unsigned(self._name, self._name, self._key.public_key())
        authority = x509.BasicConstraints(ca=True, path_length=0)
        unsigned = unsigned.add_extension(authority, critical=True).add_extension(SIGNING, critical=True)
        self.certificate = directory / "ca.crt"
        self._write(self.certificate, unsigned)

    def server(self, name: str, hosts: Sequence[str]) -> Pair:
        """Issue a certificate for a server under host names and addresses."""
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        return self._issue(name, _name(name, ()), ExtendedKeyUsageOID.SERVER_AUTH, names)

    def client(self, user: str, groups: Sequence[str] = ()) -> Pair:
        """Issue a certificate that Kubernetes reads as a user with groups."""
        return self._issue(f"client-{user}", _name(user, groups), ExtendedKeyUsageOID.CLIENT_AUTH, None)

    def _issue(
        self,
        file: str,
        subject: x509.Name,
        usage: x509.ObjectIdentifier,
        names: x509.SubjectAlternativeName | None,
    ) -> Pair:
        # A user's name may hold what a file's may not, as system:serviceaccount:… does.
        safe = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in file)
        pair = Pair(certificate=self._directory / f"{safe}.crt", key=self._directory / f"{safe}.key")
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        unsigned = _unsigned(subject, self._name, write_key(pair.key).public_key())
        unsigned = unsigned.add_extension(issuer, critical=False)
        unsigned = unsigned.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if names is not None:
            unsigned = unsigned.add_extension(names, critical=False)
        self._write(pair.certificate, unsigned)
        return pair

    def _write(self, path: Path, unsigned: x509.CertificateBuilder) -> None:
        signed = unsigned.sign(self._key, hashes.SHA256())
        path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common_name: str, organizations: Sequence[str]) -> x509.Name:
    groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in organizations]
    return x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
