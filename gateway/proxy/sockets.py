"""Sockets to listen on, bound before anything else starts, so that a taken port is the first thing one hears of."""

import errno
import socket

from gateway.settings import Address


class ListenError(Exception):
    """A port that cannot be had, in words for people; ``hint`` says what to do."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.hint = hint


def bind(address: Address, flag: str) -> socket.socket:
    """A listening socket; ListenError if the address cannot be had. ``flag`` is named in the hint."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ListenError(
            f"`{address.host}` is no address of this machine: {error.strerror}", f"see `{flag}`"
        ) from None
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(where)
        bound.listen(2048)
    except OSError as error:
        bound.close()
        raise ListenError(
            f"cannot listen on {address}: {_why(error)}", _HINTS.get(error.errno or 0, _ANY).format(flag)
        ) from None
    bound.setblocking(False)
    return bound


def shown(bound: socket.socket) -> str:
    """The address that a socket really has, as one writes it."""
    host, port = bound.getsockname()[:2]
    return str(Address(host, port))


def _why(error: OSError) -> str:
    return (error.strerror or "unknown error").lower()


_HINTS = {
    errno.EADDRINUSE: "another program has this port: stop it, or name another one with `{} HOST:PORT`",
    errno.EACCES: "ports below 1024 need a privilege: let systemd or a proxy in front have it, or change `{}`",
    errno.EADDRNOTAVAIL: "this machine does not have that address: see `{}`",
}
_ANY = "see `{}`"
