"""Sockets to listen on, bound before anything else starts, so that a taken port is the first thing one hears of."""

import errno
import socket
import stat
from pathlib import Path
from typing import Any, Final

from gateway.settings import Address, Near

#: Connections that may wait to be taken, as far as the system permits (`net.core.somaxconn`, 4,096 by default).
BACKLOG: Final = 4096


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
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise ListenError(
            f"cannot listen on {address}: {_why(error)}", _HINTS.get(error.errno or 0, _ANY).format(flag)
        ) from None
    bound.setblocking(False)
    return bound


def reserve(address: Address, flag: str) -> socket.socket:
    """A socket that keeps an address for those of several processes that listen there (`beside`), and does not listen itself.
    ListenError if the address cannot be had, also where a gateway has it that was begun so."""
    tried = bind(address, flag)  # without SO_REUSEPORT, which would let us in beside any other that has it
    with tried:
        family, where = tried.family, tried.getsockname()
    return _sharing(family, where)


def beside(reserved: socket.socket) -> socket.socket:
    """A further socket at a reserved address: connections are shared out among all of them that listen (socket(7),
    SO_REUSEPORT). OSError if there can be none."""
    return _sharing(reserved.family, reserved.getsockname())


def _sharing(family: int, where: Any) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        bound.bind(where)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def bind_near(where: Near, flag: str) -> socket.socket:
    """A listening socket for programs of this machine alone; a Unix socket may be used by its user and group. What is left of a
    gateway that has gone is taken away; ListenError if the address cannot be had."""
    if isinstance(where, Address):
        return bind(where, flag)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(where)
        bound.bind(str(where))
        where.chmod(0o660)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise ListenError(
            f"cannot listen on {where}: {_why(error)}", _NEAR_HINTS.get(error.errno or 0, _ANY).format(flag)
        ) from None
    bound.setblocking(False)
    return bound


def release(bound: socket.socket, path: Path | None) -> None:
    """Close it, and take away the name that it has in a folder, if it has one."""
    bound.close()
    if path is not None:
        path.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    """Take a socket away that nobody listens on. OSError if somebody does, or it is something else."""
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise FileExistsError(errno.EEXIST, "there is a file of that name")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(1)
        try:
            line.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
    raise OSError(errno.EADDRINUSE, "address already in use")


def shown(bound: socket.socket) -> str:
    """The address that a socket really has, as one writes it."""
    if bound.family == socket.AF_UNIX:
        return str(bound.getsockname())
    host, port = bound.getsockname()[:2]
    return str(Address(host, port))


def _why(error: OSError) -> str:
    return (error.strerror or "unknown error").lower()


_HINTS = {
    errno.EADDRINUSE: "another program has this port: stop it, or name another one with `{} HOST:PORT`",
    errno.EACCES: "ports below 1024 need a privilege: let systemd or a proxy in front have it, or change `{}`",
    errno.EADDRNOTAVAIL: "this machine does not have that address: see `{}`",
}
_NEAR_HINTS = {
    errno.EADDRINUSE: "another gateway listens there: stop it, or name another path with `{}`",
    errno.ENOENT: "its folder does not exist: make it, or name another path with `{}`",
    errno.EACCES: "the folder may not be written: see `{}`",
}
_ANY = "see `{}`"
