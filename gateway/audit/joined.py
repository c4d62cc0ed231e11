"""Lanes of other hosts, joined to the log of the site by HTTP: what their gateways show of their seal, checked and kept here.

Theory of operation. A gateway shows the seal of its lane at its admin listener (`gateway.proxy.seal_files`): its newest
checkpoint, the public key, hand-overs, and the tiles of its tree. Of each host there is a folder below `joined` with as much of
that as the site's log asks of a lane, so that to `gateway.audit.site_log` it is a lane like every other. Entries never come.

A host is believed nothing. The key that it showed first is kept, and another one only counts if that one handed over to it; its
lane stays the one that it showed first; and a checkpoint is kept only if, by the tiles that it shows, its tree goes on from the
one that the site's log took up last. No clock has a part in this: hosts whose clocks differ join as all others, and people are
told.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from gateway.audit import folder as folders
from gateway.audit import keys
from gateway.audit.site_log import heads_of
from gateway.audit.tile_files import TileFiles, newest_checkpoint
from gateway.identify.identity import Unavailable
from gateway.seal.checkpoint import Checkpoint, notes_in, read_checkpoint, read_hand_over, trusted
from gateway.seal.note import NoteError, Verifier, open_note, split_note
from gateway.seal.tiles import WIDTH, Tile, nodes_from, path_of
from gateway.seal.tree import HASH, ProofError, consistency, verify_consistency

#: The folder of other hosts' lanes in the one that the lanes of the site lie below.
FOLDER: Final = "joined"
#: Octets that a host may answer with: for small files, and for the hand-overs of its keys.
SMALL: Final = 16_384
MANY: Final = 1 << 20
#: Where a host shows what its clock says, and the octets of that.
TIME: Final = "time"
_TIME_LENGTH: Final = 17
#: Tiles that one proof may take: two paths of a tree of eight levels of tiles are less.
_MOST_TILES: Final = 64

#: Gives what is at an address, in so many octets at most.
Ask = Callable[[str, int], Awaitable[bytes | Unavailable]]


class JoinError(Exception):
    """A host's lane is not joined now; the message says why."""


class _LackingError(Exception):
    """A tile that has to be asked for: its level, number and width."""


def is_joined(lane: Path) -> bool:
    """Whether a lane's folder is that of another host, which has its entries."""
    return lane.parent.name == FOLDER


def folder_of(parent: Path, url: str) -> Path:
    """The folder of the host at an address."""
    return parent / FOLDER / hashlib.sha256(url.encode()).hexdigest()[:16]


async def look(parent: Path, site: str, url: str, ask: Ask) -> None:
    """Ask a host for its lane's newest checkpoint, check and keep it. JoinError where that cannot be, OSError where the disk
    will not take it."""
    place = folder_of(parent, url)
    note = _text(await _asked(ask, f"{url}/checkpoint", SMALL))
    if note == newest_checkpoint(place):
        return
    hand_overs = _text(await _asked(ask, f"{url}/{keys.HAND_OVERS}", MANY))
    shown = _text(await _asked(ask, f"{url}/{keys.PUBLIC}", SMALL)).strip()
    try:
        first = Verifier.read(keys.public_of(place) or _oldest(hand_overs) or shown)
        point = _checkpoint(note, first, hand_overs)
    except NoteError as error:
        raise JoinError(f"its checkpoint does not hold: {error}") from None
    lane = _lane(place, site, point)
    tiles = await _goes_on(parent, point, url, ask)
    folders.prepare(place)
    if not (place / folders.LANE).exists():
        facts = json.dumps({"v": 1, "site": site, "lane": lane}, sort_keys=True)
        folders.put(place / folders.LANE, facts.encode() + b"\n")
        folders.put(place / keys.PUBLIC, first.vkey.encode() + b"\n")
    folders.put(place / keys.HAND_OVERS, hand_overs.encode())
    with closing(TileFiles(place)) as files:
        files.keep_only(tiles)
        files.forget_files()
        files.publish(note)


async def time_of(url: str, ask: Ask) -> int | None:
    """What a host's clock says, in µs since 1970; None where it says nothing that could be."""
    answer = await ask(f"{url}/{TIME}", _TIME_LENGTH)
    if isinstance(answer, Unavailable) or not answer.isdigit():
        return None
    return int(answer)


def _oldest(hand_overs: str) -> str | None:
    """The first key of a chain; NoteError where there is no chain."""
    notes = list(notes_in(hand_overs))
    return read_hand_over(notes[0]).old.vkey if notes else None


def _checkpoint(note: str, first: Verifier, hand_overs: str) -> Checkpoint:
    """The checkpoint, signed by a key that the first one leads to; NoteError otherwise."""
    point = read_checkpoint(split_note(note)[0])
    chain = trusted(first, [read_hand_over(one) for one in notes_in(hand_overs)])
    open_note(note, [one.key for one in chain if point.size <= one.until])
    if point.origin != first.name:
        raise NoteError("it is of another log than its key")
    return point


def _lane(place: Path, site: str, point: Checkpoint) -> str:
    """The name of the lane that a checkpoint is of; JoinError if it is another than before, or none of this site."""
    lane = point.origin.removeprefix(f"{keys.origin_of(site, '')}")
    if keys.origin_of(site, lane) != point.origin or not folders.LANES.fullmatch(lane):
        raise JoinError(f"it is no lane of the site `{site}`")
    known = folders.lane_of(place)
    if known is not None and known["lane"] != lane:
        raise JoinError(f"it was the lane `{known['lane']}` and says now that it is `{lane}`")
    return lane


async def _goes_on(parent: Path, now: Checkpoint, url: str, ask: Ask) -> list[Tile]:
    """The tiles by which a checkpoint goes on from the last one that was taken up; JoinError where it does not."""
    heads = heads_of(parent, now.origin)
    if not heads:
        return []
    before = read_checkpoint(split_note(heads[-1][0])[0])
    if now.size < before.size:
        raise JoinError(
            f"its checkpoint is over {now.size:,} entries, one taken up before over {before.size:,}"
        )
    found: dict[tuple[int, int], Tile] = {}

    def read(level: int, number: int, width: int) -> bytes:
        tile = found.get((level, number))
        if tile is None:
            raise _LackingError(level, number, width)
        return tile.hashes

    while True:
        try:
            proof = (
                consistency(before.size, now.size, nodes_from(now.size, read))
                if now.size > before.size
                else ()
            )
            verify_consistency(before.size, now.size, before.root, now.root, proof)
        except _LackingError as lacking:
            if len(found) >= _MOST_TILES:
                raise JoinError("a proof takes more tiles than it may") from None
            level, number, width = lacking.args
            tile = await _tile(url, level, number, width, ask)
            found[tile.level, tile.number] = tile
        except ProofError:
            raise JoinError("it is not the lane that was taken up before") from None
        else:
            return list(found.values())


async def _tile(url: str, level: int, number: int, width: int, ask: Ask) -> Tile:
    """A tile as the host shows it; the full one where it has grown since."""
    answer = await ask(f"{url}/{path_of(level, number, width)}", HASH * WIDTH)
    if isinstance(answer, Unavailable) and width < WIDTH:
        width, answer = WIDTH, await ask(f"{url}/{path_of(level, number)}", HASH * WIDTH)
    if isinstance(answer, Unavailable):
        raise JoinError(f"a tile of its tree is missing: {answer.why}")
    if len(answer) != HASH * width:
        raise JoinError("a tile of its tree has not the length that it should have")
    return Tile(level, number, answer)


async def _asked(ask: Ask, url: str, most: int) -> bytes:
    answer = await ask(url, most)
    if isinstance(answer, Unavailable):
        raise JoinError(answer.why)
    return answer


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise JoinError("its answer is no text") from None
