"""What the machine permits this process, beside what it is meant to serve: raised where that is ours to do, said where not."""

import resource
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from gateway.proxy.limits import Limits
from gateway.proxy.sockets import BACKLOG

#: Descriptors for whatever is neither a client nor an origin: the journal, libraries, sockets of our own.
_OTHERS: Final = 512
#: One to each client, and one to the origin for it.
FILES: Final = 2 * Limits().connections + _OTHERS
_SOMAXCONN: Final = Path("/proc/sys/net/core/somaxconn")


def make_room() -> None:
    """Let this process and its children open as many files as they may need, as far as that is permitted, and warn of what is
    not."""
    log = structlog.get_logger()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        with suppress(OSError, ValueError):  # a sandbox may forbid it
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        if soft < FILES:
            log.warning(
                "fewer files may be open than all connections need",
                limit=soft,
                wanted=FILES,
                hint="`LimitNOFILE=65536` in a unit, `ulimit -Hn 65536` in a shell",
            )
    with suppress(OSError, ValueError):
        queue = int(_SOMAXCONN.read_text("ascii"))
        if queue < BACKLOG:
            log.warning(
                "fewer connections may wait to be taken than Izin asks for",
                limit=queue,
                wanted=BACKLOG,
                hint=f"`sysctl -w net.core.somaxconn={BACKLOG}`",
            )
