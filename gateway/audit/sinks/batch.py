"""What a follower and a sink say to each other."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import NamedTuple, Protocol


class Row(NamedTuple):
    """One entry: its number, the first number of its segment and when that was begun (RFC 3339), itself as
    `izin audit query --json` shows it, and the octets that the journal has of it.

    ``line`` is empty where the entry was removed, so that the octets are its leaf, or cannot be read.
    """

    seq: int
    segment: int
    begun: str
    line: bytes
    payload: bytes


class Batch(NamedTuple):
    """Entries of one lane, in order, of a follower that knows the sink to have all up to ``after``.

    Between the numbers some may be missing: they cannot be read, or were removed and the sink takes nothing of these.
    """

    site: str
    lane: str
    rows: tuple[Row, ...]
    after: int = 0

    @property
    def first(self) -> int:
        """The number of the first entry."""
        return self.rows[0].seq

    @property
    def last(self) -> int:
        """The number of the last entry."""
        return self.rows[-1].seq

    @property
    def octets(self) -> bytes:
        """The lines, each with its end."""
        return b"".join(row.line + b"\n" for row in self.rows if row.line)


class SinkError(Exception):
    """A batch was not taken. ``wait`` is how many seconds the other side asks for, if it does; ``smaller`` whether less at a
    time may be taken; ``refused`` whether these entries will not be taken however often they are offered: one of them is
    wrong for that place, and the others may be taken without it; ``forgot`` whether the sink has less than it had."""

    def __init__(
        self,
        why: str,
        *,
        wait: float | None = None,
        smaller: bool = False,
        refused: bool = False,
        forgot: bool = False,
    ) -> None:
        super().__init__(why)
        self.wait, self.smaller, self.refused, self.forgot = wait, smaller, refused, forgot


class Sink(Protocol):
    """One place that entries are shipped to."""

    #: Seconds that it wants to pass between two batches that are not full.
    gathers: float

    @property
    def copy(self) -> "Copy | None":
        """The sink as one that takes all that a journal has, None where it takes only the entries."""
        ...

    @property
    def source(self) -> "Source | None":
        """The sink as one that a journal can be made again from; None where it cannot be asked for what it has."""
        ...

    async def position(self, site: str, lane: str) -> int:
        """The number of the last entry of a lane that it has, 0 if none. Asked before anything is shipped."""
        ...

    async def append(self, batch: Batch) -> None:
        """Take a batch: it is on the sink's medium when this returns. SinkError if it was not taken, or may not have been."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


class Note(NamedTuple):
    """A note of a file that grows note by note, and its number there, which grows too."""

    file: str
    number: int
    text: str


class Kept(NamedTuple):
    """What a copy has beside the entries of a lane: the SHA-256 of each file, and the last number of each file of notes."""

    files: dict[str, bytes]
    notes: dict[str, int]


class Copy(Sink, Protocol):
    """A sink that has all that a journal has: the octets of every entry, and what lies beside them."""

    async def kept(self, site: str, lane: str) -> Kept:
        """What it has beside the entries of a lane."""
        ...

    async def keep(
        self, site: str, lane: str, files: Mapping[str, bytes], notes: Iterable[Note], gone: Iterable[str]
    ) -> None:
        """Take files and notes, and let go of the files ``gone``, all or nothing. SinkError as `append`."""
        ...

    async def rewrite(self, batch: Batch) -> None:
        """Put entries in the place of those with the same numbers; what it does not have stays away. SinkError as `append`."""
        ...

    async def count(self, site: str, lane: str) -> int:
        """How many entries of a lane it has, removed ones too; it may take long."""
        ...

    async def lanes(self) -> list[tuple[str, str, int]]:
        """Site, name and last entry of each lane that it has."""
        ...


class Source(Protocol):
    """What a copy can be read back from."""

    async def lanes(self) -> list[tuple[str, str, int]]:
        """As a copy has it."""
        ...

    async def kept(self, site: str, lane: str) -> Kept:
        """As a copy has it."""
        ...

    def read_notes(self, site: str, lane: str) -> AsyncIterator[Note]:
        """The notes of a lane, by file and number."""
        ...

    def read_files(self, site: str, lane: str) -> AsyncIterator[tuple[str, bytes]]:
        """The files of a lane by name, which may be anything."""
        ...

    def read_entries(self, site: str, lane: str) -> AsyncIterator[tuple[int, int, bytes]]:
        """Segment, number and octets of each entry of a lane, in order."""
        ...
