"""The log of a site beside its lanes: every lane's newest checkpoint, under one checkpoint that the site's key signs.

Theory of operation. The lanes lie below one folder, a gate's slots or copies from several hosts, and join by file; the
journal of a single gateway is such a folder and its only lane too. The log is the folder `site` there: `entries` has the lanes' heads one after the other, `checkpoints` what was signed over them,
`seal` the tree as a lane has it. A head is taken up only if it goes on from the last one of its lane, by a proof of
consistency; so the site's key never vouches for two histories of one lane. Entries are on the medium before the tree over
them is signed, and what is signed is on the medium before it is shown: a crash leaves at most heads that the next round signs.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.audit import elsewhere, folder, keys
from gateway.audit.disk import LocalDisk
from gateway.audit.leaves import Leaves
from gateway.audit.points import hand_overs
from gateway.audit.receipt import JournalError
from gateway.audit.sealer import CHECKPOINTS
from gateway.audit.stamps import stamps_of
from gateway.audit.tile_files import CHECKPOINT, TileFiles
from gateway.seal.checkpoint import NEWEST, Checkpoint, notes_in, read_checkpoint, thinned, trusted
from gateway.seal.note import NoteError, Signer, Verifier, open_note, sign, split_note
from gateway.seal.site import LaneHead, entries_in, lane_head, origin_of_entry, origin_of_site, read_lane_head
from gateway.seal.tiles import Growing, nodes_from
from gateway.seal.tree import ProofError, consistency, leaf_hash, verify_consistency

FOLDER: Final = "site"
ENTRIES: Final = "entries"


class Joined(NamedTuple):
    """A round: the site's checkpoint and its size, how many heads came to it, and the lanes that were left out, each with why.

    ``lost_key`` is the vkey of the site's key that was lost, in the round that made a new one in its place.
    """

    note: str
    size: int
    heads: int
    left_out: tuple[tuple[str, str], ...]
    lost_key: str | None = None


def lanes_of(parent: Path) -> list[Path]:
    """The folders of the lanes that a folder has, by name: itself, if it is one, and those one or two levels below."""
    forms = (folder.LANE, f"*/{folder.LANE}", f"*/*/{folder.LANE}")
    return sorted(path.parent for form in forms for path in parent.glob(form))


def home_of(lane: Path, site: str) -> Path:
    """The folder whose log of the site takes up a lane: one or two levels above it, if there is one, else the lane's own."""
    above = list(lane.absolute().parents)[:2]
    return next((one for one in above if _site_in(one / FOLDER) == origin_of_site(site)), lane)


def _site_in(place: Path) -> str:
    return (keys.public_of(place) or "").partition("+")[0]


def entries_of(parent: Path) -> list[str]:
    """The entries of the site's log there; none where there is no log. OSError where it cannot be read."""
    try:
        return entries_in((parent / FOLDER / ENTRIES).read_bytes().decode("utf-8", "replace"))
    except FileNotFoundError:
        return []


def heads_of(parent: Path, origin: str, after: int = 0) -> list[tuple[str, str]]:
    """The checkpoints of a lane over more than ``after`` entries that the log there has, each with the place where it stands;
    what cannot be read is left out. Nothing is checked here."""
    found = []
    for number, entry in enumerate(entries_of(parent), 1):
        with suppress(NoteError):
            note = entry.split("\n", 2)[-1]
            if origin_of_entry(entry) == origin and read_checkpoint(note).size > after:
                found.append((note, f"{FOLDER}/{ENTRIES} {number}"))
    return found


class _Known(NamedTuple):
    """What a log has: its files as they were read; how long its entries are; those that no checkpoint covers yet; the
    newest checkpoint; the tree under it, which grows; the last head of each lane."""

    files: tuple[tuple[int, int, int], ...]
    length: int
    unsigned: list[str]
    note: str
    tree: Growing
    last: dict[str, Checkpoint]


class SiteLog:
    """The log of the lanes of one folder. What it has read of it once it remembers, as long as nobody else writes it."""

    def __init__(self, parent: Path, newest: int = NEWEST) -> None:
        """When it is first read its old checkpoints are thinned out, but for the ``newest`` and those that were stamped."""
        self._parent, self._place, self._newest = parent, parent / FOLDER, newest
        self._known: _Known | None = None

    def shown(self) -> str:
        """The newest checkpoint of the site, whoever signed it; empty where there is none."""
        with suppress(OSError, UnicodeDecodeError):
            return (TileFiles(self._place).folder / CHECKPOINT).read_text("utf-8")
        return ""

    def join(self, anchors: Iterable[Path] = ()) -> Joined | None:
        """Take up the lanes' newest checkpoints and sign over them; None while another process is at it.

        The newest checkpoint is appended to each of the files ``anchors`` if it is new. JournalError where there are no
        lanes, they are of several sites, or the folder cannot be used; OSError where an anchor cannot.
        """
        folder.refuse_restored(self._parent)
        lanes = lanes_of(self._parent)
        sites = {str((folder.lane_of(lane) or {}).get("site")) for lane in lanes}
        if len(sites) != 1:
            why = f"lanes of {len(sites)} sites" if sites else "no lanes"
            hint = "the folder with the lanes of one site is wanted here"
            raise JournalError(f"`{self._parent}` holds {why}", hint)
        folder.prepare(self._place)
        try:
            hold = folder.Hold(self._place)
        except JournalError:
            return None
        try:
            signer, lost = keys.load_or_make(self._place, origin_of_site(sites.pop()))
            joined = self._round(signer, lanes)._replace(lost_key=lost)
        except OSError as error:
            raise folder.unusable(self._place, error) from error
        finally:
            hold.release()
        if joined.heads:
            for path in anchors:
                elsewhere.append(path, joined.note)
                elsewhere.remember(self._place, path)
        return joined

    def _round(self, signer: Signer, lanes: list[Path]) -> Joined:
        place, known, self._known = self._place, self._known, None
        if known is None or known.files != _files(place):
            known = _read(place, self._newest)
            if (later := elsewhere.further(place, signer.verifier, known.tree.size)) is not None:
                where, size = later
                raise JournalError(
                    f"`{place}` was set back: {where} has a checkpoint over {size} heads",
                    "move the folder away: a new log begins, with a key of its own",
                )
        heads, left_out = _new_heads(known.last, lanes)
        entries = [lane_head(head.key, head.note) for head in heads]
        note, length = known.note, known.length
        if entries or known.unsigned:
            _append(place / ENTRIES, length, "".join(entries))
            length += len("".join(entries).encode())
            tree = known.tree
            full = tree.extend(_leaves(known.unsigned + entries))
            note = sign(Checkpoint(signer.verifier.name, tree.size, tree.root()).text, signer)
            _append(place / CHECKPOINTS, None, note)
            with suppress(OSError), closing(TileFiles(place)) as files:  # another start makes them anew
                files.keep(full + tree.partial())
                files.publish(note)
        last = known.last | {head.point.origin: head.point for head in heads}
        self._known = _Known(_files(place), length, [], note, known.tree, last)
        return Joined(note, known.tree.size, len(entries), tuple(left_out))


def join(parent: Path, anchors: Iterable[Path] = ()) -> Joined | None:
    """One round over the lanes of a folder: see `SiteLog.join`."""
    return SiteLog(parent).join(anchors)


def rotate(parent: Path) -> dict[str, Any]:
    """A new key for the site, named by the old one: the details that `rotate-key` prints. JournalError where it cannot be."""
    place = parent / FOLDER
    hold = folder.Hold(place)
    try:
        old, _ = keys.load_or_make(place, "")
        size = read_checkpoint(split_note((_notes(place) or [""])[-1])[0]).size
        new = keys.rotate(place, old, size)
    except NoteError as error:
        raise JournalError(f"nothing was signed in `{place}` yet", "`izin audit seal-site` does") from error
    finally:
        hold.release()
    return {"old": old.verifier.vkey, "new": new.verifier.vkey, "size": size}


# ── within ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read(place: Path, newest: int) -> _Known:
    """Read the log from its beginning. JournalError where it is not as it was signed."""
    entries, notes = entries_of(place.parent), _notes(place)
    sealed, tree = 0, Growing()
    if notes:
        sizes = [read_checkpoint(split_note(note)[0]).size for note in notes]
        point = read_checkpoint(split_note(notes[-1])[0])
        sealed = point.size
        full = tree.extend(_leaves(entries[:sealed]))
        if tree.size < sealed or tree.root() != point.root:
            raise JournalError(
                f"`{place / ENTRIES}` is not as it was signed", "nothing more is signed over it"
            )
        with suppress(OSError), closing(TileFiles(place)) as files:
            files.keep(full + tree.partial())
            files.forget_files()
        # Written anew, as a lane's are: a sync of the file may have failed before. Those that contradict each other all stay.
        if all(size < later for size, later in pairwise(sizes)):
            notes = [notes[at] for at in thinned(sizes, frozenset(stamps_of(place).values()), newest)]
        folder.put(place / CHECKPOINTS, "".join(notes).encode())
    written = {origin_of_entry(entry): entry for entry in entries}
    last = {origin: read_lane_head(entry).point for origin, entry in written.items()}
    length, note = len("".join(entries).encode()), notes[-1] if notes else ""
    return _Known(_files(place), length, entries[sealed:], note, tree, last)


def _files(place: Path) -> tuple[tuple[int, int, int], ...]:
    """What tells whether somebody else has written the log: which files these are, how long, and when they were written."""
    found = []
    for path in (place / ENTRIES, place / CHECKPOINTS):
        with suppress(FileNotFoundError):
            at = path.stat()
            found.append((at.st_ino, at.st_size, at.st_mtime_ns))
    return tuple(found)


def _new_heads(
    last: Mapping[str, Checkpoint], lanes: list[Path]
) -> tuple[list[LaneHead], list[tuple[str, str]]]:
    known = dict(last)
    heads: list[LaneHead] = []
    left_out: list[tuple[str, str]] = []
    for lane in lanes:
        try:
            head = _head(lane)
            before = known.get(head.point.origin)
            if before is None or _goes_on(lane, before, head.point):
                known[head.point.origin] = head.point
                heads.append(head)
        except FileNotFoundError:
            left_out.append((str(lane), "it is not sealed yet"))
        except (ValueError, OSError) as error:  # no note, no proof, or no text
            left_out.append((str(lane), str(error)))
    return heads, left_out


def _head(lane: Path) -> LaneHead:
    """The lane's newest checkpoint, with the key that signed it."""
    note = (TileFiles(lane).folder / CHECKPOINT).read_text("utf-8")
    vkey, changes = keys.public_of(lane), hand_overs(lane, lambda _: None)
    known = [one.key for one in trusted(changes[0].old, changes)] if changes else []
    known += [Verifier.read(vkey)] if vkey else []
    text, signed = open_note(note, known)
    said = folder.lane_of(lane) or {}
    point = read_checkpoint(text)
    if point.origin != keys.origin_of(said.get("site", ""), said.get("lane", "")):
        raise NoteError("its checkpoint is of another lane")
    return LaneHead(signed[-1], note, point)


def _goes_on(lane: Path, before: Checkpoint, now: Checkpoint) -> bool:
    """Whether the lane has grown from one checkpoint to the other; `ProofError` if it has not, and is another."""
    if now.size < before.size:
        raise ProofError(f"its checkpoint is over {now.size} entries, one taken up before over {before.size}")
    if now.size == before.size:
        verify_consistency(before.size, now.size, before.root, now.root, ())
        return False
    from_entries = Leaves(lane, LocalDisk()).tile
    for read in (TileFiles(lane).reader(from_entries), from_entries):
        proof = consistency(before.size, now.size, nodes_from(now.size, lru_cache(4096)(read)))
        with suppress(ProofError):  # a tile may be damaged
            verify_consistency(before.size, now.size, before.root, now.root, proof)
            return True
    raise ProofError("it is not the lane that was taken up before")


def _leaves(entries: Iterable[str]) -> Iterator[bytes]:
    return (leaf_hash(entry.encode()) for entry in entries)


def _notes(place: Path) -> list[str]:
    """The site's checkpoints as they were signed; one that a crash cut short was shown to nobody."""
    with suppress(FileNotFoundError):
        return list(notes_in((place / CHECKPOINTS).read_bytes().decode("utf-8", "replace")))
    return []


def _append(path: Path, length: int | None, text: str) -> None:
    """Append, and return once it is on the medium; of what is there, only ``length`` octets are kept: a crash cut the rest short."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    with os.fdopen(handle, "ab") as file:
        if length is not None and file.seek(0, os.SEEK_END) > length:
            file.truncate(length)
        file.write(text.encode())
        file.flush()
        os.fsync(handle)
