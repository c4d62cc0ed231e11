"""The index: an SQLite file that finds entries fast and is never the truth.

Theory of operation. The index holds, for each entry, where it lies and the few values that are asked for; what is shown
is always read from the journal at that place. Readers who were served have no rows: their minutes are known, and opened
where they are asked for (`gateway.audit.minutes`). Everything is summed up beside that (`gateway.audit.tallies`). The
index can be deleted at any time: it is made anew from the journal, and is caught up from where it stopped each time it is
opened (`gateway.audit.intake`). Each batch moves `progress` in the same transaction, so that two programs may catch it up
at once; so does what `Violations`, which says of each refusal what it is, remembers. Words that repeat (agents, rules …)
and paths are kept once; a client is a range of addresses, the network of people, so that one comparison answers both kinds.
"""

# ruff: noqa: S608 -- statements are made here and in gateway.audit.query, of constants and question marks

from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Any, Final

from gateway.audit import tallies, unindexed
from gateway.audit.index_file import ENTRIES, INDEXES, NEEDED, open_index
from gateway.audit.intake import Intake, progress_of
from gateway.audit.minutes import EVENT, OUTCOME, Row, Run, end_of
from gateway.audit.reader import Damage, Entry, Places, Position, Reader
from gateway.audit.renewing import renew
from gateway.audit.rows import INSERT, Rows
from gateway.audit.tallies import Sums
from gateway.instants import moment
from gateway.record import EntryError
from gateway.record.printed import Shared
from gateway.told.violations import Finding
from gateway.vocabulary import Standing

#: Entries that change how the tables are best asked.
_SEVERAL: Final = 200_000
#: Octets of a journal that are many: there rows are put in before the indexes are made, which takes a fraction of the time.
_MANY: Final = 64 << 20

#: Called with how much was read so far and how much there is, in octets or in entries, and how many entries that were.
Progress = Callable[[int, int, int], None]


class Index:
    """The index of one journal, caught up when it is opened; or ``behind``, for those who look for one entry: what it does not
    hold yet is then sought in the octets of the journal, and taken in only for what cannot be told otherwise."""

    def __init__(
        self, reader: Reader, progress: Progress | None = None, *, rebuild: bool = False, behind: bool = False
    ) -> None:
        self.reader, self.progress = reader, progress
        self.places = Places(reader)
        self.path, self.db = open_index(reader, rebuild=rebuild)
        self._rows = Rows(self.db)
        self._tables: dict[int, Shared] = {}
        self._ahead: dict[int, Shared] = {}
        self._intake = Intake(reader, self.db, self._rows, self._table)
        self._version = 0
        #: How many rows `open` put into the table ``opened``, and of what ``asked`` holds the paths (`gateway.audit.literals`).
        self.opened = 0
        self.asked: object = None
        #: Whose entries were sought last (`gateway.audit.query`), and their numbers.
        self.traced: tuple[object, list[int]] = None, []
        self.db.execute(f"CREATE TEMP TABLE opened{ENTRIES.removeprefix('entries')}")
        self.db.execute("CREATE TEMP TABLE asked (id INTEGER PRIMARY KEY)")
        for name, rows in INDEXES.items():
            if name in NEEDED:
                self.db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {rows}")
        if behind:
            self._renew()
        else:
            self.catch_up()

    def close(self) -> None:
        """Give everything back."""
        self.db.close()
        self.places.close()

    def catch_up(self, until: int = 1 << 53) -> int:
        """Take in what was written since, at least up to entry ``until``; how many entries that were. What was removed since
        goes."""
        self._renew()
        taken, total = 0, sum(length for _, length in self.reader.segments())
        if total - self._done(self.after) > max(_MANY, total // 2):
            for name in INDEXES.keys() - NEEDED:
                self.db.execute(f"DROP INDEX IF EXISTS {name}")
        while self.last < until and (moved := self._batch()):
            taken += moved
            if self.progress is not None:
                self.progress(self._done(self.after), total, taken)
        for name, rows in INDEXES.items():
            self.db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {rows}")
        if taken > _SEVERAL:
            self.db.execute("PRAGMA analysis_limit = 1000")
            self.db.execute("ANALYZE")
        return taken

    def _batch(self) -> int:
        try:
            return self._intake.batch(self._notice)
        except BaseException:  # the transaction was taken back, and with it what is remembered of it
            self._forget()
            raise

    def _renew(self) -> None:
        """Follow what was removed since."""
        self._notice()
        if renew(self.db, self.reader, self._again):
            self._forget()

    def _done(self, at: Position | None) -> int:
        """The octets of the journal before a place."""
        if at is None:
            return 0
        return at.offset + sum(length for first, length in self.reader.segments() if first < at.segment)

    def damage(self) -> list[Damage]:
        """The places that could not be read."""
        rows = self.db.execute("SELECT segment, offset, seq, why FROM damage ORDER BY segment, offset")
        return [self.reader.damage(Position(*row[:3]), row[3]) for row in rows]

    def find(self, where: str, values: list[Any]) -> Iterator[Position]:
        """The places of entries that have a row and match an SQL condition on ``entries``, oldest first."""
        rows = self.db.execute(f"SELECT segment, offset, seq FROM entries WHERE {where} ORDER BY seq", values)
        return (Position(*row) for row in rows)

    def events(
        self, names: Collection[str] = (), *, last: int = 1 << 53, since: int = 0, until: int = 1 << 62
    ) -> Iterator[Position]:
        """The places of events up to entry ``last`` in a time (µs UTC), oldest first, those that are not taken in yet too; with
        ``names`` of these alone."""
        where = f"phase = {EVENT} AND seq <= ? AND at >= ? AND at < ?"
        if names:
            where += f" AND event IN (SELECT id FROM words WHERE text IN ({', '.join('?' * len(names))}))"
        yield from self.find(where, [last, since, until, *names])
        for place in unindexed.events(self.reader, self.after):
            with suppress(EntryError):
                event = self.printed(place)
                at = moment(event["time"], 0)
                if place.seq <= last and since <= at < until and (not names or event["event"] in names):
                    yield place

    def open(self, run: Run) -> list[Damage]:
        """Read minutes from the journal: their readers' rows are then all that the table ``opened`` holds. What could not
        be read is given back."""
        rows, damage = self._unrowed(run)
        self.db.execute("BEGIN")
        self.db.execute("DELETE FROM opened")
        self.db.executemany(INSERT.format("opened"), rows)
        self.db.execute("COMMIT")
        self.opened = len(rows)
        return damage

    def looked(self, run: Run) -> None:
        """Say that everything up to a run was looked through, where somebody wants to know."""
        if self.progress is not None:
            self.progress(run.last, self.last, run.last)

    def _unrowed(self, run: Run) -> tuple[list[Row], list[Damage]]:
        """Rows of the entries of a run that have none in ``entries``, and what cannot be read."""
        sql = "SELECT seq FROM entries WHERE seq BETWEEN ? AND ?"
        rowed = {seq for (seq,) in self.db.execute(sql, (run.first, run.last))}
        rows: list[Row] = []
        damage: list[Damage] = []
        for entry in self._of(run):
            if isinstance(entry, Damage):
                damage.append(entry)
                continue
            if entry.position.seq in rowed:
                continue
            try:
                rows.append(self._rows.row(entry.position, entry.payload, self._table(run.segment)))
            except EntryError as error:
                damage.append(self.reader.damage(entry.position, str(error)))
        return rows, damage

    def _of(self, run: Run) -> Iterator[Entry | Damage]:
        """The entries of a run, or those decisions of it that hold what is wanted; damage where it cannot be read on."""
        if run.literals is None:
            for one in self.reader.entries(Position(run.segment, run.offset, run.first)):
                if isinstance(one, Entry) and (
                    one.position.segment != run.segment or one.position.seq > run.last
                ):
                    return
                if isinstance(one, Damage):
                    yield one
                    return
                if run.phase is None or (one.payload[:4] == b'["o1') is (run.phase == OUTCOME):
                    yield one
            return
        end = end_of(self.db, run)
        for offset, seq in unindexed.mentions(self.reader, run.segment, run.literals, run.offset, end):
            place = Position(run.segment, offset, seq)
            if run.first <= seq <= run.last:
                try:
                    yield self.places.entry(place)
                except EntryError as error:
                    yield self.reader.damage(place, str(error))

    def _towards(self, seq: int) -> Iterator[Entry | Damage]:
        """The entries from the nearest known place to the one with that number; damage where they cannot be read on."""
        near = [Position(first, 0, first) for first, _ in self.reader.segments() if first <= seq][-1:]
        near += [
            Position(*row)
            for table, number in (("entries", "seq"), ("minutes", "first"))
            for row in self.db.execute(
                f"SELECT segment, offset, {number} FROM {table} WHERE {number} <= ? ORDER BY {number} DESC LIMIT 1",
                (seq,),
            )
        ]
        if near:
            for entry in self.reader.entries(max(near, key=lambda place: place.seq)):
                if isinstance(entry, Entry) and entry.position.seq > seq:
                    return
                yield entry
                if isinstance(entry, Damage):
                    return

    def printed(self, position: Position) -> dict[str, Any]:
        """The members of the entry at a place, read from the journal; EntryError if it cannot be read any more."""
        return self.places.entry(position).printed(self._shared(position))

    def at(self, seq: int) -> Position | None:
        """The place of the entry with that number."""
        for entry in self._towards(seq):
            if isinstance(entry, Entry) and entry.position.seq == seq:
                return entry.position
        return None

    def moved(self, seq: int) -> Position | Damage | None:
        """The place of an entry that is not where it was, since its segment may have been rewritten; None if it was removed."""
        self._renew()
        last = deque(self._towards(seq), maxlen=1)
        if last and (isinstance(last[0], Damage) or last[0].position.seq == seq):
            return last[0] if isinstance(last[0], Damage) else last[0].position
        return None

    def written(self, before: int) -> int | None:
        """When the last entry with a lower number was written (µs UTC)."""
        every = (entry for entry in self._towards(before - 1) if isinstance(entry, Entry))
        last = deque(every, maxlen=1)
        if not last:
            return None
        (entry,) = last
        return moment(entry.printed(self._shared(entry.position))["time"], 0)

    @property
    def last(self) -> int:
        """The number of the last entry that was taken in, 0 before the first."""
        at = self.after
        return 0 if at is None else at.seq - 1

    @property
    def after(self) -> Position | None:
        """Where what is not taken in yet begins; None before the journal does."""
        return progress_of(self.db)

    @property
    def rewritten(self) -> int:
        """How often segments were rewritten, altogether: whoever keeps what was counted has to count again where it changed."""
        (times,) = self.db.execute("SELECT coalesce(sum(rewritten), 0) FROM segments").fetchone()
        return int(times)

    def definer(self, segment: int, number: int) -> Position | None:
        """The place of the entry that defines a segment's shared value."""
        row = self._definer(segment, number)
        return unindexed.definer(self.reader, segment, number) if row is None else row

    def _definer(self, segment: int, number: int) -> Position | None:
        sql = "SELECT offset, seq FROM shared WHERE segment = ? AND number = ?"
        row = self.db.execute(sql, (segment, number)).fetchone()
        return None if row is None else Position(segment, *row)

    def finding(self, seq: int) -> Finding | None:
        """What the entry with that number is, if it is the refusal of an operator's agent. All before it has to be known for
        that: it is taken in."""
        if seq > self.last:
            self.catch_up(seq)
        sql = "SELECT text, since, served FROM entries JOIN words ON id = standing WHERE seq = ?"
        row = self.db.execute(sql, (seq,)).fetchone()
        return None if row is None else Finding(Standing(row[0]), *row[1:])

    def _shared(self, position: Position) -> Shared:
        """The shared values for the entry at a place."""
        first = position.segment
        if position.seq <= self.last:
            return self._table(first)
        return self._kept(self._ahead, first, lambda number: unindexed.definer(self.reader, first, number))

    def _table(self, segment: int) -> Shared:
        """The shared values of a segment, as far as they are taken in."""
        return self._kept(self._tables, segment, lambda number: self._definer(segment, number))

    def _kept(
        self, tables: dict[int, Shared], segment: int, definer: Callable[[int], Position | None]
    ) -> Shared:
        if segment not in tables:
            if len(tables) >= 64:
                tables.clear()
            tables[segment] = unindexed.Table(self.reader, self.places, segment, definer)
        return tables[segment]

    def _notice(self) -> None:
        """Forget what is remembered of the tables where another program has changed them."""
        (version,) = self.db.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._version = version
            self._forget()

    def _forget(self) -> None:
        self.asked, self.traced = None, (None, [])
        self._rows.forget()
        self._tables.clear()
        self._ahead.clear()
        self.places.close()

    def _again(self, first: int) -> None:
        """Count the readers of a segment again, which was rewritten."""
        self._forget()
        tallies.forget(self.db, first)
        at = self.after
        if at is not None:
            sums = Sums()
            for row in self._unrowed(Run(first, 0, first, at.seq - 1))[0]:
                sums.add(row)
            sums.put(self.db)
            behind = [other for other, _ in self.reader.segments() if other > first]
            tallies.add_rows(self.db, first, min(at.seq, *behind) - 1 if behind else at.seq - 1)
