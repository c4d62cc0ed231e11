"""Verifying a site: its log, every lane below it, and that each head of a lane in the log is one that the lane has.

The lanes' keys are those that the log names first, so the site's key leads to all of them; a lane that the log does not know
yet is verified by its own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from gateway.audit import folder as folders
from gateway.audit import keys, segment
from gateway.audit.points import Points, held_key
from gateway.audit.sealer import CHECKPOINTS
from gateway.audit.site_log import ENTRIES, FOLDER, entries_of, lanes_below
from gateway.audit.verification import MOST_FAULTS, Verification
from gateway.seal.note import NoteError, Verifier
from gateway.seal.report import BROKEN, Fault, Report, SiteReport, Voucher, Wrong, outcome_of, worst
from gateway.seal.site import LaneHead, origin_of_site, read_lane_head
from gateway.seal.tiles import Growing
from gateway.seal.tree import leaf_hash

_LOG: Final = f"{FOLDER}/{ENTRIES}"
#: The heads of each lane by its origin, each with its number in the log.
_Heads = dict[str, list[tuple[int, LaneHead]]]


class SiteVerification:
    """One run over the lanes below a folder, and the site's log there."""

    def __init__(
        self,
        parent: Path,
        site: str,
        held: Verifier | None,
        *,
        outside: bool = False,
        anchors: Iterable[Path] = (),
        told: Callable[[int, int], object] = lambda *_: None,
    ) -> None:
        """``held`` is the site's key, None where there is none; ``outside`` says that it is not the log's own."""
        self._parent, self._site, self._held, self._outside = parent, site, held, outside
        self._anchors, self._told = tuple(anchors), told
        self._faults: list[Fault] = []
        self._octets = self._read = 0

    def run(self) -> SiteReport:
        """Do it. OSError where a folder cannot be read, JournalError where a lane's facts cannot."""
        entries = entries_of(self._parent)
        heads = self._heads(entries)
        points = self._points(entries)
        reports = [
            report for path in lanes_below(self._parent) if (report := self._lane(path, heads, points))
        ]
        for origin in sorted(set(heads) - {report.origin for report in reports}):
            self._faults.append(Fault(Wrong.LANE_MISSING, origin, last=heads[origin][-1][1].point.size))
        faults = sorted(self._faults, key=lambda fault: fault.wrong not in BROKEN)
        return SiteReport(
            outcome=worst([outcome_of(faults), *(report.outcome for report in reports)]),
            origin=origin_of_site(self._site),
            site=self._site,
            last=len(entries),
            sealed=max(points.roots, default=0) if points else 0,
            held=self._outside,
            keys=tuple((key.vkey, key.fingerprint) for key in points.keys) if points else (),
            vouchers=tuple(points.vouchers) if points else (),
            faults=tuple(faults[:MOST_FAULTS]),
            lanes=tuple(reports),
        )

    def _heads(self, entries: Sequence[str]) -> _Heads:
        heads: _Heads = {}
        for number, entry in enumerate(entries, 1):
            try:
                head = read_lane_head(entry)
            except NoteError as error:
                self._faults.append(Fault(Wrong.SIGNATURE, _LOG, seq=number, detail=str(error)))
                continue
            heads.setdefault(head.point.origin, []).append((number, head))
        return heads

    def _points(self, entries: Sequence[str]) -> Points | None:
        """The site's checkpoints, measured by the entries; None where there are none."""
        if self._held is None:
            self._faults.append(Fault(Wrong.UNSEALED, FOLDER))
            return None
        origin = origin_of_site(self._site)
        points = Points(self._parent / FOLDER, self._held, self._faults.append, origin=origin)
        for path in self._anchors:
            points.anchor(path)
        if not points.roots:
            self._faults.append(Fault(Wrong.UNSEALED, f"{FOLDER}/{CHECKPOINTS}"))
        tree = Growing()
        for size in sorted(points.roots):
            before = tree.size
            tree.extend(leaf_hash(entry.encode()) for entry in entries[before:size])
            if tree.size < size:
                self._faults.append(Fault(Wrong.SHRUNK, _LOG, seq=tree.size + 1, last=size))
                break
            if tree.root() != points.roots[size]:
                self._faults.append(Fault(Wrong.ROOT, _LOG, seq=before + 1, last=size))
                break
        return points

    def _lane(self, path: Path, heads: _Heads, points: Points | None) -> Report | None:
        """The verification of one lane, by the key that the log names; None where there is no key, or it is of another site."""
        facts = folders.lane_of(path) or {"site": "", "lane": ""}
        site, lane = facts["site"], facts["lane"]
        place = str(path.relative_to(self._parent))
        known = heads.get(keys.origin_of(site, lane), [])
        if site != self._site:
            self._faults.append(
                Fault(Wrong.HEADER, f"{place}/{folders.LANE}", detail="it names another site")
            )
            return None
        try:
            held = known[0][1].key if known else held_key(path, None)
        except NoteError as error:
            self._faults.append(Fault(Wrong.UNSEALED, place, detail=str(error)))
            return None
        report = Verification(
            path,
            (site, lane),
            held,
            outside=bool(known) and self._outside,
            heads=[(head.note, f"{_LOG} {number}") for number, head in known],
            told=lambda octets, entries: self._told(self._octets + octets, self._read + entries),
        ).run()
        self._octets += sum(one.stat().st_size for one in path.glob(f"*{segment.SUFFIX}"))
        self._read += report.last
        vouchers = (*report.vouchers, *_vouchers(points, known))
        return msgspec.structs.replace(report, vouchers=vouchers)


def _vouchers(points: Points | None, known: Sequence[tuple[int, LaneHead]]) -> Iterator[Voucher]:
    """Whoever keeps a checkpoint of the site vouches for the last head of the lane under it."""
    for one in points.vouchers if points else ():
        sizes = [head.point.size for number, head in known if number <= one.size]
        if sizes:
            yield Voucher(one.kind, one.name, sizes[-1], one.time)
