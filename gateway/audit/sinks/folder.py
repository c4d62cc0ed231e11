"""A copy of the journal in a folder elsewhere, on another disk: each lane below it is a journal itself, which every command reads.

Theory of operation. Entries are written as the writer had written them, frame by frame, and synced before they are
acknowledged, so the folder itself says how far it got; what a crash cut short is cut off at the next start. What was taken out
of a segment is taken out here when the file beside it follows: the segment is written anew and put in the old one's place.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import unquote, urlsplit

from gateway.audit import folder, frames, sealer, segment
from gateway.audit.beside import Watched
from gateway.audit.disk import LocalDisk
from gateway.audit.kept_values import SUFFIX as ASIDE
from gateway.audit.leaves import Leaves
from gateway.audit.reader import NoJournal, Reader, read_head
from gateway.audit.receipt import JournalError
from gateway.audit.rewriting import alone, frames_of
from gateway.audit.sinks.batch import Batch, Copy, Kept, Note, SinkError
from gateway.audit.sinks.memory import Remembered
from gateway.audit.sinks.troubles import why
from gateway.audit.site_log import lanes_of
from gateway.audit.tile_files import TileFiles
from gateway.files import append
from gateway.seal.leaf import leaf_of

T = TypeVar("T")
_EVERY: Final = 2**53
_NOTHING: Final = Kept({}, {})


class FolderSink:
    """One folder, named by an address that ends with a slash."""

    gathers = 0.0

    def __init__(self, url: str, remembered: Path, _token: str | None = None) -> None:
        self._base = Path(unquote(urlsplit(url).path))
        self._remembered = Remembered(remembered, url)
        #: The last entry of each lane; and what is to be put in the place of entries, by lane, segment and number.
        self._last: dict[str, int] = {}
        self._changes: dict[tuple[str, int], dict[int, bytes]] = {}
        self._locks: dict[str, ExitStack] = {}

    #: What is there is a journal already.
    source = None

    @property
    def copy(self) -> Copy:
        """It has all that a journal has."""
        return self

    async def position(self, site: str, lane: str) -> int:
        """The last entry that is whole."""
        found = await self._do(lambda: self._open(site, lane))
        self._remembered.stands(lane, found)
        return found

    async def append(self, batch: Batch) -> None:
        """Write and sync."""
        await self._do(lambda: self._append(batch))

    async def close(self) -> None:
        """Let others write there."""
        for lock in self._locks.values():
            lock.close()
        self._locks.clear()

    async def kept(self, site: str, lane: str) -> Kept:
        """What lies beside the entries of a lane."""

        def look() -> Kept:
            beside = Watched(Reader(self._place(lane))).look(_NOTHING, _EVERY, {})
            digests = {name: hashlib.sha256(octets).digest() for name, octets in beside.files.items()}
            return Kept(digests, {note.file: note.number for note in beside.notes})

        return await self._do(look)

    async def keep(
        self, site: str, lane: str, files: Mapping[str, bytes], notes: Iterable[Note], gone: Iterable[str]
    ) -> None:
        """Write files and notes, and delete the files ``gone``. What fails halfway is found lacking again."""
        await self._do(lambda: self._keep(lane, files, list(notes), list(gone)))

    async def rewrite(self, batch: Batch) -> None:
        """Remember what differs; `keep` writes the segment anew when the file beside it follows."""

        def differing() -> None:
            place = self._place(batch.lane)
            for first in {row.segment for row in batch.rows}:
                here = {frame.seq: frame.payload for frame in frames_of(place, first)}
                changes = self._changes.setdefault((batch.lane, first), {})
                for row in batch.rows:
                    if row.segment == first and here.get(row.seq, row.payload) != row.payload:
                        changes[row.seq] = row.payload

        await self._do(differing)

    async def count(self, site: str, lane: str) -> int:
        """How many entries of a lane it has."""
        return await self._do(lambda: self._entries(lane))

    async def lanes(self) -> list[tuple[str, str, int]]:
        """Site, name and last entry of each lane."""

        def look() -> list[tuple[str, str, int]]:
            found = []
            for place in lanes_of(self._base):
                facts = folder.lane_of(place) or {}
                site, lane = str(facts.get("site")), str(facts.get("lane"))
                last = self._last.get(lane)
                found.append((site, lane, _end(place)[1] if last is None else last))
            return found

        return await self._do(look)

    # ── within, in a thread ─────────────────────────────────────────────────────────────────────────────────────────

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except (OSError, JournalError, NoJournal) as error:
            raise SinkError(why(error) if isinstance(error, OSError) else str(error)) from error

    def _place(self, lane: str) -> Path:
        if not folder.LANES.fullmatch(lane):
            raise JournalError(f"`{lane[:80]}` is no name of a lane", "")
        return self._base / lane

    def _open(self, site: str, lane: str) -> int:
        """Take the lane's folder for ourselves, cut off what is no whole entry, and give the last that is."""
        place = self._place(lane)
        folder.prepare(place)
        if lane not in self._locks:
            lock = ExitStack()
            lock.enter_context(alone(place))
            self._locks[lane] = lock
        facts = folder.lane_of(place)
        if facts is not None and (facts["site"], facts["lane"]) != (site, lane):
            raise JournalError("it has the journal of another site or lane", "")
        path, self._last[lane], end = _end(place)
        if path is not None and end < path.stat().st_size:
            os.truncate(path, end)
        return self._last[lane]

    def _append(self, batch: Batch) -> None:
        last = self._last.get(batch.lane)
        if last is None:
            last = self._open(batch.site, batch.lane)
        if last < batch.after:
            said = f"it had {batch.after:,} entries of this lane and has only {last:,} now: they are shipped again"
            raise SinkError(said, forgot=True)
        place = self._place(batch.lane)
        there = [row for row in batch.rows if row.seq <= last]
        if there:
            first = there[0].seq
            leaves = Leaves(place, LocalDisk()).between(first - 1, there[-1].seq)
            for row in there:
                if leaves[row.seq - first] != leaf_of(row.payload):
                    raise SinkError(f"it has another entry under the number {row.seq:,} of this lane")
        for number in sorted({row.segment for row in batch.rows if row.seq > last}):
            rows = [row for row in batch.rows if row.segment == number and row.seq > last]
            octets = b"".join(frames.encode(row.seq, row.payload) for row in rows)
            _append(place / segment.name_of(number), octets)
            self._last[batch.lane] = rows[-1].seq
        self._remembered.took(batch.lane, batch.last, sync=False)

    def _keep(self, lane: str, files: Mapping[str, bytes], notes: list[Note], gone: list[str]) -> None:
        place = self._place(lane)
        for name, octets in files.items():
            path = place / name
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            if name.endswith(ASIDE):
                self._rewrite(place, lane, int(name[:20]))
            if name.endswith(segment.SUFFIX):
                if not path.exists():
                    folder.put(path, octets)
            else:
                folder.put(path, octets)
        for note in notes:
            (place / note.file).parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            _append(place / note.file, note.text.encode(), make=True)
            if note.file.endswith(sealer.CHECKPOINTS):
                TileFiles((place / note.file).parent).publish(note.text)
        for name in gone:
            (place / name).unlink(missing_ok=True)

    def _rewrite(self, place: Path, lane: str, first: int) -> None:
        changes = self._changes.pop((lane, first), {})
        if not changes:
            return
        path = place / segment.name_of(first)
        head = path.read_bytes()[: _head(path)]
        left = [frames.encode(one.seq, changes.get(one.seq, one.payload)) for one in frames_of(place, first)]
        folder.put(path, head + b"".join(left))

    def _entries(self, lane: str) -> int:
        place = self._place(lane)
        return sum(1 for first, _ in Reader(place).segments() for _ in frames_of(place, first))


def _end(place: Path) -> tuple[Path | None, int, int]:
    """The last segment that has an entry, the entry's number, and the octets up to its end; nothing where there is none."""
    for name in reversed(segment.segments(path.name for path in place.iterdir())):
        end = _head(place / name)
        last = 0
        for frame in frames_of(place, segment.first_of(name)):
            last, end = frame.seq, frame.end
        if last:
            return place / name, last, end
        os.truncate(place / name, end)
    return None, 0, 0


def _head(path: Path) -> int:
    with path.open("rb") as file:
        return read_head(file)[1]


def _append(path: Path, octets: bytes, *, make: bool = False) -> None:
    """Append and sync."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if make else 0)
    handle = os.open(path, flags, 0o640)
    try:
        append(handle, octets)
    finally:
        os.close(handle)
