"""Sealing a lane while it is written: its tree, its checkpoints, and how both go on after a crash.

Theory of operation. A leaf is put into the tree when its entry has been *synced*, never before; so every checkpoint is
over entries that a loss of power cannot take, and the tree that a restart finds in the journal is the one that was
signed. A checkpoint is on the medium, in `checkpoints`, before anybody is shown it. Entries whose sync failed are in
doubt for ever: their leaves are written down by themselves (``*.leaves``), since the tree has a place for them whether
or not the medium has the entries.

A busy lane syncs thousands of entries at once. Their leaves are put into the tree a few at a time, with the batches that
follow (`GROWTH`): done together they would keep the interpreter, and every request, waiting for some ten milliseconds.
Tiles are only put by, and written all together (`keep`) by a thread that may wait for the disk; and a checkpoint has two
steps: `draft` takes the tree as it is, and `seal` waits for the medium, while others write.

The tree goes on from the tiles of the newest checkpoint whose root they give, and from the entries behind it, or from these
alone. They must give every root that was signed; where they do not, somebody or something changed them. Then nothing more is
signed, for it would contradict what was, and no tile takes the place of those that were true: the lane is written on, unsealed,
and a `seal-fault` event says so.
"""

import contextlib
import errno
from collections import deque
from collections.abc import Container, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from gateway.audit import elsewhere, keys
from gateway.audit.disk import Disk
from gateway.audit.leaves import Leaves, doubtful_name
from gateway.audit.receipt import symbol
from gateway.audit.segment import UNSOUND, Sound
from gateway.audit.tile_files import TileFiles
from gateway.audit.unsealed import Draft, Unsealed
from gateway.instants import SECOND
from gateway.seal.checkpoint import NEWEST, SPAN, Checkpoint, notes_in, read_checkpoint, thinned
from gateway.seal.leaf import leaves_of
from gateway.seal.note import NoteError, Signer, sign, split_note
from gateway.seal.tiles import Growing, Tile, widths
from gateway.seal.tree import HASH
from gateway.seal.waiting import Waiting

#: The checkpoints of a lane, one note after the other.
CHECKPOINTS: Final = "checkpoints"
#: Entries are sealed within this time, in µs; sooner where so many wait.
EVERY: Final = 10 * SECOND
MANY: Final = 100_000
#: An idle lane says that it is alive within this time, in µs: a missing entry of that sort is a missing hour.
IDLE: Final = 3600 * SECOND
#: How many leaves that were synced are put into the tree for each entry that is written, and at once before a checkpoint.
GROWTH: Final = 2
AT_ONCE: Final = 1024
#: Tiles that wait for a full disk, at most: what a segment of short entries has, 16 MiB.
MOST_TILES: Final = 2048
#: At how many checkpoints a start looks for tiles that give the root, but for one in each `SPAN` of those before: ten minutes
#: of a busy lane.
_RECENT: Final = 64


class Sealer(Unsealed):
    """Seals one lane; for its writer alone, but for `keep` and `seal`, which may wait for the disk while another thread writes."""

    def __init__(
        self,
        folder: Path,
        disk: Disk,
        signer: Signer,
        *,
        lost: str | None = None,
        tiles: TileFiles | None = None,
        stamped: Container[int] = (),
        newest: int = NEWEST,
    ) -> None:
        """``lost`` is the vkey of a key that this one replaces without its consent; without ``tiles`` none are kept.

        At a start old checkpoints are thinned out, but for the ``newest`` and those of the sizes that were ``stamped``.
        """
        self._stamped, self._newest = stamped, newest
        self._folder, self._disk, self._signer, self._tiles = folder, disk, signer, tiles
        self.vkey, self.lost = signer.verifier.vkey, lost
        #: The newest checkpoint as it was signed, and how many entries it covers.
        self.note, self.size = "", 0
        self._sealed: Checkpoint | None = None
        #: Checkpoints of before this start by which the tree is measured.
        self._known: list[Checkpoint] = []
        self._tree = Growing()
        #: Tiles that are not in their files yet.
        self._put_by: deque[Tile] = deque()
        #: Leaves that the tree does not have yet, and how many entries are on the medium: those of these may be put into it.
        self._leaves = Waiting()
        self._safe = 0
        #: Leaves that must be on the medium before anything is signed over them, by the first one's number.
        self._doubtful: dict[int, list[bytes]] = {}
        self._handle = -1
        self._length = 0
        self._uncut = False
        self._last: int | None = None
        self._broken = False
        self._trouble: list[dict[str, Any]] = []
        self._told: set[str] = set()

    # ── life ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> int:
        """Read what was sealed before; how many entries that is. OSError where it cannot be read."""
        if self._handle >= 0:
            return self.size
        self._load()
        if (later := elsewhere.further(self._folder, self._signer.verifier, self.size)) is not None:
            where, size = later
            self._give_up(f"the journal was set back: {where} has a checkpoint over {size} entries")
        return self.size

    def _load(self) -> None:
        path = self._folder / CHECKPOINTS
        if CHECKPOINTS not in self._disk.names(self._folder):
            self._handle = self._disk.create(path, 0o640)
            self._disk.sync_folder(self._folder)
            return
        octets = self._disk.read(path)
        notes = list(notes_in(octets.decode("utf-8", "replace")))
        found = [self._read(note) for note in notes]
        if found and found[-1] is None:
            del notes[-1], found[-1]
        points = [one for one in found if one is not None]
        if len(points) == len(found):
            notes = self._anew(notes, [one.size for one in points])
        self._handle = self._disk.open(path)
        self._length = len("".join(notes).encode())
        if len(points) < len(found):
            self._length = len(octets)
            self._give_up("a checkpoint cannot be read")
        else:
            self._disk.truncate(self._handle, self._length)  # a note that was cut short was shown to nobody
            self._disk.sync(self._handle)
        self._known = [points[at] for at in thinned([one.size for one in points], (), _RECENT)]
        if found:
            self.note, self._sealed = notes[-1], found[-1]
            self.size = max(one.size for one in points)

    def resume(self, following: int, sound: Sound = UNSOUND) -> None:
        """Bring the tree to the entry before ``following``. What recovery left is on the medium, and found ``sound``."""
        leaves = Leaves(self._folder, self._disk, sound)
        self._tree = self._from_tiles()
        self._regrow(leaves)
        if self._broken:
            return
        # Recovery has synced the last segment. Of one before it a sync may have failed, and would not fail again.
        begin, last = self._tree.size, min(leaves.last_segment, following) - 1
        if self._sealed is not None and last > begin:
            self._doubtful[begin + 1] = leaves.between(begin, last)
        self._grow(leaves.between(begin, following - 1))
        self._safe = self._tree.size
        if self._tiles is not None:
            self.keep()
            self._tiles.forget_files()

    def stop(self) -> None:
        """Let go of the files. Never raises."""
        self.keep()
        if self._tiles is not None:
            self._tiles.close()
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            with contextlib.suppress(OSError):
                self._disk.close(handle)

    # ── what the segment tells ──────────────────────────────────────────────────────────────────────────────────────

    def wrote(self, payloads: Sequence[bytes]) -> None:
        """These entries were written."""
        self._leaves.extend(leaves_of(payloads))
        if self._tree.size < self._safe:
            self._grow_ready(GROWTH * len(payloads))

    def synced(self, following: int) -> None:
        """Whatever was written before the entry with this number is on the medium."""
        self._safe = max(self._safe, following - 1)

    def doubtful(self, first: int) -> None:
        """Nobody knows whether the entries from ``first`` on, written and not synced, are on the medium."""
        self.synced(first)
        begin, end = self._tree.size, self._tree.size + len(self._leaves)
        if self._safe < end:
            self._doubtful[first] = self._leaves.behind(self._safe - begin)
            self._safe = end

    def settle(self) -> None:
        """Have all in the tree that is on the medium."""
        self._grow_ready(len(self._leaves))

    # ── checkpoints ─────────────────────────────────────────────────────────────────────────────────────────────────

    def due(self, now: int) -> bool:
        """Whether it is time for a checkpoint; ``now`` in µs of a steady clock."""
        waiting = self._tree.size + len(self._leaves) - self.size
        if self._broken or not waiting:
            return False
        return self._last is None or now - self._last >= EVERY or waiting >= MANY

    def idle(self, now: int) -> bool:
        """Whether nothing was sealed for so long that the lane should say that it is alive."""
        return not self._broken and self._last is not None and now - self._last >= IDLE

    def keep(self) -> None:
        """Write the tiles that wait; for one thread at a time. What the disk refuses is tried again."""
        tiles = [self._put_by.popleft() for _ in range(len(self._put_by))]
        if self._tiles is None:
            return
        try:
            self._tiles.keep(tiles)
        except OSError:
            # Of what is too much to wait, proofs are made from the entries.
            self._put_by.extendleft(reversed(tiles[-MOST_TILES:]))

    def draft(self, now: int) -> Draft | None:
        """The tree as it is now, to be signed, if it has grown; on a busy lane the last second's entries are left to the next
        checkpoint."""
        self._last = now
        self._grow_ready(AT_ONCE)
        if self._broken or self._tree.size <= self.size:
            return None
        self._put_by += self._tree.partial()
        point = Checkpoint(self._signer.verifier.name, self._tree.size, self._tree.root())
        return Draft(point, dict(self._doubtful))

    def seal(self, draft: Draft) -> None:
        """Sign a draft. What the disk refuses is tried again; nothing is shown before it is kept."""
        self.keep()
        try:
            self._keep_doubtful(draft.doubtful)
            note = sign(draft.point.text, self._signer)
            self._append(note.encode())
        except OSError as error:
            self._tell(f"a checkpoint cannot be kept: {symbol(error)}")
            return
        self._told.clear()
        self.note, self.size, self._sealed = note, draft.point.size, draft.point
        if self._tiles is not None:
            with contextlib.suppress(OSError):
                self._tiles.publish(note)

    def rotate(self) -> dict[str, Any]:
        """Sign with a new key from now on, which the old one names; the details of the event. JournalError if it cannot be."""
        old = self._signer.verifier.vkey
        self._signer = keys.rotate(self._folder, self._signer, self.size)
        self.vkey = self._signer.verifier.vkey
        return {"old": old, "new": self.vkey, "size": self.size}

    def troubles(self) -> list[dict[str, Any]]:
        """What has to be said aloud, each once."""
        told, self._trouble = self._trouble, []
        return told

    # ── within ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _anew(self, notes: list[str], sizes: list[int]) -> list[str]:
        """The checkpoints that are kept, written anew and put in the place of all. Those that contradict each other all stay.

        Anew, since a sync of the file may have failed before the last process ended: what can be read would then be lost with
        the power, after it was shown, and another sync would not tell.
        """
        kept = [notes[at] for at in thinned(sizes, self._stamped, self._newest)]
        if any(later <= size for size, later in pairwise(sizes)):
            kept = notes
        new = self._folder / f"{CHECKPOINTS}.new"
        try:
            if new.name in self._disk.names(self._folder):
                self._disk.remove(new)
            handle = self._disk.create(new, 0o640)
            try:
                self._write(handle, "".join(kept).encode())
                self._disk.sync(handle)
            finally:
                self._disk.close(handle)
        except OSError:
            return notes  # another start will
        self._disk.rename(new, self._folder / CHECKPOINTS)
        self._disk.sync_folder(self._folder)
        return kept

    def _from_tiles(self) -> Growing:
        """The tree at the newest checkpoint whose root the tiles give; an empty one where they give none.

        They are not synced: of what a loss of power has taken only the last seconds have to be read from the entries.
        """
        if self._tiles is None:
            return Growing()
        read = self._tiles.reader(_not_kept)
        for point in reversed(self._known):
            sizes = list(widths(point.size))
            levels = [_hashes(read(*one))[: one[2]] if one[2] else [] for one in sizes]
            if all(len(level) == width for level, (_, _, width) in zip(levels, sizes, strict=True)):
                tree = Growing(point.size, levels)
                if tree.root() == point.root:
                    return tree
        return Growing()

    def _regrow(self, leaves: Leaves) -> None:
        """Grow the tree to the newest checkpoint. What no checkpoint says is right is not kept."""
        known, self._known = [one for one in self._known if one.size > self._tree.size], []
        for point in [*known, self._sealed]:
            if point is None or self._broken:
                return
            for begin in range(self._tree.size, point.size, SPAN):
                self._grow(leaves.between(begin, min(point.size, begin + SPAN)))
            if self._tree.root() == point.root:
                self._put_by += self._tree.partial()  # a start that is cut short goes on from here
                self.keep()
            else:
                self._give_up("the entries do not give the root that was signed")

    def _read(self, note: str) -> Checkpoint | None:
        try:
            point, (_, blob) = read_checkpoint(split_note(note)[0]), split_note(note)[1][0]
        except NoteError:
            return None
        ours = self._signer.verifier
        if blob[:4] == ours.id and not ours.verify(point.text.encode(), blob[4:]):
            return None
        return point

    def _grow_ready(self, most: int) -> None:
        self._grow(self._leaves.take(max(0, min(most, self._safe - self._tree.size))))

    def _grow(self, leaves: list[bytes]) -> None:
        self._put_by += self._tree.extend(leaves)

    def _keep_doubtful(self, doubtful: Mapping[int, Sequence[bytes]]) -> None:
        for first, leaves in doubtful.items():
            handle = self._disk.create(self._folder / doubtful_name(first), 0o440)
            try:
                self._write(handle, b"".join(leaves))
                self._disk.sync(handle)
            finally:
                self._disk.close(handle)
            self._disk.sync_folder(self._folder)
            del self._doubtful[first]

    def _append(self, octets: bytes) -> None:
        if self._uncut:
            self._disk.truncate(self._handle, self._length)
        self._uncut = True
        self._write(self._handle, octets)
        self._disk.sync(self._handle)
        self._uncut = False
        self._length += len(octets)

    def _write(self, handle: int, octets: bytes) -> None:
        if self._disk.write(handle, octets) != len(octets):
            raise OSError(errno.ENOSPC, "a short write")

    def _give_up(self, why: str) -> None:
        self._broken = True
        if self._tiles is not None:
            self._tiles.close()
            self._tiles = None
        self._tell(why)

    def _tell(self, why: str) -> None:
        if why not in self._told:
            self._told.add(why)
            self._trouble.append({"why": why, "sealed": self.size})


def _not_kept(*_: int) -> bytes:
    return b""


def _hashes(octets: bytes) -> list[bytes]:
    return [octets[at : at + HASH] for at in range(0, len(octets), HASH)]
