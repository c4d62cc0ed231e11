"""Today: who was served and who was refused, what is new, whether anybody welcome was refused, and whether all is well."""

from collections import Counter
from contextlib import suppress
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.audit.cases import EVENT as CASE
from gateway.audit.index import Index
from gateway.console.decisions import yesterday
from gateway.console.filters import day_begins, sections
from gateway.console.health import health
from gateway.console.hours import HOUR, PERIODS, Group, Hour, Sort, new_agents
from gateway.console.plots import plotted
from gateway.console.sheets import sheet
from gateway.console.visit import Visit
from gateway.instants import rfc3339
from gateway.names import PURPOSES
from gateway.record import EntryError
from gateway.told.account import WELCOME
from gateway.vocabulary import Audience, Kind, Purpose

#: Operators and agents that are named, at most.
_TOP: Final = 8
#: Operators whose share of the refusals the first sentence says, where there are more.
_FIVE: Final = 5
#: Hours with entries that make no line yet: the one that runs is not drawn.
_LINE: Final = 2
#: An operator has a spike when it was refused so often, and so many times as often as in the period before.
_SPIKE, _TIMES = 100, 3


class Series(NamedTuple):
    """A line of the plot: its key among the words, its colour in the style sheet, whose decisions, whether those refused."""

    key: str
    colour: str
    audience: Audience
    refused: bool


#: What the plot shows: at most four lines.
SERIES: Final = (
    Series("series people", "--soft", Audience.PEOPLE, refused=False),
    Series("series welcome", "--allow", Audience.WELCOME, refused=False),
    Series("series ai served", "--license", Audience.AI, refused=False),
    Series("series ai refused", "--deny", Audience.AI, refused=True),
)


def today(visit: Visit) -> Response:
    """The page."""
    period = _period(visit)
    since = visit.now - PERIODS[period]
    with visit.console.review.index() as index:
        sums = visit.console.hours
        hours = sums.span(index, since, visit.now, visit.now)
        counts, seen = sums.counted(index, since, visit.now, visit.now)
        before, _ = sums.counted(index, since - PERIODS[period], since - since % HOUR, visit.now)
        fresh = new_agents(index, seen, since)
        cases = _cases(index, since - since % HOUR, visit.now)
        newest = index.written(index.last + 1) or 0
    midnight = day_begins(visit.clock.local(visit.now).date(), visit.policy.zone)
    days = (
        yesterday(visit) if any(hour is not None for at, hour in hours if at < midnight) else {"since": "24h"}
    )
    refused = Counter[str | None]()
    for group, n in counts.items():
        if group.refused:
            refused[group.operator] += n
    named = [(name, n) for name, n in refused.most_common() if name is not None]
    return visit.render(
        "today.html",
        period=period,
        periods=tuple(PERIODS),
        decided=sum(counts.values()),
        refused=sum(refused.values()),
        few=len(named) <= _FIVE,
        first_five=sum(n for _, n in named[:_FIVE]),
        operators=[_operator(name, n, counts) for name, n in named[:_TOP]],
        purposes=_purposes(visit, counts),
        welcome_refused=[
            (group, n) for group, n in counts.most_common() if _must_be_served(group) and group.refused
        ],
        plotted=sum(hour is not None for _, hour in hours) > _LINE,
        table=_table(visit, hours),
        series=[visit.say(one.key) for one in SERIES],
        agents=fresh[: _TOP * 2],
        more_agents=max(0, len(fresh) - _TOP * 2),
        impostors=[(group.operator, n) for group, n in counts.most_common() if group.kind == Kind.IMPOSTORS],
        spikes=_spikes(counts, before),
        cases=cases,
        health=health(visit, newest),
        days=days,
        sections=[(name, urlencode({"section": name, **days})) for name in sections(visit.policy)],
    )


def hours_sheet(visit: Visit) -> Response:
    """The plot as CSV: each hour's counts, and when it begins in UTC; the oldest first."""
    period = _period(visit)
    with visit.console.review.index() as index:
        hours = visit.console.hours.span(index, visit.now - PERIODS[period], visit.now, visit.now)
    rows = ((rfc3339(at), *(_sum(hour, one) for one in SERIES)) for at, hour in hours)
    names = [f"{one.audience.value}-{'refused' if one.refused else 'served'}" for one in SERIES]
    return sheet(visit, f"hours-{period}", ("hour", *names), rows)


def purposes_sheet(visit: Visit) -> Response:
    """Decisions by purpose, as CSV."""
    period = _period(visit)
    with visit.console.review.index() as index:
        counts, _ = visit.console.hours.counted(index, visit.now - PERIODS[period], visit.now, visit.now)
    rows = ((code, served, refused) for code, _, served, refused in _purposes(visit, counts))
    return sheet(visit, f"purposes-{period}", ("purpose", "served", "refused"), rows)


def data(visit: Visit) -> Response:
    """What the plot shows: the hours in seconds since 1970, and each line's counts; null where nothing was recorded."""
    since = visit.now - PERIODS[_period(visit)]
    with visit.console.review.index() as index:
        hours = visit.console.hours.span(index, since, visit.now, visit.now)
    if any(hour is not None for _, hour in hours[:-1]):
        hours.pop()  # the hour that runs is not over: as a point it would look like a fall
    begun = next((place for place, (_, hour) in enumerate(hours) if hour is not None), len(hours))
    lines = [
        [None if place < begun else _sum(hour, one) for place, (_, hour) in enumerate(hours)]
        for one in SERIES
    ]
    return plotted(
        visit, [at for at, _ in hours], {one.key: one.colour for one in SERIES}, lines, days=len(hours) > 48
    )


def _period(visit: Visit) -> str:
    wanted = visit.query.get("period", "")
    return wanted if wanted in PERIODS else next(iter(PERIODS))


def _sum(hour: Hour, series: Series) -> int:
    return 0 if hour is None else hour.get(Sort(series.audience, series.refused), 0)


def _table(visit: Visit, hours: list[tuple[int, Hour]]) -> list[tuple[str, list[int]]]:
    """The plot as a table: each hour, or each day where there are many; newest first."""
    clock = visit.clock
    days = len(hours) > 48
    rows: dict[str, list[int]] = {}
    for at, hour in hours:
        name = clock.day(at) if days else f"{clock.day(at)}, {clock.minute(at)}"
        row = rows.setdefault(name, [0] * len(SERIES))
        for place, one in enumerate(SERIES):
            row[place] += _sum(hour, one)
    return list(rows.items())[::-1]


def _must_be_served(group: Group) -> bool:
    """Whether such clients are welcome, whatever rule refused them: as `gateway.told.account` has it."""
    if group.faulty:
        return False
    return group.kind == Kind.PEOPLE or (
        group.kind == Kind.AGENTS and group.purpose in {one.value for one in WELCOME}
    )


def _operator(name: str, refused: int, counts: Counter[Group]) -> dict[str, Any]:
    violations = sum(n for group, n in counts.items() if group.operator == name and group.violation)
    return {"name": name, "refused": refused, "violations": violations}


def _purposes(visit: Visit, counts: Counter[Group]) -> list[tuple[str, str, int, int]]:
    """By purpose: its code, its name, how many were served, and how many refused; the most frequent first."""
    rows: dict[str, list[int]] = {}
    for group, n in counts.items():
        if group.purpose is not None:
            rows.setdefault(group.purpose, [0, 0])[group.refused] += n
    return [
        (
            code,
            PURPOSES[Purpose(code)].said(visit.language) if code in set(Purpose) else code,
            served,
            refused,
        )
        for code, (served, refused) in sorted(rows.items(), key=lambda row: (-sum(row[1]), row[0]))
    ]


def _spikes(counts: Counter[Group], before: Counter[Group]) -> list[tuple[str, int, int]]:
    """Operators refused much more often than in the period before: name, refused now, refused then."""
    now, then = Counter[str](), Counter[str]()
    for sums, groups in ((now, counts), (then, before)):
        for group, n in groups.items():
            if group.operator is not None and group.refused:
                sums[group.operator] += n
    return [
        (name, n, then[name]) for name, n in now.most_common() if n >= _SPIKE and n > _TIMES * then[name] > 0
    ]


def _cases(index: Index, since: int, until: int) -> list[dict[str, Any]]:
    """Events of readers who took more articles than anybody reads, newest first."""
    found = []
    for place in list(index.events((CASE,), since=since, until=until))[: -_TOP - 1 : -1]:
        with suppress(EntryError):
            found.append(index.printed(place))
    return found
