"""The server's own private CA, and the certificate that it gives the server for the names it is called by.

The CA is made once in the data folder. Stations pin it by its fingerprint; browsers are told to trust its
file.
"""

import ipaddress
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lotline_server.core.errors import StartRefused

_CA_LIFE = timedelta(days=3650)
_LIFE = timedelta(days=397)
"""The longest that browsers accept."""
_RENEW_BEFORE = timedelta(days=60)
_SKEW = timedelta(hours=1)


class OwnCa:
    """The CA of one data folder. ca: the file that others trust; certificate, key: what the server shows."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "tls"
        self.ca = self.folder / "ca.pem"
        self._ca_key = self.folder / "ca-key.pem"
        self.certificate = self.folder / "server.pem"
        self.key = self.folder / "server-key.pem"

    def fingerprint(self) -> str | None:
        """Give the CA's SHA-256, as 64 hexadecimal digits; None where there is no CA yet."""
        if not self.ca.is_file():
            return None
        return x509.load_pem_x509_certificate(self.ca.read_bytes()).fingerprint(hashes.SHA256()).hex()

    def prepare(self, names: Sequence[str], at: datetime) -> None:
        """Have a certificate for these names, good for two months at least, and the CA behind it.

        Raises StartRefused for a name that no certificate can hold, or a folder that cannot be written.
        """
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if not (self.ca.is_file() and self._ca_key.is_file()):
                self._make_ca(at)
            if not self._is_good(names, at):
                self._make_certificate(names, at)
        except OSError as error:
            raise StartRefused(f"{self.folder} cannot be used: {error.strerror}") from error
        except ValueError as error:
            raise StartRefused(f"no certificate can be made for {', '.join(names)}: {error}") from error

    def _is_good(self, names: Sequence[str], at: datetime) -> bool:
        if not (self.certificate.is_file() and self.key.is_file()):
            return False
        found = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return found.not_valid_after_utc - _RENEW_BEFORE > at and list(held) == [
            _general(each) for each in names
        ]

    def _make_ca(self, at: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Lotline {os.urandom(4).hex()}")])
        public = key.public_key()
        made = (
            _begun(name, name, public, at, _CA_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(self._ca_key, _key_pem(key), 0o600)
        _write(self.ca, made.public_bytes(serialization.Encoding.PEM), 0o644)

    def _make_certificate(self, names: Sequence[str], at: datetime) -> None:
        ca = x509.load_pem_x509_certificate(self.ca.read_bytes())
        signer = serialization.load_pem_private_key(self._ca_key.read_bytes(), password=None)
        if not isinstance(signer, ec.EllipticCurvePrivateKey):
            raise StartRefused(f"{self._ca_key} holds another kind of key than this server makes")
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lotline lot server")])
        ski = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        made = (
            _begun(subject, ca.subject, public, at, _LIFE)
            .add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski), critical=False
            )
            .sign(signer, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        _write(self.key, _key_pem(key), 0o600)
        # The CA follows, so that a station can be shown what its fingerprint names.
        _write(self.certificate, made.public_bytes(pem) + ca.public_bytes(pem), 0o644)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, at: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _SKEW)
        .not_valid_after(at + life)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
