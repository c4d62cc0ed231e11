"""What a verification looks up beside the entries: leaves that were kept, texts, octets that a recovery saved."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

from gateway.audit import frames, kept_values, segment
from gateway.audit.disk import LocalDisk
from gateway.audit.leaves import Leaves, doubtful
from gateway.audit.scan import Run, Seen
from gateway.audit.stamps import STAMPS, StampError, check_stamp, stamp_of
from gateway.audit.texts import FOLDER, Texts
from gateway.audit.tile_files import FOLDER as FOLDER_OF_SEAL
from gateway.audit.tile_files import TileFiles
from gateway.record.named import named_in_text
from gateway.seal.leaf import ABSENT
from gateway.seal.report import Fault, Voucher, Wrong
from gateway.seal.tiles import WIDTH
from gateway.seal.tree import HASH

#: Behind every entry.
_LAST: Final = 2**63


class Stored:
    """Leaves as tiles and ``*.leaves`` have them; nothing here can be trusted but by the root that it gives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tiles = TileFiles(folder)

    def between(self, first: int, last: int) -> list[bytes]:
        """The leaves of entries ``first`` to ``last``; that of an absent entry where none is kept."""
        found = doubtful(self._folder, LocalDisk(), first - 1, last)
        for at, leaf in self._tiled(first - 1, last):
            found[at - first + 1] = leaf
        return found

    def first_different(self, begin: int, end: int) -> int | None:
        """The number of the first entry with index from ``begin`` to ``end`` whose leaf is not its tile's."""
        leaves = Leaves(self._folder, LocalDisk())
        for at in range(begin, end, WIDTH):
            now = leaves.between(at, min(end, at + WIDTH))
            for index, leaf in self._tiled(at, min(end, at + WIDTH)):
                if now[index - at] != leaf:
                    return index + 1
        return None

    def excused(self, first: int, last: int) -> bool:
        """Whether all these entries were lost before they were sealed, or had been in doubt when they were."""
        kept = doubtful(self._folder, LocalDisk(), first - 1, last)
        return all(leaf in (ABSENT, kept[index - first + 1]) for index, leaf in self._tiled(first - 1, last))

    def _tiled(self, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        for number in range(begin // WIDTH, -(-end // WIDTH)):
            hashes = self._tiles.kept(0, number)
            for at in range(0, len(hashes), HASH):
                if begin <= (index := number * WIDTH + at // HASH) < end:
                    yield index, hashes[at : at + HASH]


def place_of(folder: Path, seq: int) -> tuple[str, int | None]:
    """The file of an entry, and the octet at which it begins there; None where it is not."""
    names = [
        one
        for one in segment.segments(path.name for path in folder.iterdir())
        if segment.first_of(one) <= seq
    ]
    if not names:
        return segment.name_of(seq), None
    data = (folder / names[-1]).read_bytes()
    with suppress(segment.NotASegment):
        header, start = segment.read_header(data)
        for frame in frames.scan(data, start, header.first):
            if frame.seq == seq:
                return names[-1], frame.offset
    return names[-1], None


def check_removed(seen: Seen) -> Iterator[Fault]:
    """Entries that were removed, and no event says so, or not of so many."""
    for first, last in _untold(seen.removed, seen.removals):
        yield Fault(Wrong.UNRECORDED, segment.name_of(first), seq=first, last=last)


def check_openings(seen: Seen) -> Iterator[Fault]:
    """Entries beside which other values lie than they commit to; or none, and no event says that they were erased."""
    for first, last in seen.misfits:
        yield Fault(Wrong.OPENING_CHANGED, segment.name_of(first), seq=first, last=last)
    for first, last in _untold(seen.erased, seen.erasures):
        yield Fault(Wrong.OPENING_MISSING, segment.name_of(first), seq=first, last=last)


def _untold(runs: Iterable[Run], told: Iterable[tuple[int, int, int]]) -> Iterator[Run]:
    """The runs that no event tells of, or not of so many; events say the first, the last, and how many between them."""
    reached = 0
    allowed: list[list[int]] = []  # events that overlap or touch, taken together: first, last, entries
    for first, last, entries in sorted(told):
        if allowed and first <= reached + 1:
            allowed[-1][1] = reached = max(reached, last)
            allowed[-1][2] += entries
        else:
            allowed.append([first, last, entries])
            reached = last
    for first, last in runs:
        by = next((one for one in allowed if one[0] <= first and last <= one[1]), None)
        if by is None or by[2] < last - first + 1:
            yield first, last
        else:
            by[2] -= last - first + 1


def check_values(folder: Path, seen: Seen) -> tuple[list[Fault], int]:
    """Values left aside when the entries that defined them went, that are not those which an event names, or are gone, or lie
    beside a segment from which nothing went; and of how many segments no event names them, since they went before events
    did."""
    faults, bare = [], 0
    went = [*seen.removed, *((one, last) for one, last, _ in seen.removals)]
    firsts = [segment.first_of(name) for name in segment.segments(path.name for path in folder.iterdir())]
    for first, following in pairwise((*firsts, _LAST)):
        name = f"{first:020}{kept_values.SUFFIX}"
        named = seen.values.get(segment.name_of(first), [])
        digest = kept_values.digest_of_values(kept_values.read_aside(folder, first).shared)
        gone = any(one < following and first <= last for one, last in went)
        if digest is None:
            if named and any(one < following and first <= last for one, last in seen.removed):
                faults.append(Fault(Wrong.VALUES_MISSING, name, seq=first))
        elif digest not in named:
            if named or not gone:
                faults.append(Fault(Wrong.VALUES_CHANGED, name, seq=first))
            else:
                bare += 1
    return faults, bare


def check_stamps(
    folder: Path, stamps: Iterable[tuple[str, str, str, int]], notes: Mapping[int, str]
) -> Iterator[Fault | Voucher]:
    """Time stamps that the journal tells of: vouchers, or faults. ``notes`` are the checkpoints by their sizes."""
    for file, digest, authority, size in stamps:
        reply, name = stamp_of(folder, file), f"{FOLDER_OF_SEAL}/{STAMPS}/{Path(file).name}"
        if reply is None:
            yield Fault(Wrong.ANCHOR_MISSING, name)
            continue
        if hashlib.sha256(reply).hexdigest() != digest:
            yield Fault(Wrong.ANCHOR_CHANGED, name, detail="it is not the one that was recorded")
            continue
        try:
            stamp = check_stamp(reply, notes.get(size, ""))
        except StampError as error:
            yield Fault(Wrong.ANCHOR_CHANGED, name, detail=str(error))
            continue
        yield Voucher("time-stamp", f"{authority} ({file})", size, stamp.time)


def check_texts(folder: Path, seen: Seen) -> Iterator[Fault]:
    """Texts that an entry names, or a manifest that an entry names, and that are not there as they were."""
    texts = Texts(folder)
    todo = dict(seen.digests)
    while todo:
        digest, seq = todo.popitem()
        name = f"{FOLDER}/{digest.removeprefix('sha256:')}"
        octets = texts.read(digest)
        if octets is None:
            wrong = Wrong.TEXT_CHANGED if (folder / name).is_file() else Wrong.TEXT_MISSING
            yield Fault(wrong, name, seq=seq)
            continue
        for one in named_in_text(octets):
            if one not in seen.digests:
                todo[one] = seen.digests[one] = seq


def check_torn(folder: Path, seen: Seen) -> Iterator[Fault]:
    """Octets that a recovery saved, and that are not there as they were."""
    for saved, digest in seen.torn:
        if saved in seen.gone:
            continue
        path = folder / Path(saved).name
        untold = path.with_name(f"{path.name}-untold")
        try:
            octets = (path if path.exists() else untold).read_bytes()
        except OSError:
            yield Fault(Wrong.TORN_MISSING, saved)
            continue
        if hashlib.sha256(octets).hexdigest() != digest:
            yield Fault(Wrong.TORN_CHANGED, saved)
