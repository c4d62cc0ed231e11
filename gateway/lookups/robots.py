"""Keeps each host's origin robots.txt at hand, by RFC 9309 section 2.3.1, without making any request wait.

A file that was read holds until a newer one is: 2xx replaces it, 4xx means there is none (all is allowed), 5xx and
network errors keep the last copy. Until it was read once, nothing is known of it and the policy alone applies.

The hosts that the policy names are followed from the beginning. Under a wildcard there may be as many names as a client
cares to think of, and each costs the origin a request and the journal an event. So they are followed as they are asked
for, and one makes room only once nobody has asked for it as long as a reading holds: who makes up names neither drives out
those that are in use, nor has more than so many read at a time.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import structlog

from gateway import __version__
from gateway.policy.model import Host, Origin
from gateway.policy.robots import MOST_OCTETS, RobotsFile
from gateway.vocabulary import RobotsFrom

#: Who reads it.
AGENT: Final = f"Izin/{__version__}"
#: Seconds between two readings, after a success and after a failure.
EVERY: Final = 900.0
RETRY: Final = 30.0
#: Seconds one reading may take, redirects followed; how many are (RFC 9309 section 2.3.1.2); names under wildcards.
TIMEOUT: Final = 10.0
REDIRECTS: Final = 5
MOST_NAMES: Final = 256

#: To zlib: the header says whether it is gzip or zlib.
_ANY_HEADER: Final = zlib.MAX_WBITS | 32

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


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
    ) -> None:
        """``headers`` go with each reading (the secret for the origin); ``read`` is told host, file and status of each
        version that differs from the one before, and waited for before that version counts; ``changed`` is called once
        it does, or once a name is forgotten. Times are in seconds."""
        self._headers = {"User-Agent": AGENT, **headers}
        self._read, self._changed = read, changed
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

    async def look(self, name: str, origin: Origin) -> tuple[int, bytes, str]:
        """Status and body of one reading, and why it failed, if it did: it then says nothing of what there is."""
        try:
            status, body = await asyncio.wait_for(fetch(name, origin, self._headers), self._timeout)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong out there is a fact in here
            return 0, b"", type(error).__name__
        # Nobody asked whether it had changed, so 304 is no answer.
        return status, body, f"status {status}" if status >= 500 or status == 304 else ""


async def read_now(hosts: Iterable[Host], headers: Mapping[str, str]) -> Readings:
    """The robots.txt of each host that has one name, as its origin has it now, and by name what failed."""
    files = RobotsFiles(dict(headers), _told_nobody)
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


async def fetch(name: str, origin: Origin, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Status and a little more than `MOST_OCTETS` of the body of a host's robots.txt at most, decoded.

    Redirects are followed on the origin itself only: what lies elsewhere is not this host's to say, so it is taken for
    absent. Raises whatever went wrong.
    """
    bracketed = f"[{origin.host}]" if ":" in origin.host else origin.host
    base = f"{origin.scheme}://{bracketed}:{origin.port}"
    fields = {**headers, "Host": name, "Accept": "text/plain, */*;q=0.1", "Accept-Encoding": "identity"}
    path = "/robots.txt"
    # What is packed is unpacked here, no further than it is read: a few octets may stand for gigabytes.
    async with aiohttp.ClientSession(trust_env=False, auto_decompress=False) as session:
        for _ in range(REDIRECTS + 1):
            async with session.get(base + path, headers=fields, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    packed = await _at_most(response.content, MOST_OCTETS + 1)
                    return response.status, _unpacked(packed, response.headers.get("Content-Encoding", ""))
                path = _path_here(response.headers.get("Location", ""), name)
            if not path:
                break
    return 404, b""


def _unpacked(octets: bytes, coding: str) -> bytes:
    """A body without its Content-Encoding. ValueError for one that is not asked for and that we do not know."""
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return octets
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise ValueError("unknown Content-Encoding")
    try:
        return zlib.decompressobj(_ANY_HEADER).decompress(octets, MOST_OCTETS + 1)
    except zlib.error as error:
        raise ValueError("broken Content-Encoding") from error


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
