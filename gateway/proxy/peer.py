"""Who is at the other end: the client's address, by forwarding headers of trusted proxies only.

A proxy that is trusted appends the address it saw; so the list is read from the right, and the first address that is
not a trusted proxy's is the client. Whatever stands left of it was written by the client and is worth nothing.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache

from gateway.licenses.proof import Network
from gateway.proxy.head import FORWARDING, Noted
from gateway.request import Client
from gateway.settings import parse_networks

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: How many hops are looked at; more is no honest chain.
MAX_HOPS = 64


class Peers:
    """The proxies whose word counts."""

    def __init__(self, trusted: Iterable[Network] = ()) -> None:
        self._trusted = tuple(trusted)
        self._client = lru_cache(maxsize=16_384)(_client)
        self._trusts = lru_cache(maxsize=4096)(self._in_trusted)

    @classmethod
    def parse(cls, texts: Iterable[str]) -> "Peers":
        """From prefixes such as `10.0.0.0/8`; raises ValueError in the writer's words."""
        return cls(parse_networks(",".join(texts)))

    def trusts(self, peer: str) -> bool:
        """Whether a peer is a trusted proxy."""
        return self._trusts(peer)

    def client(self, peer: str, noted: Sequence[tuple[bytes, bytes]] = ()) -> Client:
        """The client behind ``peer``, whose request has these forwarding fields (names lower-case).

        Without any the peer is the client. From a peer that is not trusted they leave the peer as the client, with
        ``certain`` False; an entry that is no address stops the walk at the last good one, likewise uncertain.
        """
        if not noted:
            return self._client(peer, certain=True)
        if not self._trusts(peer):
            return self._client(peer, certain=False)
        hops = b",".join(value for name, value in noted if name == b"x-forwarded-for").split(b",")
        address = peer
        for count, hop in enumerate(reversed(hops)):
            if hop == b"" and len(hops) == 1:
                break
            found = read_hop(hop)
            if found is None or count >= MAX_HOPS:
                return self._client(address, certain=False)
            address = found
            if not self._trusts(address):
                break
        return self._client(address, certain=True)

    def scheme(self, peer: str, noted: Sequence[tuple[bytes, bytes]], own: str) -> str:
        """The scheme the client used: the nearest trusted proxy's word for it, else the listener's own."""
        if not noted or not self._trusts(peer):
            return own
        said = b",".join(value for name, value in noted if name == b"x-forwarded-proto").lower().split(b",")
        last = said[-1].strip()
        return last.decode("ascii") if last in (b"http", b"https") else own

    def _in_trusted(self, text: str) -> bool:
        address = _read(text)
        return address is not None and any(
            address.version == network.version and address in network for network in self._trusted
        )


def read_hop(octets: bytes) -> str | None:
    """One entry of X-Forwarded-For as canonical text; a port, brackets and a zone are cut off. None if it is none."""
    text = octets.strip(b" \t").decode("latin-1")
    if text.startswith("["):
        text, bracket, port = text[1:].partition("]")
        if not bracket or (port and not (port[:1] == ":" and _digits(port[1:]))):
            return None
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not _digits(port):
            return None
    address = _read(text)
    return None if address is None else str(address)


@lru_cache(maxsize=4096)
def one_client(peer: str) -> str:
    """What counts as one client of those that connect: an IPv4 address, or the /64 that an IPv6 address lies in, since
    whoever has one address of it has all."""
    address = _read(peer)
    if address is None or address.version == 4:
        return peer
    return str(ipaddress.ip_network((address, 64), strict=False))


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def _read(text: str) -> Address | None:
    """An address, an IPv4-mapped one as IPv4, without its zone."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _client(peer: str, *, certain: bool) -> Client:
    """The client at an address; one without an address (a Unix socket) counts as loopback."""
    address = _read(peer) or ipaddress.IPv4Address("127.0.0.1")
    bits = 24 if address.version == 4 else 48
    network = ipaddress.ip_network((address, bits), strict=False)
    return Client(
        str(address), str(network), certain=certain, private=address.is_private or address.is_link_local
    )


def forwarding_lines(
    noted: Noted, *, peer: str, trusted: bool, own_scheme: str, scheme: str, authority: bytes
) -> tuple[bytes, ...]:
    """The forwarding fields the origin gets: what we saw, after what a trusted proxy said; a stranger's are gone.

    ``scheme`` is the client's, ``own_scheme`` that of the connection we got it by.
    """
    said: dict[bytes, list[bytes]] = {name: [] for name in FORWARDING}
    if trusted:
        for name, value in noted:
            if name in said and value:
                said[name].append(value)
    address = peer.encode("ascii", "replace").partition(b"%")[0]
    node = b'"[%b]"' % address if b":" in address else address
    element = b'for=%b;host="%b";proto=%b' % (node, authority.replace(b'"', b""), own_scheme.encode())
    return (
        b"X-Forwarded-For: " + b", ".join([*said[b"x-forwarded-for"], address]),
        b"X-Forwarded-Proto: " + scheme.encode(),
        b"X-Forwarded-Host: " + (said[b"x-forwarded-host"][-1] if said[b"x-forwarded-host"] else authority),
        b"Forwarded: " + b", ".join([*said[b"forwarded"], element]),
    )
