"""Entries as JSON Lines, posted to an address: a collector, a data platform, a program of the publisher's own.

A batch is taken when the answer is a success (2xx). It may come again if the answer got lost, so the request says which
entries it holds: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07), and in each line `lane` and `seq`.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiohttp

from gateway import __version__
from gateway.audit.sinks.batch import Batch, SinkError
from gateway.audit.sinks.memory import Remembered
from gateway.audit.sinks.troubles import why

#: Seconds for one request.
PATIENCE: Final = 30.0
#: The longest that an answer may ask us to wait, in seconds.
_LONGEST_WAIT: Final = 3600.0
_TOO_LARGE: Final = 413
#: Refusals (RFC 9110, 6585, 8470) that are not about the entries but about who asks, the address, or the moment: else a token
#: that expired would set aside everything. They are waited for.
_NOT_ABOUT_ENTRIES: Final = frozenset({401, 402, 403, 404, 405, 407, 408, 410, 421, 423, 425, 429, 451})


class HttpSink:
    """One address."""

    copy = source = None
    gathers = 0.0

    def __init__(self, url: str, folder: Path, token: str | None = None) -> None:
        self._url = url
        self._remembered = Remembered(folder, url)
        self._fields = {"Content-Type": "application/jsonl", "User-Agent": f"Izin/{__version__}"}
        if token is not None:
            self._fields["Authorization"] = f"Bearer {token}"
        self._session: aiohttp.ClientSession | None = None

    async def position(self, _site: str, lane: str) -> int:
        """By what is remembered."""
        return self._remembered.last(lane)

    async def append(self, batch: Batch) -> None:
        """Post it. Redirects are not followed: they would show the entries to somebody else."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        key = f'"{batch.site}/{batch.lane}/{batch.first}-{batch.last}"'
        try:
            async with self._session.post(
                self._url,
                data=batch.octets,
                headers={**self._fields, "Idempotency-Key": key},
                allow_redirects=False,
            ) as answer:
                status, wait = answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise SinkError(why(error)) from error
        if not 200 <= status < 300:
            seconds = min(float(wait), _LONGEST_WAIT) if wait.isascii() and wait.isdigit() else None
            refused = 400 <= status < 500 and status not in _NOT_ABOUT_ENTRIES
            smaller = status == _TOO_LARGE
            raise SinkError(f"it answers {status}", wait=seconds, smaller=smaller, refused=refused)
        try:
            await asyncio.to_thread(self._remembered.took, batch.lane, batch.last)
        except OSError as error:
            raise SinkError(f"how far it got cannot be remembered: {error.strerror}") from error

    async def close(self) -> None:
        """Close its connections."""
        if self._session is not None:
            with suppress(aiohttp.ClientError, OSError):
                await self._session.close()
