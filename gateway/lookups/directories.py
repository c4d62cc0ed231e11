"""Key directories: the keys by which signers are known, as they are at hand now, and how they are kept up to date.

Theory of operation. A request names the directory of its signer, and a request is anybody's. So only directories that the
catalogue or the policy names are ever asked, at the address that stands there, and never while a request waits: what is
not at hand is asked for in the background, and the next request has it. One question for an address is under way at a time,
and a few altogether.

A directory that answers replaces the copy at hand, which is how keys are taken back. One that does not answer leaves it in
force for `OLD`, marked as stale. A copy is kept on disk too, and counts once its text is kept and an event names it, so that
a decision can be shown to have been right by the keys of its day.
"""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import structlog

from gateway.digest import digest_of
from gateway.identify.identity import Unavailable
from gateway.lookups.outside import Fetched, Limits, fetch
from gateway.lookups.range_store import Copy, Store
from gateway.signatures import Cause, Find, Found, Terms
from gateway.signatures.keys import MOST_OCTETS, Key, KeysError, read_key_set
from gateway.signatures.outcome import SignatureError
from gateway.signatures.possession import possessed

#: Of one question, and how many are under way at a time.
LIMITS: Final = Limits(seconds=5.0, octets=MOST_OCTETS, redirects=0)
MOST_ASKED: Final = 4
#: Seconds for which an answer is fresh: what it says itself between the first two, else the third.
SHORTEST: Final = 300
LONGEST: Final = 86_400
USUAL: Final = 3_600
#: Seconds after which a copy that could not be had again counts for nothing.
OLD: Final = 7 * 86_400
#: Seconds between two looks at the copies on disk.
LOOK: Final = 1.0
#: Seconds between two questions for a directory that does not answer: the first, twice as many each time, the most.
RETRY: Final = 30
LONGEST_RETRY: Final = 300

_TYPES: Final = frozenset(
    {
        "application/http-message-signatures-directory+json",
        *("application/jwk-set+json", "application/jwk+json", "application/json"),
    }
)
_MAX_AGE: Final = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)

#: Keeps a text by its digest and writes an event with these details.
Announce = Callable[[dict[str, bytes], dict[str, Any]], Awaitable[None]]


class _Held(NamedTuple):
    """A directory as it is at hand: its keys, its digest, and three instants (seconds since 1970): when it was had, from when
    it is asked again, and until when it is fresh."""

    keys: dict[str, Key]
    digest: str
    checked: float
    renew: float
    until: float


class _Failing(NamedTuple):
    """Why a directory could not be had, and for how many seconds it is not asked again."""

    why: str
    wait: float


class _BusyError(KeysError):
    """A directory that does not want to be asked for ``wait`` seconds; it is asked again after `LONGEST_RETRY` at most."""

    def __init__(self, answer: Fetched) -> None:
        super().__init__(f"status {answer.status}")
        text = answer.fields.get("retry-after", "")
        self.wait = (
            min(int(text), LONGEST_RETRY) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        )


class Directories:
    """The directories that may be asked, and what they answered."""

    def __init__(
        self,
        store: Store,
        *,
        announce: Announce | None = None,
        wall: Callable[[], float] = time.time,
        fetching: bool = True,
        inside: bool = False,
    ) -> None:
        """``announce`` is waited for before changed keys count; ``wall`` gives seconds since 1970. Without ``fetching``
        only what the store has is used. ``inside``: directories may lie on private addresses."""
        self.store = store
        self._announce, self._wall, self._fetching, self._inside = announce, wall, fetching, inside
        self._wanted: frozenset[str] = frozenset()
        self._held: dict[str, _Held] = {}
        self._failing: dict[str, _Failing] = {}
        self._asked_at: dict[str, float] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._seen: object = None
        self._log = structlog.get_logger()

    def follow(self, addresses: Iterable[str]) -> None:
        """Only these directories may be asked; addresses in normal form (`gateway.signatures.directory_address`)."""
        self._wanted = frozenset(addresses)
        self._held = {address: held for address, held in self._held.items() if address in self._wanted}
        self._failing = {address: why for address, why in self._failing.items() if address in self._wanted}
        self._asked_at = {address: at for address, at in self._asked_at.items() if address in self._wanted}

    @property
    def wanted(self) -> int:
        """How many directories may be asked."""
        return len(self._wanted)

    @property
    def at_hand(self) -> int:
        """Of how many the keys are at hand."""
        return len(self._held)

    @property
    def failures(self) -> dict[str, str]:
        """The directories that could not be had the last time, with the reason: for people."""
        return {address: one.why for address, one in self._failing.items()}

    def find(self, address: str, thumbprint: str) -> Found | Cause:
        """The key of that thumbprint in the directory at an address, as far as it is at hand. Never waits: what is
        missing, or no longer fresh, is asked for in the background."""
        if address not in self._wanted:
            return Cause.DIRECTORY_NOT_KNOWN
        held, now = self._held.get(address), self._wall()
        if held is None:
            self._ask(address, now)
            return Cause.DISCOVERY_FAILED if address in self._failing else Cause.DIRECTORY_NOT_AT_HAND
        if now - held.checked > OLD:
            self._ask(address, now)
            return Cause.DISCOVERY_FAILED
        key = held.keys.get(thumbprint)
        if key is None or (key.ends is not None and now >= key.ends):
            self._ask(address, now)
        elif now >= held.renew:
            self._ask(address, now, RETRY)
        return Cause.KEY_NOT_IN_DIRECTORY if key is None else Found(key, stale=now >= held.until)

    async def open(self) -> None:
        """Use the copies on disk that say something newer than what is at hand. OSError where they cannot be announced."""
        seen = await self._look()
        for address in sorted(self._wanted):
            copy, held = await asyncio.to_thread(self.store.read, address), self._held.get(address)
            if copy is None:
                continue
            if held is None or (held.checked < copy.checked and held.digest != digest_of(copy.body)):
                await self._take_up(address, copy)
        self._seen = seen

    async def run(self) -> None:
        """Use what other processes put there, for ever: one that has met a signer has met it for all."""
        while True:
            await asyncio.sleep(LOOK)
            with suppress(OSError):
                if await self._look() != self._seen:
                    await self.open()

    async def _look(self) -> object:
        """What changes whenever there may be something to take up."""
        return self._wanted, await asyncio.to_thread(self.store.fingerprint)

    async def close(self) -> None:
        """Ask nothing any more."""
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    def _ask(self, address: str, now: float, pause: float = SHORTEST) -> None:
        """Ask for a directory in the background, unless it was asked within the ``pause`` or too much is asked for."""
        failing = self._failing.get(address)
        if failing is not None:
            pause = failing.wait
        if address in self._asking or 0 <= now - self._asked_at.get(address, -LONGEST) < pause:
            return
        if not self._fetching or len(self._asking) >= MOST_ASKED:
            return
        self._asked_at[address] = now
        task = asyncio.get_running_loop().create_task(self._refresh(address))
        self._asking[address] = task
        task.add_done_callback(lambda _: self._asking.pop(address, None))

    async def _refresh(self, address: str) -> None:
        """Ask for a directory, and use what it answers."""
        before = await asyncio.to_thread(self.store.read, address)
        try:
            if before is not None and address not in self._held:
                await self._take_up(address, before)
            copy, until = await self._fetch(address, before)
            await self._use(address, copy, until)
            await asyncio.to_thread(self.store.write, copy)
        except (KeysError, SignatureError, OSError) as error:
            failed = self._failing.get(address)
            wait = RETRY if failed is None else min(2 * failed.wait, LONGEST_RETRY)
            if isinstance(error, _BusyError):
                wait = max(wait, error.wait)
            why = str(error) or type(error).__name__
            self._failing[address] = _Failing(why, wait)
            self._log.warning("key directory not fetched", directory=address, why=why)
        else:
            self._failing.pop(address, None)

    async def _fetch(self, address: str, before: Copy | None) -> tuple[Copy, float]:
        """The directory as it is now, and until when it is fresh. KeysError or SignatureError if it is none."""
        fields = {"Accept": "application/http-message-signatures-directory+json, application/json;q=0.5"}
        if before is not None and before.etag:
            fields["If-None-Match"] = before.etag
        got = await fetch(address, LIMITS, fields, anywhere=self._inside)
        now = self._wall()
        if isinstance(got, Unavailable):
            raise KeysError(got.why)
        until = now + lifetime(got)
        if got.status == 304 and before is not None:
            return replace(before, checked=int(now)), until
        if got.status in (429, 503):
            raise _BusyError(got)
        if got.status != 200:
            raise KeysError(f"status {got.status}")
        if got.fields.get("content-type", "").partition(";")[0].strip().lower() not in _TYPES:
            raise KeysError("its type is not that of a set of keys")
        if not got.whole:
            raise KeysError(f"it has more than {MOST_OCTETS} octets, or breaks off")
        possessed(got.fields, got.body, urlsplit(address).netloc, read_key_set(got.body), int(now), Terms())
        return Copy(address, got.body, int(now), int(now), got.fields.get("etag", "")[:200]), until

    async def _take_up(self, address: str, copy: Copy) -> None:
        """Use a copy from the disk, if it is sound."""
        checked = min(
            copy.checked, int(self._wall())
        )  # a clock that was wrong once makes nothing fresh for ever
        with suppress(KeysError):
            await self._use(address, replace(copy, checked=checked), checked + SHORTEST)

    async def _use(self, address: str, copy: Copy, until: float) -> None:
        """Let a copy be the one at hand, once the journal names it."""
        keys, digest = read_key_set(copy.body), digest_of(copy.body)
        held = self._held.get(address)
        if self._announce is not None and (held is None or held.digest != digest):
            await self._announce(
                {digest: copy.body}, {"directory": address, "digest": digest, "keys": sorted(keys)}
            )
        if address in self._wanted:
            renew = until - (until - copy.checked) * random.uniform(0.05, 0.15)  # noqa: S311
            self._held[address] = _Held(keys, digest, copy.checked, renew, until)


def find_at_hand(store: Store, addresses: Iterable[str]) -> Find:
    """Finds keys as a gateway would have them now that has this store, and asks nobody. Blocks."""
    directories = Directories(store, fetching=False)
    directories.follow(addresses)
    asyncio.run(directories.open())
    return directories.find


def lifetime(answer: Fetched) -> int:
    """For how many seconds an answer is fresh, by its Cache-Control and Age (RFC 9111 sections 4.2 and 5.1)."""
    said = answer.fields.get("cache-control", "")
    found = _MAX_AGE.search(said)
    age = answer.fields.get("age", "")
    if found is None:
        return SHORTEST if "no-" in said.lower() else USUAL
    spent = int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0
    return min(max(int(found[1]) - spent, SHORTEST), LONGEST)


def directories_folder(journal: Path) -> Path:
    """Where the copies of the gateway with this journal are."""
    return journal / "directories"
