"""How a licensee shows that it is the licensee: the methods that a license names, and whether one or all are asked for."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import NamedTuple

from gateway.request import Client

Network = IPv4Network | IPv6Network


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


@dataclass(frozen=True, slots=True)
class Proof:
    """What a license takes for proof. ``addresses`` are the licensee's own prefixes; ``token``: a license token that the
    site has issued for it; ``keys`` and ``directory`` are those that it signs its requests with (Web Bot Auth)."""

    addresses: tuple[Network, ...] = ()
    token: bool = False
    keys: tuple[SignerKey, ...] = ()
    directory: str = ""
    require: Require = Require.ANY

    @property
    def methods(self) -> frozenset[Method]:
        """The methods that the license names."""
        named = {
            Method.ADDRESSES: bool(self.addresses),
            Method.TOKEN: self.token,
            Method.WEB_BOT_AUTH: bool(self.keys or self.directory),
        }
        return frozenset(method for method, is_named in named.items() if is_named)

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

    def names_signer(self, address: str, thumbprint: str) -> bool:
        """Whether a request whose signature is verified, by the key directory at ``address`` or by a key that is pinned, is
        the licensee's; both are empty for one that is not."""
        if address and address == self.directory:
            return True
        return any(key.thumbprint == thumbprint for key in self.keys)
