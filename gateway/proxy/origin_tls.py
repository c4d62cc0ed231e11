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
        try:
            context = ssl.create_default_context(cafile=authorities)
        except ssl.SSLError:
            raise CertificateError(f"`{authorities}` holds no certificates in PEM", _HINT) from None
        except OSError as error:
            why = (error.strerror or "unknown error").lower()
            raise CertificateError(f"`{authorities}` cannot be read: {why}", _HINT) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(list(ALPN))
        return cls(context, name)

    def name_of(self, origin: Origin) -> str:
        """The name that this origin must show."""
        return self.name or origin.host.strip("[]")


_HINT = "see `--origin-ca`"
