"""Keeps each host's origin robots.txt at hand, by RFC 9309 section 2.3.1, without making any request wait.

A file that was read holds until a newer one is: 2xx replaces it, 4xx means there is none (all is allowed), 5xx and
network errors keep the last copy. Until it was read once, nothing is known of it and the policy alone applies.

The hosts that the policy names are followed from the beginning. Under a wildcard there may be as many names as a client
cares to think of, and each costs the origin a request and the journal an event. So they are followed as they are asked
for, and one makes room only once nobody has asked for it as long as a reading holds: who makes up names neither drives out
those that are in use, nor has more than so many read at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import structlog

from gateway import __version__
from gateway.policy.model import Host, Origin
from gateway.policy.robots import MOST_OCTETS, RobotsFile
from gateway.vocabulary import RobotsFrom

#: Seconds between two readings, after a success and after a failure.
EVERY: Final = 900.0
RETRY: Final = 30.0
#: Seconds one reading may take, redirects followed; how many are (RFC 9309 section 2.3.1.2); names under wildcards.
TIMEOUT: Final = 10.0
REDIRECTS: Final = 5
MOST_NAMES: Final = 256

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class _Followed(NamedTuple):
    """A name that is followed, at its origin, and when it was last asked for (monotonic seconds)."""

    origin: Origin
    task: asyncio.Task[None]
    asked: float


class RobotsFiles:
    """The origin's robots.txt of every host of the policy, and of the names asked for under its wildcards."""

    def __init__(
        self,
        headers: dict[str, str],
        read: Callable[[str, RobotsFile, int], Awaitable[None]],
        *,
        every: float = EVERY,
        retry: float = RETRY,
        timeout: float = TIMEOUT,
    ) -> None:
        """``headers`` go with each reading (the secret for the origin); ``read`` is told host, file and status of each
        version that differs from the one before, and waited for before that version counts. Times are in seconds."""
        self._headers = {"User-Agent": f"Izin/{__version__}", **headers}
        self._read = read
        self._every, self._retry, self._timeout = every, retry, timeout
        self._files: dict[str, RobotsFile] = {}
        self._named: dict[str, _Followed] = {}
        self._wild: dict[str, _Followed] = {}
        self._log = structlog.get_logger()

    def follow(self, hosts: Iterable[Host]) -> None:
        """Follow these hosts from now on. Those at the same origin as before go on; the rest is forgotten."""
        fetched = [host for host in hosts if host.robots_from is RobotsFrom.ORIGIN]
        by_name = {host.pattern.removeprefix("*."): host for host in reversed(fetched)}
        for followed in (self._named, self._wild):
            for name, (origin, task, _) in list(followed.items()):
                host = by_name.get(name) or next((one for one in by_name.values() if _under(one, name)), None)
                if host is None or host.origin != origin:
                    task.cancel()
                    del followed[name]
                    self._files.pop(name, None)
        for name, host in by_name.items():
            if name == host.pattern and name not in self._named:
                self._named[name] = self._begin(name, host.origin)

    def get(self, host: Host, name: str) -> RobotsFile | None:
        """What is known of the robots.txt of host ``name``, which falls under ``host``; never waits for it.

        Of a host whose robots.txt is a file of the policy that is it, and nothing is fetched; likewise where none is
        consulted.
        """
        if host.robots_from is not RobotsFrom.ORIGIN:
            return host.robots_file
        if not _under(host, name):  # also a loopback name, which stands for the first host
            name = host.pattern.removeprefix("*.")
        if name in self._named:
            return self._files.get(name)
        now = asyncio.get_running_loop().time()
        followed = self._wild.pop(name, None)
        if followed is None:
            if len(self._wild) >= MOST_NAMES and not self._make_room(now - self._every):
                return None
            followed = self._begin(name, host.origin)
        self._wild[name] = followed._replace(asked=now)  # behind all others
        return self._files.get(name)

    def _make_room(self, since: float) -> bool:
        """Forget the name not asked for longest, if it was not asked for ``since``."""
        oldest, followed = next(iter(self._wild.items()))
        if followed.asked > since:
            return False
        followed.task.cancel()
        del self._wild[oldest]
        self._files.pop(oldest, None)
        return True

    def close(self) -> None:
        """Follow nothing any more."""
        self.follow(())

    def _begin(self, name: str, origin: Origin) -> _Followed:
        loop = asyncio.get_running_loop()
        return _Followed(origin, loop.create_task(self._keep_reading(name, origin)), loop.time())

    async def _keep_reading(self, name: str, origin: Origin) -> None:
        while True:
            try:
                status, body = await asyncio.wait_for(self._fetch(name, origin), self._timeout)
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                status, body, failure = 0, b"", type(error).__name__
            else:
                failure = f"status {status}" if status >= 500 else ""
            if failure:
                self._log.warning("origin robots.txt not read", host=name, error=failure)
                await asyncio.sleep(self._retry)
                continue
            file = RobotsFile(body if status < 300 else b"")
            known = self._files.get(name)
            if known is None or known.digest != file.digest:
                await self._read(name, file, status)
                self._files[name] = file
            await asyncio.sleep(self._every)

    async def _fetch(self, name: str, origin: Origin) -> tuple[int, bytes]:
        """Status and a little more than `MOST_OCTETS` of the body at most. Redirects are followed on the origin itself
        only: what lies elsewhere is not this host's to say, so it is taken for absent."""
        bracketed = f"[{origin.host}]" if ":" in origin.host else origin.host
        base = f"{origin.scheme}://{bracketed}:{origin.port}"
        headers = {**self._headers, "Host": name, "Accept": "text/plain, */*;q=0.1"}
        path = "/robots.txt"
        async with aiohttp.ClientSession(trust_env=False) as session:
            for _ in range(REDIRECTS + 1):
                async with session.get(base + path, headers=headers, allow_redirects=False) as response:
                    if response.status not in _REDIRECTS:
                        return response.status, await _at_most(response.content, MOST_OCTETS + 1)
                    path = _path_here(response.headers.get("Location", ""), name)
                if not path:
                    break
        return 404, b""


def _under(host: Host, name: str) -> bool:
    """Whether a name is one of those that a wildcard stands for."""
    return host.pattern.startswith("*.") and name.endswith(host.pattern[1:])


def _path_here(location: str, name: str) -> str:
    """The path and query of a Location on this same host; empty if it leads elsewhere."""
    parts = urlsplit(location)
    if parts.scheme not in ("", "http", "https") or (parts.netloc and parts.hostname != name):
        return ""
    if not parts.path.startswith("/"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


async def _at_most(stream: aiohttp.StreamReader, most: int) -> bytes:
    body = bytearray()
    while len(body) < most:
        piece = await stream.read(most - len(body))
        if not piece:
            break
        body += piece
    return bytes(body)
