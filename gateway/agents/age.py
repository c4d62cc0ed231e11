"""How old the facts about agents are: each has the day on which its source was read."""

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from gateway.agents.agent import Agent

#: Days after which facts about agents are worth another look: crawlers come, move and change their purpose.
STALE_DAYS: Final = 180


class Age(NamedTuple):
    """The days on which the newest and the oldest fact of some agents were read from their sources."""

    newest: date
    oldest: date


def age_of(agents: Iterable[Agent]) -> Age | None:
    """The age of the facts about these agents; None if none of them has a date, as a site's own need not."""
    days = [agent.checked for agent in agents if agent.checked is not None]
    return Age(max(days), min(days)) if days else None


def checked_before(agents: Iterable[Agent], day: date) -> list[tuple[date, Agent]]:
    """The agents whose facts were last read before a day, each with that day, the oldest first."""
    found = [(agent.checked, agent) for agent in agents if agent.checked is not None and agent.checked < day]
    return sorted(found, key=lambda one: (one[0], one[1].name.casefold()))
