"""The index: an SQLite file that finds entries fast and is never the truth.

Theory of operation. The index holds, for each entry, where it lies and the few values that are asked for; what is shown
is always read from the journal at that place. It can be deleted at any time: it is made anew from the journal, and is
caught up from where it stopped each time it is opened. Each batch moves `progress` in the same transaction, so that two
programs may catch it up at once; so does what `Violations`, which says of each refusal what it is, remembers. Words that repeat (agents, rules …) and paths are kept once; a client is a range of
addresses, the network of people, so that one comparison answers both kinds.

It lies in the journal's folder, or, for a user who may only read there, in that user's own cache folder.
"""

# ruff: noqa: S608 -- statements are made here and in gateway.audit.query, of constants and question marks

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

from gateway.audit.reader import Damage, Entry, Places, Position, Reader
from gateway.audit.renewing import note, renew, rewritten
from gateway.audit.rows import Rows
from gateway.audit.texts import Texts
from gateway.record import EntryError, definitions
from gateway.record.printed import Shared
from gateway.told.violations import Finding, Violations
from gateway.vocabulary import Standing

NAME: Final = "index.sqlite"
_VERSION: Final = 5
_BATCH: Final = 4_000

_SCHEMA: Final = """
CREATE TABLE progress (segment INTEGER NOT NULL, offset INTEGER NOT NULL, seq INTEGER NOT NULL, head TEXT NOT NULL);
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE paths (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, canonical TEXT NOT NULL, lenient TEXT NOT NULL);
CREATE TABLE shared (
  segment INTEGER NOT NULL, number INTEGER NOT NULL, offset INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (segment, number)) WITHOUT ROWID;
CREATE TABLE segments (first INTEGER PRIMARY KEY, rewritten INTEGER NOT NULL);
CREATE TABLE damage (segment INTEGER NOT NULL, offset INTEGER NOT NULL, seq INTEGER NOT NULL, why TEXT NOT NULL,
  PRIMARY KEY (segment, offset)) WITHOUT ROWID;
CREATE TABLE entries (
  seq INTEGER PRIMARY KEY, segment INTEGER NOT NULL, offset INTEGER NOT NULL, at INTEGER NOT NULL, short TEXT NOT NULL,
  phase INTEGER NOT NULL, verdict INTEGER, kind INTEGER, agent INTEGER, operator INTEGER, purpose INTEGER, rule INTEGER,
  license INTEGER, path INTEGER, pseudonym TEXT, low BLOB, bits INTEGER, bytes INTEGER, ended INTEGER,
  standing INTEGER, since INTEGER, served INTEGER);
CREATE TABLE fold (state BLOB NOT NULL);
CREATE TABLE referrals (seq INTEGER NOT NULL, at INTEGER NOT NULL, service TEXT NOT NULL, readers INTEGER NOT NULL,
  PRIMARY KEY (seq, service)) WITHOUT ROWID;
INSERT INTO words VALUES (1, 'allow');
"""
#: By what rows are found. They are made after the rows where there are many of these: that takes a fraction of the time.
_INDEXES: Final = {
    "referrals_by_time": "referrals (at)",
    "by_time": "entries (at)",
    "by_short": "entries (short)",
    "by_verdict": "entries (verdict, at) WHERE verdict > 1",
    "by_agent": "entries (agent, at) WHERE agent IS NOT NULL",
    "by_operator": "entries (operator, at) WHERE operator IS NOT NULL",
    "by_purpose": "entries (purpose, at) WHERE purpose IS NOT NULL",
    "by_rule": "entries (rule, at) WHERE rule IS NOT NULL",
    "by_license": "entries (license, at) WHERE license IS NOT NULL",
    "by_path": "entries (path) WHERE path IS NOT NULL",
    "by_standing": "entries (standing) WHERE standing IS NOT NULL",
    "by_address": "entries (low) WHERE low IS NOT NULL",
}
#: Octets of a journal that are so many.
_MANY: Final = 64 << 20
#: The word `allow`: most verdicts, and so the one that is not worth an index.
ALLOW: Final = 1
_INSERT: Final = f"INSERT OR IGNORE INTO entries VALUES ({', '.join('?' * 22)})"

#: Called with the octets read so far and the octets there are.
Progress = Callable[[int, int], None]


class Index:
    """The index of one journal, caught up when it is opened."""

    def __init__(self, reader: Reader, progress: Progress | None = None, *, rebuild: bool = False) -> None:
        self.reader = reader
        self.places = Places(reader)
        self.path, self.db = _open(reader, rebuild=rebuild)
        self._rows = Rows(self.db)
        self._tables: dict[int, Shared] = {}
        self._violations: tuple[Position | None, Violations] | None = None
        self.catch_up(progress)

    def close(self) -> None:
        """Give everything back."""
        self.db.close()
        self.places.close()

    def catch_up(self, progress: Progress | None = None) -> int:
        """Take in what was written since; how many entries that were. What was removed since goes."""
        if renew(self.db, self.reader):
            self._tables.clear()
            self.places.close()
        taken, total = 0, sum(length for _, length in self.reader.segments())
        at = self._position()
        if total - self._done(at) > max(_MANY, total // 2):
            for name in _INDEXES:
                self.db.execute(f"DROP INDEX IF EXISTS {name}")
        for moved in iter(self._batch, 0):
            taken += moved
            at = self._position()
            if progress is not None:
                progress(self._done(at), total)
        for name, rows in _INDEXES.items():
            self.db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {rows}")
        if taken > 10 * _BATCH:
            self.db.execute("PRAGMA analysis_limit = 1000")
            self.db.execute("ANALYZE")
        return taken

    def _done(self, at: Position | None) -> int:
        """The octets of the journal before a place."""
        if at is None:
            return 0
        return at.offset + sum(length for first, length in self.reader.segments() if first < at.segment)

    def damage(self) -> list[Damage]:
        """The places that could not be read."""
        rows = self.db.execute("SELECT segment, offset, seq, why FROM damage ORDER BY segment, offset")
        return [self.reader.damage(Position(*row[:3]), row[3]) for row in rows]

    def find(self, where: str, values: list[Any], limit: int | None = None) -> Iterator[Position]:
        """The places of entries that match an SQL condition on ``entries``, oldest first, the newest ``limit``."""
        sql = f"SELECT segment, offset, seq FROM entries WHERE {where}"
        if limit is None:
            rows = self.db.execute(f"{sql} ORDER BY seq", values)
        else:
            sql = f"{sql} ORDER BY seq DESC LIMIT ?"
            rows = self.db.execute(f"SELECT * FROM ({sql}) ORDER BY seq", [*values, limit])
        return (Position(*row) for row in rows)

    def printed(self, position: Position) -> dict[str, Any]:
        """The members of the entry at a place, read from the journal; EntryError if it cannot be read any more."""
        entry = self.places.entry(position)
        table = self._tables.get(position.segment)
        if table is None:
            if len(self._tables) >= 64:
                self._tables.clear()
            table = self._tables[position.segment] = _Table(self, position.segment)
        return entry.printed(table)

    def at(self, seq: int) -> Position | None:
        """The place of the entry with that number."""
        row = self.db.execute("SELECT segment, offset, seq FROM entries WHERE seq = ?", (seq,)).fetchone()
        return None if row is None else Position(*row)

    def definer(self, segment: int, number: int) -> Position | None:
        """The place of the entry that defines a segment's shared value."""
        sql = "SELECT offset, seq FROM shared WHERE segment = ? AND number = ?"
        row = self.db.execute(sql, (segment, number)).fetchone()
        return None if row is None else Position(segment, *row)

    def finding(self, seq: int) -> Finding | None:
        """What the entry with that number is, if it is the refusal of an operator's agent."""
        sql = "SELECT text, since, served FROM entries JOIN words ON id = standing WHERE seq = ?"
        row = self.db.execute(sql, (seq,)).fetchone()
        return None if row is None else Finding(Standing(row[0]), *row[1:])

    def _position(self) -> Position | None:
        row = self.db.execute("SELECT segment, offset, seq FROM progress").fetchone()
        return None if row is None else Position(*row)

    def _batch(self) -> int:
        """Take in up to `_BATCH` entries in one transaction; how many that were."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            if self._position() is None:
                _begin(self.db, self.reader)
            begin = self._position()
            violations = self._fold(begin)
            before = rewritten(self.reader.folder)
            found = list(islice(self.reader.entries(begin), _BATCH))
            note(self.db, before, found)
            rows, at, moved = [], None, 0
            for entry in found:
                if isinstance(entry, Damage):
                    self._damaged(entry)
                    violations.damaged()
                    continue
                at, moved = entry.after, moved + 1
                try:
                    rows.append(self._row(entry, violations))
                except EntryError as error:
                    violations.damaged()
                    self._damaged(self.reader.damage(entry.position, str(error)))
            self.db.executemany(_INSERT, rows)
            if at is not None:
                self.db.execute("UPDATE progress SET segment = ?, offset = ?, seq = ?", at)
                self.db.execute("DELETE FROM fold")
                self.db.execute("INSERT INTO fold VALUES (?)", (violations.state(),))
                self._violations = at, violations
            self.db.execute("COMMIT")
        except BaseException:
            self.db.execute("ROLLBACK")
            self._rows.forget()
            self._tables.clear()
            self._violations = None
            raise
        return moved

    def _fold(self, begin: Position | None) -> Violations:
        """The fold as it was at a place: our own, or what another program, or an earlier run, has put away."""
        if self._violations is not None and self._violations[0] == begin:
            return self._violations[1]
        row = self.db.execute("SELECT state FROM fold").fetchone()
        return Violations(Texts(self.reader.folder).read, b"" if row is None else row[0])

    def _damaged(self, place: Damage) -> None:
        first = int(place.file[:20])
        row = (first, place.offset, place.seq, place.why)
        self.db.execute("INSERT OR REPLACE INTO damage VALUES (?, ?, ?, ?)", row)

    def _row(self, entry: Entry, violations: Violations) -> tuple[Any, ...]:
        here = entry.position
        table = self._tables.get(here.segment)
        if table is None:
            self._tables.clear()
            table = self._tables[here.segment] = _Table(self, here.segment)
        if b",[" in entry.payload:
            for number in definitions(entry.payload):
                row = (here.segment, number, here.offset, here.seq)
                self.db.execute("INSERT OR IGNORE INTO shared VALUES (?, ?, ?, ?)", row)
        return self._rows.row(here, entry.payload, table, violations)


class _Table(dict[int, Any]):
    """A segment's shared values, each read from the entry that defines it when it is first asked for."""

    def __init__(self, index: Index, segment: int) -> None:
        super().__init__()
        self._index, self._segment = index, segment
        self._aside = False

    def __missing__(self, number: int) -> Any:
        place = self._index.definer(self._segment, number)
        if place is not None:
            entry = self._index.places.entry(place)
            self.update(definitions(entry.payload))
        elif not self._aside:
            self._aside = True
            self.update(self._index.reader.shared(self._segment))
        if number in self:
            return self[number]
        raise KeyError(number)


def _open(reader: Reader, *, rebuild: bool) -> tuple[Path, sqlite3.Connection]:
    """The index in the journal's folder, or in the user's cache where that may not be written."""
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "izin"
    name = hashlib.sha256(os.fsencode(reader.folder.resolve())).hexdigest()[:16]
    try:
        return _at(reader.folder / NAME, reader, rebuild=rebuild)
    except (OSError, sqlite3.OperationalError):
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _at(own / f"index-{name}.sqlite", reader, rebuild=rebuild)


def _at(path: Path, reader: Reader, *, rebuild: bool) -> tuple[Path, sqlite3.Connection]:
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640))
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise PermissionError(path)
    db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = FAST")  # what is erased from the journal does not linger here
        db.execute("PRAGMA wal_autocheckpoint = 8000")
        db.execute("PRAGMA cache_size = -65536")
        _prepare(db, reader, rebuild=rebuild)
    except sqlite3.DatabaseError as error:
        db.close()
        if isinstance(error, sqlite3.OperationalError):
            raise
        for suffix in ("", "-wal", "-shm"):  # no database, or a broken one: it is made anew
            with suppress(FileNotFoundError):
                Path(f"{path}{suffix}").unlink()
        return _at(path, reader, rebuild=False)
    return path, db


def _prepare(db: sqlite3.Connection, reader: Reader, *, rebuild: bool) -> None:
    """Make the tables, anew where another version made them or where they are about another journal."""
    db.execute("BEGIN IMMEDIATE")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    sound = False
    if version == _VERSION and not rebuild:
        segments = dict(reader.segments())
        row = db.execute("SELECT segment, offset, head FROM progress").fetchone()
        sound = row is None or (row[2] == _head(reader) and row[1] <= segments.get(row[0], -1))
    if not sound:
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            if not name.startswith("sqlite_"):
                db.execute(f'DROP TABLE "{name}"')
        for statement in _SCHEMA.split(";\n"):
            if statement.strip():
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {_VERSION}")
        _begin(db, reader)
    db.execute("COMMIT")


def _begin(db: sqlite3.Connection, reader: Reader) -> None:
    """Stand at the journal's beginning, if it has one yet."""
    segments = reader.segments()
    if segments:
        first = segments[0][0]
        db.execute("INSERT INTO progress VALUES (?, 0, ?, ?)", (first, first, _head(reader)))


def _head(reader: Reader) -> str:
    """What tells this journal from another: the beginning of its first segment."""
    segments = reader.segments()
    if not segments:
        return ""
    with reader.path(segments[0][0]).open("rb") as file:
        return hashlib.sha256(file.read(256)).hexdigest()
