"""Taking entries out of a closed segment so that nothing can be told of them but that they were there; or the values beside
them, so that nothing can be told of whom they are about.

Theory of operation. Of an entry that is cleared of its values nothing else changes (`gateway.seal.erasable`). In the place of
an entry that goes stands its leaf (`gateway.seal.leaf`), under the same number: the tree, every checkpoint and every proof
of another entry stay as they were. First a `removal` event says, durably, which
numbers of which segment go and why; then the values that others still use are put aside, the segment is written anew
beside the old one, read back, compared leaf by leaf, synced, and put in its place. Whoever stops this at any point leaves
the old segment or the new one, and an event that says at least as much as was done.

Only segments that the writer has left, and that are under a checkpoint, are ever touched; one process at a time.
"""

import contextlib
import errno
import fcntl
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.audit import frames, segment
from gateway.audit.committed import read_committed
from gateway.audit.folder import unusable
from gateway.audit.kept_values import digest_of_values, put_aside, read_aside
from gateway.audit.receipt import JournalError
from gateway.audit.sealer import CHECKPOINTS
from gateway.record import definitions
from gateway.record.printed import references
from gateway.seal.checkpoint import notes_in, read_checkpoint
from gateway.seal.erasable import entry_of
from gateway.seal.leaf import is_removed, leaf_of, removed
from gateway.seal.note import NoteError, split_note

LOCK: Final = "rewriting.lock"
EVENT: Final = "removal"
_NEW: Final = ".rewriting"
#: Entries that are looked at before others get their turn.
_PIECE: Final = 2_000

#: The name under which an entry is counted that stays, and is cleared of the values beside it.
CLEARED: Final = "cleared"
#: Whether an entry goes: under which name it is counted, None where it stays.
Goes = Callable[[bytes], str | None]
#: Makes the removal an event, durably, before anything goes; raises where that cannot be.
Record = Callable[[dict[str, Any]], object]


class Going(NamedTuple):
    """What goes from one segment: numbers of entries, and how many under each name; and the numbers of those that stay and
    are cleared of their values."""

    first: int
    numbers: frozenset[int]
    counts: dict[str, int]
    cleared: frozenset[int] = frozenset()

    @property
    def every(self) -> frozenset[int]:
        """All that changes."""
        return self.numbers | self.cleared

    def changes(self, seq: int) -> bool:
        """Whether this entry does; to ask `every` makes it anew."""
        return seq in self.numbers or seq in self.cleared


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one who rewrites segments of this journal; JournalError where another does."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    except OSError as error:
        raise unusable(folder, error) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise JournalError(
            f"entries of `{folder}` are being removed already", "try again when that is done"
        ) from None
    try:
        yield
    finally:
        os.close(handle)


def closed(folder: Path) -> list[int]:
    """The first numbers of the segments that may be rewritten: left by the writer, and sealed where the lane is."""
    known = read_committed(folder)
    firsts = [segment.first_of(name) for name in segment.segments(path.name for path in folder.iterdir())]
    sealed = _sealed(folder)
    return [
        first
        for first, following in pairwise(firsts)
        if known is not None and first < known.first and (sealed is None or following - 1 <= sealed)
    ]


def _sealed(folder: Path) -> int | None:
    """How many entries the newest checkpoint covers; None where the lane was never sealed."""
    try:
        text = (folder / CHECKPOINTS).read_text("utf-8", "replace")
    except FileNotFoundError:
        return None
    size = 0
    for note in notes_in(text):
        with contextlib.suppress(NoteError):
            size = max(size, read_checkpoint(split_note(note)[0]).size)
    return size


def going(folder: Path, first: int, goes: Goes, pause: float = 0.0) -> Going:
    """What would go from a segment; ``pause`` is for others in the same process, in seconds now and then."""
    counts: Counter[str] = Counter()
    numbers, cleared = [], []
    for frame in _in_turns(frames_of(folder, first), pause):
        name = None if is_removed(frame.payload) else goes(frame.payload)
        if name == CLEARED:
            cleared.append(frame.seq)
        elif name is not None:
            counts[name] += 1
            numbers.append(frame.seq)
    return Going(first, frozenset(numbers), dict(counts), frozenset(cleared))


def remove(folder: Path, what: Going, why: dict[str, Any], record: Record, pause: float = 0.0) -> None:
    """Take entries, or their values, out of a segment: ``record`` the event first, with ``why`` in its details.

    OSError where the disk will not take it; then the old segment stands.
    """
    if not what.every:
        return
    path = folder / segment.name_of(what.first)
    data = path.read_bytes()
    header, start = segment.read_header(data)
    if header.first != what.first:
        raise segment.NotASegment("the name does not fit the header")

    def entries(octets: bytes) -> Iterator[frames.Frame]:
        """Each time anew: a hundred thousand at once would have the collector of cycles hold up everybody."""
        return _in_turns(frames.scan(octets, start, what.first), pause)

    aside = read_aside(folder, what.first)
    shared = {**aside.shared, **_still_used(entries(data), what)}
    digest = digest_of_values(shared)
    record(
        {
            "file": segment.name_of(what.first),
            "first": min(what.every),
            "last": max(what.every),
            "entries": len(what.numbers),
            "counts": what.counts,
            **({} if digest is None else {"values": digest}),
            **({CLEARED: len(what.cleared)} if what.cleared else {}),
            **why,
        }
    )
    put_aside(folder, what.first, aside.rewritten, shared)
    made = path.with_name(path.name + _NEW)
    made.unlink(missing_ok=True)
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data[:start])
            for frame in entries(data):
                file.write(frames.encode(frame.seq, _left(frame, what)))
            file.flush()
            os.fchmod(file.fileno(), 0o440)
            os.fsync(file.fileno())
        _compare(entries(data), entries(made.read_bytes()))
        made.rename(path)
    finally:
        made.unlink(missing_ok=True)
    _sync(folder)
    put_aside(folder, what.first, aside.rewritten + 1, shared)


def _in_turns(every: Iterator[frames.Frame], pause: float) -> Iterator[frames.Frame]:
    """The same, with a pause now and then."""
    for count, frame in enumerate(every):
        if pause and not count % _PIECE:
            time.sleep(pause)
        yield frame


def _left(frame: frames.Frame, what: Going) -> bytes:
    """The payload that stays of an entry."""
    if is_removed(frame.payload) or not what.changes(frame.seq):
        return frame.payload
    return removed(leaf_of(frame.payload)) if frame.seq in what.numbers else entry_of(frame.payload)


def _still_used(entries: Iterator[frames.Frame], what: Going) -> dict[int, Any]:
    """The values that entries which go define, and others that stay use."""
    used: set[int] = set()
    defined: dict[int, Any] = {}
    for frame in entries:
        if frame.seq in what.numbers:
            defined |= definitions(frame.payload)
        elif not is_removed(frame.payload):
            used |= references(frame.payload)
    return {number: value for number, value in defined.items() if number in used}


def _compare(before: Iterator[frames.Frame], after: Iterator[frames.Frame]) -> None:
    """Nothing but what had to go has gone, or the disk has failed us."""
    if any(
        old is None or new is None or leaf_of(old.payload) != leaf_of(new.payload)
        for old, new in zip_longest(before, after)
    ):
        raise OSError(errno.EIO, "what was written is not what was read back")


def frames_of(folder: Path, first: int) -> Iterator[frames.Frame]:
    """What stands in a segment, entries and the leaves of removed ones, up to the first octets that are neither."""
    try:
        data = (folder / segment.name_of(first)).read_bytes()
        header, start = segment.read_header(data)
    except (FileNotFoundError, segment.NotASegment):
        return iter(())
    return frames.scan(data, start, header.first)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
