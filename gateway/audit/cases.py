"""Cases: readers who take many different articles in a day, as nobody reads.

Nobody is refused for it. But whoever passes the site's threshold is on record: a `case` event names the day's pseudonym, the
network and how many articles, and commits to the address without saying it. The address itself lies aside, in the folder
`cases`, for 30 days; once it is deleted the event tells nothing of it, and its seal stays valid.

Memory is bounded: so many clients are watched, those that came last; of each there is a sketch. IPv6 clients are
counted by their network of 64 bits, since one of them has more addresses than anybody could watch.
"""

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from ipaddress import IPv6Network
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from gateway.audit.folder import put
from gateway.audit.holds import Hold
from gateway.audit.salts import new_salt
from gateway.instants import DAY, rfc3339
from gateway.judgement import Judgement
from gateway.record.pages import Sketch, article_of
from gateway.seal.erasable import commitment

EVENT: Final = "case"
FOLDER: Final = "cases"
#: For how long an address is kept from then on, in microseconds.
KEPT: Final = 30 * DAY
#: Clients that are watched at a time.
MOST: Final = 10_000


class Aside(Struct, frozen=True):
    """What an event commits to: the address, with the salt; when the case was opened, and when the address goes (µs UTC)."""

    case: str
    at: int
    until: int
    address: str
    salt: str


class Cases:
    """Watches the readers of one gateway. Called on one thread."""

    def __init__(
        self,
        folder: Path,
        new_id: Callable[[int], str],
        event: Callable[[str, dict[str, Any]], object],
        most: int = MOST,
    ) -> None:
        self._folder, self._new_id, self._event, self._most = folder / FOLDER, new_id, event, most
        self._day = -1
        self._watched: OrderedDict[str, Sketch | None] = OrderedDict()

    def saw(self, judgement: Judgement, pseudonym: str) -> None:
        """Count the article, and open a case where it is one too many; no more than one a day for each client."""
        threshold = judgement.version.policy.audit.threshold
        article = None if threshold is None else article_of(judgement)
        if threshold is None or article is None:
            return
        day = judgement.at // DAY
        if day != self._day:
            self._day = day
            self._watched.clear()
        who = watched_as(judgement.request.client.address)
        sketch = self._watched.get(who, _NEW)
        if sketch is _NEW:
            sketch = self._watched[who] = Sketch()
            if len(self._watched) > self._most:
                self._watched.popitem(last=False)
        else:
            self._watched.move_to_end(who)
        if sketch is not None and (articles := sketch.add(article)) > threshold:
            self._watched[who] = None  # this one is open
            self._open(judgement, pseudonym, articles)

    def _open(self, judgement: Judgement, pseudonym: str, articles: int) -> None:
        client, at = judgement.request.client, judgement.at
        case, salt = self._new_id(at), new_salt()
        aside = Aside(case, at, at + KEPT, client.address, salt.hex())
        details = {
            "case": case,
            "pseudonym": pseudonym,
            "network": client.network,
            "articles": articles,
            "threshold": judgement.version.policy.audit.threshold,
            "address": committed(aside),
            "until": rfc3339(aside.until),
        }
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            put(self._folder / f"{case}.json", msgspec.json.encode(aside), sync=False, mode=0o600)
        except OSError:
            details["address"] = None  # a full disk; what there is to say is said all the same
        self._event(EVENT, details)


#: Stands for a client that is not watched yet.
_NEW: Final = Sketch()


def watched_as(address: str) -> str:
    """Under which name a client is counted: its address, or the first 64 bits of an IPv6 address."""
    return str(IPv6Network((address, 64), strict=False)) if ":" in address else address


def committed(aside: Aside) -> str:
    """What the event says in place of the address."""
    return commitment(bytes.fromhex(aside.salt), msgspec.json.encode({"address": aside.address}))


def read(folder: Path) -> Iterator[Aside]:
    """The addresses of a journal that are still kept, oldest first."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        for path in sorted((folder / FOLDER).glob("*.json")):
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                yield msgspec.json.decode(path.read_bytes(), type=Aside)


def forget(folder: Path, goes: Callable[[Aside], bool]) -> int:
    """Delete addresses; how many that were. OSError where that cannot be."""
    gone = 0
    for aside in read(folder):
        if goes(aside):
            (folder / FOLDER / f"{aside.case}.json").unlink(missing_ok=True)
            gone += 1
    return gone


def over(now: int, holds: tuple[Hold, ...]) -> Callable[[Aside], bool]:
    """Says of an address whether its time is over at ``now`` (µs UTC) and nobody holds it."""
    return lambda aside: (
        aside.until <= now
        and not any(hold.covers(aside.at, msgspec.json.encode(aside.address)) for hold in holds)
    )
