"""What `gateway.told.history` needs of a journal, by its index: the few events that matter, and how far it was seen."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from gateway.audit.index import Index
from gateway.audit.texts import Texts
from gateway.instants import moment
from gateway.record import EntryError
from gateway.record.terms import Terms, TermsError, read_terms
from gateway.told.history import Mark


def marks(index: Index, last: int = 2**53) -> Iterator[Mark]:
    """Every event that begins or ends something, the entry before each start, and the last entry; up to entry ``last``."""
    for place in index.events(last):
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
