"""The fields in which the origin is told for whom we ask: what trusted proxies said, then what we saw.

A stranger's own are gone, and so is what a trusted proxy may only have passed on: of the two lists that which it does not
keep, and of the client fields what differs from the address that was found. So whichever of them an origin reads, it
reads the word of somebody who is known, or nothing.
"""

from functools import lru_cache
from typing import Final

from gateway.agents.delivery import CLIENT_FIELDS, WITH_PORT
from gateway.proxy.heads import Noted
from gateway.proxy.hops import read_address
from gateway.proxy.names import CERTIFYING, FORWARDING, HOSTING, NAMING
from gateway.proxy.peer import Peers
from gateway.request import Client

_SPELLED: Final = {name.encode(): spelled.encode() for name, spelled in CLIENT_FIELDS.items()} | {
    name: name.title() for name in CERTIFYING
}
_WITH_PORT: Final = WITH_PORT.encode()


def forwarding_lines(
    noted: Noted,
    client: Client,
    *,
    peer: str,
    peers: Peers,
    own_scheme: str,
    scheme: str,
    authority: bytes,
) -> tuple[bytes, ...]:
    """The forwarding fields the origin gets for a request with these. ``client`` is who was found by them (`Peers.client`).

    ``scheme`` is the client's, ``own_scheme`` that of the connection we got it by.
    """
    address, node, canonical = _as_seen(peer)
    word = peers.word_of(peer) if noted else None
    passed: list[bytes] = []
    listed, elements, host = b"", b"", authority
    if word is not None:
        passed = [
            b"%b: %b" % (_SPELLED[name], value) for name, value in client_fields(noted, client, peers, word)
        ]
        if client.address != canonical:
            found = client.address.encode("ascii")
            listed, elements = found + b", ", b"for=%b, " % _node(found)
        if peers.field == b"x-forwarded-for":
            listed = _joined(noted, b"x-forwarded-for")
        elif peers.field == b"forwarded":
            elements = _joined(noted, b"forwarded")
        if HOSTING in word:
            host = next((value for name, value in reversed(noted) if name == HOSTING and value), host)
    if b'"' in authority:
        authority = authority.replace(b'"', b"")
    return (
        *passed,
        b"X-Forwarded-For: %b%b" % (listed, address),
        b"X-Forwarded-Proto: " + scheme.encode(),
        b"X-Forwarded-Host: " + host,
        b'Forwarded: %bfor=%b;host="%b";proto=%b' % (elements, node, authority, own_scheme.encode()),
    )


def introduction(noted: Noted, client: Client, *, peer: str, peers: Peers) -> Noted:
    """What an application behind a gate sees in the place of such fields: as the origin of a relay does, but nothing of us, for
    it is the server that knows our peer."""
    word = peers.word_of(peer)
    if word is None:
        return []
    found = client_fields(noted, client, peers, word)
    address = client.address.encode("ascii")
    anew = {b"x-forwarded-for": address, b"forwarded": b"for=" + _node(address)}
    anew.pop(peers.field, None)
    for name, value in noted:
        if name in anew:
            if client.certain and (name, anew[name]) not in found:
                found.append((name, anew[name]))
        elif name in FORWARDING and (name != HOSTING or name in word):
            found.append((name, value))
    return found


def client_fields(noted: Noted, client: Client, peers: Peers, word: frozenset[bytes]) -> Noted:
    """The fields besides the lists in which a peer's ``word`` counts: each client field once, and with the address that was
    found."""
    address = client.address.encode("ascii")
    found: Noted = []
    for name, value in noted:
        if name not in word or name == HOSTING or (name in NAMING and not client.certain):
            continue
        if name == _WITH_PORT and name != peers.field:
            continue
        field = (name, address if name in NAMING and name != _WITH_PORT else value)
        if field not in found:
            found.append(field)
    return found


def _joined(noted: Noted, wanted: bytes) -> bytes:
    """All lines of a list, each with the comma that goes before what follows."""
    return b"".join([value + b", " for name, value in noted if name == wanted and value])


@lru_cache(maxsize=4096)
def _as_seen(peer: str) -> tuple[bytes, bytes, str]:
    """A peer's address as a list has it, as RFC 7239 has it, and in canonical form."""
    address = peer.encode("ascii", "replace").partition(b"%")[0]
    return address, _node(address), str(read_address(peer))


def _node(address: bytes) -> bytes:
    """An address as RFC 7239 section 6 writes it."""
    return b'"[%b]"' % address if b":" in address else address
