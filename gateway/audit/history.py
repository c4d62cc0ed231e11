"""What `gateway.told.history` needs of a journal, by its index: the few events that matter, and how far it was seen."""

from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from heapq import merge

from gateway.audit.index import Index
from gateway.audit.texts import Texts
from gateway.instants import moment
from gateway.record import EntryError
from gateway.record.terms import Terms, TermsError, read_terms
from gateway.told.history import BOUNDS, Mark


def marks(
    index: Index, last: int = 1 << 53, *, also: Collection[str] = (), since: int = 0, until: int = 0
) -> Iterator[Mark]:
    """Every event that begins or ends something, the entry before each start, and the last entry; up to entry ``last``. Events
    that ``also`` names are among them where they are of a time (µs UTC)."""
    found = index.events(BOUNDS, last=last)
    if also:
        found = merge(
            found, index.events(also, last=last, since=since, until=until), key=lambda place: place.seq
        )
    for place in found:
        try:
            entry = index.printed(place)
        except EntryError:
            continue
        at = moment(entry["time"], 0)
        if entry["event"] == "start" and (seen := index.written(place.seq)) is not None:
            yield Mark(seen)
        yield Mark(at, entry["event"], entry["details"])
    if (seen := index.written(last + 1)) is not None:
        yield Mark(seen)


def reader_of_terms(texts: Texts) -> Callable[[str], Terms | None]:
    """Gives the manifest with a digest; None where it is not kept, or is none."""

    @lru_cache(1024)
    def read(digest: str) -> Terms | None:
        octets = texts.read(digest)
        try:
            return None if octets is None else read_terms(octets)
        except TermsError:
            return None

    return read
