"""Taking a journal into its index, batch by batch: one transaction each, which moves how far the index got as well."""

from collections.abc import Callable
from itertools import islice
from sqlite3 import Connection
from typing import Final

from gateway.audit import tallies
from gateway.audit.index_file import begin_progress
from gateway.audit.minutes import OUTCOME, Row
from gateway.audit.reader import Damage, Entry, Position, Reader
from gateway.audit.renewing import note, rewritten
from gateway.audit.rows import INSERT, Rows
from gateway.audit.tallies import Sums
from gateway.audit.texts import Texts
from gateway.record import EntryError, definitions
from gateway.record.printed import Shared
from gateway.told.violations import Violations

#: Entries of a batch.
BATCH: Final = 20_000
#: Decisions of readers whose outcome is to come, that are remembered.
_PENDING: Final = 200_000


def progress_of(db: Connection) -> Position | None:
    """Where what is not taken in yet begins; None before the journal does."""
    row = db.execute("SELECT segment, offset, seq FROM progress").fetchone()
    return None if row is None else Position(*row)


class Intake:
    """Takes one journal in. What it remembers between batches is as good as what the index holds."""

    def __init__(self, reader: Reader, db: Connection, rows: Rows, table: Callable[[int], Shared]) -> None:
        """``table`` gives the shared values of a segment, as far as they are taken in."""
        self._reader, self._db, self._rows, self._table = reader, db, rows, table
        self._violations: tuple[Position | None, Violations] | None = None
        self._readers: set[str] = set()

    def batch(self, notice: Callable[[], object]) -> int:
        """Take in up to `BATCH` entries; how many that were. ``notice`` is called in the transaction, before anything is read."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            notice()
            if progress_of(self._db) is None:
                begin_progress(self._db, self._reader)
            begin = progress_of(self._db)
            violations = self._fold(begin)
            before = rewritten(self._reader.folder)
            found = list(islice(self._reader.entries(begin), BATCH))
            note(self._db, before, found)
            rows, sums, at, moved = list[Row](), Sums(), None, 0
            shorts: set[str] = set()
            for entry in found:
                if isinstance(entry, Damage):
                    self._damaged(entry)
                    violations.damaged()
                    continue
                at, moved = entry.after, moved + 1
                try:
                    row = self._row(entry, violations)
                except EntryError as error:
                    violations.damaged()
                    self._damaged(self._reader.damage(entry.position, str(error)))
                    continue
                if self._is_counted(row, entry.payload, shorts):
                    sums.add(row)
                else:
                    rows.append(row)
                    shorts.add(row.short)
            self._db.executemany(INSERT.format("entries"), rows)
            sums.put(self._db)
            if rows:
                tallies.add_rows(self._db, rows[0].seq, rows[-1].seq)
            if at is not None:
                self._db.execute("UPDATE progress SET segment = ?, offset = ?, seq = ?", at)
                self._db.execute("DELETE FROM fold")
                self._db.execute("INSERT INTO fold VALUES (?)", (violations.state(),))
                self._violations = at, violations
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            self._readers.clear()
            self._violations = None
            raise
        return moved

    def _is_counted(self, row: Row, payload: bytes, shorts: set[str]) -> bool:
        """Whether an entry is a reader's, or the outcome of one: the outcome of a decision that has a row has one too."""
        if row.phase == OUTCOME:
            if row.short in self._readers:
                self._readers.discard(row.short)
                return True
            known = "SELECT 1 FROM entries WHERE short = ? LIMIT 1"
            return row.short not in shorts and self._db.execute(known, (row.short,)).fetchone() is None
        if not row.reader or payload[:1] != b"[":
            return False
        if len(self._readers) >= _PENDING:
            self._readers.clear()
        self._readers.add(row.short)
        return True

    def _fold(self, begin: Position | None) -> Violations:
        """The fold as it was at a place: our own, or what another program, or an earlier run, has put away."""
        if self._violations is not None and self._violations[0] == begin:
            return self._violations[1]
        row = self._db.execute("SELECT state FROM fold").fetchone()
        return Violations(Texts(self._reader.folder).read, b"" if row is None else row[0])

    def _damaged(self, place: Damage) -> None:
        first = int(place.file[:20])
        row = (first, place.offset, place.seq, place.why)
        self._db.execute("INSERT OR REPLACE INTO damage VALUES (?, ?, ?, ?)", row)

    def _row(self, entry: Entry, violations: Violations) -> Row:
        here = entry.position
        if b",[" in entry.payload:
            for number in definitions(entry.payload):
                row = (here.segment, number, here.offset, here.seq)
                self._db.execute("INSERT OR IGNORE INTO shared VALUES (?, ?, ?, ?)", row)
        return self._rows.row(here, entry.payload, self._table(here.segment), violations)
