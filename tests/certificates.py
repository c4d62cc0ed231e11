"""Client certificates made for tests, as a proxy that ends TLS hands them on (RFC 9440)."""

import base64
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

SUBJECT = "CN=Perayap.Contoh.example,O=PT Contoh AI,C=ID"
ISSUER = "CN=Otoritas Contoh,O=PT Contoh CA"
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
ENDS = datetime(2026, 12, 31, tzinfo=UTC)
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def certificate(
    subject: str = SUBJECT,
    issuer: str = ISSUER,
    names: tuple[str, ...] = (),
    begins: datetime = BEGINS,
    ends: datetime = ENDS,
) -> bytes:
    """A certificate in DER; the same arguments give the same octets."""
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(subject))
        .issuer_name(x509.Name.from_rfc4514_string(issuer))
        .public_key(_KEY.public_key())
        .serial_number(4711)
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
    return made.sign(_KEY, None).public_bytes(Encoding.DER)


def current(**how: object) -> bytes:
    """One that is in force now."""
    now = datetime.now(UTC)
    return certificate(begins=now - timedelta(days=1), ends=now + timedelta(days=1), **how)


def client_cert(der: bytes) -> str:
    """The value of Client-Cert."""
    return f":{base64.b64encode(der).decode()}:"


def _name(text: str) -> x509.GeneralName:
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    if "@" in text:
        return x509.RFC822Name(text)
    return x509.IPAddress(ip_address(text)) if text[0].isdigit() else x509.DNSName(text)
