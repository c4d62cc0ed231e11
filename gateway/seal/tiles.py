"""The hashes of a tree in tiles, as C2SP tlog-tiles lays them out (https://c2sp.org/tlog-tiles, July 2026).

A tile holds up to 256 hashes of one level: level 0 has the leaves, level l + 1 the roots of full tiles of level l. A full
tile never changes again. Whoever has the tiles can cut every proof from them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from gateway.seal.tree import HASH, Nodes, complete, root

#: Hashes in a full tile, and their number's logarithm.
WIDTH: Final = 256
_BITS: Final = 8
_PATH: Final = re.compile(r"tile/([0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")

#: Gives a tile's hashes by its level, number and width.
Read = Callable[[int, int, int], bytes]


class Tile(NamedTuple):
    """A tile: its level, its number in it, and its hashes, 32 octets each."""

    level: int
    number: int
    hashes: bytes

    @property
    def width(self) -> int:
        """How many hashes it holds."""
        return len(self.hashes) // HASH

    @property
    def path(self) -> str:
        """Its path below the log's address, such as ``tile/0/x001/067`` or, not full, ``tile/1/000.p/17``."""
        return path_of(self.level, self.number, self.width)


def path_of(level: int, number: int, width: int = WIDTH) -> str:
    """The path of a tile; numbers stand in groups of three digits, all but the last with an ``x``."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def tile_at(path: str) -> tuple[int, int, int] | None:
    """The level, number and width of the tile that has this path; None for what is the path of none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    number = int(found[2].replace("x", "").replace("/", ""))
    level, width = int(found[1]), int(found[3] or WIDTH)
    return (level, number, width) if path_of(level, number, width) == path else None


class Growing:
    """A tree that leaves are appended to. It holds the last tile of each level and nothing else."""

    def __init__(self, size: int = 0, levels: Sequence[Sequence[bytes]] = ()) -> None:
        """Go on at ``size`` leaves, where the last tiles hold ``levels`` (see `widths`)."""
        self.size = size
        self._levels: list[list[bytes]] = [list(level) for level in levels] or [[]]

    def extend(self, leaves: Iterable[bytes]) -> list[Tile]:
        """Append leaves; the tiles that became full."""
        full: list[Tile] = []
        last = self._levels[0]
        begin = self.size - len(last)
        last.extend(leaves)
        self.size = begin + len(last)
        if len(last) >= WIDTH:
            self._fold(0, begin >> _BITS, full)
        return full

    def _fold(self, level: int, number: int, full: list[Tile]) -> None:
        row = self._levels[level]
        whole = len(row) - len(row) % WIDTH
        above: list[bytes] = []
        for start in range(0, whole, WIDTH):
            hashes = row[start : start + WIDTH]
            full.append(Tile(level, number + start // WIDTH, b"".join(hashes)))
            above.append(complete(hashes))
        del row[:whole]
        if len(self._levels) == level + 1:
            self._levels.append([])
        upper = self._levels[level + 1]
        first = number - len(upper)  # the number of the tile below that the upper row's first hash stands for
        upper.extend(above)
        if len(upper) >= WIDTH:
            self._fold(level + 1, first >> _BITS, full)

    def partial(self) -> list[Tile]:
        """The last tiles, those that are not full and not empty."""
        return [
            Tile(level, self.size >> _BITS * (level + 1), b"".join(row))
            for level, row in enumerate(self._levels)
            if row
        ]

    def levels(self) -> list[list[bytes]]:
        """The hashes of the last tiles, lowest first, with which another can go on."""
        return [list(row) for row in self._levels]

    def root(self) -> bytes:
        """The root over all leaves."""
        return root(self.size, self._node)

    def _node(self, height: int, index: int) -> bytes:
        # The root needs nothing but the last tiles: whatever lies to their left is part of a full tile above.
        level, bits = divmod(height, _BITS)
        row = self._levels[level]
        at = (index << bits) - (self.size >> _BITS * level) + len(row)
        return complete(row[at : at + (1 << bits)])


def widths(size: int) -> Iterator[tuple[int, int, int]]:
    """Level, number and width of each tile of a tree of that size that is not full, lowest first; width may be 0."""
    level = 0
    while size or level == 0:
        yield level, size // WIDTH, size % WIDTH
        size, level = size // WIDTH, level + 1


def nodes_from(size: int, read: Read) -> Nodes:
    """The roots of complete subtrees of a tree of that size. Of a tile that grew since, ``read`` may give more."""

    def node(height: int, index: int) -> bytes:
        level, bits = divmod(height, _BITS)
        first = index << bits
        number, at = divmod(first, WIDTH)
        width = min(WIDTH, (size >> _BITS * level) - number * WIDTH)
        hashes = read(level, number, width)
        return complete([hashes[HASH * i : HASH * (i + 1)] for i in range(at, at + (1 << bits))])

    return node
