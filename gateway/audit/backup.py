"""A copy of a journal that is a journal itself, made while the gateway writes on, and brought up to date the next time.

Theory of operation. First come the checkpoints, then how far the journal goes, then the entries up to there: so whatever was
signed covers nothing that is missing, as a verification reads them too. While entries are copied none is removed. A segment
that has changed since it was copied takes the place of its copy only if it has the same leaves, whatever was removed from it
or came to it; else the copy stays, for it is the evidence of what was there. What goes by law goes from the copy as well.

What lives for a day or a process alone is left: above all the key of the day's pseudonyms, which is to be destroyed.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from gateway.audit import folder, keys, segment
from gateway.audit.committed import NAME as COMMITTED
from gateway.audit.committed import Committed, read_committed
from gateway.audit.kept_values import SUFFIX as ASIDE
from gateway.audit.leaves import DOUBTFUL
from gateway.audit.orders_file import NAME as ORDERS
from gateway.audit.recovery import TOLD, UNTOLD
from gateway.audit.rewriting import alone
from gateway.audit.sealer import CHECKPOINTS
from gateway.audit.sinks.memory import FOLDER as FOLLOWERS
from gateway.audit.site_log import ENTRIES, lanes_of
from gateway.audit.site_log import FOLDER as SITE
from gateway.audit.texts import FOLDER as TEXTS
from gateway.audit.tile_files import CHECKPOINT
from gateway.audit.tile_files import FOLDER as SEAL
from gateway.files import put
from gateway.seal.leaf import leaf_of

#: What a backup says of itself.
ABOUT: Final = "backup.json"
#: The newest checkpoints of each backup that was made there: what the next one must go on from.
EARLIER: Final = "earlier"
#: What is copied before it is known how far the journal goes, in this order.
_BEFORE: Final = (CHECKPOINTS, f"{SEAL}/{CHECKPOINT}", keys.HAND_OVERS, keys.PUBLIC)
#: And behind the entries; a name that ends in / is a folder with all that is in it.
_BEHIND: Final = (folder.LANE, ORDERS, f"{TEXTS}/", f"{SEAL}/", f"{FOLLOWERS}/", "catalogue/")
#: Files of a journal by their ending, which go from the copy when they have gone.
_MIRRORED: Final = (TOLD, UNTOLD, DOUBTFUL)
#: Suffix of a file that is being copied.
_PART: Final = ".copying"
_PIECE: Final = 1 << 20

#: Hears of so many octets more.
Told = Callable[[int], object]


class Copied(NamedTuple):
    """What came of it: lanes, files and octets that were copied, and what does not go on from the copy that was there."""

    lanes: int
    files: int
    octets: int
    wrong: tuple[str, ...]


class Backup:
    """One run, from a journal's folder, or one below which lanes lie, to a folder of the same form."""

    def __init__(self, source: Path, target: Path, *, secrets: bool, told: Told = lambda _: None) -> None:
        """With ``secrets`` the keys of the seal are copied too; without, none is left in the copy."""
        self._source, self._target, self._secrets, self._told = source, target, secrets, told
        self._files = self._octets = 0
        self._wrong: list[str] = []

    def run(self) -> Copied:
        """Do it. JournalError where there is no journal or entries are being removed from it, OSError where it cannot be read or
        the copy not be written."""
        lanes = [lane.relative_to(self._source) for lane in lanes_of(self._source)]
        self._folder(Path())
        self._sealed(Path(SITE))
        if (self._source / SITE / ENTRIES).exists():
            self._file(Path(SITE, ENTRIES))
            self._tree(Path(SITE, SEAL))
        for lane in lanes:
            self._lane(lane)
        return Copied(len(lanes), self._files, self._octets, tuple(self._wrong))

    def _sealed(self, place: Path) -> None:
        """The checkpoints of a log, then its keys: each that signed one of them is led to."""
        for name in _BEFORE:
            self._file(place / name)
        for name in (keys.KEY, keys.NEXT):
            if self._secrets:
                self._file(place / name, mode=0o600)
            else:
                (self._target / place / name).unlink(missing_ok=True)

    def _lane(self, lane: Path) -> None:
        self._folder(lane)
        self._sealed(lane)
        known = read_committed(self._source / lane)
        if known is not None:
            with alone(self._source / lane):
                self._entries(lane, known)
        for name in _BEHIND:
            if name.endswith("/"):
                self._tree(lane / name)
            else:
                self._file(lane / name)
        self._mirrored(lane)

    # ── entries ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _entries(self, lane: Path, known: Committed) -> None:
        source, target = self._source / lane, self._target / lane
        names = [name for name in _segments(source) if segment.first_of(name) <= known.first]
        for name in names:
            aside = f"{segment.first_of(name):020}{ASIDE}"
            length = known.written if segment.first_of(name) == known.first else None
            if self._segment(lane / name, length):
                self._file(lane / aside)
        self._wrong += [
            f"{lane / name}: the journal no longer has it"
            for name in _segments(target)
            if name not in names and segment.first_of(name) <= known.first
        ]
        record = Committed(known.first, known.written, known.written, known.following, known.boot)
        put(target / COMMITTED, record.encode())

    def _segment(self, path: Path, length: int | None) -> bool:
        """Copy a segment, up to a length if one is given; whether it was, or is the same."""
        source, target = self._source / path, self._target / path
        if length is None and same(source, target):
            return True
        if target.exists():
            before, now = _leaves(target, None), _leaves(source, length)
            if now[: len(before)] != before:
                self._wrong.append(f"{path}: other entries than those that were copied before")
                return False
        self._copy(source, target, length=length)
        return True

    # ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _folder(self, path: Path) -> None:
        (self._target / path).mkdir(mode=0o700, parents=True, exist_ok=True)

    def _file(self, path: Path, mode: int | None = None) -> None:
        """Copy a file if it is there and not the same."""
        source, target = self._source / path, self._target / path
        if source.is_file() and not same(source, target):
            self._folder(path.parent)
            self._copy(source, target, mode=mode)

    def _tree(self, path: Path) -> None:
        """Copy what is in a folder; what goes meanwhile was to go."""
        for here, _, names in os.walk(self._source / path):
            for name in sorted(names):
                before = (
                    name == CHECKPOINT and Path(here).name == SEAL
                )  # the newest of now may be over more entries
                if not (before or name.endswith(".new")):
                    with suppress(FileNotFoundError):
                        self._file(Path(here, name).relative_to(self._source))

    def _mirrored(self, lane: Path) -> None:
        """What lies beside the entries, and goes with them."""
        source, target = self._source / lane, self._target / lane
        names = {path.name for path in source.iterdir() if path.name.endswith(_MIRRORED)}
        for name in sorted(names):
            self._file(lane / name)
        for path in list(target.iterdir()):
            if path.name.endswith(_MIRRORED) and path.name not in names:
                path.unlink()

    def _copy(
        self, source: Path, target: Path, *, length: int | None = None, mode: int | None = None
    ) -> None:
        octets = copy(source, target, length=length, mode=mode, told=self._told)
        self._files += 1
        self._octets += octets


def copy(
    source: Path,
    target: Path,
    *,
    length: int | None = None,
    mode: int | None = None,
    told: Told = lambda _: None,
) -> int:
    """Copy a file, up to a length if one is given, and put it in place once it is on the medium; how many octets it has."""
    made = target.with_name(target.name + _PART)
    made.unlink(missing_ok=True)
    with source.open("rb") as file:
        found = os.fstat(file.fileno())
        left = found.st_size if length is None else length
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        handle = os.open(made, flags, 0o600)
        with os.fdopen(handle, "wb") as copied:
            total = 0
            while total < left and (piece := file.read(min(_PIECE, left - total))):
                copied.write(piece)
                total += len(piece)
                told(len(piece))
            copied.flush()
            os.fchmod(handle, found.st_mode & 0o777 if mode is None else mode)
            os.fsync(handle)
    if length is None:  # else it is none that could be the same next time
        os.utime(made, ns=(found.st_atime_ns, found.st_mtime_ns))
    made.replace(target)
    return total


def octets_in(source: Path) -> int:
    """How many octets of entries there are, for those who want to know how far a backup is."""
    return sum(path.stat().st_size for lane in lanes_of(source) for path in lane.glob(f"*{segment.SUFFIX}"))


def whole_tree(source: Path) -> Iterator[Path]:
    """Every file below a folder, as paths in it."""
    for here, _, names in os.walk(source):
        for name in sorted(names):
            yield Path(here, name).relative_to(source)


def same(source: Path, target: Path) -> bool:
    """Whether a file has the length and the time of its copy, if there is one."""
    try:
        one, other = source.stat(), target.stat()
    except FileNotFoundError:
        return False
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _segments(place: Path) -> list[str]:
    return segment.segments(path.name for path in place.iterdir())


def _leaves(path: Path, length: int | None) -> list[bytes]:
    """The leaves of a segment's entries; of what is no segment, its octets, which no other has."""
    data = path.read_bytes()[:length]
    try:
        whole = segment.read_segment(data)
    except segment.NotASegment:
        return [data]
    return [leaf_of(frame.payload) for frame in whole.entries]
