"""How a licensee shows that it is the licensee: the methods that a license names, and whether one or all are asked for."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import NamedTuple

from gateway.certificates import Certificate
from gateway.request import Client

Network = IPv4Network | IPv6Network

_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


class Method(StrEnum):
    """A way to prove a license, as license files name it."""

    TOKEN = "token"  # noqa: S105 -- the name of a method
    ADDRESSES = "addresses"
    WEB_BOT_AUTH = "web-bot-auth"
    MTLS = "mtls"


class Require(StrEnum):
    """How many of the methods that a license names must have succeeded."""

    ANY = "any"
    ALL = "all"


class SignerKey(NamedTuple):
    """A public key of the licensee: its thumbprint (RFC 7638), and the JSON Web Key as text."""

    thumbprint: str
    jwk: str


def thumbprint(text: str) -> str:
    """A thumbprint by SHA-256 (RFC 7638) as it is written. ValueError in the writer's words if it is none."""
    if not _THUMBPRINT.fullmatch(text):
        raise ValueError(f"`{text}` is no thumbprint of a key: 43 letters, digits, `-` and `_`")
    return text


@dataclass(frozen=True, slots=True)
class CertificateMatch:
    """What a client certificate must have: everything that is not empty. ``sha256`` is its digest in hex, ``subject`` and
    ``issuer`` are distinguished names in the form of `canonical_name`, ``san`` is one of its alternative names, in lower case."""

    sha256: str = ""
    subject: str = ""
    issuer: str = ""
    san: str = ""

    def fits(self, certificate: Certificate) -> bool:
        """Whether a certificate has it all."""
        return (
            self.sha256 in ("", certificate.sha256)
            and self.subject in ("", certificate.subject)
            and self.issuer in ("", certificate.issuer)
            and (not self.san or self.san in certificate.names)
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """What a license takes for proof. ``addresses`` are the licensee's own prefixes; ``token``: a license token that the
    site has issued for it; ``keys`` and ``directory`` are those that it signs its requests with (Web Bot Auth);
    ``certificates`` are those of its clients that it shows by mTLS."""

    addresses: tuple[Network, ...] = ()
    token: bool = False
    keys: tuple[SignerKey, ...] = ()
    directory: str = ""
    certificates: tuple[CertificateMatch, ...] = ()
    require: Require = Require.ANY
    #: The methods that the license names.
    methods: frozenset[Method] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named = {
            Method.ADDRESSES: bool(self.addresses),
            Method.TOKEN: self.token,
            Method.WEB_BOT_AUTH: bool(self.keys or self.directory),
            Method.MTLS: bool(self.certificates),
        }
        methods = frozenset(method for method, is_named in named.items() if is_named)
        object.__setattr__(self, "methods", methods)

    def met(self, shown: frozenset[Method]) -> bool:
        """Whether methods that have succeeded are enough; those that the license does not name count for nothing."""
        if self.require is Require.ALL:
            return bool(self.methods) and self.methods <= shown
        return bool(self.methods & shown)

    def names_address(self, client: Client) -> bool:
        """Whether the client's certain address is one of the licensee's own."""
        if not client.certain:
            return False
        try:
            address = ip_address(client.address)
        except ValueError:
            return False
        return any(address in network for network in self.addresses)

    @property
    def signers(self) -> frozenset[str]:
        """What its requests are signed by: the address of a directory, and thumbprints of keys."""
        return frozenset({self.directory, *(key.thumbprint for key in self.keys)} - {""})

    def names_signer(self, address: str, thumbprint: str) -> bool:
        """Whether a request whose signature is verified, by the key directory at ``address`` or by a key that is pinned, is
        the licensee's; both are empty for one that is not."""
        return not self.signers.isdisjoint((address, thumbprint))

    def names_certificate(self, certificate: Certificate) -> bool:
        """Whether a client certificate is one of the licensee's own."""
        return any(one.fits(certificate) for one in self.certificates)
