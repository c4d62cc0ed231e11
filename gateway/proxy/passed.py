"""Sockets that whoever started the gateway has bound already, and passes to it: systemd's socket activation (sd_listen_fds(3)).

They stay open there while no gateway runs, so that clients who come meanwhile wait in the system's queue for the next one.
"""

import os
import socket
from collections.abc import Mapping, MutableMapping
from ipaddress import ip_address
from typing import Final

from gateway.proxy.sockets import ListenError

#: The first descriptor that is passed.
FIRST: Final = 3
#: What a socket may be for, as `FileDescriptorName=` says.
LISTEN, ADMIN, CHECK, CONSOLE = "listen", "admin", "check", "console"
_NAMES: Final = (LISTEN, ADMIN, CHECK, CONSOLE)
#: How systemd calls those that nobody named: by their unit, or so.
_UNNAMED: Final = (".socket", "unknown")
_HINT: Final = "a socket's unit has `ListenStream=` and `Accept=no`"
_VARIABLES: Final = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")

Passed = Mapping[str, tuple[socket.socket, ...]]


def passed(environ: MutableMapping[str, str], *, first: int = FIRST) -> Passed:
    """The sockets that were passed to this process, by what they are for; those without a name are to listen on. The variables
    that speak of them are taken away, for they mean nobody else.

    ListenError where they are not what is served on.
    """
    said = [environ.pop(name, "") for name in _VARIABLES]
    count, pid, names = said
    if pid != str(os.getpid()) or not count.isascii() or not count.isdigit():
        return {}
    numbers = range(first, first + int(count))
    spelt = names.split(":") if names else []
    found: dict[str, tuple[socket.socket, ...]] = {}
    for number, spelling in zip(numbers, [*spelt, *["unknown"] * len(numbers)], strict=False):
        name = LISTEN if spelling.endswith(_UNNAMED) else spelling
        if name not in _NAMES:
            known = ", ".join(f"`{one}`" for one in _NAMES)
            raise ListenError(
                f"a socket is passed under the name {spelling[:40]!r}, which says nothing here",
                f"the names are {known}: see `FileDescriptorName=` of the socket's unit",
            )
        found[name] = (*found.get(name, ()), _listening(number, name))
    for name in (ADMIN, CHECK, CONSOLE):
        if len(found.get(name, ())) > 1:
            raise ListenError(
                f"several sockets are passed for `{name}`", "only `listen` may have more than one"
            )
    return found


def _listening(number: int, name: str) -> socket.socket:
    try:
        one = socket.socket(fileno=number)
    except OSError as error:
        raise ListenError(f"descriptor {number} is no socket: {error.strerror}", _HINT) from None
    wrong = _wrong(one, name)
    if wrong is not None:
        one.detach()
        raise ListenError(*wrong)
    one.set_inheritable(False)
    one.setblocking(False)
    return one


def _wrong(one: socket.socket, name: str) -> tuple[str, str] | None:
    """Why it is nothing to serve on, and a hint."""
    near = one.family == socket.AF_UNIX
    if one.type != socket.SOCK_STREAM or not one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return (
            f"the socket that is passed as `{name}` does not listen",
            _HINT,
        )
    if name == LISTEN and near:
        return (
            "a Unix socket is passed to listen on, where clients have no address",
            "`ListenStream=` names a port; a proxy that asks uses the socket `check`",
        )
    if name == CHECK and not near and not ip_address(one.getsockname()[0]).is_loopback:
        return (
            "the socket `check` can be reached from elsewhere: whoever reaches it may speak for any client",
            "`ListenStream=` names a path or a loopback address",
        )
    return None
