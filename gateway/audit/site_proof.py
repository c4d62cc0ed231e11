"""From a lane's checkpoint to the site's: the second step of a proof, where the lane stands in the log of its site."""

from pathlib import Path
from typing import NamedTuple

from gateway.audit.points import hand_overs_text, held_key
from gateway.audit.sealer import CHECKPOINTS
from gateway.audit.site_log import FOLDER, entries_of, lanes_of
from gateway.seal.checkpoint import Checkpoint, notes_in, read_checkpoint
from gateway.seal.note import NoteError, split_note
from gateway.seal.site import origin_of_entry, read_lane_head
from gateway.seal.tiles import Growing
from gateway.seal.tree import complete, inclusion, leaf_hash


class UnderSite(NamedTuple):
    """A checkpoint of the site as it was signed, where a lane's checkpoint stands under it, and the hashes that show it.

    ``lane_key`` is the vkey that the log names for the lane, ``vkey`` that of the site's log.
    """

    note: str
    size: int
    at: int
    hashes: tuple[bytes, ...]
    lane_key: str
    vkey: str
    hand_overs: str


def site_of(lane: Path) -> Path | None:
    """The folder with the log of the site above a lane's, one or two levels up, or the lane's own where other lanes joined it;
    None where there is none."""
    own = [lane] if len(lanes_of(lane)) > 1 else []
    above = list(lane.absolute().parents)[:2]
    return next((one for one in above + own if (one / FOLDER / CHECKPOINTS).is_file()), None)


def sizes_under_site(lane: Path, origin: str) -> frozenset[int]:
    """The sizes of the lane's checkpoints that the site's log has."""
    parent = site_of(lane)
    if parent is None:
        return frozenset()
    return frozenset(
        read_lane_head(entry).point.size for entry in entries_of(parent) if origin_of_entry(entry) == origin
    )


def under_site(lane: Path, point: Checkpoint) -> UnderSite | None:
    """Where the lane's checkpoint stands under the first checkpoint of the site over it; None where it does not.

    NoteError where the log is not as it was signed.
    """
    parent = site_of(lane)
    if parent is None:
        return None
    entries = entries_of(parent)
    heads = {
        read_lane_head(one).point: at
        for at, one in enumerate(entries)
        if origin_of_entry(one) == point.origin
    }
    index = heads.get(point)
    place = parent / FOLDER
    notes = notes_in((place / CHECKPOINTS).read_text("utf-8"))
    over = [
        (size, note) for note in notes if (size := read_checkpoint(split_note(note)[0]).size) > (index or 0)
    ]
    if index is None or not over:
        return None
    size, note = min(over)
    leaves = [leaf_hash(entry.encode()) for entry in entries[:size]]
    tree = Growing()
    tree.extend(leaves)
    if tree.size != size or tree.root() != read_checkpoint(split_note(note)[0]).root:
        raise NoteError("the site's log is not as it was signed")
    hashes = inclusion(index, size, lambda height, at: complete(leaves[at << height : (at + 1) << height]))
    lane_key = read_lane_head(entries[index]).key.vkey
    return UnderSite(
        note, size, index, tuple(hashes), lane_key, held_key(place, None).vkey, hand_overs_text(place)
    )
