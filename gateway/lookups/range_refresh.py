"""Published address lists: how a newer copy is had, and whether it is taken.

A body that is no sound list is never taken. One that suddenly holds less than half or more than twice the addresses is
not taken at once: it is noted, and taken if it is still so the next time. Until then the list counts as unconfirmed, and
after `FRESH` nothing is concluded from what is not on it.
"""

import asyncio
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp

from gateway import __version__
from gateway.identify.prefixes import Prefixes
from gateway.identify.range_files import MOST_OCTETS, RangesError, read_ranges
from gateway.lookups.outside import outside_only
from gateway.lookups.range_store import Copy, Store

#: Seconds for one list, redirects followed; how many are.
TIMEOUT: Final = 20.0
REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
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


def fetching(*, anywhere: bool = False) -> aiohttp.ClientSession:
    """A session to fetch lists with; only from public addresses, unless it may reach ``anywhere``."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector() if anywhere else outside_only(),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": f"Izin/{__version__}", "Accept-Encoding": "gzip, identity"},
        trust_env=False,
    )


async def refresh(store: Store, url: str, session: aiohttp.ClientSession, now: int) -> Refreshed:
    """Ask the operator for a list (without fragment), and put what is new into the store. Raises nothing."""
    before = await asyncio.to_thread(store.read, url)
    try:
        got = await asyncio.wait_for(_fetch(session, url, before, now), TIMEOUT)
        return await asyncio.to_thread(offer, store, url, before, got)
    except RangesError as error:
        return Refreshed(url, "failed", str(error))
    except TimeoutError:
        return Refreshed(url, "failed", f"no answer within {TIMEOUT:.0f} s")
    except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
        return Refreshed(url, "failed", f"{type(error).__name__}: {error}"[:200])


async def fetch_all(store: Store, urls: Iterable[str], now: int) -> list[Refreshed]:
    """Ask for some lists, one after the other."""
    async with fetching() as session:
        return [await refresh(store, url, session, now) for url in urls]


def refresh_from(store: Store, url: str, folder: Path, now: int) -> Refreshed | None:
    """Take a list from a folder: another store's copy, or the file as `wget -x` lays it (`HOST/PATH`), dated as the file
    is. None if the folder has neither. Blocks; raises nothing."""
    before = store.read(url)
    carried = Store(folder).read(url)
    try:
        if carried is not None:
            got = Got(carried.body, min(carried.checked, now), carried.etag, carried.modified)
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


def offer(store: Store, url: str, before: Copy | None, got: Got) -> Refreshed:
    """Put what was had into the store, if it is to be taken. RangesError for what is no list; OSError of the disk."""
    if got.body is None or (before is not None and got.body == before.body):
        if before is None:
            raise RangesError("the operator says that nothing changed, but there is no copy")
        store.write(replace(before, checked=max(before.checked, got.at), offered=""))
        return Refreshed(url, "unchanged")
    prefixes = read_ranges(got.body)
    new = Copy(url, got.body, got.at, got.at, got.etag, got.modified)
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


async def _fetch(session: aiohttp.ClientSession, url: str, before: Copy | None, now: int) -> Got:
    headers = {"Accept": "application/jafar+json, application/json, text/plain, text/html;q=0.5, */*;q=0.1"}
    if before is not None and not before.offered:
        headers |= {"If-None-Match": before.etag} if before.etag else {}
        headers |= {"If-Modified-Since": before.modified} if before.modified else {}
    secure = urlsplit(url).scheme == "https"
    for _ in range(REDIRECTS + 1):
        async with session.get(url, headers=headers, allow_redirects=False) as response:
            if response.status == 304:
                return Got(None, now)
            if response.status in _REDIRECTS:
                url = urljoin(url, response.headers.get("Location", ""))
                if urlsplit(url).scheme != "https" and (secure or urlsplit(url).scheme != "http"):
                    raise RangesError("it redirects to an address that is not https")
                continue
            if response.status != 200:
                raise RangesError(f"status {response.status}")
            body = await _whole(response)
            etag, modified = (response.headers.get(name, "")[:200] for name in ("ETag", "Last-Modified"))
            return Got(body, now, etag, modified)
    raise RangesError("too many redirects")


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """The body, unpacked; RangesError if it is more than a list may have."""
    body = bytearray()
    async for piece in response.content.iter_chunked(65_536):
        body += piece
        if len(body) > MOST_OCTETS:
            raise RangesError(f"it has more than {MOST_OCTETS} octets")
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding in ("gzip", "x-gzip"):
        packed = zlib.decompressobj(31)
        plain = packed.decompress(bytes(body), MOST_OCTETS + 1)
        if not packed.eof and len(plain) <= MOST_OCTETS:
            raise RangesError("its body ends too early")
        return plain
    if coding != "identity":
        raise RangesError(f"its coding `{coding[:40]}` is not known")
    return bytes(body)
