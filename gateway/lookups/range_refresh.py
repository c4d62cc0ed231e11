"""Published address lists: how a newer copy is had, and whether it is taken.

A body that is no sound list is never taken. One that suddenly holds less than half or more than twice the addresses is
not taken at once: it is noted, and taken if it is still so the next time. Until then the list counts as unconfirmed, and
after `FRESH` nothing is concluded from what is not on it.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateway.identify.identity import Unavailable
from gateway.identify.prefixes import Prefixes
from gateway.identify.range_files import MOST_OCTETS, RangesError, read_ranges, unreadable_version
from gateway.lookups.outside import Fetched, Limits, fetch
from gateway.lookups.range_store import Copy, Store

LIMITS: Final = Limits(seconds=20.0, octets=MOST_OCTETS, redirects=3)
ACCEPT: Final = "application/jafar+json, application/json, text/plain, text/csv, text/html;q=0.5, */*;q=0.1"
#: Lists that are asked for at a time.
AT_ONCE: Final = 6
#: How many times as many addresses, or as few, a list may have from one time to the next.
WILD: Final = 2.0
#: Below so many addresses more or fewer nothing is wild.
FEW: Final = 256


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of one list. ``what``: `taken`, `unchanged`, `doubted` (too different, not taken yet) or `failed`."""

    url: str
    what: str
    why: str = ""
    prefixes: int = 0


@dataclass(frozen=True, slots=True)
class Got:
    """What was offered in place of a copy: a body, or None where the operator says that nothing changed."""

    body: bytes | None
    at: int
    etag: str = ""
    modified: str = ""
    source: str = ""


async def refresh(store: Store, url: str, now: int, *, anywhere: bool = False) -> Refreshed:
    """Ask the operator for a list (without fragment), and put what is new into the store. Raises nothing. Lists are had
    from public addresses only, unless from ``anywhere``."""
    before = await asyncio.to_thread(store.read, url)
    fetched = await fetch(url, LIMITS, _conditions(before), anywhere=anywhere)
    if isinstance(fetched, Unavailable):
        return Refreshed(url, "failed", fetched.why)
    try:
        return await asyncio.to_thread(offer, store, url, before, _got(fetched, now))
    except RangesError as error:
        return Refreshed(url, "failed", str(error))
    except OSError as error:
        return Refreshed(url, "failed", error.strerror or type(error).__name__)


async def refresh_all(
    store: Store,
    urls: Iterable[str],
    now: int,
    *,
    anywhere: bool = False,
    told: Callable[[Refreshed], None] = lambda _: None,
) -> list[Refreshed]:
    """Ask for some lists, a few at a time, so that an operator who does not answer holds up nobody; ``told`` hears what came
    of each as it comes."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(url: str) -> Refreshed:
        async with free:
            found = await refresh(store, url, now, anywhere=anywhere)
        told(found)
        return found

    return await asyncio.gather(*map(one, urls))


def refresh_from(store: Store, url: str, folder: Path, now: int) -> Refreshed | None:
    """Take a list from a folder: another store's copy, or the file as `wget -x` lays it (`HOST/PATH`), dated as the file
    is. None if the folder has neither. Blocks; raises nothing."""
    before = store.read(url)
    carried = Store(folder).read(url)
    try:
        if carried is not None:
            got = Got(carried.body, min(carried.checked, now), carried.etag, carried.modified, carried.source)
        else:
            parts = urlsplit(url)
            path = (
                folder / f"{parts.netloc}{parts.path}{'?' + parts.query if parts.query else ''}"
            ).resolve()
            if not path.is_file() or not path.is_relative_to(folder.resolve()):
                return None
            with path.open("rb") as file:
                got = Got(file.read(MOST_OCTETS + 1), min(int(path.stat().st_mtime), now))
        if before is not None and got.at < before.checked:
            return Refreshed(url, "unchanged", "the copy at hand is newer")
        return offer(store, url, before, got)
    except RangesError as error:
        return Refreshed(url, "failed", str(error))
    except (OSError, ValueError) as error:
        return Refreshed(
            url, "failed", f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}"[:200]
        )


def copy_all(store: Store, urls: Iterable[str], target: Store) -> int:
    """Put every copy of these lists into another store, and say how many there were. Blocks; OSError of the disk."""
    copies = [copy for copy in map(store.read, urls) if copy is not None]
    for copy in copies:
        target.write(copy)
    return len(copies)


def offer(store: Store, url: str, before: Copy | None, got: Got) -> Refreshed:
    """Put what was had into the store, if it is to be taken. RangesError for what is no list; OSError of the disk."""
    if got.body is None or (before is not None and got.body == before.body):
        if before is None:
            raise RangesError("the operator says that nothing changed, but there is no copy")
        store.write(replace(before, checked=max(before.checked, got.at), offered="", source=got.source))
        return Refreshed(url, "unchanged")
    prefixes = read_ranges(got.body)
    new = Copy(url, got.body, got.at, got.at, got.etag, got.modified, source=got.source)
    if before is not None and before.offered != new.digest:
        old = _sound(before)
        if old is not None and _is_wild(old.size, prefixes.size):
            store.write(replace(before, offered=new.digest))
            why = f"it holds {prefixes.size} addresses, the copy in use {old.size}; taken if it is so again"
            return Refreshed(url, "doubted", why, len(prefixes))
    store.write(new)
    return Refreshed(url, "taken", prefixes=len(prefixes))


def _is_wild(old: int, new: int) -> bool:
    return abs(new - old) >= FEW and not old / WILD <= new <= old * WILD


def _sound(copy: Copy) -> Prefixes | None:
    try:
        return read_ranges(copy.body)
    except RangesError:
        return None


def _got(fetched: Fetched, now: int) -> Got:
    """What an answer offers; RangesError if that is nothing."""
    if fetched.status == 304:
        return Got(None, now)
    if fetched.redirects:
        raise RangesError("it redirects too often, or to an address that is not https")
    if fetched.status != 200:
        raise RangesError(f"status {fetched.status}")
    if unreadable_version(fetched.fields.get("content-type", "")):
        raise RangesError("it is in a newer form than is known here")
    if not fetched.whole:
        raise RangesError(f"it ends too early, or has more than {MOST_OCTETS} octets")
    etag, modified = (fetched.fields.get(name, "")[:200] for name in ("etag", "last-modified"))
    return Got(fetched.body, now, etag, modified)


def _conditions(before: Copy | None) -> dict[str, str]:
    """What is sent along, so that a list is not sent again that is at hand; while one is in doubt it must be."""
    fields = {"Accept": ACCEPT}
    if before is not None and not before.offered:
        fields |= {"If-None-Match": before.etag} if before.etag else {}
        fields |= {"If-Modified-Since": before.modified} if before.modified else {}
    return fields
