"""Keeps each host's origin robots.txt at hand, by RFC 9309 section 2.3.1, without making any request wait.

A file that was read holds until a newer one is: 2xx replaces it, 4xx means there is none (all is allowed), 5xx and
network errors keep the last copy. Until it was read once, nothing is known of it and the policy alone applies.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import aiohttp
import structlog

from gateway import __version__
from gateway.policy.model import Host
from gateway.policy.robots import MOST_OCTETS, RobotsFile

#: Seconds between two readings, after a success and after a failure.
EVERY: Final = 900.0
RETRY: Final = 30.0
#: Seconds one reading may take, redirects followed, and host names kept under a wildcard.
TIMEOUT: Final = 10.0
REDIRECTS: Final = 5
MOST_HOSTS: Final = 512


class RobotsFiles:
    """The origin's robots.txt of every host that was asked for."""

    def __init__(self, headers: dict[str, str], read: Callable[[str, RobotsFile, int], None]) -> None:
        """``headers`` go with each reading (the secret for the origin); ``read`` is told host, file and status of each
        version that differs from the one before."""
        self._headers = {"User-Agent": f"Izin/{__version__}", **headers}
        self._read = read
        self._files: dict[str, RobotsFile] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._log = structlog.get_logger()

    def get(self, host: Host, name: str) -> RobotsFile | None:
        """What is known of the robots.txt of host ``name``, which falls under ``host``; asks for it in the background."""
        key = name if host.pattern.startswith("*.") and name.endswith(host.pattern[1:]) else host.pattern
        if key not in self._tasks and len(self._tasks) < MOST_HOSTS:
            self._tasks[key] = asyncio.get_running_loop().create_task(self._follow(key, host))
        return self._files.get(key)

    def forget(self) -> None:
        """Stop following every host, as when the policy's origins have changed; the last copies stay until read anew."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    async def _follow(self, name: str, host: Host) -> None:
        while True:
            try:
                status, body = await asyncio.wait_for(self._fetch(name, host), TIMEOUT)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                self._log.warning("origin robots.txt not read", host=name, error=type(error).__name__)
                await asyncio.sleep(RETRY)
                continue
            if status >= 500:
                self._log.warning("origin robots.txt not read", host=name, status=status)
                await asyncio.sleep(RETRY)
                continue
            file = RobotsFile(body if status < 300 else b"")
            known = self._files.get(name)
            self._files[name] = file
            if known is None or known.digest != file.digest:
                self._read(name, file, status)
            await asyncio.sleep(EVERY)

    async def _fetch(self, name: str, host: Host) -> tuple[int, bytes]:
        """Status and at most `MOST_OCTETS` of the body. Redirects are followed on the origin itself only: what lies
        elsewhere is not this origin's to say."""
        origin = host.origin
        bracketed = f"[{origin.host}]" if ":" in origin.host else origin.host
        base = f"{origin.scheme}://{bracketed}:{origin.port}"
        public = name.removeprefix("*.")
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        path = "/robots.txt"
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            for _ in range(REDIRECTS + 1):
                headers = {**self._headers, "Host": public, "Accept": "text/plain, */*;q=0.1"}
                async with session.get(base + path, headers=headers, allow_redirects=False) as response:
                    location = response.headers.get("Location", "")
                    if response.status in {301, 302, 303, 307, 308} and location.startswith("/"):
                        path = location if not location.startswith("//") else "/robots.txt"
                        continue
                    if 300 <= response.status < 400:
                        return 404, b""
                    return response.status, await _at_most(response.content, MOST_OCTETS + 1)
        return 404, b""


async def _at_most(stream: aiohttp.StreamReader, most: int) -> bytes:
    body = bytearray()
    while len(body) < most:
        piece = await stream.read(most - len(body))
        if not piece:
            break
        body += piece
    return bytes(body)
