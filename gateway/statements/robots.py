"""robots.txt (RFC 9309) of one host, from the policy's own rules and the origin's own file.

One group for everybody whom no other group names; one for each set of agents for whom the merged rules differ from that.
A group inherits nothing from `*`, so each says everything. Extension lines stand after the `User-agent` block and never
within it, where some readers would take them for its end. Control-only tokens (`Google-Extended`) have groups as every
agent has: no User-Agent carries them, and robots.txt is the only place that reaches them.
"""

import textwrap
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from gateway.agents import Agent
from gateway.identify import subjects_of
from gateway.identify.claim import Claim
from gateway.instants import utc
from gateway.licenses.license import License
from gateway.policy.model import ALWAYS_PASSED, OWN_PATHS, Host, Policy, Rule, Subject
from gateway.policy.paths import PathTable, Pattern
from gateway.policy.place import Place, PolicyError, Problem
from gateway.policy.robots import Group
from gateway.statements.address import LICENSE_PATH, site_of
from gateway.statements.areas import Area, areas
from gateway.statements.globs import TangledError, glob_of, walking
from gateway.statements.merge import Entry, InexpressibleError, Leeway, OverworkedError, flatten, within
from gateway.statements.origin import (
    MOST_WORK,
    binds,
    left_out,
    sitemap_lines,
    stricter,
    unnamed,
    without_aliases,
)
from gateway.statements.statement import Statement
from gateway.statements.usage import content_signal, content_usage, usage_by_path
from gateway.vocabulary import USE_OF, Kind, Use, Verdict

#: Robots.txt of RFC 9309 section 2.5 is read to 500 KiB at least; what lies beyond may be lost.
MOST_OCTETS: Final = 500 * 1024

# Our own documents, which whoever may read this may read too; of itself RFC 9309 section 2.2.2 says so.
_OWN: Final = tuple(Pattern(f"{path}$") for path in sorted(OWN_PATHS - {"/robots.txt"}))

#: Paths that are open to everybody, whatever the origin says: what machines look for under these names is meant for them.
_ALWAYS: Final = frozenset(map(Pattern, ALWAYS_PASSED))

#: Comments that say whether the origin's file is in it.
MERGED: Final = "# Termasuk robots.txt situs asal / with the site's own robots.txt"
NOT_MERGED: Final = (
    "# Tanpa robots.txt situs asal, yang tetap berlaku / without the site's own robots.txt, which holds too"
)

# Layers of the gate's order. Subjects have those below; each license takes two.
_PASSED_BELOW: Final = 9
_LICENSES: Final = 10
_LICENSEES: Final = 800_000  # rules about those who hold a license
_LEGAL: Final = 900_000
_PASSED: Final = 1_000_000

#: The lines of a group below its `User-agent` block.
Body = tuple[str, ...]


def render(statement: Statement) -> str:
    """The whole text. Raises PolicyError with every pair of rules that no robots.txt can state together.

    An origin's file with which it would take too much work, or grow too long, is left out, and a comment says so: no file
    of the origin may keep the policy from being stated.
    """
    file = statement.robots
    has_lines = file is not None and bool(file.groups or file.sitemaps)
    if has_lines:
        try:
            text = _text(statement, groups(statement, Leeway(MOST_WORK)), MERGED)
        except OverworkedError:
            text = ""
        if 0 < len(text) <= MOST_OCTETS:
            return text
    return _text(statement, groups(statement), NOT_MERGED if has_lines else "")


def _text(statement: Statement, its_groups: list[list[str]], remark: str) -> str:
    sitemaps = sitemap_lines(statement.robots) if statement.robots is not None else []
    return "\n".join(
        [
            *_heading(statement),
            *([remark] if remark else []),
            *_license_line(statement),
            *(["", *sitemaps] if sitemaps else []),
            *(line for group in its_groups for line in ("", *group)),
            "",
        ]
    )


def groups(statement: Statement, leeway: Leeway | None = None) -> list[list[str]]:
    """The groups, the one for `*` first, those for tokens that only the origin names last. The origin's file is merged
    in if there is leeway for it. Raises PolicyError, or with leeway OverworkedError."""
    problems: dict[str, Problem] = {}
    made: dict[tuple[object, ...], Body] = {}
    parts = areas(statement.host)[1:]
    file = statement.robots if leeway is not None else None

    def body_for(agent: Agent | None, token: str | None) -> Body:
        """Agents about whom the same rules, licenses and lines of the origin speak have the same lines."""
        group = file.group(token) if file is not None else None
        subjects = (*_subjects(agent), *_licensees(statement, agent))
        spoken = [key for key in subjects if key in statement.host.tables or key in statement.host.legal]
        held = (one.id for one in _held(statement, agent))
        key = (tuple(spoken), tuple(held), group and (group.token, binds(agent)))
        if key not in made:
            made[key] = _body(statement, agent, problems, parts, group, leeway)
        return made[key]

    everybody = body_for(None, None)
    tokens = _tokens(statement.policy)
    bodies = {token: body_for(agent, token) for token, agent in tokens.items()}
    others = {} if file is None else unnamed(statement.policy, file, tokens)
    theirs = {token: body_for(agent, token) for token, agent in others.items()}
    if problems:
        raise PolicyError(tuple(sorted(problems.values(), key=lambda problem: problem.place)))
    named = {token.casefold() for token, body in (bodies | theirs).items() if body != everybody}
    # A reader that takes the first group whose token occurs in its name must find ours before a stranger's.
    return [
        ["User-agent: *", *everybody],
        *_blocks(bodies, everybody, named),
        *_blocks(theirs, everybody, named),
    ]


def _blocks(bodies: Mapping[str, Body], everybody: Body, named: set[str]) -> list[list[str]]:
    sharing: dict[Body, list[str]] = {}
    for token, body in bodies.items():
        if body != everybody or _may_be_mistaken(token, named):
            sharing.setdefault(body, []).append(token)
    blocks = [[*(f"User-agent: {token}" for token in tokens), *body] for body, tokens in sharing.items()]
    return sorted(blocks, key=lambda block: block[0].casefold())


def _paced(statement: Statement) -> list[str]:
    """How fast one may come: robots.txt has no field for it that is standard."""
    rates = statement.host.rates
    paced = [*rates, *(f"license.{one.id}" for one in running(statement) if one.rate is not None)]
    named = ", ".join(f"`{rule}`" for rule in paced)
    return [f"how fast one may come, which 429 and `RateLimit` say: {named}"] if paced else []


def omits(statement: Statement) -> tuple[str, ...]:
    """What robots.txt cannot say of this host."""
    host, said = statement.host, []
    if any(verdict is Verdict.LICENSE for verdict in host.uses.values()) or any(
        rule.verdict is Verdict.LICENSE for rule in host.rules
    ):
        said.append(
            "that a license is on offer: what needs one is published as `Disallow`, and license.xml says it"
        )
    said += _paced(statement)
    apart = [
        rule.id
        for rule in host.rules
        if rule.verdict is not Verdict.ALLOW
        and any(subject.key in {"kind:people", "kind:impostors"} for subject in rule.subjects)
    ]
    if apart:
        named = ", ".join(f"`{rule}`" for rule in dict.fromkeys(apart))
        said.append(f"rules about people and impostors, who read no robots.txt: {named}")
    closed = [rule.id for rule in host.rules if rule.order is not None]
    if closed:
        named = ", ".join(f"`{rule}`" for rule in dict.fromkeys(closed))
        said.append(f"that a legal order closes a page: it is published as `Disallow` ({named})")
    silent = [
        agent
        for agent in statement.policy.agents
        if agent.kind is not Kind.PEOPLE
        and agent.robots is None
        and entries_for(statement, agent) != entries_for(statement, None)
    ]
    if silent:
        said.append(f"what is refused to {len(silent)} agents and tools that have no robots.txt token")
    if host.uses.get(Use.AI_INDEX, Verdict.ALLOW) is not host.uses.get(Use.AI_INPUT, Verdict.ALLOW):
        said.append(
            "`ai-index` apart from `ai-input`: to `Content-Usage` and `Content-Signal` both are one, and the stricter is said"
        )
    if any(one.addresses for one in running(statement)):
        said.append(
            "that a licensee must prove itself: its agents get `Allow`, the gate asks for the proof too"
        )
    starred = [pattern.text for pattern, _ in host.passed.rows() if "*" in pattern.text]
    if starred:
        said.append("passed paths with `*`, which are read without their query: " + ", ".join(starred))
    if site_of(host) is None:
        said.append("where license.xml is: `License` takes one whole address; the field `Link` says it")
    return (*said, *_origin_omits(statement))


def _origin_omits(statement: Statement) -> tuple[str, ...]:
    file = statement.robots
    if file is None:
        return ("the origin's own robots.txt, which was not read: where it is known it is merged into this",)
    if NOT_MERGED in render(statement).splitlines():
        return ("the origin's own robots.txt: to merge it takes too much work, or too many lines",)
    leeway = Leeway(MOST_WORK)
    groups(statement, leeway)
    return left_out(file, leeway)


def running(statement: Statement) -> list[License]:
    """The licenses in force for this host at the statement's instant."""
    pattern = statement.host.pattern
    return [
        one
        for one in statement.policy.licenses
        if one.begins <= statement.at < one.ends and (not one.hosts or pattern in one.hosts)
    ]


def entries_for(
    statement: Statement, agent: Agent | None, group: Group | None = None, leeway: Leeway | None = None
) -> list[Entry]:
    """All that the policy says about an agent (None: a crawler that nothing names), each entry with its rank; with a
    group of the origin's file, for which there must be leeway, all that both say."""
    host = statement.host
    subjects = _subjects(agent)
    licensees = _licensees(statement, agent)
    entries: list[Entry] = []
    for layer, key in enumerate(reversed(subjects)):
        entries += _ruled(host.tables.get(key), layer)
    passed = [pattern for pattern, _ in host.passed.rows() if "*" not in pattern.text]
    if group is not None and leeway is not None:
        if not binds(agent):
            # The gate passes these on for everybody; to a welcome crawler the origin may say that it wants none there.
            entries += [_open(pattern, _PASSED_BELOW) for pattern in passed if pattern not in _ALWAYS]
            passed = [pattern for pattern in passed if pattern in _ALWAYS]
        entries = stricter(entries, group, leeway)
    for number, one in enumerate(_held(statement, agent)):
        layer = _LICENSES + 2 * number
        below = tuple(entries)
        entries += [
            Entry(text, True, (layer, (len(text),)), one) for text in [p.text for p in one.on] or ["/"]
        ]
        entries += [
            back for p in one.excepted for entry in below for back in _back(entry, p.text, layer + 1, leeway)
        ]
    for key in licensees:
        entries += _ruled(host.tables.get(key), _LICENSEES)
    for key in (*subjects, *licensees):
        entries += _ruled(host.legal.get(key), _LEGAL)
    entries += [_open(pattern, _PASSED) for pattern in (*_OWN, *passed)]
    return entries


def _open(pattern: Pattern, layer: int) -> Entry:
    return Entry(pattern.text, True, (layer, (pattern.octets,)), pattern)


def _back(entry: Entry, pattern: str, layer: int, leeway: Leeway | None) -> list[Entry]:
    """An entry on the paths that a license excepts."""
    if leeway is None:
        return within(entry, pattern, layer)
    leeway.spend(walking(entry.glob, glob_of(pattern)))
    try:
        return within(entry, pattern, layer)
    except TangledError:  # closing all of it is stricter, and so is opening none of it
        leeway.inexact[entry.text, pattern] = None
        return [] if entry.allow else [entry._replace(rank=(layer, entry.rank))]


def next_change(policy: Policy, at: datetime) -> datetime | None:
    """The first instant after ``at`` at which a license or a rule begins or ends, and with it the text; None if none does."""
    days = [day for one in policy.licenses for day in (one.begins, one.ends)]
    days += [utc(change) for change in {change for host in policy.hosts for change in host.changes}]
    return min((day for day in days if day > at), default=None)


def _subjects(agent: Agent | None) -> tuple[str, ...]:
    """The keys of the rules about an agent, as the gate has them."""
    if agent is None:
        return subjects_of(Claim(Kind.AGENTS, unknown=True))
    return subjects_of(Claim(agent.kind, agent.name, agent.operator, agent.purpose, agent.also))


def _ruled(table: PathTable[Rule] | None, layer: int) -> list[Entry]:
    """The rules of one subject. A pattern may begin with a star, robots.txt lines begin with a slash."""
    entries = []
    for pattern, rule in table.rows() if table is not None else ():
        allow = rule.verdict is Verdict.ALLOW
        entry = Entry(pattern.text, allow, (layer, (pattern.octets, allow)), rule)
        entries += [entry] if pattern.text.startswith("/") else _slashed(entry)
    return entries


def _licensees(statement: Statement, agent: Agent | None) -> list[str]:
    """The keys of rules about the licenses that an agent may prove, whatever they cover."""
    if agent is None:
        return []
    at, held = statement.at, statement.policy.licenses
    return [
        Subject.license(one.id).key for one in held if one.begins <= at < one.ends and one.names(agent.name)
    ]


def _slashed(entry: Entry) -> list[Entry]:
    return [back._replace(rank=entry.rank) for back in within(entry, "/", 0)]


def _held(statement: Statement, agent: Agent | None) -> list[License]:
    """The licenses under which this agent may come, for the use that its purpose is."""
    if agent is None:
        return []
    use = USE_OF.get(agent.purpose) if agent.purpose else None
    return [
        one
        for one in running(statement)
        if one.names(agent.name) and (use is None or any(use in permitted.single for permitted in one.uses))
    ]


def _body(
    statement: Statement,
    agent: Agent | None,
    problems: dict[str, Problem],
    parts: tuple[Area, ...],
    group: Group | None,
    leeway: Leeway | None,
) -> Body:
    try:
        entries = flatten(entries_for(statement, agent, group, leeway), leeway)
        if leeway is not None:
            entries = without_aliases(entries, leeway)
    except InexpressibleError as found:
        problem = _problem(found, statement.host)
        problems[str(problem)] = problem
        return ()
    unsaid: frozenset[Use] = frozenset(
        single for one in _held(statement, agent) for use in one.uses for single in use.single
    )
    policy, host = statement.policy, statement.host
    usage, wishes = content_usage(policy, host, unsaid), content_signal(policy, host, unsaid)
    lines = [f"Content-Signal: {wishes}"] if wishes else []
    lines += [f"Content-Usage: {usage}"] if usage else []
    # What may not be fetched has no preference (attach-05 section 4).
    closed = {entry.text for entry in entries if not entry.allow}
    lines += [
        f"Content-Usage: {path} {said}"
        for path, said in usage_by_path(policy, host, parts, unsaid)
        if path not in closed
    ]
    lines += [f"Crawl-delay: {group.delay}"] if group is not None and group.delay is not None else []
    entries.sort(key=lambda entry: (entry.text, entry.allow))
    lines += [f"{'Allow' if entry.allow else 'Disallow'}: {entry.text}" for entry in entries]
    return (*lines, *([] if entries else ["Allow: /"]))


def _tokens(policy: Policy) -> dict[str, Agent]:
    """Each token of robots.txt with its agent. People read no robots.txt, whatever stack their application names."""
    tokens: dict[str, Agent] = {}
    taken: set[str] = set()
    for agent in sorted(policy.agents, key=lambda agent: (agent.robots or "").casefold()):
        if (
            agent.robots is not None
            and agent.kind is not Kind.PEOPLE
            and agent.robots.casefold() not in taken
        ):
            taken.add(agent.robots.casefold())
            tokens[agent.robots] = agent
    return tokens


def _may_be_mistaken(token: str, named: set[str]) -> bool:
    """Whether a reader that compares beginnings, as several do, would take another's group for this agent's."""
    folded = token.casefold()
    return any(folded.startswith(other) for other in named)


def _problem(found: InexpressibleError, host: Host) -> Problem:
    higher, lower = _origin(found.higher), _origin(found.lower)
    return Problem(
        _place(found.higher) or _place(found.lower) or Place("site.yaml", 1, 1),
        f"robots.txt of `{host.pattern}` cannot say {higher} and {lower} together: on `{found.common}` the first decides, "
        f"but `{found.lower.text}` is longer, and the longer pattern wins there",
        f"write a shorter pattern in place of `{found.lower.text}`, or write the exception out without `*`",
    )


def _origin(entry: Entry) -> str:
    place = _place(entry)
    match entry.origin:
        case Rule(id=name):
            return f"rule `{name}` ({place})"
        case License(id=name):
            return f"license `{name}` ({place})"
        case _:
            return f"the passed path `{entry.text}`"


def _place(entry: Entry) -> Place | None:
    return entry.origin.place if isinstance(entry.origin, Rule | License) else None


def _license_line(statement: Statement) -> Iterable[str]:
    """RSL 1.0 section 4: an absolute address, before the first group, or it would belong to the last one."""
    site = site_of(statement.host)
    return ("", f"License: {site}{LICENSE_PATH}") if site is not None else ()


def _heading(statement: Statement) -> Iterable[str]:
    """Comment lines: whose terms these are, the notice, and whom to ask."""
    rights = statement.policy.rights
    yield from _comment(f"robots.txt · {statement.host.pattern} · {rights.publication or rights.holder}")
    yield "#"
    yield from _comment(rights.notice.id)
    yield from _comment(f"({rights.notice.en})")
    yield "#"
    yield from _comment(f"Izin tertulis / written permission: {rights.contact}")
    if rights.terms is not None:
        yield from _comment(f"Ketentuan / terms: {rights.terms}")


def _comment(text: str) -> list[str]:
    """Text as comment lines; whatever could end a line for some reader is a space."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    wrapped = textwrap.wrap(plain, 96, break_long_words=False, break_on_hyphens=False)
    return [f"# {line}" for line in wrapped]
