"""Files → Policy, or every problem they have.

Theory of operation. Each file is read as far as it can be (`source`, `reader`), then the files are held against each
other (`crosscheck`, `overlaps`); nothing stops at the first mistake, and nothing raises but `compile_policy` itself, at
its end. Warnings stay with the policy. What a policy means depends on its files and the catalogue alone, and the
manifest names each of them by digest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import Final

import msgspec

from gateway.agents import Agent, Registry
from gateway.digest import digest_of
from gateway.licenses.license import License
from gateway.policy.agent_file import read_agents
from gateway.policy.articles import BY_DEFAULT
from gateway.policy.audit import check_counts
from gateway.policy.crosscheck import Rules, check_grants, check_rules
from gateway.policy.family import Family
from gateway.policy.faults.agents import TWICE
from gateway.policy.faults.folder import NO_POLICY_FILE, NO_SITE
from gateway.policy.faults.rules import TOO_MANY_RATES
from gateway.policy.faults.site import (
    ROBOTS_FILE_MISSING,
    ROBOTS_SAYS_NOTHING,
    ROBOTS_TOO_LONG,
    UNSAID_USE,
)
from gateway.policy.faults.values import SEE
from gateway.policy.license_file import read_license
from gateway.policy.model import ALWAYS_PASSED, Host, Policy, Rule, Subject, tables_of
from gateway.policy.overlaps import check_licenses
from gateway.policy.paths import PathTable, Pattern
from gateway.policy.place import Place, PolicyError, Problem
from gateway.policy.rates import check_promises
from gateway.policy.reader import Reader
from gateway.policy.robots import MOST_OCTETS, RobotsFile, read_groups
from gateway.policy.rules import Names, WrittenRule, read_rules
from gateway.policy.sections import Said
from gateway.policy.site import RobotsSource, Site, Terms, read_site
from gateway.policy.source import Broken, Node, Table, read_source, shown
from gateway.policy.standing import check_standing
from gateway.vocabulary import USE_OF, HeadlinesFrom, Mode, RobotsFrom, Use, Verdict

#: Grows whenever the same files come to mean something else.
EVALUATOR: Final = 1

#: Rules that may have a rate.
MOST_RATES: Final = 32

_FILES: Final = ("site.yaml", "rules.yaml")
_FOLDERS: Final = ("licenses", "agents")
_EVERYTHING: Final = Pattern("/")


def compile_policy(files: Mapping[str, bytes], catalogue: Registry) -> Policy:
    """The policy that the files of a folder state, by their names in it (`site.yaml`, `licenses/x.yaml`).

    Raises PolicyError with all problems, warnings among them, in the order of their places.
    """
    reader = Reader()
    nodes = _read_sources(reader, files)
    agents = _read_all_agents(reader, nodes, catalogue)
    site_node = nodes.get("site.yaml", Broken(Place("site.yaml", 1, 1)))
    site = read_site(reader, site_node)
    # A license that cannot be read is known by the name of its file: it was complained about.
    stems = (
        name.removeprefix("licenses/").removesuffix(".yaml") for name in nodes if name.startswith("licenses/")
    )
    names = Names(agents, site.sections if isinstance(site_node, Table) else None, frozenset(stems))
    rules = read_rules(reader, nodes["rules.yaml"], names, site.zone) if "rules.yaml" in nodes else []
    licenses = []
    for name, node in nodes.items():
        if name.startswith("licenses/"):
            stem = name.removeprefix("licenses/").removesuffix(".yaml")
            license = read_license(reader, node, stem, names, site.zone, site.hosts)
            licenses += [] if license is None else [license]
    check_licenses(reader, licenses, site.zone)
    check_counts(reader, licenses, site.audit.keep)
    _check_rates(reader, rules)
    by_host = {pattern: _rules_on(terms, rules) for pattern, terms in site.hosts.items()}
    files_named = _robots_files(reader, site, files)
    on_hosts = [
        Rules(by_host[pattern], terms.passed, terms.passed_at) for pattern, terms in site.hosts.items()
    ]
    check_rules(reader, on_hosts, Family(agents, licenses))
    check_standing(reader, rules, licenses)
    check_promises(reader, licenses, chain.from_iterable(by_host.values()), agents)
    check_grants(reader, site.grants, on_hosts)
    if not reader.errors:
        _check_silence(reader, site)

    problems = sorted(dict.fromkeys(reader.problems), key=lambda one: (one.place, one.severity, one.message))
    if reader.errors:
        raise PolicyError(tuple(problems))
    read = {name: files[name] for name in (*nodes, *files_named)}
    return _policy(read, catalogue, site, by_host, agents, licenses, problems)


def _check_rates(reader: Reader, rules: Iterable[WrittenRule]) -> None:
    """Note a rule too many that has a rate: each request may be counted by all of them, and its entry tells of each."""
    paced = [rule for rule in rules if rule.rate is not None]
    if len(paced) > MOST_RATES:
        reader.wrong(paced[MOST_RATES].place, TOO_MANY_RATES, count=len(paced), most=MOST_RATES)


def _read_sources(reader: Reader, files: Mapping[str, bytes]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for name in sorted(files):
        folder, _, rest = name.rpartition("/")
        if folder == "tests" or (not folder and rest.endswith(".txt")):
            continue
        if not (name in _FILES or (folder in _FOLDERS and rest.endswith(".yaml"))):
            known = [
                *_FILES,
                *(f"{one}/{rest.removesuffix('.yml').removesuffix('.yaml')}.yaml" for one in _FOLDERS),
            ]
            place = Place(shown(name, 200), 1, 1)
            reader.wrong(place, NO_POLICY_FILE, reader.guess(name, known), name=shown(name, 200))
            continue
        node, problems = read_source(shown(name, 200), files[name])
        nodes[name] = node
        reader.problems += problems
    if "site.yaml" not in nodes:
        reader.wrong(Place("site.yaml", 1, 1), NO_SITE)
    return nodes


def _read_all_agents(reader: Reader, nodes: Mapping[str, Node], catalogue: Registry) -> Registry:
    found: dict[str, Agent] = {}
    places: dict[str, Place] = {}
    for name, node in nodes.items():
        if name.startswith("agents/"):
            for agent, item in read_agents(reader, node):
                key = agent.name.casefold()
                if key in found:
                    reader.wrong(item.place, TWICE, SEE.filled(place=places[key]), name=agent.name)
                    continue
                found[key] = agent
                places[key] = item.place
    return catalogue.with_(found.values())


def _check_silence(reader: Reader, site: Site) -> None:
    """Note AI uses about which nothing is said, for they are allowed then."""
    for use in sorted(Use.AI_ALL.single):
        for pattern, terms in site.hosts.items():
            if terms.uses and use not in terms.uses:
                place = min(said.place for said in terms.uses.values())
                reader.warn(place, UNSAID_USE, use=use, pattern=pattern)
                break


def _robots_files(reader: Reader, site: Site, files: Mapping[str, bytes]) -> dict[str, None]:
    """The names of the files that stand in for an origin's robots.txt, each once and in order."""
    found: dict[str, None] = {}
    for terms in site.hosts.values():
        source = terms.robots_source
        if source is None or source.file is None or source.place is None:
            continue
        if source.file in files:
            if source.file not in found:
                _look_through(reader, source, files[source.file])
            found[source.file] = None
        else:
            known = sorted(name for name in files if name.endswith(".txt") and "/" not in name)
            hint = reader.guess(source.file, known)
            reader.wrong(source.place, ROBOTS_FILE_MISSING, hint, file=source.file)
    return found


def _look_through(reader: Reader, source: RobotsSource, octets: bytes) -> None:
    """Note a robots.txt that says nothing, or more than is read of it."""
    assert source.place is not None
    if len(octets) > MOST_OCTETS:
        reader.wrong(source.place, ROBOTS_TOO_LONG, file=source.file, most=MOST_OCTETS)
    elif not read_groups(octets):
        reader.warn(source.place, ROBOTS_SAYS_NOTHING, file=source.file)


def _rules_on(terms: Terms, rules: Iterable[WrittenRule]) -> tuple[Rule, ...]:
    """All rules of a host, the lines of `uses` first, those that allow too, then those of sections."""
    lines = [_use_rule(f"uses.{use}", use, said, (_EVERYTHING,)) for use, said in terms.uses.items()]
    for name, section in terms.sections.items():
        if section.paths:
            lines += [
                _use_rule(f"uses.{name}.{use}", use, said, section.paths, name)
                for use, said in section.uses.items()
            ]
    written, paths = [], terms.paths
    for one in rules:
        patterns = one.patterns(paths)
        if patterns:
            rule = Rule(one.id, one.subjects, patterns, one.verdict, one.place, one.because)
            written.append(replace(rule, term=one.term, order=one.order, rate=one.rate))
    return (*lines, *written)


def _use_rule(
    name: str, use: Use, said: Said, patterns: tuple[Pattern, ...], section: str | None = None
) -> Rule:
    purposes = (Subject.purpose(purpose) for purpose, governed in USE_OF.items() if governed is use)
    return Rule(name, tuple(purposes), patterns, said.verdict, said.place, use=use, section=section)


def _host(pattern: str, terms: Terms, rules: tuple[Rule, ...], robots: Mapping[str, RobotsFile]) -> Host:
    assert terms.origin is not None
    # `allow` in `uses` is the absence of a rule; on a section it is one, for there it may open again.
    standing = tuple(
        rule for rule in rules if rule.use is None or rule.section or rule.verdict is not Verdict.ALLOW
    )
    passed = (*map(Pattern, ALWAYS_PASSED), *terms.passed)
    source = terms.robots_source or RobotsSource(RobotsFrom.ORIGIN)
    return Host(
        pattern=pattern,
        origin=terms.origin,
        mode=terms.mode or Mode.ENFORCE,
        uses={use: said.verdict for use, said in terms.uses.items()},
        sections=terms.paths,
        rules=standing,
        tables=tables_of(standing),
        passed=PathTable((one, None) for one in passed),
        query=terms.query or frozenset(),
        robots_enforced=terms.robots is not False and source.source is not RobotsFrom.NONE,
        robots_from=source.source,
        robots_file=robots[source.file] if source.file is not None else None,
        articles=terms.articles or BY_DEFAULT,
        headlines=terms.headlines is HeadlinesFrom.SITEMAP,
    )


def _policy(
    files: Mapping[str, bytes],
    catalogue: Registry,
    site: Site,
    by_host: Mapping[str, tuple[Rule, ...]],
    agents: Registry,
    licenses: Iterable[License],
    warnings: Iterable[Problem],
) -> Policy:
    assert site.name is not None
    assert site.rights is not None
    named = {name: digest_of(octets) for name, octets in files.items()}
    robots = {name: RobotsFile(octets) for name, octets in files.items() if name.endswith(".txt")}
    # RFC 8785: keys sorted, and all of them ASCII.
    manifest = msgspec.json.encode(
        {"catalogue": catalogue.digest, "evaluator": EVALUATOR, "files": named, "v": 1}, order="sorted"
    )
    texts = {named[name]: octets for name, octets in files.items()}
    texts |= {catalogue.digest: catalogue.text, digest_of(manifest): manifest}
    return Policy(
        site=site.name,
        digest=digest_of(manifest),
        manifest=manifest,
        texts=texts,
        zone=site.zone,
        rights=site.rights,
        grants=frozenset(site.grants),
        hosts=tuple(_host(pattern, terms, by_host[pattern], robots) for pattern, terms in site.hosts.items()),
        agents=agents,
        licenses=tuple(licenses),
        warnings=tuple(warnings),
        audit=site.audit,
        tokens=site.tokens,
        prices=site.prices,
    )
