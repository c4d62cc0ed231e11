"""The file of an index: its tables, and how it is opened, or made anew where it is broken, old, or another journal's.

It lies in the journal's folder; or, for a user who may only read there, and beside that of a newer version, which is left to
those who understand it, in that user's own cache folder.
"""

# ruff: noqa: S608 -- statements are made here, of constants and question marks

import hashlib
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.audit import minutes, sieve, tallies
from gateway.audit.minutes import DECISION, OUTCOME
from gateway.audit.reader import Reader

NAME: Final = "index.sqlite"
_VERSION: Final = 10

ENTRIES: Final = """entries (
  seq INTEGER PRIMARY KEY, segment INTEGER NOT NULL, offset INTEGER NOT NULL, at INTEGER NOT NULL, short TEXT NOT NULL,
  phase INTEGER NOT NULL, verdict INTEGER, kind INTEGER, agent INTEGER, operator INTEGER, purpose INTEGER, rule INTEGER,
  license INTEGER, path INTEGER, pseudonym TEXT, low BLOB, bits INTEGER, bytes INTEGER, ended INTEGER,
  standing INTEGER, since INTEGER, served INTEGER, event INTEGER, audience INTEGER, host INTEGER, observed INTEGER,
  status INTEGER, violation INTEGER)"""
_SCHEMA: Final = f"""
CREATE TABLE progress (segment INTEGER NOT NULL, offset INTEGER NOT NULL, seq INTEGER NOT NULL, head TEXT NOT NULL);
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE paths (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, canonical TEXT NOT NULL, lenient TEXT NOT NULL);
CREATE TABLE hosts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE shared (
  segment INTEGER NOT NULL, number INTEGER NOT NULL, offset INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (segment, number)) WITHOUT ROWID;
CREATE TABLE segments (first INTEGER PRIMARY KEY, rewritten INTEGER NOT NULL);
CREATE TABLE damage (segment INTEGER NOT NULL, offset INTEGER NOT NULL, seq INTEGER NOT NULL, why TEXT NOT NULL,
  PRIMARY KEY (segment, offset)) WITHOUT ROWID;
CREATE TABLE {ENTRIES};
CREATE TABLE statements (license TEXT NOT NULL, month TEXT NOT NULL, policy TEXT NOT NULL, octets BLOB NOT NULL,
  PRIMARY KEY (license, month));
CREATE TABLE fold (state BLOB NOT NULL);
CREATE TABLE referrals (seq INTEGER NOT NULL, at INTEGER NOT NULL, service TEXT NOT NULL, readers INTEGER NOT NULL,
  PRIMARY KEY (seq, service)) WITHOUT ROWID;
INSERT INTO words VALUES
  ({minutes.ALLOW}, 'allow'), ({minutes.PEOPLE}, 'people'), ({DECISION}, 'decision'), ({OUTCOME}, 'outcome'),
  ({minutes.EVENT}, 'event');
{minutes.SCHEMA}{tallies.SCHEMA}{sieve.SCHEMA}"""
#: By what rows are found.
INDEXES: Final = {
    **minutes.INDEXES,
    **tallies.INDEXES,
    "referrals_by_time": "referrals (at)",
    "by_time": "entries (at)",
    "by_event": "entries (event, at) WHERE event IS NOT NULL",
    "by_short": "entries (short)",
    "by_verdict": "entries (verdict, at) WHERE verdict > 1",
    "by_agent": "entries (agent, at) WHERE agent IS NOT NULL",
    "by_operator": "entries (operator, at) WHERE operator IS NOT NULL",
    "by_purpose": "entries (purpose, at) WHERE purpose IS NOT NULL",
    "by_rule": "entries (rule, at) WHERE rule IS NOT NULL",
    "by_license": "entries (license, at) WHERE license IS NOT NULL",
    "by_kind": "entries (kind, at, path, verdict) WHERE kind IS NOT NULL",
    "by_path": "entries (path) WHERE path IS NOT NULL",
    "by_violation": "entries (at) WHERE violation",
    "by_pseudonym": "entries (pseudonym) WHERE pseudonym IS NOT NULL",
    "by_address": "entries (low) WHERE low IS NOT NULL",
}
#: What is needed to make rows: it is never taken away.
NEEDED: Final = frozenset({"by_short"})


def open_index(reader: Reader, *, rebuild: bool) -> tuple[Path, sqlite3.Connection]:
    """The index in the journal's folder, or in the user's cache where that may not be written or is of a newer version."""
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
        if path.parent == reader.folder and db.execute("PRAGMA user_version").fetchone()[0] > _VERSION:
            raise sqlite3.OperationalError("the index is of a newer version")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")  # what is erased from the journal does not linger here
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
        known = db.execute(
            "SELECT type, replace(name, '\"', '\"\"') FROM sqlite_master WHERE type IN ('table', 'view')"
        )
        for what, name in known.fetchall():
            if not name.startswith("sqlite_"):
                db.execute(f'DROP {what} "{name}"')
        for statement in _SCHEMA.split(";\n"):
            if statement.strip():
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {_VERSION}")
        begin_progress(db, reader)
    db.execute("COMMIT")


def begin_progress(db: sqlite3.Connection, reader: Reader) -> None:
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
