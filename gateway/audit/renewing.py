"""Keeping an index right where segments were rewritten: rows of what was removed go, the places of the rest are set anew, and
whom an entry is about is forgotten where that was erased.

How often a segment was rewritten stands beside it (`gateway.audit.kept_values`); the index notes that number *before* it
reads the segment, so that a rewriting under way is noticed by the next look at the latest.
"""

# ruff: noqa: S608 -- a statement is made here, of constants

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from gateway.audit.kept_values import SUFFIX, read_aside
from gateway.audit.minutes import EVENT
from gateway.audit.reader import Damage, Entry, Reader
from gateway.audit.rewriting import frames_of
from gateway.record import definitions
from gateway.seal.erasable import is_erased
from gateway.seal.leaf import is_removed


def rewritten(folder: Path) -> dict[int, int]:
    """How often each segment was rewritten, by its first number; those that never were are not in it."""
    names = [name for name in os.listdir(folder) if name.endswith(SUFFIX)]  # noqa: PTH208 -- names are all that is wanted
    firsts = [int(name.removesuffix(SUFFIX)) for name in names if name.removesuffix(SUFFIX).isdigit()]
    return {first: read_aside(folder, first).rewritten for first in firsts}


def note(db: sqlite3.Connection, before: Mapping[int, int], found: Iterable[Entry | Damage]) -> None:
    """Note of each segment that entries were read from how often it had been rewritten ``before``, if it is not yet."""
    for first in {one.position.segment for one in found if isinstance(one, Entry)}:
        db.execute("INSERT OR IGNORE INTO segments VALUES (?, ?)", (first, before.get(first, 0)))


def renew(db: sqlite3.Connection, reader: Reader, again: Callable[[int], object]) -> int:
    """Look again at the segments that were rewritten since they were taken in; how many these were.

    ``again`` counts the readers of a segment anew. Words and paths that nothing has any more go, from the disk too.
    """
    known = dict(db.execute("SELECT first, rewritten FROM segments"))
    moved = {
        first: times for first, times in rewritten(reader.folder).items() if known.get(first, times) != times
    }
    for first, times in moved.items():
        _look_again(db, reader, first, times, again)
    if moved:
        _forget_texts(db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(moved)


def _forget_texts(db: sqlite3.Connection) -> None:
    """Take away the texts that no row and no sum has."""
    words = [
        "phase",
        "verdict",
        "kind",
        "agent",
        "operator",
        "purpose",
        "rule",
        "license",
        "ended",
        "standing",
        "event",
        "audience",
    ]
    used = " UNION ".join(f"SELECT {name} FROM entries" for name in words)
    db.execute("BEGIN IMMEDIATE")
    db.execute(
        "DELETE FROM paths WHERE NOT EXISTS (SELECT 1 FROM entries WHERE path = paths.id)"
        " AND NOT EXISTS (SELECT 1 FROM pages WHERE path = paths.id)"
    )
    db.execute("DELETE FROM hosts WHERE id NOT IN (SELECT host FROM entries WHERE host IS NOT NULL)")
    db.execute(
        "WITH used (id) AS"
        f" ({used} UNION SELECT rule FROM sums UNION SELECT ended FROM sums UNION SELECT phase FROM sums UNION SELECT audience FROM sums)"
        " DELETE FROM words WHERE id > ? AND id NOT IN (SELECT id FROM used WHERE id IS NOT NULL)",
        (EVENT,),
    )
    db.execute("COMMIT")


def _look_again(
    db: sqlite3.Connection, reader: Reader, first: int, times: int, again: Callable[[int], object]
) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute("CREATE TEMP TABLE IF NOT EXISTS stays (seq INTEGER PRIMARY KEY, offset INTEGER NOT NULL)")
        db.execute("DELETE FROM stays")
        db.execute("DELETE FROM shared WHERE segment = ?", (first,))
        db.execute("DELETE FROM damage WHERE segment = ?", (first,))
        at = db.execute("SELECT seq FROM progress WHERE segment = ?", (first,)).fetchone()
        for frame in frames_of(reader.folder, first):
            if at is not None and frame.seq <= at[0]:
                place = frame.end if frame.seq < at[0] else frame.offset
                db.execute("UPDATE progress SET offset = ?", (place,))
            if is_removed(frame.payload):
                continue
            db.execute("INSERT INTO stays VALUES (?, ?)", (frame.seq, frame.offset))
            if is_erased(frame.payload):
                db.execute(
                    "UPDATE entries SET pseudonym = NULL, low = NULL, bits = NULL WHERE seq = ?", (frame.seq,)
                )
            if b",[" in frame.payload:
                rows = ((first, number, frame.offset, frame.seq) for number in definitions(frame.payload))
                db.executemany("INSERT OR IGNORE INTO shared VALUES (?, ?, ?, ?)", rows)
        db.execute("DELETE FROM entries WHERE segment = ? AND seq NOT IN (SELECT seq FROM stays)", (first,))
        db.execute(
            "UPDATE entries SET offset = (SELECT offset FROM stays WHERE stays.seq = entries.seq) WHERE segment = ?",
            (first,),
        )
        db.execute("DELETE FROM statements")
        again(first)
        db.execute("UPDATE segments SET rewritten = ? WHERE first = ?", (times, first))
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
