"""Keeps each host's origin robots.txt at hand, by RFC 9309 section 2.3.1, without making any request wait.

A file that was read holds until a newer one is: 2xx replaces it, 4xx means there is none (all is allowed), 5xx and
network errors keep the last copy. Until it was read once, nothing is known of it and the policy alone applies.

The hosts that the policy names are followed from the beginning. Under a wildcard there may be as many names as a client
cares to think of, and each costs the origin a request and the journal an event. So they are followed as they are asked
for, and one makes room only once nobody has asked for it as long as a reading holds: who makes up names neither drives out
those that are in use, nor has more than so many read at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from ssl import SSLContext
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import structlog

from gateway.identify.identity import Unavailable
from gateway.lookups.outside import Limits, fetch
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

_ACCEPT: Final = {"Accept": "text/plain, */*;q=0.1", "Accept-Encoding": "identity"}


class _Followed(NamedTuple):
    """A name that is followed, at its origin, and when it was last asked for (monotonic seconds)."""

    origin: Origin
    task: asyncio.Task[None]
    asked: float


class Readings(NamedTuple):
    """What was read of several hosts, and why it was not of others, by name."""

    files: dict[str, RobotsFile]
    failed: dict[str, str]


class RobotsFiles:
    """The origin's robots.txt of every host of the policy, and of the names asked for under its wildcards."""

    def __init__(
        self,
        headers: dict[str, str],
        read: Callable[[str, RobotsFile, int], Awaitable[None]],
        *,
        changed: Callable[[], None] = lambda: None,
        every: float = EVERY,
        retry: float = RETRY,
        timeout: float = TIMEOUT,
        tls: SSLContext | None = None,
        server_name: str | None = None,
    ) -> None:
        """``headers`` go with each reading (the secret for the origin); ``read`` is told host, file and status of each
        version that differs from the one before, and waited for before that version counts; ``changed`` is called once
        it does, or once a name is forgotten. Times are in seconds."""
        self._headers = headers
        self._read, self._changed = read, changed
        self._every, self._retry, self._timeout = every, retry, timeout
        self._tls, self._server_name = tls, server_name
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
                host = by_name.get(name) or next((one for one in by_name.values() if under(one, name)), None)
                if host is None or host.origin != origin:
                    task.cancel()
                    del followed[name]
                    self._forget(name)
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
        pattern = host.pattern
        if not pattern.startswith("*.") or not under(
            host, name
        ):  # also a loopback name, which stands for the first host
            name = pattern.removeprefix("*.")
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
        self._forget(oldest)
        return True

    def _forget(self, name: str) -> None:
        if self._files.pop(name, None) is not None:
            self._changed()

    def known(self) -> dict[str, RobotsFile]:
        """Every file that was read, by the name of its host, as of now."""
        return dict(self._files)

    def close(self) -> None:
        """Follow nothing any more."""
        self.follow(())

    def _begin(self, name: str, origin: Origin) -> _Followed:
        loop = asyncio.get_running_loop()
        return _Followed(origin, loop.create_task(self._keep_reading(name, origin)), loop.time())

    async def _keep_reading(self, name: str, origin: Origin) -> None:
        while True:
            status, body, failure = await self.look(name, origin)
            if failure:
                self._log.warning("origin robots.txt not read", host=name, error=failure)
                await asyncio.sleep(self._retry)
                continue
            # A large file takes a while to read, and no request waits for it.
            file = await asyncio.to_thread(RobotsFile, body if status < 300 else b"")
            known = self._files.get(name)
            if known is None or known.digest != file.digest:
                await self._read(name, file, status)
                self._files[name] = file
                self._changed()
            await asyncio.sleep(self._every)

    async def look(
        self, name: str, origin: Origin, path: str = "/robots.txt", octets: int = MOST_OCTETS + 1
    ) -> tuple[int, bytes, str]:
        """Status and body (``octets`` of it at most) of one reading of robots.txt, or of another file, and why it failed, if it did: it
        then says nothing of what there is.

        Redirects are followed on the origin itself only: what lies elsewhere is not this host's to say, so it is taken for
        absent, and the origin's secret stays with it.
        """
        bracketed = f"[{origin.host}]" if ":" in origin.host else origin.host
        base = f"{origin.scheme}://{bracketed}:{origin.port}"

        def follow(_: str, location: str) -> str | None:
            there = path_here(location, name)
            return base + there if there else None

        found = await fetch(
            f"{base}{path}",
            Limits(self._timeout, octets, REDIRECTS),
            {**_ACCEPT, **self._headers, "Host": name},
            follow=follow,
            anywhere=True,
            server_name=self._server_name,
            tls=self._tls,
        )
        if isinstance(found, Unavailable):
            return 0, b"", found.why
        if found.redirects:
            return 404, b"", ""
        # Nobody asked whether it had changed, so 304 is no answer.
        failed = found.status >= 500 or found.status == 304
        return found.status, found.body, f"status {found.status}" if failed else ""


async def read_now(
    hosts: Iterable[Host],
    headers: Mapping[str, str],
    tls: SSLContext | None = None,
    server_name: str | None = None,
) -> Readings:
    """The robots.txt of each host that has one name, as its origin has it now, and by name what failed."""
    files = RobotsFiles(dict(headers), _told_nobody, tls=tls, server_name=server_name)
    named = {host.pattern: host.origin for host in hosts if not host.pattern.startswith("*.")}
    looks = await asyncio.gather(*(files.look(name, origin) for name, origin in named.items()))
    found, failed = {}, {}
    for name, (status, body, failure) in zip(named, looks, strict=True):
        if failure:
            failed[name] = failure
        else:
            found[name] = RobotsFile(body if status < 300 else b"")
    return Readings(found, failed)


async def _told_nobody(_name: str, _file: RobotsFile, _status: int) -> None:
    """Nobody follows what is read once."""


def under(host: Host, name: str) -> bool:
    """Whether a name is one of those that a wildcard stands for."""
    return host.pattern.startswith("*.") and name.endswith(host.pattern[1:])


def path_here(location: str, name: str) -> str:
    """The path and query of a Location on this same host; empty if it leads elsewhere."""
    parts = urlsplit(location)
    if parts.scheme not in ("", "http", "https") or (parts.netloc and parts.hostname != name):
        return ""
    if not parts.path.startswith("/"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
