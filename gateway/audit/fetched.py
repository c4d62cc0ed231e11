"""A journal made again from a copy of it, in a folder that `izin audit verify` and every other command reads.

Nothing that the copy says is trusted: names that are none of a journal's are left out, octets that are no entry too, and
whether all is as it was sealed is for a verification to say. Segments are written as their writer had written them, octet for
octet; what cannot be made again, the tree's tiles, nobody needs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from gateway.audit import frames, segment, site_log
from gateway.audit.beside import NAMES, NOTES
from gateway.audit.folder import LANE, LANES
from gateway.audit.sealer import CHECKPOINTS
from gateway.audit.sinks.batch import Source
from gateway.audit.tile_files import TileFiles

#: Troubles that are told one by one.
_MOST: Final = 20


class _Troubles:
    """What is not as it should be, the first so many of them in words."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._more = 0

    def add(self, what: str) -> None:
        if len(self._found) < _MOST:
            self._found.append(what)
        else:
            self._more += 1

    @property
    def told(self) -> tuple[str, ...]:
        return (*self._found, *([f"and {self._more:,} more"] if self._more else []))


class Fetched(NamedTuple):
    """A lane that was fetched: where to, its entries and the last number, and what is not as it should be, in words."""

    site: str
    lane: str
    folder: Path
    entries: int
    last: int
    troubles: tuple[str, ...]


def folder_of(out: Path, lane: str, *, alone: bool) -> Path:
    """Where a lane goes: the folder itself, if it is the only one. ValueError for a name that could lead elsewhere."""
    if alone:
        return out
    if not LANES.fullmatch(lane):
        raise ValueError(f"the lane has the name `{lane[:80]}`, which is none of a machine")
    return out / lane


async def fetch(
    copy: Source,
    site: str,
    lane: str,
    last: int,
    folder: Path,
    home: Path,
    told: Callable[[int], object] = lambda _: None,
) -> Fetched:
    """Make the journal of a lane, of which the copy says that it has entries up to ``last``, in a new folder; and the log of the
    site, if it has one, in ``home``.

    ``told`` hears how many entries there are so far. SinkError where the copy cannot be read, OSError where nothing can be
    written.
    """
    troubles = _Troubles()

    def place(name: str) -> Path:
        path = (home if name.startswith(f"{site_log.FOLDER}/") else folder) / name
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        return path

    # Notes first: what is read later may be more than they cover, but never less.
    async for note in copy.read_notes(site, lane):
        if note.file not in NOTES:
            troubles.add(f"a note of a file `{note.file[:80]}`, which no journal has")
            continue
        with place(note.file).open("a", encoding="utf-8") as notes:
            notes.write(note.text)
        if note.file.endswith(CHECKPOINTS):
            TileFiles(place(note.file).parent).publish(note.text)
    heads: dict[int, bytes] = {}
    async for name, octets in copy.read_files(site, lane):
        if not NAMES.fullmatch(name):
            troubles.add(f"a file `{name[:80]}`, which no journal has")
        elif name.endswith(segment.SUFFIX):
            heads[segment.first_of(name)] = octets
        else:
            place(name).write_bytes(octets)
    if not (folder / LANE).is_file():
        troubles.add(f"there is no `{LANE}`")
    entries, reached = await _entries(copy, site, lane, folder, heads, troubles, told)
    if reached < last:
        troubles.add(f"entries {reached + 1:,} to {last:,} are missing")
    return Fetched(site, lane, folder, entries, max(reached, last), troubles.told)


async def _entries(
    copy: Source,
    site: str,
    lane: str,
    folder: Path,
    heads: dict[int, bytes],
    troubles: "_Troubles",
    told: Callable[[int], object],
) -> tuple[int, int]:
    """Write the segments; how many entries there are, and the number of the last."""
    file: BinaryIO | None = None
    current, expected, entries = 0, 1, 0
    try:
        async for first, seq, payload in copy.read_entries(site, lane):
            if (wrong := _wrong(first, seq, current, expected)) is not None:
                troubles.add(f"entry {seq:,}: {wrong}")
                continue
            if seq > expected:
                troubles.add(f"entries {expected:,} to {seq - 1:,} are missing")
            if first != current or file is None:
                if file is not None:
                    file.close()
                if first not in heads:
                    troubles.add(f"the beginning of the segment of entry {seq:,} is missing")
                current, file = first, (folder / segment.name_of(first)).open("xb")
                file.write(heads.get(first, b""))
            try:
                file.write(frames.encode(seq, payload))
            except ValueError as error:
                troubles.add(f"entry {seq:,}: {error}")
            expected, entries = seq + 1, entries + 1
            told(entries)
    finally:
        if file is not None:
            file.close()
    return entries, expected - 1


def _wrong(first: int, seq: int, current: int, expected: int) -> str | None:
    """Why an entry of a segment cannot follow here."""
    if not 0 < first <= seq:
        return f"it is in a segment {first:,}, which it cannot be in"
    if seq < expected:
        return "it is there twice"
    return f"it is in a segment {first:,}, which has ended" if first < current else None
