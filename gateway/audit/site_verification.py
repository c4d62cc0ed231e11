"""Verifying a site: its log, every lane below it, and that each head of a lane in the log is one that the lane has.

The lanes' keys are those that the log names first, so the site's key leads to all of them; a lane that the log does not know
yet is verified by its own.

A verification that goes on from an earlier one reads the site's log from the beginning all the same, for it is short, and
holds it to the root that it had then; of a lane it reads what came after, and measures it by the heads that came after.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from gateway.audit import folder as folders
from gateway.audit import keys, segment
from gateway.audit.joined import is_joined
from gateway.audit.points import Points, held_key, notes_of, origin_of
from gateway.audit.sealed_files import check_stamps
from gateway.audit.sealer import CHECKPOINTS
from gateway.audit.site_log import ENTRIES, FOLDER, entries_of, lanes_of
from gateway.audit.stamps import stamp_of
from gateway.audit.verification import MOST_FAULTS, Progress, Verification
from gateway.seal.note import NoteError, Verifier
from gateway.seal.report import BROKEN, Fault, Report, SiteReport, Voucher, Wrong, outcome_of, worst
from gateway.seal.site import LaneHead, origin_of_site, read_lane_head
from gateway.seal.tiles import Growing
from gateway.seal.tree import leaf_hash

_LOG: Final = f"{FOLDER}/{ENTRIES}"
#: The heads of each lane by its origin, each with its number in the log.
_Heads = dict[str, list[tuple[int, LaneHead]]]


class SiteProgress(Struct):
    """How far a verification of a site is: of its log, how many heads with which root, and of each lane by its origin.

    ``key`` is empty where there is no log. ``lanes`` holds what a lane's `Progress` was at that moment, as JSON.
    """

    origin: str
    key: str
    size: int = 0
    root: bytes = b""
    lanes: dict[str, Raw] = {}


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
        progress: SiteProgress | None = None,
        keep: Callable[[SiteProgress], object] = lambda _: None,
        here: bool = False,
    ) -> None:
        """``held`` is the site's key, None where there is none; ``outside`` says that it is not the log's own. With ``here`` the
        lanes of hosts that were joined over HTTP are not missing, though their entries are with these.

        ``keep`` hears how far it is after each segment of a lane.
        """
        self._parent, self._site, self._held, self._outside = parent, site, held, outside
        self._anchors, self._told = tuple(anchors), told
        self._before = progress or SiteProgress(origin_of_site(site), held.vkey if held else "")
        self._at = SiteProgress(self._before.origin, self._before.key, lanes=dict(self._before.lanes))
        self._keep, self._here = keep, here
        self._faults: list[Fault] = []
        self._stamps: list[tuple[str, str, str, int]] = []
        self._octets = self._read = 0

    def run(self) -> SiteReport:
        """Do it. OSError where a folder cannot be read, JournalError where a lane's facts cannot."""
        entries = entries_of(self._parent)
        self._measure_log(entries)
        heads = self._heads(entries)
        points = self._points(entries)
        lanes = lanes_of(self._parent)
        reports = [report for path in lanes if not is_joined(path) and (report := self._lane(path, heads))]
        if points is not None:
            self._measure_stamps(points)
            reports = [
                replace(one, vouchers=(*one.vouchers, *_vouchers(points, heads.get(one.origin, ()))))
                for one in reports
            ]
        joined = {_origin(path) for path in lanes if is_joined(path)}
        away = {
            origin: heads[origin][-1][1].point.size
            for origin in sorted(set(heads) - {report.origin for report in reports})
        }
        for origin, size in away.items():
            if not (self._here and origin in joined):
                self._faults.append(Fault(Wrong.LANE_MISSING, origin, last=size))
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
            elsewhere=tuple((origin, size) for origin, size in away.items() if origin in joined),
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

    def _measure_log(self, entries: Sequence[str]) -> None:
        """Whether the log goes on from what it was when it was verified before."""
        tree, before = Growing(), self._before
        tree.extend(leaf_hash(entry.encode()) for entry in entries[: before.size])
        self._at.size, self._at.root = before.size, before.root
        if tree.size < before.size:
            self._faults.append(Fault(Wrong.SHRUNK, _LOG, seq=tree.size + 1, last=before.size))
        elif before.size and tree.root() != before.root:
            detail = "it is not what was verified before"
            self._faults.append(Fault(Wrong.ROOT, _LOG, seq=1, last=before.size, detail=detail))
        else:
            tree.extend(leaf_hash(entry.encode()) for entry in entries[before.size :])
            self._at.size, self._at.root = tree.size, tree.root()

    def _points(self, entries: Sequence[str]) -> Points | None:
        """The site's checkpoints, measured by the entries; None where there are none."""
        if self._held is None:
            self._faults.append(Fault(Wrong.UNSEALED, FOLDER))
            return None
        origin = origin_of_site(self._site)
        points = Points(self._parent / FOLDER, self._held, self._faults.append, origin=origin)
        for path in self._anchors:
            if not self._is_of_lanes(path):
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

    def _is_of_lanes(self, path: Path) -> bool:
        """Whether the checkpoints kept there are all of lanes: then the lanes are measured by it."""
        origins = {origin_of(note) for note in notes_of(path)}
        return bool(origins) and all(one.startswith(f"{origin_of_site(self._site)}/") for one in origins)

    def _measure_stamps(self, points: Points) -> None:
        for found in check_stamps(self._parent / FOLDER, self._stamps, points.notes):
            if isinstance(found, Fault):
                self._faults.append(found)
            else:
                points.vouchers.append(found)

    def _lane(self, path: Path, heads: _Heads) -> Report | None:
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
        origin, progress = keys.origin_of(site, lane), self._resumed(held)
        after = 0 if progress is None else progress.following - 1

        def keep(now: Progress) -> None:
            self._at.lanes[origin] = Raw(msgspec.json.encode(now))  # as it is now: it goes on to change
            self._keep(self._at)

        verification = Verification(
            path,
            (site, lane),
            held,
            outside=bool(known) and self._outside,
            anchors=[
                path for path in self._anchors if any(origin_of(note) == origin for note in notes_of(path))
            ],
            heads=[
                (head.note, f"{_LOG} {number}")
                for number, head in known
                if number > self._before.size or head.point.size > after
            ],
            told=lambda octets, entries: self._told(self._octets + octets, self._read + entries),
            progress=progress,
            keep=keep,
        )
        report = verification.run()
        # Stamps of a log that this lane had by itself, before it came here, are in its own folder.
        self._stamps += [
            one
            for one in verification.site_stamps
            if path == self._parent or not stamp_of(path / FOLDER, one[0])
        ]
        self._octets += sum(one.stat().st_size for one in path.glob(f"*{segment.SUFFIX}"))
        self._read += report.last
        return report

    def _resumed(self, held: Verifier) -> Progress | None:
        """How far the lane of this key was verified before; None where it was not, or what is said of it is none of its."""
        kept = self._before.lanes.get(held.name)
        try:
            found = None if kept is None else msgspec.json.decode(kept, type=Progress)
        except msgspec.MsgspecError:
            return None
        return found if found is not None and found.key == held.vkey else None


def _origin(path: Path) -> str:
    facts = folders.lane_of(path) or {"site": "", "lane": ""}
    return keys.origin_of(facts["site"], facts["lane"])


def _vouchers(points: Points, known: Sequence[tuple[int, LaneHead]]) -> Iterator[Voucher]:
    """Whoever keeps a checkpoint of the site vouches for the last head of the lane under it."""
    for one in points.vouchers:
        sizes = [head.point.size for number, head in known if number <= one.size]
        if sizes:
            yield Voucher(one.kind, one.name, sizes[-1], one.time)
