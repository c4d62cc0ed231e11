"""The origin's own robots.txt, merged into the rules of the policy.

Theory of operation. What may be fetched is what both allow. Take a path, the policy's entry that decides there and the
origin's: where the policy's denies, the origin has nothing to add; where it allows, the origin's decides. So a denying
entry of the policy stays as it is, and below an allowing one (silence is one too) stand the origin's lines, each kept
within that entry's paths, ranked first as the policy's entry is and then as the origin ranks them. The highest rank gives
the stricter verdict, which is all that `gateway.statements.merge` asks of entries.

The file is a stranger's text. Nothing of it is copied but patterns in printable ASCII, product tokens, the number of a
`Crawl-delay` and addresses of sitemaps; its groups are not copied at all, but asked what they say to an agent.
"""

from collections.abc import Iterable
from typing import Final

from gateway.agents import Agent
from gateway.policy.globs import TangledError, holds, meet, overlap, pattern_of, walking
from gateway.policy.model import Policy
from gateway.policy.robots import Group, Line, RobotsFile
from gateway.statements.merge import Entry, Leeway, Rank, by_length, near_of, within
from gateway.vocabulary import AI_PURPOSES, Kind, Purpose

#: Comparisons that merging one file into a host's rules may take: seconds at most, in a thread of its own.
MOST_WORK: Final = 1_500_000
#: Stars in one pattern; what stands behind more of them is not worked with.
MOST_STARS: Final = 24
#: Octets of `Sitemap` lines.
MOST_SITEMAPS: Final = 64 * 1024

_INDEX: Final = "/index.html"
#: Entries of the policy have ranks from zero; this is silence.
_SILENCE: Final[Rank] = (-1, ())
#: Purposes on which the gate enforces the origin's file; unlisted crawlers join them.
_BOUND: Final = AI_PURPOSES | {Purpose.SEO}


def binds(agent: Agent | None) -> bool:
    """Whether the gate enforces the origin's file on this agent (None: a crawler that nothing names)."""
    return agent is None or (agent.kind is Kind.AGENTS and agent.purpose in _BOUND)


def stricter(entries: Iterable[Entry], group: Group, leeway: Leeway) -> list[Entry]:
    """Entries of the policy with what the origin's group forbids besides. Raises OverworkedError."""
    lines = [entry for line in group.lines for entry in _entries(line, leeway)]
    near = near_of(lines, leeway)
    both = []
    for entry in (Entry("/", True, _SILENCE, None), *entries):
        both.append(_ranked(entry, entry.text, entry.allow, entry.rank, ()))
        if entry.allow:
            for line in near(entry.glob):
                both += [
                    _ranked(line, text, line.allow, entry.rank, line.rank)
                    for text in _common(entry, line, leeway)
                ]
    return both


def without_aliases(entries: list[Entry], leeway: Leeway) -> list[Entry]:
    """A flat list without the lines that allow an `index.html` of a folder that is closed: Google and others read such a
    line as one that allows the folder's own page too."""
    kept = []
    for entry in entries:
        if (
            entry.allow
            and entry.text.endswith(_INDEX)
            and _closed(entry.text.removesuffix(_INDEX[1:]), entries)
        ):
            leeway.inexact[entry.text, entry.text.removesuffix(_INDEX[1:])] = None
        else:
            kept.append(entry)
    return kept


def _closed(folder: str, entries: list[Entry]) -> bool:
    """Whether a line that is no longer than the one made up for the folder closes it, or some folder of a pattern."""
    opened = [by_length(entry) for entry in entries if entry.allow and holds(entry.glob, folder)]
    return any(
        not entry.allow
        and len(entry.text) <= len(folder) + 1
        and overlap(entry.glob, folder)
        and max(opened, default=(0, True)) < by_length(entry)
        for entry in entries
    )


def unnamed(policy: Policy, file: RobotsFile, named: Iterable[str]) -> dict[str, Agent | None]:
    """The tokens of the origin's groups that are not among those ``named``, with the agent that each is, if any.

    A token may also be a name by which the catalogue knows an agent that has no token, or another one.
    """
    taken = {"*", *(token.casefold() for token in named)}
    known: dict[str, Agent] = {}
    for agent in (one for one in policy.agents if one.kind is not Kind.PEOPLE):
        for name in (agent.name, *(token.strip("^*") for token in agent.match)):
            known.setdefault(name.casefold(), agent)
    return {group.token: known.get(name) for name, group in file.groups.items() if name not in taken}


def sitemap_lines(file: RobotsFile) -> list[str]:
    """The lines that name the sitemaps, as many as there is room for."""
    lines, room = [], MOST_SITEMAPS
    for address in file.sitemaps:
        line = f"Sitemap: {address}"
        room -= len(line) + 1
        if room >= 0:
            lines.append(line)
    return lines


def left_out(file: RobotsFile, leeway: Leeway) -> tuple[str, ...]:
    """What of the origin's file is not said, or not exactly."""
    said = []
    if file.unread:
        said.append(
            f"other records of the origin's robots.txt: {_listed([f'`{one}`' for one in file.unread], 8)}"
        )
    kept = len(sitemap_lines(file))
    if kept < len(file.sitemaps):
        said.append(
            f"{len(file.sitemaps) - kept} of the origin's {len(file.sitemaps)} sitemaps: too long a list"
        )
    if leeway.inexact:
        pairs = [f"`{higher}` on `{lower}`" for higher, lower in leeway.inexact]
        said.append(f"exactly, so that more is published as closed than is: {_listed(pairs, 4)}")
    return tuple(said)


def _listed(names: list[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _entries(line: Line, leeway: Leeway) -> list[Entry]:
    """A line as entries. One that begins with a star is kept within `/`, for robots.txt lines begin so."""
    text, allow = line.pattern.text, line.allow
    rank = (0, (line.pattern.octets, allow))
    if text.count("*") > MOST_STARS:
        leeway.inexact[text, text] = None
        if allow:
            return []  # opening nothing is stricter, and so is closing all that begins so:
        text = "*".join(text.split("*")[:MOST_STARS])
    entry = Entry(text, allow, rank, line)
    if text.startswith("/"):
        return [entry]
    leeway.spend(walking(entry.glob, "/*"))
    return [back._replace(rank=rank) for back in within(entry, "/", 0)]


def _common(entry: Entry, line: Entry, leeway: Leeway) -> list[str]:
    leeway.spend(walking(entry.glob, line.glob))
    try:
        return [pattern_of(glob) for glob in meet(entry.glob, line.glob)]
    except TangledError:
        leeway.inexact[entry.text, line.text] = None
        # Closing all of the line is stricter than closing what both have in common.
        return [] if line.allow else [line.text]


def _ranked(entry: Entry, text: str, allow: bool, rank: Rank, line: object) -> Entry:
    return Entry(text, allow, (rank[0], (rank[1], line)), entry.origin)
