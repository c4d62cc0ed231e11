"""The log of a site: its entries are the heads of the site's lanes, so that one checkpoint commits to every lane.

An entry is a line that says what it is, the vkey of the key that signed the lane's checkpoint, and that checkpoint as it
was signed. So the site's key vouches for the lanes' keys, and whoever holds it needs no other.
"""

from typing import Final, NamedTuple

from gateway.seal.checkpoint import Checkpoint, notes_in, open_checkpoint
from gateway.seal.note import NoteError, Verifier

_LANE_HEAD: Final = "izin.lane-head@v1"


class LaneHead(NamedTuple):
    """A checkpoint of a lane, the note in which it was signed, and the key that signed it."""

    key: Verifier
    note: str
    point: Checkpoint


def origin_of_site(site: str) -> str:
    """The name of a site's log and of its key."""
    return f"izin/{site}"


def lane_head(key: Verifier, note: str) -> str:
    """The entry of a lane's checkpoint that this key signed; `NoteError` if it did not."""
    open_checkpoint(note, (key,))
    return f"{_LANE_HEAD}\n{key.vkey}\n{note}"


def read_lane_head(entry: str) -> LaneHead:
    """What an entry of a site's log says; `NoteError` if it is none, or not signed by the key that it names."""
    start, _, rest = entry.partition("\n")
    vkey, _, note = rest.partition("\n")
    if start != _LANE_HEAD:
        raise NoteError("this is not the head of a lane")
    key = Verifier.read(vkey)
    point = open_checkpoint(note, (key,))
    if key.vkey != vkey or point.origin != key.name:
        raise NoteError("the key is not that of the lane")
    return LaneHead(key, note, point)


def origin_of_entry(entry: str) -> str:
    """The name of the lane's log that a sound entry is about, without checking anything."""
    return "".join(entry.split("\n", 3)[2:3])


def entries_in(text: str) -> list[str]:
    """The entries that stand one after the other in a file; a last one cut short is left out."""
    return list(notes_in(text))
