"""What a verification found, as values: what was checked with its figures, what is wrong and where, what is proved by whom."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Outcome(StrEnum):
    """Of a verification as a whole: all is sound, something could not be checked, or something was changed."""

    VALID = "valid"
    INCOMPLETE = "incomplete"
    BROKEN = "broken"


class Wrong(StrEnum):
    """What can be wrong. `BROKEN` says which of these show that something was changed."""

    ROOT = "root"
    FRAME = "frame"
    SHRUNK = "shrunk"
    CONTRADICTION = "contradiction"
    SIGNATURE = "signature"
    CHECKPOINT = "checkpoint"
    HEADER = "header"
    TEXT_CHANGED = "text-changed"
    TORN_CHANGED = "torn-changed"
    OPENING_CHANGED = "opening-changed"
    UNRECORDED = "unrecorded"
    VALUES_CHANGED = "values-changed"
    ANCHOR_CHANGED = "anchor-changed"
    SEGMENT_MISSING = "segment-missing"
    ENTRIES_LOST = "entries-lost"
    TEXT_MISSING = "text-missing"
    TORN_MISSING = "torn-missing"
    VALUES_MISSING = "values-missing"
    OPENING_MISSING = "opening-missing"
    LANE_MISSING = "lane-missing"
    ANCHOR_MISSING = "anchor-missing"
    KEY_UNKNOWN = "key-unknown"
    UNSEALED = "unsealed"
    UNCHECKED = "unchecked"


BROKEN = frozenset(
    {
        Wrong.ROOT,
        Wrong.FRAME,
        Wrong.SHRUNK,
        Wrong.CONTRADICTION,
        Wrong.SIGNATURE,
        Wrong.CHECKPOINT,
        Wrong.HEADER,
        Wrong.TEXT_CHANGED,
        Wrong.TORN_CHANGED,
        Wrong.OPENING_CHANGED,
        Wrong.UNRECORDED,
        Wrong.VALUES_CHANGED,
        Wrong.ANCHOR_CHANGED,
    }
)


class Fault(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong: in which file, at which octet, from which entry on and up to which, and in more words."""

    wrong: Wrong
    file: str
    offset: int | None = None
    seq: int | None = None
    last: int | None = None
    detail: str = ""


class Voucher(Struct, frozen=True):
    """Somebody outside who vouches that the first ``size`` entries were as they are: the file, and the time if it says one.

    ``kind`` is ``file`` for a checkpoint kept elsewhere, or ``time-stamp``.
    """

    kind: str
    name: str
    size: int
    time: str | None = None


class Report(Struct, frozen=True):
    """A verification of one lane.

    ``sealed`` is the size of the largest checkpoint, ``last`` the number of the last entry; entries behind the seal, and
    behind the last voucher, are the operator's word. ``held`` says whether the key came from outside the journal.
    """

    outcome: Outcome
    origin: str
    site: str
    lane: str
    first: int
    last: int
    since: int | None
    until: int | None
    sealed: int
    held: bool
    keys: tuple[tuple[str, str], ...]
    counts: dict[str, int]
    vouchers: tuple[Voucher, ...]
    faults: tuple[Fault, ...]
    more_faults: int = 0
    resumed_at: int = 0


class SiteReport(Struct, frozen=True):
    """A verification of a site's log, and of every lane of the site.

    ``sealed`` is the size of the site's largest checkpoint, ``last`` how many heads of lanes the log has. ``elsewhere`` are lanes
    of other hosts, each with the entries under its last head: of these there are only the heads here.
    """

    outcome: Outcome
    origin: str
    site: str
    last: int
    sealed: int
    held: bool
    keys: tuple[tuple[str, str], ...]
    vouchers: tuple[Voucher, ...]
    faults: tuple[Fault, ...]
    lanes: tuple[Report, ...]
    elsewhere: tuple[tuple[str, int], ...] = ()


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of a whole whose parts have these."""
    found = set(outcomes)
    return next(
        one for one in (Outcome.BROKEN, Outcome.INCOMPLETE, Outcome.VALID) if one in found | {Outcome.VALID}
    )


def outcome_of(faults: list[Fault]) -> Outcome:
    """What faults make of the whole."""
    if any(fault.wrong in BROKEN for fault in faults):
        return Outcome.BROKEN
    return Outcome.INCOMPLETE if faults else Outcome.VALID
