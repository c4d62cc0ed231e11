"""The figures of a worker: what it has counted since its start, how it stands now, and the sum over several."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, field

from gateway.proxy.families import FAMILIES, TOTAL
from gateway.proxy.unnamed import Unnamed
from gateway.warned import Warned

#: The labels of a decision: audience, kind, purpose, verdict, enforced, status.
Key = tuple[str, str, str, str, str, str]


class Figures(Struct):
    """Decisions by their labels, outcomes by how they ended, signatures by what was found, octets sent: these only grow.
    ``gauges`` are figures by their metric's name (`gateway.proxy.families`), of which some only grow too, ``warnings`` what an operator should know, ``unnamed`` a proxy
    that nobody named, ``resident`` octets of memory by process."""

    decisions: list[tuple[Key, int]] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    signatures: dict[str, int] = field(default_factory=dict)
    octets: int = 0
    gauges: dict[str, float] = field(default_factory=dict)
    warnings: tuple[Warned, ...] = ()
    unnamed: Unnamed | None = None
    resident: dict[str, int] = field(default_factory=dict)
    operators: list[tuple[tuple[str, str], int]] = field(default_factory=list)
    welcome_refused: dict[str, int] = field(default_factory=dict)

    @property
    def past(self) -> "Figures":
        """What stays counted when the worker has ended."""
        grown = {name: value for name, value in self.gauges.items() if name.endswith(TOTAL)}
        return Figures(
            self.decisions,
            self.outcomes,
            self.signatures,
            self.octets,
            grown,
            operators=self.operators,
            welcome_refused=self.welcome_refused,
        )


def together(figures: Iterable[Figures]) -> Figures:
    """The figures of several workers as those of one."""
    every = list(figures)
    decisions: Counter[Key] = Counter()
    outcomes: Counter[str] = Counter()
    signatures: Counter[str] = Counter()
    operators: Counter[tuple[str, str]] = Counter()
    welcome_refused: Counter[str] = Counter()
    gauges: dict[str, float] = {}
    for one in every:
        decisions.update(dict(one.decisions))
        outcomes.update(one.outcomes)
        signatures.update(one.signatures)
        operators.update(dict(one.operators))
        welcome_refused.update(one.welcome_refused)
        for name, value in one.gauges.items():
            known = gauges.get(name, 0.0)
            highest = name in FAMILIES and FAMILIES[name].highest
            gauges[name] = max(known, value) if highest else known + value
    found = [one.unnamed for one in every if one.unnamed is not None]
    return Figures(
        list(decisions.items()),
        dict(outcomes),
        dict(signatures),
        sum(one.octets for one in every),
        gauges,
        tuple(dict.fromkeys(warning for one in every for warning in one.warnings)),
        max(found, key=lambda one: one.share, default=None),
        {name: octets for one in every for name, octets in one.resident.items()},
        list(operators.items()),
        dict(welcome_refused),
    )


def resident() -> int:
    """Octets of memory that this process has in use; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
