"""robots.txt (RFC 9309) of one host, from the policy's own rules and the origin's own file.

One group for everybody whom no other group names; one for each set of agents for whom the merged rules differ from that.
A group inherits nothing from `*`, so each says everything. Extension lines stand after the `User-agent` block and never
within it, where some readers would take them for its end. Control-only tokens (`Google-Extended`) have groups as every
agent has: no User-Agent carries them, and robots.txt is the only place that reaches them.
"""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Final

from gateway.agents import Agent
from gateway.licenses.license import License
from gateway.policy.faults import folder as faults
from gateway.policy.model import Host, Policy, Rule
from gateway.policy.place import Place, PolicyError, Problem
from gateway.policy.robots import Group, RobotsFile
from gateway.statements.address import LICENSE_PATH, site_of
from gateway.statements.areas import Area, areas
from gateway.statements.layers import entries_for, held, licensees, running, subjects
from gateway.statements.merge import Body, Entry, InexpressibleError, Leeway, OverworkedError, flatten
from gateway.statements.origin import (
    MOST_WORK,
    binds,
    left_out,
    sitemap_lines,
    unnamed,
    without_aliases,
)
from gateway.statements.statement import Statement
from gateway.statements.usage import content_signal, content_usage, usage_by_path
from gateway.vocabulary import Kind, Sentence, Use, Verdict

#: Robots.txt of RFC 9309 section 2.5 is read to 500 KiB at least; what lies beyond may be lost.
MOST_OCTETS: Final = 500 * 1024

#: Comments that say whether the origin's file is in it.
MERGED: Final = "# Termasuk robots.txt situs asal / with the site's own robots.txt"
NOT_MERGED: Final = (
    "# Tanpa robots.txt situs asal, yang tetap berlaku / without the site's own robots.txt, which holds too"
)


#: What was made for agents of whom the same is said.
Bodies = dict[tuple[object, ...], Body]


def render(statement: Statement, made: Bodies | None = None) -> str:
    """The whole text. Raises PolicyError with every pair of rules that no robots.txt can state together.

    An origin's file with which it would take too much work, or grow too long, is left out, and a comment says so: no file
    of the origin may keep the policy from being stated. ``made`` keeps what is made, and may be given again for the same
    statement as told to somebody else.
    """
    merged = _merged(statement, made)
    if merged is not None:
        return merged[0]
    return _text(statement, groups(statement, None, made), NOT_MERGED if _has_lines(statement.robots) else "")


def _has_lines(file: RobotsFile | None) -> bool:
    return file is not None and bool(file.groups or file.sitemaps)


def _merged(statement: Statement, made: Bodies | None = None) -> tuple[str, Leeway] | None:
    """The text with the origin's file in it, and what that took; None where it has nothing to say, or too much."""
    leeway = Leeway(MOST_WORK, MOST_OCTETS)
    if not _has_lines(statement.robots):
        return None
    try:
        text = _text(statement, groups(statement, leeway, made), MERGED)
    except OverworkedError:
        return None
    return (text, leeway) if len(text.encode()) <= MOST_OCTETS else None


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


def groups(statement: Statement, leeway: Leeway | None = None, made: Bodies | None = None) -> list[list[str]]:
    """The groups, the one for `*` first, those for tokens that only the origin names last. The origin's file is merged
    in if there is leeway for it. Raises PolicyError, or with leeway OverworkedError."""
    problems: dict[str, Problem] = {}
    known = {} if made is None else made
    parts = areas(statement.host)[1:]
    file = statement.robots if leeway is not None else None

    def body_for(agent: Agent | None, token: str | None) -> Body:
        """Agents about whom the same rules, licenses and lines of the origin speak have the same lines."""
        group = file.group(token) if file is not None else None
        key = (*spoken(statement, agent), group and (group.token, binds(agent)), leeway is None)
        if key not in known:
            known[key] = _body(statement, agent, problems, parts, group, leeway)
        if leeway is not None:
            leeway.write(known[key])
        return known[key]

    everybody = body_for(None, None)
    ours = tokens_of(statement.policy)
    bodies = {token: body_for(agent, token) for token, agent in ours.items()}
    others = {} if file is None else unnamed(statement.policy, file, ours)
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


def spoken(statement: Statement, agent: Agent | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys of the rules that speak of an agent, and its licenses: where both are the same, so are its lines."""
    host = statement.host
    keys = (*subjects(agent), *licensees(statement, agent))
    return (
        tuple(key for key in keys if key in host.tables or key in host.legal),
        tuple(one.id for one in held(statement, agent)),
    )


def unsayable(statement: Statement, agent: Agent) -> Problem | None:
    """Rules about an agent that no robots.txt can state together: the first pair of them."""
    try:
        flatten(entries_for(statement, agent))
    except InexpressibleError as found:
        return _problem(found, statement.host)
    return None


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
    paced = [*rates, *(f"license.{one.id}" for one in running(statement) if one.rate or one.quota)]
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
    if running(statement):
        said.append(
            "that a licensee must prove itself: its agents get `Allow`, the gate asks for the proof too"
        )
    if any(one.embargo is not None for one in running(statement)):
        said.append(
            "that an article must be older than the embargo of a license: its agents get `Allow` at once"
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
    merged = _merged(statement)
    if merged is None and _has_lines(file):
        return ("the origin's own robots.txt: to merge it takes too much work, or too many lines",)
    return left_out(file, Leeway() if merged is None else merged[1])


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
        single for one in held(statement, agent) for use in one.uses for single in use.single
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


def tokens_of(policy: Policy) -> dict[str, Agent]:
    """Each token of robots.txt with its agent. People read no robots.txt, whatever stack their application names."""
    found: dict[str, Agent] = {}
    taken: set[str] = set()
    for agent in sorted(policy.agents, key=lambda agent: (agent.robots or "").casefold()):
        if (
            agent.robots is not None
            and agent.kind is not Kind.PEOPLE
            and agent.robots.casefold() not in taken
        ):
            taken.add(agent.robots.casefold())
            found[agent.robots] = agent
    return found


def _may_be_mistaken(token: str, named: set[str]) -> bool:
    """Whether a reader that compares beginnings, as several do, would take another's group for this agent's."""
    folded = token.casefold()
    return any(folded[:length] in named for length in range(1, len(folded) + 1))


def _problem(found: InexpressibleError, host: Host) -> Problem:
    return faults.INEXPRESSIBLE.at(
        _place(found.higher) or _place(found.lower) or Place("site.yaml", 1, 1),
        host=host.pattern,
        higher=_origin(found.higher),
        lower=_origin(found.lower),
        common=found.common,
        pattern=found.lower.text,
    )


def _origin(entry: Entry) -> Sentence:
    place = _place(entry)
    match entry.origin:
        case Rule(id=name):
            return faults.RULE.filled(name=name, place=place)
        case License(id=name):
            return faults.LICENSE.filled(name=name, place=place)
        case _:
            return faults.PASSED_PATH.filled(path=entry.text)


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
