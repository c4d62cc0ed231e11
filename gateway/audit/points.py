"""The checkpoints that a journal is measured by: its own, and those that were kept elsewhere; and the keys that signed them."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.audit import keys, tile_files
from gateway.audit.keys import HAND_OVERS
from gateway.audit.sealer import CHECKPOINTS
from gateway.seal.checkpoint import Checkpoint, HandOver, notes_in, read_checkpoint, read_hand_over, trusted
from gateway.seal.note import NoteError, Verifier, open_note, split_note
from gateway.seal.report import Fault, Voucher, Wrong

#: Octets that a file of checkpoints may have.
MOST_OCTETS: Final = 1 << 30


class Points:
    """Every checkpoint of a lane that a key one holds leads to, and every anchor. What does not hold goes to ``wrong``."""

    def __init__(
        self, folder: Path, held: Verifier, wrong: Callable[[Fault], None], *, origin: str, after: int = 0
    ) -> None:
        """Read the journal's own; those up to ``after`` entries are passed over: they were checked before."""
        self._trusted = trusted(held, hand_overs(folder, wrong))
        #: The root by size; how many checkpoints say so; who outside has some of them.
        self.roots: dict[int, bytes] = {}
        self.checked = 0
        self.vouchers: list[Voucher] = []
        self._origin, self._wrong, self._after = origin, wrong, after
        #: The journal's own checkpoints as they were signed, by size.
        self.notes: dict[int, str] = {}
        self._files: dict[int, str] = {}
        for path in (folder / CHECKPOINTS, folder / tile_files.FOLDER / tile_files.CHECKPOINT):
            for note in notes_in(_text(path) or ""):
                size = self._take(note, str(path.relative_to(folder)), own=True)
                self.notes[size] = note

    @property
    def keys(self) -> list[Verifier]:
        """The keys that count, the held one first."""
        return [one.key for one in self._trusted]

    def anchor(self, path: Path) -> None:
        """Read the checkpoints in a file that was kept elsewhere; those of other logs of the site may stand there too."""
        every = notes_of(path)
        notes = [note for note in every if not _of_sibling(note, self._origin)] or every
        sizes = [size for note in notes if (size := self._take(note, str(path)))]
        if sizes:
            self.vouchers.append(Voucher("file", str(path), max(sizes)))
        elif not notes:
            self._wrong(Fault(Wrong.ANCHOR_MISSING, str(path)))

    def measure(self, note: str, file: str) -> None:
        """Take up a checkpoint that stands in another log; it is the operator's all the same."""
        self._take(note, file)

    def _take(self, note: str, file: str, *, own: bool = False) -> int:
        """The size that a checkpoint is of; 0 if it does not count."""
        try:
            text, lines = split_note(note)
            point = read_checkpoint(text)
            if point.origin != self._origin:
                self._wrong(Fault(Wrong.CHECKPOINT, file, detail=f"it is of the log {point.origin}"))
                return 0
            if own and point.size <= self._after:
                return point.size
            keys = [one.key for one in self._trusted if point.size <= one.until]
            if {(one.name, one.id) for one in keys}.isdisjoint((name, blob[:4]) for name, blob in lines):
                self._wrong(Fault(Wrong.KEY_UNKNOWN, file, last=point.size))
                return 0
            open_note(note, keys)
        except NoteError as error:
            self._wrong(Fault(Wrong.SIGNATURE, file, detail=str(error)))
            return 0
        self.checked += 1
        if point.size <= self._after:
            return self._before(point, file)
        if self.roots.setdefault(point.size, point.root) != point.root:
            detail = f"{self._files[point.size]} has another root"
            self._wrong(Fault(Wrong.CONTRADICTION, file, seq=point.size, detail=detail))
        self._files.setdefault(point.size, file)
        return point.size

    def _before(self, point: Checkpoint, file: str) -> int:
        """An anchor over entries that are not read again: it must be one that was measured then."""
        note = self.notes.get(point.size)
        if note is None:
            self._wrong(Fault(Wrong.UNCHECKED, file, last=point.size))
            return 0
        if read_checkpoint(split_note(note)[0]).root != point.root:
            self._wrong(Fault(Wrong.CONTRADICTION, file, seq=point.size))
        return point.size


def notes_of(path: Path) -> list[str]:
    """The notes in a file; none where it cannot be read."""
    return list(notes_in(_text(path) or ""))


def origin_of(note: str) -> str:
    """The log that a note says that it is of, without checking anything."""
    return note.partition("\n")[0]


def _of_sibling(note: str, origin: str) -> bool:
    """Whether it is a checkpoint of another log of the same site: ``izin/<site>`` or ``izin/<site>/<lane>``."""
    other = origin_of(note)
    return other != origin and other.split("/")[:2] == origin.split("/")[:2]


def hand_overs(folder: Path, wrong: Callable[[Fault], None]) -> list[HandOver]:
    """Every hand-over of the lane's key, in order."""
    found = []
    for note in notes_in(_text(folder / HAND_OVERS) or ""):
        try:
            found.append(read_hand_over(note))
        except NoteError as error:
            wrong(Fault(Wrong.SIGNATURE, HAND_OVERS, detail=str(error)))
    return found


def hand_overs_text(folder: Path) -> str:
    """The notes by which keys were handed over, as they were signed."""
    return "".join(notes_in(_text(folder / HAND_OVERS) or ""))


def held_key(folder: Path, file: Path | None) -> Verifier:
    """The key to trust: that in a file from outside, else the first that the journal itself names.

    NoteError if there is none, or it is none.
    """
    if file is not None:
        text = _text(file)
        if text is None:
            raise NoteError(f"`{file}` cannot be read")
        return Verifier.read(text)
    found = hand_overs(folder, _unheard)
    if found:
        return found[0].old
    vkey = keys.public_of(folder)
    if vkey is None:
        raise NoteError(f"there is no `{keys.PUBLIC}` in `{folder}`")
    return Verifier.read(vkey)


def _unheard(_: Fault) -> None:
    """Faults of hand-overs are told of where they are verified."""


def _text(path: Path) -> str | None:
    try:
        if path.stat().st_size > MOST_OCTETS:
            return None
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None
