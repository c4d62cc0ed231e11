"""Who waits when the origin has all it can do: a table, and the refusal that comes of it.

Theory of operation. Whoever costs a reader nothing is served; when the origin is asked for so much at once that readers
would wait, machines make way, those without a license for AI first, then scripts and crawlers that nobody knows. A rank may
fill the origin up to its share (`SHARES`) and is refused beyond that, so what is above the share is always free for those
of no rank: people, search and every other welcome crawler, licensees, and paths that are passed to everybody. Nothing is
queued: a request goes to the origin at once, or is told to come back.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Final

from gateway.decision import RATE_STATUS, Decision
from gateway.identify.identity import Identity
from gateway.vocabulary import Audience, Kind, Reason, Verdict

#: The reserved rule of such refusals.
RULE: Final = "load"


class Rank(StrEnum):
    """Those that make way; the first goes first."""

    AI = "ai"
    STRANGERS = "strangers"


#: Which share of the requests that the origin is asked at once may be under way when one more of a rank is let pass.
SHARES: Final = {Rank.AI: 0.5, Rank.STRANGERS: 0.75}


def rank_of(identity: Identity, decision: Decision) -> Rank | None:
    """The rank of a client that is let pass; None if it never makes way."""
    if decision.audience is Audience.PEOPLE or decision.license or decision.reasons[0] is Reason.PASSED_PATH:
        return None
    if decision.audience is Audience.AI:
        return Rank.AI
    if identity.kind is Kind.TOOLS or (identity.kind is Kind.AGENTS and identity.purpose is None):
        return Rank.STRANGERS
    return None


def shed(rank: Rank, decision: Decision, *, asked: int, most: int, full: bool) -> Decision | None:
    """The refusal in place of a decision that lets pass, None where it may stand.

    The origin is asked for ``asked`` answers just now, of at ``most`` so many; ``full``: as many of them as one address may
    have are this client's. No mode changes it: in observe too the origin can do no more than it can.
    """
    if full:
        return _refusal(decision, RATE_STATUS, Reason.ADDRESS_BUSY)
    if asked >= most * SHARES[rank]:
        return _refusal(decision, 503, Reason.ORIGIN_BUSY)
    return None


@lru_cache(maxsize=1024)
def _refusal(decision: Decision, status: int, reason: Reason) -> Decision:
    return Decision(Verdict.DENY, status, RULE, (reason, *decision.reasons), decision.audience)
