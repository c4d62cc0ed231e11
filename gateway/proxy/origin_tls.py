"""TLS to the origin: whom it must show itself as, and by whose word."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from gateway.policy.model import Origin
from gateway.proxy.tls import ALPN, CertificateError


@dataclass(frozen=True, slots=True)
class OriginTLS:
    """How connections to an `https` origin are secured. They always are: there is no way back to plain HTTP.

    ``name`` is the name in the origin's certificate and in SNI (RFC 6066 section 3), empty for the host of its address.
    """

    context: ssl.SSLContext
    name: str = ""

    @classmethod
    def trusting(cls, authorities: Path | None = None, name: str = "") -> "OriginTLS":
        """By the authorities in a PEM file, by default the system's. Raises CertificateError."""
        context = vouched_by(authorities, "--origin-ca")
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(list(ALPN))
        return cls(context, name)

    def name_of(self, origin: Origin) -> str:
        """The name that this origin must show."""
        return self.name or origin.host.strip("[]")


def vouched_by(authorities: Path | None, option: str) -> ssl.SSLContext:
    """Servers are believed by the authorities in a PEM file, which an option names, by default the system's. Raises
    CertificateError."""
    try:
        return ssl.create_default_context(cafile=authorities)
    except ssl.SSLError:
        said = "holds no certificates in PEM"
    except OSError as error:
        said = f"cannot be read: {(error.strerror or 'unknown error').lower()}"
    raise CertificateError(f"`{authorities}` {said}", f"see `{option}`")
