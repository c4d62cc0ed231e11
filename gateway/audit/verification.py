"""Verifying a lane: every octet of every entry read again, and measured by every checkpoint.

Theory of operation. Checkpoints are read first, then how far the journal goes, then the entries: so a gateway that
writes on meanwhile disturbs nothing. The entries' leaves grow a tree, and at the size of each checkpoint its root must be
the one that was signed. Where it is not, the tiles tell which entry differs, unless they were changed along with it.

Where entries are missing, their leaves are taken from the tiles, so that all others can still be measured: a tree with
the root that was signed has no false leaf. What is missing is excused by nothing but an event that says so.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from gateway.audit import segment
from gateway.audit.committed import Committed, read_committed
from gateway.audit.frames import Tail
from gateway.audit.points import Points
from gateway.audit.scan import Seen, scan
from gateway.audit.sealed_files import (
    Stored,
    check_openings,
    check_removed,
    check_stamps,
    check_texts,
    check_torn,
    check_values,
    place_of,
)
from gateway.audit.sealer import CHECKPOINTS
from gateway.seal.leaf import ABSENT
from gateway.seal.note import Verifier
from gateway.seal.report import BROKEN, Fault, Report, Wrong, outcome_of
from gateway.seal.tiles import Growing

#: Faults that a report names one by one.
MOST_FAULTS: Final = 100
_END: Final = 2**63


def _unheard(*_: object) -> None:
    """Nobody asked."""


class Hole(Struct):
    """Entries that are not there, and what that is if no event tells of them."""

    first: int
    last: int
    fault: Fault


class Progress(Struct):
    """How far a verification is. It can be kept and gone on with: the entries before are then not read again."""

    origin: str
    key: str
    #: The next entry, and where the last one before it ends.
    following: int = 1
    file: str = ""
    end: int = 0
    levels: list[list[bytes]] = []
    checkpoints: int = 0
    segments: int = 0
    seen: Seen = msgspec.field(default_factory=Seen)
    holes: list[Hole] = []
    #: Leaves of missing entries had to be guessed.
    guessed: bool = False
    faults: list[Fault] = []
    more_faults: int = 0


class Verification:
    """One run over one lane."""

    def __init__(
        self,
        folder: Path,
        facts: tuple[str, str],
        held: Verifier,
        *,
        outside: bool = False,
        anchors: Iterable[Path] = (),
        heads: Iterable[tuple[str, str]] = (),
        progress: Progress | None = None,
        told: Callable[[int, int], object] = _unheard,
        keep: Callable[[Progress], object] = _unheard,
    ) -> None:
        """``facts`` are the lane's site and name; ``outside`` says that the key is not the journal's own.

        ``heads`` are checkpoints that the site's log has of the lane, each with the file that it stands in.
        ``told`` hears octets and entries read so far, ``keep`` how far it is after each segment.
        """
        self._folder, self._facts, self._held, self._outside = folder, facts, held, outside
        self._anchors, self._heads, self._told, self._keep = tuple(anchors), tuple(heads), told, keep
        self._at = progress or Progress(held.name, held.vkey)
        self._resumed_at = self._at.following - 1
        self._tree = Growing(self._resumed_at, self._at.levels)
        self._stored = Stored(folder)
        self._sizes: list[int] = []
        self._roots: dict[int, bytes] = {}
        #: What stands behind the last good entry, until it is known whether entries are missing there.
        self._break: Fault | None = None
        #: A root was false, so that later ones say nothing.
        self._strayed = False
        #: What is wrong with checkpoints and keys.
        self._signed_wrong: list[Fault] = []
        self._octets = self._bare_values = 0

    @property
    def site_stamps(self) -> Sequence[tuple[str, str, str, int]]:
        """Time stamps of the site's log that the entries tell of (`gateway.audit.scan.Seen`)."""
        return self._at.seen.site_stamps

    def run(self) -> Report:
        """Do it. OSError where the folder cannot be read."""
        at = self._at
        after = self._resumed_at
        points = Points(self._folder, self._held, self._signed_wrong.append, origin=at.origin, after=after)
        for path in self._anchors:
            points.anchor(path)
        for note, file in self._heads:
            points.measure(note, file)
        known = read_committed(self._folder)
        self._roots = points.roots
        self._sizes = sorted((size for size in points.roots if size > after), reverse=True)
        top = max(points.roots, default=0)
        names = segment.segments(path.name for path in self._folder.iterdir())
        names = [name for name in names if known is None or segment.first_of(name) <= known.first]
        for name in names:
            if (first := segment.first_of(name)) >= at.following:
                self._segment(name, known, top, last=name == names[-1])
            elif first > after:
                why = "the segment before it has the entry that it begins with"
                self._wrong(Fault(Wrong.HEADER, name, 0, first, detail=why))
        at.checkpoints += points.checked
        self._end(known, top)
        for found in check_stamps(self._folder, at.seen.stamps, points.notes):
            if isinstance(found, Fault):
                self._wrong(found)
            else:
                points.vouchers.append(found)
        if not points.roots and not any(0 < size <= after for size in points.notes):
            self._wrong(Fault(Wrong.UNSEALED, CHECKPOINTS))
        return self._report(points, top)

    # ── the entries ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _segment(self, name: str, known: Committed | None, top: int, *, last: bool) -> None:
        at, first = self._at, segment.first_of(name)
        data = (self._folder / name).read_bytes()
        self._octets += len(data)
        current = known is not None and known.first == first
        until = max(known.following, top + 1) if known is not None and current else _END
        try:
            piece = scan(data, first, at.seen, until)
        except segment.NotASegment as error:
            self._break = self._break or Fault(Wrong.FRAME, name, 0, at.following, detail=str(error))
            return
        header = piece.header
        if first > at.following:
            cut = at.file == header.previous
            missing = Fault(Wrong.SHRUNK, at.file, at.end) if cut else _no_segment(at.following)
            self._hole(first - 1, missing)
        elif self._break is not None:
            self._hole(first - 1, self._break)
        if (header.site, header.lane) != self._facts:
            self._wrong(Fault(Wrong.HEADER, name, 0, first, detail="it names another site or lane"))
        elif piece.as_sealed is False:
            self._wrong(Fault(Wrong.HEADER, name, 0, first, detail="it is not the one that was sealed"))
        self._grow(piece.leaves)
        at.following, at.file, at.end = first + len(piece.leaves), name, piece.end
        at.segments += 1
        # A write that was cut short is no damage at the very end, behind what was published.
        unfinished = (
            last and piece.tail is Tail.TORN and (known is None or not current or piece.end >= known.written)
        )
        if piece.tail is not Tail.CLEAN and not unfinished:
            why = f"no entry begins here ({piece.tail.value})"
            self._break = Fault(Wrong.FRAME, name, piece.end, at.following, detail=why)
        self._told(self._octets, at.following - 1)
        if not last and self._break is None and not self._strayed:
            at.levels = self._tree.levels()
            self._keep(at)

    def _hole(self, last: int, missing: Fault) -> None:
        """Entries up to ``last`` are not there, or only octets that are none."""
        at = self._at
        fault, self._break = self._break or missing, None
        at.holes.append(Hole(at.following, last, msgspec.structs.replace(fault, seq=at.following, last=last)))
        leaves = self._stored.between(at.following, last)
        at.guessed = at.guessed or ABSENT in leaves
        self._grow(leaves)
        at.following = max(at.following, last + 1)

    def _grow(self, leaves: list[bytes]) -> None:
        """Put leaves into the tree, and measure it wherever a checkpoint does."""
        done = 0
        while self._sizes and self._sizes[-1] <= self._tree.size + len(leaves) - done:
            size = self._sizes.pop()
            step = size - self._tree.size
            before = self._tree.size
            self._tree.extend(leaves[done : done + step])
            done += step
            if not self._strayed and self._tree.root() != self._roots[size]:
                self._strayed = True
                self._stray(before, size)
        self._tree.extend(leaves[done:])

    def _stray(self, before: int, size: int) -> None:
        """The entries behind ``before`` do not give the root of ``size``: find the first that differs from its tile."""
        if self._at.guessed:
            self._wrong(Fault(Wrong.UNCHECKED, self._at.file, seq=before + 1, last=size))
            return
        found = self._stored.first_different(before, size)
        seq = before + 1 if found is None else found
        file, offset = place_of(self._folder, seq)
        self._wrong(Fault(Wrong.ROOT, file, offset, seq, size if found is None else None))

    def _end(self, known: Committed | None, top: int) -> None:
        at, wanted = self._at, top
        if known is not None:
            wanted = max(wanted, known.following - 1)
        if at.following <= wanted or self._break is not None:
            gone = known is not None and known.following > known.first and known.first >= at.following
            missing = (
                _no_segment(known.first)
                if gone and known is not None
                else Fault(Wrong.SHRUNK, at.file, at.end)
            )
            self._hole(max(wanted, at.following - 1), missing)
        for hole in at.holes:
            lost = self._lost(hole)
            wrong = Wrong.ENTRIES_LOST if lost else hole.fault.wrong
            if not (lost and hole.last < hole.first):
                self._wrong(msgspec.structs.replace(hole.fault, wrong=wrong))
        values, self._bare_values = check_values(self._folder, at.seen)
        for fault in (
            *check_removed(at.seen),
            *values,
            *check_openings(at.seen),
            *check_texts(self._folder, at.seen),
            *check_torn(self._folder, at.seen),
        ):
            self._wrong(fault)

    def _lost(self, hole: Hole) -> bool:
        """Whether an event tells of the hole, and nothing of it was sealed as an entry that is known to have been there."""
        told = any(first <= hole.first and hole.last <= last for first, last in self._at.seen.doubts)
        return told and self._stored.excused(hole.first, hole.last)

    # ── the report ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _wrong(self, fault: Fault) -> None:
        at = self._at
        if len(at.faults) < MOST_FAULTS:
            at.faults.append(fault)
        else:
            at.more_faults += 1

    def _report(self, points: Points, top: int) -> Report:
        at, seen = self._at, self._at.seen
        faults = sorted(
            [*at.faults, *self._signed_wrong[:MOST_FAULTS]],
            key=lambda fault: (fault.wrong not in BROKEN, fault.seq or _END),
        )
        removed = sum(last - first + 1 for first, last in seen.removed)
        missing = sum(hole.last - hole.first + 1 for hole in at.holes)
        site, lane = self._facts
        return Report(
            outcome=outcome_of(faults),
            origin=at.origin,
            site=site,
            lane=lane,
            first=1,
            last=at.following - 1,
            since=seen.since,
            until=seen.until,
            sealed=top,
            held=self._outside,
            keys=tuple((key.vkey, key.fingerprint) for key in points.keys),
            counts={
                "entries": at.following - 1 - removed - missing,
                "segments": at.segments,
                "checkpoints": at.checkpoints,
                "bare_headers": seen.bare_headers,
                "bare_values": self._bare_values,
                "texts": len(seen.digests),
                "removed": removed,
                "opened": seen.opened,
                "erased": sum(last - first + 1 for first, last in seen.erased),
                "removals": seen.events.get("removal", 0),
                "missing": missing,
                "unsealed": max(0, at.following - 1 - top),
                "starts": seen.events.get("start", 0),
                "unclean_stops": seen.unclean,
                "recoveries": seen.events.get("recovery", 0),
                "gaps": seen.events.get("gap", 0),
                "dropped": seen.dropped,
                "clock_steps": seen.events.get("clock-step", 0),
                "key_changes": seen.events.get("key", 0),
                "anchor_faults": seen.events.get("anchor-fault", 0),
                "seal_faults": seen.events.get("seal-fault", 0),
            },
            vouchers=tuple(points.vouchers),
            faults=tuple(faults),
            more_faults=at.more_faults,
            resumed_at=self._resumed_at,
        )


def _no_segment(first: int) -> Fault:
    return Fault(Wrong.SEGMENT_MISSING, segment.name_of(first))
