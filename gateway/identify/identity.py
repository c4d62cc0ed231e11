"""Who a client is, as far as it is borne out: claim, evidence, and what they add up to."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from gateway.frozen import Frozen
from gateway.value import Hashed
from gateway.vocabulary import Assurance, Kind, Purpose, Reason


class Lookup(NamedTuple):
    """A question for the world, such as ``("dns", "66.249.66.1 googlebot.com")``: hashable, and so cached.

    A request does not wait for the answer unless ``waits``: where nothing follows from it at once, the next one has it.
    """

    kind: str
    key: str
    waits: bool = True


class Unavailable(NamedTuple):
    """The answer to a question that could not be answered in time. A failure is a fact, not an exception."""

    why: str


Facts = Mapping[Lookup, object]


class Evidence(Frozen, frozen=True):
    """What one probe found. ``detail`` is short and already safe to show (an id, a list's name and date)."""

    probe: str
    finding: Reason
    detail: str = ""


class Identity(Hashed):
    """Who a client is taken for, and why.

    ``agent``, ``operator`` and ``purpose`` are None where nothing is claimed or the catalogue does not know;
    ``name`` is the token an unknown crawler gives itself (cut, printable ASCII). ``proved`` lists the ids of the
    licenses whose proof the client gave. ``subjects`` are the keys of rules that may speak of it, most specific
    first (see `gateway.policy.model.Subject`); ``claimed`` the keys of what a contradicted client said it was.
    ``robots`` is the product token by which robots.txt speaks of the agent.
    """

    __slots__ = (
        "agent",
        "also",
        "assurance",
        "claimed",
        "evidence",
        "kind",
        "name",
        "operator",
        "proved",
        "purpose",
        "robots",
        "subjects",
        "unknown",
    )

    def __init__(
        self,
        kind: Kind,
        assurance: Assurance,
        agent: str | None = None,
        operator: str | None = None,
        purpose: Purpose | None = None,
        also: tuple[Purpose, ...] = (),
        name: str | None = None,
        unknown: bool = False,
        evidence: tuple[Evidence, ...] = (),
        proved: tuple[str, ...] = (),
        subjects: tuple[str, ...] = ("kind:people", "everyone"),
        claimed: tuple[str, ...] = (),
        robots: str | None = None,
    ) -> None:
        super().__init__()
        self.kind: Final = kind
        self.assurance: Final = assurance
        self.agent: Final = agent
        self.operator: Final = operator
        self.purpose: Final = purpose
        self.also: Final = also
        self.name: Final = name
        self.unknown: Final = unknown
        self.evidence: Final = evidence
        self.proved: Final = proved
        self.subjects: Final = subjects
        self.claimed: Final = claimed
        self.robots: Final = robots
