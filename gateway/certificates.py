"""Client certificates as a proxy that ends TLS hands them on: `Client-Cert` (RFC 9440 section 2.2) → a value.

What a certificate proves is the proxy's to say: it has checked the chain, and that the client holds the key. Here it is only
read. It comes from outside all the same, so whatever it holds, reading ends in a value or in `CertificateError`.
"""

import hashlib
import re
import warnings
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import http_sf
from msgspec import Struct

from gateway.vocabulary import NotMeantError, Sentence

if TYPE_CHECKING:
    from cryptography import x509

#: The field, as a door keeps it, and the one that is passed on beside it (RFC 9440 section 2.3).
FIELD: Final = "client-cert"
CHAIN: Final = "client-cert-chain"
#: Octets of the field at most.
MOST_OCTETS: Final = 16_384
#: Alternative names that are read at most.
_MOST_NAMES: Final = 100

_BLANKS: Final = re.compile(r"\s*,\s*(?=[A-Za-z0-9.]+=)")
_NO_NAME: Final = Sentence("bukan nama terbilang", "it is no distinguished name")
_EMPTY_NAME: Final = Sentence("namanya kosong", "it is an empty name")
_NO_DIGEST: Final = Sentence("bukan digest SHA-256", "it is no SHA-256 digest")
_SHA256: Final = re.compile("[0-9a-f]{64}")


class CertificateError(ValueError):
    """What is no certificate, or no field of one."""


class Certificate(Struct, frozen=True):
    """A certificate. ``sha256`` is that of its DER octets, in hex; ``subject`` and ``issuer`` are names in the form of
    `canonical_name`; ``names`` its alternative names (DNS, URI, e-mail, address) in lower case. It is valid from ``begins``
    to ``ends``, both included."""

    sha256: str
    subject: str
    issuer: str
    names: frozenset[str]
    begins: datetime
    ends: datetime


def load() -> None:
    """Have at hand what reads certificates, which takes a while and 4 MiB: for doors where some are handed on."""
    import cryptography.x509  # noqa: F401


def read_certificate(field: str) -> Certificate:
    """The certificate in a Client-Cert field, which is one byte sequence of RFC 9651. Raises CertificateError."""
    if len(field) > MOST_OCTETS:
        raise CertificateError(f"it has more than {MOST_OCTETS} octets")
    found = _remembered(field)
    if found is None:
        raise CertificateError("it is no certificate")
    return found


@lru_cache(maxsize=256)
def _remembered(field: str) -> Certificate | None:
    try:
        item: Any = http_sf.parse(field.encode("latin-1"), tltype="item")
        return _of(item[0]) if isinstance(item[0], bytes) else None
    except (ValueError, http_sf.StructuredFieldError):
        return None


def _of(octets: bytes) -> Certificate:
    """The certificate in DER octets; ValueError if they are none."""
    from cryptography import x509  # late, see `load`

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of oddities that are the issuer's business
            return _read(octets)
    except (
        TypeError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise CertificateError(str(error)) from None


def _read(octets: bytes) -> Certificate:
    from cryptography import x509

    read = x509.load_der_x509_certificate(octets)
    return Certificate(
        hashlib.sha256(octets).hexdigest(),
        _canonical(read.subject),
        _canonical(read.issuer),
        _names(read),
        read.not_valid_before_utc,
        read.not_valid_after_utc,
    )


def _names(read: "x509.Certificate") -> frozenset[str]:
    from cryptography import x509

    try:
        held = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    kinds = (x509.DNSName, x509.UniformResourceIdentifier, x509.RFC822Name, x509.IPAddress)
    return frozenset(str(one.value).casefold() for one in list(held)[:_MOST_NAMES] if isinstance(one, kinds))


def canonical_name(text: str) -> str:
    """A distinguished name as one writes it (`CN=crawler.contoh.example, O=PT Contoh AI`; RFC 4514), in a form in which the
    names of one entity are equal: letter case and the order of its parts do not matter. NotMeantError if it is none."""
    from cryptography import x509

    try:
        read = x509.Name.from_rfc4514_string(_BLANKS.sub(",", text.strip()))
    except ValueError:
        raise NotMeantError(_NO_NAME) from None
    if not list(read):
        raise NotMeantError(_EMPTY_NAME)
    return _canonical(read)


def canonical_digest(text: str) -> str:
    """A SHA-256 digest in hex, colons and letter case left out. NotMeantError if it is none."""
    plain = text.replace(":", "").strip().lower()
    if not _SHA256.fullmatch(plain):
        raise NotMeantError(_NO_DIGEST)
    return plain


def _canonical(name: "x509.Name") -> str:
    return ",".join(sorted(one.rfc4514_string().casefold() for one in name))
