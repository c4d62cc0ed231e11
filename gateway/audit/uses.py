"""Statements of use made once: the one of a month that runs is carried on from where it was, that of one that is over is kept in
the index.

Theory of operation. A licensee may take a hundred thousand pages in a month, and its statement is a fold over all of them, read from
the journal. A fold is therefore kept, and goes on with what was written since. A day after its month is over nothing comes any
more: then the statement itself is put away, until a segment is rewritten or the policy, whose sections it counts by, is another.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec

from gateway.audit.index import Index
from gateway.audit.reader import Damage
from gateway.audit.usage import entries_of
from gateway.instants import DAY
from gateway.licenses.license import License
from gateway.policy.model import Policy
from gateway.told.month import Month
from gateway.told.usage import Place, Recount, Statement, Sum, Usage, sections_of

#: Passes the entries on that can be read, and does with the others what its caller wants.
Sound = Callable[[Iterable[dict[str, Any] | Damage]], Iterator[dict[str, Any]]]

#: Folds that are kept.
MOST: Final = 64

_Key = tuple[str, str, str]


class _Kept(NamedTuple):
    """A statement as it is put away: all of it but the license, which the policy has."""

    first: date
    last: date
    rows: tuple[tuple[Place, Sum], ...]
    articles: int
    because: tuple[tuple[str, int], ...]
    unproved: tuple[tuple[str, int], ...]
    uncounted: tuple[tuple[str, int], ...]
    unsettled: int
    observed: int
    earliest: str | None
    latest: str | None
    recounts: tuple[Recount, ...]


class _Fold:
    """A fold up to entry ``last``; whoever carries it on holds ``lock``. ``sound`` tells whether every entry could be read."""

    def __init__(self, usage: Usage) -> None:
        self.usage, self.last, self.sound = usage, 0, True
        self.lock = threading.Lock()


class Uses:
    """The statements of one journal. Calls may come from several threads, each with an index of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folds: OrderedDict[_Key, _Fold] = OrderedDict()

    def of(
        self, index: Index, policy: Policy, held: License, month: Month, now: int, sound: Sound
    ) -> Statement:
        """The statement of a license in a month, as far as it is over at ``now`` (µs UTC)."""
        key = (held.id, str(month), policy.digest)
        since, until = month.span(policy.zone)
        over = now > until + DAY
        kept = _kept(index, key) if over else None
        if kept is not None:
            return Statement(held, *kept)
        with self._lock:
            fold = self._folds.pop(key, None) or _Fold(
                Usage(held, sections_of(policy), policy.zone, month.first, month.last)
            )
            self._folds[key] = fold
            while len(self._folds) > MOST:
                self._folds.popitem(last=False)
        with fold.lock:
            last = index.last
            for entry in sound(_noticing(fold, entries_of(index, held, since, until, fold.last))):
                fold.usage.add(entry)
            fold.last = last
            made = fold.usage.done()
        if over and fold.sound:
            _keep(index, key, made)
            with self._lock:
                self._folds.pop(key, None)
        return made


def _noticing(fold: _Fold, entries: Iterable[dict[str, Any] | Damage]) -> Iterator[dict[str, Any] | Damage]:
    for entry in entries:
        fold.sound = fold.sound and not isinstance(entry, Damage)
        yield entry


def _kept(index: Index, key: _Key) -> _Kept | None:
    sql = "SELECT octets FROM statements WHERE license = ? AND month = ? AND policy = ?"
    row = index.db.execute(sql, key).fetchone()
    return None if row is None else msgspec.json.decode(row[0], type=_Kept)


def _keep(index: Index, key: _Key, made: Statement) -> None:
    octets = msgspec.json.encode(_Kept(*made[1:]))
    index.db.execute("INSERT OR REPLACE INTO statements VALUES (?, ?, ?, ?)", (*key, octets))
