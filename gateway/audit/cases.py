"""Cases: readers who take many different articles in a day, as nobody reads.

Nobody is refused for it. But whoever passes the site's threshold is on record: a `case` event says how many articles, and
commits to the address, the network and the day's pseudonym. These lie beside it for 30 days and are erased then, as are those
of any entry; the event tells nothing of them any more, and its seal stays valid.

Memory is bounded: so many clients are watched, those that came last; of each there is a sketch. IPv6 clients are
counted by their network of 64 bits, since one of them has more addresses than anybody could watch.
"""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Network
from typing import Any, Final, NamedTuple

from gateway.instants import DAY, rfc3339
from gateway.judgement import Judgement
from gateway.record.pages import Sketch, article_of

EVENT: Final = "case"
#: For how long an address is kept from then on, in microseconds.
KEPT: Final = 30 * DAY
#: Clients that are watched at a time.
MOST: Final = 10_000


class Sight(NamedTuple):
    """A reader was let in to an article, at a time (µs UTC), on a site that opens a case above so many in a day."""

    at: int
    address: str
    network: str
    pseudonym: str
    article: str
    threshold: int


def sight_of(judgement: Judgement, pseudonym: str) -> Sight | None:
    """What there is to count of a judgement; None if it is no reader's, or no article's, or the site counts none."""
    threshold = judgement.version.policy.audit.threshold
    article = None if threshold is None else article_of(judgement)
    if threshold is None or article is None:
        return None
    client = judgement.request.client
    return Sight(judgement.at, client.address, client.network, pseudonym, article, threshold)


class Cases:
    """Watches the readers of one gateway. Called on one thread."""

    def __init__(
        self,
        new_id: Callable[[int], str],
        event: Callable[[str, dict[str, Any]], object],
        most: int = MOST,
    ) -> None:
        self._new_id, self._event, self._most = new_id, event, most
        self._day = -1
        self._watched: OrderedDict[str, Sketch | None] = OrderedDict()

    def saw(self, sight: Sight) -> None:
        """Count the article, and open a case where it is one too many; no more than one a day for each client."""
        day = sight.at // DAY
        if day != self._day:
            self._day = day
            self._watched.clear()
        who = watched_as(sight.address)
        sketch = self._watched.get(who, _NEW)
        if sketch is _NEW:
            sketch = self._watched[who] = Sketch()
            if len(self._watched) > self._most:
                self._watched.popitem(last=False)
        else:
            self._watched.move_to_end(who)
        if sketch is not None and (articles := sketch.add(sight.article)) > sight.threshold:
            self._watched[who] = None  # this one is open
            self._open(sight, articles)

    def _open(self, sight: Sight, articles: int) -> None:
        details = {
            "case": self._new_id(sight.at),
            "pseudonym": sight.pseudonym,
            "network": sight.network,
            "address": sight.address,
            "articles": articles,
            "threshold": sight.threshold,
            "until": rfc3339(sight.at + KEPT),
        }
        self._event(EVENT, details)


#: Stands for a client that is not watched yet.
_NEW: Final = Sketch()


def watched_as(address: str) -> str:
    """Under which name a client is counted: its address, or the first 64 bits of an IPv6 address."""
    return str(IPv6Network((address, 64), strict=False)) if ":" in address else address
