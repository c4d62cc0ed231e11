"""Statements of use made once: the one of a month that runs is carried on from where it was, that of one that is over is kept in
the index.

Theory of operation. A licensee may take a hundred thousand pages in a month, and its statement is a fold over all of them, read from
the journal. A fold is therefore kept, and goes on with what was written since. A day after its month is over nothing comes any
more: then the statement itself is put away, until a segment is rewritten or the policy, whose sections it counts by, is another.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from gateway.audit.index import Index
from gateway.audit.reader import Damage
from gateway.audit.usage import came_after, entries_of
from gateway.instants import DAY
from gateway.licenses.license import License
from gateway.policy.model import Policy
from gateway.told.month import Month
from gateway.told.usage import Statement, Usage, sections_of

#: Passes the entries on that can be read, and does with the others what its caller wants.
Sound = Callable[[Iterable[dict[str, Any] | Damage]], Iterator[dict[str, Any]]]

#: Folds that are kept.
MOST: Final = 64

_Key = tuple[str, str, str]


class _Marked(NamedTuple):
    """What is put away: a statement up to entry ``last``, of segments that had been rewritten so often."""

    last: int
    rewritten: int
    made: Statement


class _Fold:
    """A fold up to entry ``last``, of segments that had been ``rewritten`` so often; whoever carries it on holds ``lock``. ``sound``
    tells whether every entry could be read."""

    def __init__(self, begun: Callable[[], Usage]) -> None:
        self._begun = begun
        self.lock = threading.Lock()
        self.begin()

    def begin(self) -> None:
        """Forget everything."""
        self.usage, self.last, self.rewritten, self.sound = self._begun(), 0, 0, True

    def carry_on(
        self, index: Index, held: License, since: int, until: int, sound: Sound, rewritten: int
    ) -> None:
        """Add what the index has more, once, whoever takes in something meanwhile; after an error it begins anew."""
        last = index.last
        if self.rewritten != rewritten or self.last > last:
            self.begin()
        try:
            for entry in sound(_noticing(self, entries_of(index, held, since, until, self.last, last))):
                self.usage.add(entry)
        except BaseException:
            self.begin()
            raise
        self.last, self.rewritten = last, rewritten


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
        found, rewritten = _kept(index, key) if over else None, index.rewritten
        if found and found.rewritten == rewritten and not came_after(index, held, since, until, found.last):
            return found.made
        with self._lock:
            for other in [one for one in self._folds if one[:2] == key[:2] and one != key]:
                del self._folds[other]  # nobody goes on by a policy of before
            fold = self._folds.pop(key, None) or _Fold(
                partial(Usage, held, sections_of(policy), policy.zone, month.first, month.last)
            )
            self._folds[key] = fold
            while len(self._folds) > MOST:
                self._folds.popitem(last=False)
        with fold.lock:
            fold.carry_on(index, held, since, until, sound, rewritten)
            made, last, whole = fold.usage.done(), fold.last, fold.sound
        if over and whole:
            _keep(index, key, _Marked(last, rewritten, made))
            with self._lock:
                self._folds.pop(key, None)
        return made


def _noticing(fold: _Fold, entries: Iterable[dict[str, Any] | Damage]) -> Iterator[dict[str, Any] | Damage]:
    for entry in entries:
        fold.sound = fold.sound and not isinstance(entry, Damage)
        yield entry


def _kept(index: Index, key: _Key) -> _Marked | None:
    sql = "SELECT octets FROM statements WHERE license = ? AND month = ? AND policy = ?"
    row = index.db.execute(sql, key).fetchone()
    with suppress(msgspec.ValidationError):  # an index of before had no mark
        return None if row is None else msgspec.json.decode(row[0], type=_Marked)
    return None


def _keep(index: Index, key: _Key, made: _Marked) -> None:
    index.db.execute(
        "INSERT OR REPLACE INTO statements VALUES (?, ?, ?, ?)", (*key, msgspec.json.encode(made))
    )
