"""Files → Policy, or every problem they have.

Theory of operation. Each file is read as far as it can be (`source`, `reader`), then the files are held against each
other (`crosscheck`, `overlaps`); nothing stops at the first mistake, and nothing raises but `compile_policy` itself, at
its end. Warnings stay with the policy. What a policy means depends on its files and the catalogue alone, and the
manifest names each of them by digest.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from gateway.agents import Agent, Registry
from gateway.digest import digest_of
from gateway.licenses.license import License
from gateway.policy.agent_file import read_agents
from gateway.policy.crosscheck import Rules, check_grants, check_rules
from gateway.policy.license_file import read_license
from gateway.policy.model import ALWAYS_PASSED, Host, Policy, Rule, Subject, tables_of
from gateway.policy.overlaps import check_licenses
from gateway.policy.paths import PathTable, Pattern
from gateway.policy.place import Place, PolicyError, Problem
from gateway.policy.reader import Reader
from gateway.policy.rules import Names, WrittenRule, read_rules
from gateway.policy.site import Said, Site, Terms, read_site
from gateway.policy.source import Broken, Node, Table, read_source, shown
from gateway.vocabulary import USE_OF, Mode, Use, Verdict

#: Grows whenever the same files come to mean something else.
EVALUATOR: Final = 1

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
    names = Names(agents, site.sections if isinstance(site_node, Table) else None)
    rules = read_rules(reader, nodes["rules.yaml"], names) if "rules.yaml" in nodes else []
    licenses = []
    for name, node in nodes.items():
        if name.startswith("licenses/"):
            stem = name.removeprefix("licenses/").removesuffix(".yaml")
            license = read_license(reader, node, stem, names, site.zone, site.hosts)
            licenses += [] if license is None else [license]
    check_licenses(reader, licenses, site.zone)
    by_host = {pattern: _rules_on(terms, rules) for pattern, terms in site.hosts.items()}
    on_hosts = [Rules(by_host[pattern], terms.passed) for pattern, terms in site.hosts.items()]
    check_rules(reader, on_hosts, agents)
    check_grants(reader, site.grants, on_hosts)
    if not reader.errors:
        _check_silence(reader, site)

    problems = sorted(dict.fromkeys(reader.problems), key=lambda one: (one.place, one.severity, one.message))
    if reader.errors:
        raise PolicyError(tuple(problems))
    return _policy(files, catalogue, site, by_host, agents, licenses, problems)


def _read_sources(reader: Reader, files: Mapping[str, bytes]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    for name in sorted(files):
        folder, _, rest = name.rpartition("/")
        if folder == "tests":
            continue
        if not (name in _FILES or (folder in _FOLDERS and rest.endswith(".yaml"))):
            known = [
                *_FILES,
                *(f"{one}/{rest.removesuffix('.yml').removesuffix('.yaml')}.yaml" for one in _FOLDERS),
            ]
            place = Place(shown(name, 200), 1, 1)
            reader.wrong(place, f"`{shown(name, 200)}` is no file of a policy", reader.guess(name, known))
            continue
        node, problems = read_source(shown(name, 200), files[name])
        nodes[name] = node
        reader.problems += problems
    if "site.yaml" not in nodes:
        reader.wrong(Place("site.yaml", 1, 1), "there is no `site.yaml`", "a policy folder begins with it")
    return nodes


def _read_all_agents(reader: Reader, nodes: Mapping[str, Node], catalogue: Registry) -> Registry:
    found: dict[str, Agent] = {}
    places: dict[str, Place] = {}
    for name, node in nodes.items():
        if name.startswith("agents/"):
            for agent, item in read_agents(reader, node):
                key = agent.name.casefold()
                if key in found:
                    reader.wrong(
                        item.place, f"the agent `{agent.name}` is described twice", f"see {places[key]}"
                    )
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
                reader.warn(
                    place,
                    f"`uses` says nothing about `{use}` on `{pattern}`, so it is allowed",
                    f"say `{use}: deny`, `{use}: license` or `{use}: allow`",
                )
                break


def _rules_on(terms: Terms, rules: Iterable[WrittenRule]) -> tuple[Rule, ...]:
    """All rules of a host, the lines of `uses` first, those that allow too."""
    lines = tuple(_use_rule(use, said) for use, said in terms.uses.items())
    written = []
    for rule in rules:
        patterns = rule.patterns(terms.sections)
        if patterns:
            written.append(Rule(rule.id, rule.subjects, patterns, rule.verdict, rule.place, rule.because))
    return (*lines, *written)


def _use_rule(use: Use, said: Said) -> Rule:
    purposes = (Subject.purpose(purpose) for purpose, governed in USE_OF.items() if governed is use)
    return Rule(f"uses.{use}", tuple(purposes), (_EVERYTHING,), said.verdict, said.place, use=use)


def _host(pattern: str, terms: Terms, rules: tuple[Rule, ...]) -> Host:
    assert terms.origin is not None
    # `allow` in `uses` is the absence of a rule.
    standing = tuple(rule for rule in rules if rule.use is None or rule.verdict is not Verdict.ALLOW)
    passed = (*map(Pattern, ALWAYS_PASSED), *terms.passed)
    return Host(
        pattern=pattern,
        origin=terms.origin,
        mode=terms.mode or Mode.ENFORCE,
        uses={use: said.verdict for use, said in terms.uses.items()},
        sections=terms.sections,
        rules=standing,
        tables=tables_of(standing),
        passed=PathTable((one, None) for one in passed),
        query=terms.query or frozenset(),
        robots_enforced=terms.robots is not False,
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
    read = {name: octets for name, octets in files.items() if not name.startswith("tests/")}
    named = {name: digest_of(octets) for name, octets in read.items()}
    # RFC 8785: keys sorted, and all of them ASCII.
    manifest = msgspec.json.encode(
        {"catalogue": catalogue.digest, "evaluator": EVALUATOR, "files": named, "v": 1}, order="sorted"
    )
    texts = {named[name]: octets for name, octets in read.items()}
    texts |= {catalogue.digest: catalogue.text, digest_of(manifest): manifest}
    return Policy(
        site=site.name,
        digest=digest_of(manifest),
        manifest=manifest,
        texts=texts,
        zone=site.zone,
        rights=site.rights,
        grants=frozenset(site.grants),
        hosts=tuple(_host(pattern, terms, by_host[pattern]) for pattern, terms in site.hosts.items()),
        agents=agents,
        licenses=tuple(licenses),
        warnings=tuple(warnings),
    )
