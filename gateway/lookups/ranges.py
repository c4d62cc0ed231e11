"""`Lists`: the published address lists as they are at hand now, and how they are kept up to date.

What is on disk is all there is: fetching puts copies there (`range_refresh`), and so may `izin agents refresh` or whoever
carries a folder over; this follows the folder. Until there is a copy, one that is part of Izin counts for what its day is worth. A changed list counts once its prefixes are kept as a text and an event
names them, so that a decision can be shown to have been right by the list of its day.

How old a copy may be: up to `FRESH` what is on it is its operator's and what is not on it is not; up to `OLD` the first
still holds, the second no longer, for new prefixes may be missing; after that nothing is concluded from it.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog

from gateway.agents import Agent
from gateway.digest import digest_of
from gateway.identify.address import EDGES
from gateway.identify.identity import Facts, Lookup, Unavailable
from gateway.identify.prefixes import Listed, Prefixes
from gateway.identify.range_files import RangesError, read_ranges
from gateway.lookups.range_refresh import refresh_all
from gateway.lookups.range_store import SHIPPED, Copy, Store, newest

#: Ages in seconds: see above.
FRESH: Final = 48 * 3600
OLD: Final = 14 * 86_400
#: Seconds between two requests for a list, after a success and after a failure; operators ask for no more than hourly.
EVERY: Final = 86_400
RETRY: Final = 3_600
#: Seconds between two looks at the folder.
LOOK: Final = 2.0
_AT_ONCE: Final = 30  # lists named in one event

NOT_AT_HAND: Final = Unavailable("no copy of the list")
TOO_OLD: Final = Unavailable("the copy of the list is too old")


class _Held(NamedTuple):
    """A list in use: fresh, and as it is once it no longer is."""

    fresh: Listed
    stale: Listed
    checked: int
    digest: str


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a list is worth: `fresh`, `stale`, `too old` or `missing`, the day on which it was last seen to be published, its
    prefixes, and who saw it, if that was not this gateway."""

    url: str
    worth: str
    date: str
    prefixes: int
    source: str


#: Keeps texts by digest and writes an event with these details.
Announce = Callable[[dict[str, bytes], dict[str, Any]], Awaitable[None]]


class Lists:
    """The lists of all agents, and of the networks that stand before sites."""

    def __init__(
        self,
        store: Store,
        *,
        announce: Announce | None = None,
        changed: Callable[[], None] = lambda: None,
        wall: Callable[[], float] = time.time,
        anywhere: bool = False,
        shipped: Store = SHIPPED,
    ) -> None:
        """``announce`` is waited for before changed lists count, then ``changed`` is called; ``wall`` gives seconds since
        1970. Lists are fetched from public addresses only, unless from ``anywhere``. ``shipped`` has the lists that are
        part of Izin."""
        self.store = store
        self._stores = (store, shipped)
        #: The lists that could not be refreshed the last time, with the reason: for people.
        self.failures: dict[str, str] = {}
        self._announce, self._changed, self._wall, self._anywhere = announce, changed, wall, anywhere
        self._held: dict[str, _Held] = {}
        self._wanted: frozenset[str] = frozenset()
        self._seen: object = None
        self._due: dict[str, float] = {}
        self._log = structlog.get_logger()

    def follow(self, agents: Iterable[Agent]) -> None:
        """Have the lists of these agents."""
        wanted = wanted_by(agents)
        if wanted != self._wanted:
            self._wanted, self._seen = wanted, None

    def get(self, url: str) -> Listed | Unavailable:
        """The list at an address (with its fragment), or why there is none."""
        held = self._held.get(url)
        if held is None:
            return NOT_AT_HAND
        age = self._wall() - held.checked
        if age <= FRESH:
            return held.fresh
        return held.stale if age <= OLD else TOO_OLD

    @property
    def at_hand(self) -> int:
        """How many lists can be used now."""
        return sum(isinstance(self.get(url), Listed) for url in self._wanted)

    @property
    def wanted(self) -> int:
        """How many lists are wanted."""
        return len(self._wanted)

    async def take_up(self) -> None:
        """Use what the folder has, if anything there has changed."""
        seen = (self._wanted, await asyncio.to_thread(self.store.fingerprint))
        if seen == self._seen:
            return
        held, texts = await asyncio.to_thread(load, self._stores, self._wanted, self._wall())
        new = {
            url: one
            for url, one in held.items()
            if (url not in self._held or self._held[url].digest != one.digest)
            and self._wall() - one.checked <= OLD
        }
        if self._announce is not None:
            for some in _in_parts(new, _AT_ONCE):
                named = [
                    {
                        "list": url,
                        "digest": one.digest,
                        "date": one.fresh.date,
                        "prefixes": len(one.fresh.prefixes),
                    }
                    for url, one in some.items()
                ]
                await self._announce(
                    {one.digest: texts[one.digest] for one in some.values()}, {"lists": named}
                )
        self._held, self._seen = held, seen
        self._changed()

    async def run(self, *, fetch: bool) -> None:
        """Follow the folder for ever, and if ``fetch`` keep what is in it up to date."""
        while True:
            try:
                await self.take_up()
                if fetch and await self._refresh_due():
                    continue
            except OSError as error:  # the journal's disk: tried again
                self._log.warning("address lists not taken up", error=error.strerror or type(error).__name__)
            await asyncio.sleep(LOOK)

    async def _refresh_due(self) -> bool:
        """Ask for every list that is due; whether there were any. Of several processes with one folder one asks."""
        fetched = fetched_by(self._wanted)
        self._due = {url: due for url, due in self._due.items() if url in fetched}
        if all(self._due.get(url, 0.0) > self._wall() for url in fetched):
            return False
        with self.store.alone() as alone:
            return alone and await self._refresh(sorted(fetched))

    async def _refresh(self, fetched: Iterable[str]) -> bool:
        now, due = self._wall(), []
        for url in fetched:
            if self._due.get(url, 0.0) <= now:
                copy = await asyncio.to_thread(self.store.read, url)
                until = 0.0 if copy is None else copy.checked + EVERY * random.uniform(0.85, 1.0)  # noqa: S311
                self._due[url] = until
                due += [url] if until <= now else []
        if not due:
            return False
        failed: dict[str, str] = {}
        for found in await refresh_all(self.store, due, int(now), anywhere=self._anywhere):
            wait = RETRY if found.what in ("failed", "doubted") else EVERY
            self._due[found.url] = self._wall() + wait * random.uniform(0.9, 1.0)  # noqa: S311
            if found.what == "doubted":
                self._log.warning("address list changed wildly and not taken", list=found.url, why=found.why)
            if found.why and found.what != "unchanged":
                failed[found.url] = found.why
        self.failures = {url: why for url, why in self.failures.items() if url not in due} | failed
        if failed:
            self._log.warning(
                "address lists not fetched", lists=len(failed), of=len(due), first=min(failed.items())
            )
        return True


def lists_folder(journal: Path) -> Path:
    """Where the lists of the gateway with this journal are."""
    return journal / "lists"


def wanted_by(agents: Iterable[Agent]) -> frozenset[str]:
    """The addresses of all lists that serve to check these agents."""
    return frozenset(EDGES).union(*(agent.verify.ranges for agent in agents if agent.verify is not None))


def fetched_by(wanted: Iterable[str]) -> frozenset[str]:
    """The addresses that are fetched for them: several services may stand on one list."""
    return frozenset(url.partition("#")[0] for url in wanted)


def load(
    stores: Sequence[Store], wanted: Iterable[str], now: float
) -> tuple[dict[str, _Held], dict[str, bytes]]:
    """Every wanted list of which a store has a sound copy, the newest, and the text of each by its digest. Blocks."""
    held, texts = {}, {}
    copies: dict[str, Copy | None] = {}
    for address in sorted(wanted):
        url, _, service = address.partition("#")
        if url not in copies:
            copies[url] = newest(stores, url)
        copy = copies[url]
        if copy is None:
            continue
        try:
            prefixes = read_ranges(copy.body, service)
        except RangesError:
            continue
        text = f"{address}\n{prefixes.text}".encode()
        digest = digest_of(text)
        checked = min(copy.checked, int(now))  # a clock that was wrong once makes nothing fresh for ever
        held[address] = _hold(address, prefixes, checked, digest, sound=not copy.offered)
        texts[digest] = text
    return held, texts


def at_hand(store: Store, asked: Iterable[Lookup], now: float) -> Facts:
    """The lists among the look-ups asked for, as a gateway would have them now; all else is not asked. Blocks."""
    lists = Lists(store, wall=lambda: now)
    lookups = [lookup for lookup in asked if lookup.kind == "ranges"]
    lists._held, _ = load(lists._stores, (lookup.key for lookup in lookups), now)  # noqa: SLF001 -- its own module
    return {lookup: lists.get(lookup.key) for lookup in lookups}


def inspected(store: Store, wanted: Iterable[str], now: float) -> list[Inspected]:
    """Each wanted list by its address, as a gateway would have it now. Blocks."""
    wanted = sorted(wanted)
    lists = Lists(store, wall=lambda: now)
    lists._held, _ = load(lists._stores, wanted, now)  # noqa: SLF001 -- its own module
    found = []
    for url in wanted:
        held, listed = lists._held.get(url), lists.get(url)  # noqa: SLF001
        copy = newest(lists._stores, url.partition("#")[0])  # noqa: SLF001
        if held is None or copy is None:
            found.append(Inspected(url, "missing", "", 0, ""))
            continue
        worth = "too old" if not isinstance(listed, Listed) else "fresh" if listed.fresh else "stale"
        found.append(Inspected(url, worth, held.stale.date, len(held.stale.prefixes), copy.source))
    return found


def _hold(address: str, prefixes: Prefixes, checked: int, digest: str, *, sound: bool) -> _Held:
    """``sound`` is False while a very different version waits to be taken: then nothing follows from what is missing."""
    name = address.removeprefix("https://")
    date = datetime.fromtimestamp(checked, UTC).date().isoformat()
    stale = Listed(name, prefixes, date, fresh=False)
    return _Held(Listed(name, prefixes, date, fresh=True) if sound else stale, stale, checked, digest)


def _in_parts(of: dict[str, _Held], size: int) -> Iterable[dict[str, _Held]]:
    items = list(of.items())
    return [dict(items[start : start + size]) for start in range(0, len(items), size)]
