"""Requests that never reach inside: a connection is made to public addresses only, whatever a name resolves to.

The address is looked at when the socket is made, after the last look-up of the name, so that no second answer of DNS can
slip another one in. This also holds for redirects, and for addresses written out.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

import aiohttp

_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052


def outside_only() -> aiohttp.TCPConnector:
    """A connector whose connections to private, loopback, link-local and other special addresses fail with OSError."""
    return aiohttp.TCPConnector(limit=8, socket_factory=_public_socket)


def is_public(address: str) -> bool:
    """Whether an address in text is one that anybody on the internet may have. IPv4 inside IPv6 counts as IPv4."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(read, IPv6Address):
        translated = IPv4Address(int(read) & 0xFFFF_FFFF) if read in _NAT64 else None
        inner = read.ipv4_mapped or read.sixtofour or translated or (read.teredo[1] if read.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return read.is_global and not read.is_multicast


def _public_socket(found: tuple[Any, Any, int, str, tuple[Any, ...]]) -> socket.socket:
    family, kind, protocol, _, address = found
    if not is_public(str(address[0])):
        raise OSError(f"`{address[0]}` is no public address")
    made = socket.socket(family=family, type=kind, proto=protocol)
    made.setblocking(False)
    return made
