"""The log of a site beside its lanes: every lane's newest checkpoint, under one checkpoint that the site's key signs.

Theory of operation. The lanes lie below one folder, a gate's slots or copies from several hosts, and join by file. The log
is the folder `site` there: `entries` has the lanes' heads one after the other, `checkpoints` what was signed over them,
`seal` the tree as a lane has it. A head is taken up only if it goes on from the last one of its lane, by a proof of
consistency; so the site's key never vouches for two histories of one lane. Entries are on the medium before the tree over
them is signed, and what is signed is on the medium before it is shown: a crash leaves at most heads that the next round signs.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.audit import anchoring, folder, keys
from gateway.audit.disk import LocalDisk
from gateway.audit.leaves import Leaves
from gateway.audit.points import hand_overs
from gateway.audit.receipt import JournalError
from gateway.audit.sealer import CHECKPOINTS
from gateway.audit.tile_files import CHECKPOINT, TileFiles
from gateway.seal.checkpoint import Checkpoint, notes_in, read_checkpoint, trusted
from gateway.seal.note import NoteError, Signer, Verifier, open_note, sign, split_note
from gateway.seal.site import LaneHead, entries_in, lane_head, origin_of_entry, origin_of_site, read_lane_head
from gateway.seal.tiles import Growing, nodes_from
from gateway.seal.tree import ProofError, consistency, leaf_hash, verify_consistency

FOLDER: Final = "site"
ENTRIES: Final = "entries"


class Joined(NamedTuple):
    """A round: the site's checkpoint and its size, how many heads came to it, and the lanes that were left out, each with why."""

    note: str
    size: int
    heads: int
    left_out: tuple[tuple[str, str], ...]


def lanes_below(parent: Path) -> list[Path]:
    """The folders of the lanes that lie one or two levels below this one, by name."""
    return sorted(path.parent for form in ("*/lane.json", "*/*/lane.json") for path in parent.glob(form))


def entries_of(parent: Path) -> list[str]:
    """The entries of the site's log there; none where there is no log. OSError where it cannot be read."""
    try:
        return entries_in((parent / FOLDER / ENTRIES).read_bytes().decode("utf-8", "replace"))
    except FileNotFoundError:
        return []


def join(parent: Path, anchors: Iterable[Path] = ()) -> Joined | None:
    """Take up the lanes' newest checkpoints and sign over them; None while another process is at it.

    The newest checkpoint is appended to each of the files ``anchors`` if it is new. JournalError where there are no lanes,
    they are of several sites, or the folder cannot be used; OSError where an anchor cannot.
    """
    lanes = lanes_below(parent)
    sites = {str((folder.lane_of(lane) or {}).get("site")) for lane in lanes}
    if len(sites) != 1:
        why = f"lanes of {len(sites)} sites" if sites else "no lanes"
        raise JournalError(f"`{parent}` holds {why}", "the folder with the lanes of one site is wanted here")
    place = parent / FOLDER
    folder.prepare(place)
    try:
        hold = folder.Hold(place)
    except JournalError:
        return None
    try:
        signer, _ = keys.load_or_make(place, origin_of_site(sites.pop()))
        joined = _round(place, signer, lanes)
    except OSError as error:
        raise folder.unusable(place, error) from error
    finally:
        hold.release()
    if joined.heads:
        for path in anchors:
            anchoring.append(path, joined.note)
    return joined


def rotate(parent: Path) -> dict[str, Any]:
    """A new key for the site, named by the old one: the details that `rotate-key` prints. JournalError where it cannot be."""
    place = parent / FOLDER
    hold = folder.Hold(place)
    try:
        old, _ = keys.load_or_make(place, "")
        size = read_checkpoint(split_note(_last_note(place))[0]).size
        new = keys.rotate(place, old, size)
    except NoteError as error:
        raise JournalError(f"nothing was signed in `{place}` yet", "`izin audit seal-site` does") from error
    finally:
        hold.release()
    return {"old": old.verifier.vkey, "new": new.verifier.vkey, "size": size}


# ── within ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _round(place: Path, signer: Signer, lanes: list[Path]) -> Joined:
    known = entries_of(place.parent)
    note, sealed = _last_note(place), 0
    if note:
        point = read_checkpoint(split_note(note)[0])
        sealed = point.size
        if sealed > len(known) or _grown(known[:sealed]).root() != point.root:
            raise JournalError(
                f"`{place / ENTRIES}` is not as it was signed", "nothing more is signed over it"
            )
    heads, left_out = _new_heads(known, lanes)
    entries = [lane_head(head.key, head.note) for head in heads]
    if entries or len(known) > sealed:
        _append(place / ENTRIES, len("".join(known).encode()), "".join(entries))
    size = len(known) + len(entries)
    if size > sealed:
        tiles, tree = TileFiles(place), _grown(known[:sealed])
        full = tree.extend(_leaves(known[sealed:] + entries))
        note = sign(Checkpoint(signer.verifier.name, size, tree.root()).text, signer)
        _append(place / CHECKPOINTS, None, note)
        with suppress(OSError):  # all of it can be made anew from the entries
            for tile in full + tree.partial():
                tiles.keep(tile)
            tiles.publish(note)
    return Joined(note, size, len(entries), tuple(left_out))


def _new_heads(known: Iterable[str], lanes: list[Path]) -> tuple[list[LaneHead], list[tuple[str, str]]]:
    written = {origin_of_entry(entry): entry for entry in known}
    last: dict[str, Checkpoint] = {origin: read_lane_head(entry).point for origin, entry in written.items()}
    heads: list[LaneHead] = []
    left_out: list[tuple[str, str]] = []
    for lane in lanes:
        try:
            head = _head(lane)
            before = last.get(head.point.origin)
            if before is None or _goes_on(lane, before, head.point):
                last[head.point.origin] = head.point
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
    read = lru_cache(4096)(TileFiles(lane).reader(from_entries))
    proof = consistency(before.size, now.size, nodes_from(now.size, read))
    verify_consistency(before.size, now.size, before.root, now.root, proof)
    return True


def _leaves(entries: Iterable[str]) -> Iterator[bytes]:
    return (leaf_hash(entry.encode()) for entry in entries)


def _grown(entries: Iterable[str]) -> Growing:
    tree = Growing()
    tree.extend(_leaves(entries))
    return tree


def _last_note(place: Path) -> str:
    with suppress(FileNotFoundError):
        octets = (place / CHECKPOINTS).read_bytes()
        notes = list(notes_in(octets.decode("utf-8", "replace")))
        _append(place / CHECKPOINTS, len("".join(notes).encode()), "")
        return notes[-1] if notes else ""
    return ""


def _append(path: Path, length: int | None, text: str) -> None:
    """Append, and return once it is on the medium; of what is there, only ``length`` octets are kept: a crash cut the rest short."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    with os.fdopen(handle, "ab") as file:
        if length is not None and file.seek(0, os.SEEK_END) > length:
            file.truncate(length)
        file.write(text.encode())
        file.flush()
        os.fsync(handle)
