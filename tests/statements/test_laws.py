"""Of every format, over policies that nobody wrote: it is read back as it was meant, promises no more than the gate
grants, and what it has no word for it refuses and lists."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agents import Registry, catalogue
from gateway.identify.claim import Claims
from gateway.policy.model import Rights
from gateway.policy.place import PolicyError
from gateway.request import read_target
from gateway.statements import FORMATS, publish
from gateway.statements.areas import areas
from gateway.statements.robots import groups
from gateway.statements.statement import Statement
from gateway.statements.usage import granted, refused
from gateway.vocabulary import USE_OF, Purpose, Use, Verdict
from tests.rfc9309 import Robots, matches, normal
from tests.sites import NOON, NOTICE, host, policy
from tests.statements import readers
from tests.statements.test_agreement import AGENTS, LICENSES, PATHS, RULES, USES, ambiguous, gate_allows, made
from tests.statements.test_rsl import gate

CLEAR = [path for path in PATHS if not ambiguous(path)]
#: The use that each word of a format is about; a word about several is a promise of all of them.
LABELS = {"train-ai": {Use.AI_TRAIN}, "ai-use": {Use.AI_INPUT, Use.AI_INDEX}, "search": {Use.SEARCH}}
KEYS = {"ai-train": {Use.AI_TRAIN}, "ai-input": {Use.AI_INPUT, Use.AI_INDEX}, "search": {Use.SEARCH}}
MINING = {Use.AI_TRAIN, Use.AI_INPUT, Use.AI_INDEX}
CONTROL_ONLY = [agent for agent in catalogue() if agent.robots is not None and not agent.match]


@st.composite
def statements(draw, licensed: bool = False) -> Statement:
    """A host of a policy: rules, uses, grants that its uses and rules may contradict, licenses."""
    grants = [use for use, verdict in draw(USES).items() if verdict is Verdict.ALLOW]
    its = made(draw(RULES), draw(USES), draw(LICENSES) if licensed else [], grants)
    return Statement(its, its.hosts[0], NOON)


def texts(statement: Statement) -> dict[str, str]:
    """What each format says; robots.txt is left out where the rules have no robots.txt."""
    found = {}
    for format_ in FORMATS:
        try:
            found[format_.name] = format_.render(statement)
        except PolicyError:
            assert format_.name == "robots.txt"
    return found


def always_open(statement: Statement, uses: set[Use]) -> bool:
    """Whether whoever crawls for one of some uses, and of whom no more is known, is let in everywhere.

    What a legal order closes is left aside: it is served to nobody, so nothing said of uses can be about it.
    """
    purposes = [purpose for purpose, use in USE_OF.items() if use in uses]
    orders = [rule for rule in statement.host.rules if rule.order is not None]
    patterns = [pattern for rule in orders for pattern in rule.patterns]
    closed = {
        path
        for path in CLEAR
        if any(pattern.matches(read_target(path.encode()).canonical) for pattern in patterns)
    }
    return all(
        gate(statement.policy, purpose, path) is Verdict.ALLOW
        for purpose in purposes
        for path in CLEAR
        if path not in closed
    )


def in_groups(text: str) -> list[tuple[set[str], dict[str, list[str]]]]:
    """The extension lines of each group of a robots.txt; those about one path have it behind their key."""
    found = []
    for tokens, _, lines in Robots(text).groups:
        values: dict[str, list[str]] = {}
        for key, value in lines:
            path, _, rest = value.partition(" ")
            about = f"{key} {path}" if path.startswith("/") else key
            values.setdefault(about, []).append(rest if path.startswith("/") else value)
        found.append((tokens, values))
    return found


@given(statements(licensed=True))
def test_every_preference_is_read_back_as_it_was_meant(statement):
    said = texts(statement)
    usage = readers.content_usage(said["Content-Usage"])
    no, yes = refused(statement.host), granted(statement.policy, statement.host)
    for label, uses in LABELS.items():
        meant = False if uses & no else True if uses <= yes else None
        assert usage.get(label) is meant
    for tokens, lines in in_groups(said.get("robots.txt", "")):
        assert all(len(values) == 1 for values in lines.values()), "one line of each kind in a group"
        preference = readers.content_usage(lines.get("content-usage", [""])[0])
        wish = readers.content_signal(lines.get("content-signal", [""])[0])
        # A license may make a label unsaid; nothing is said otherwise than on the pages.
        assert preference.items() <= usage.items()
        assert {KEYS_OF[label]: value for label, value in preference.items()} == wish
        if "*" in tokens:
            assert preference == usage
        for key, (value,) in lines.items():
            if key.startswith("content-usage /"):
                there = readers.content_usage(value)
                assert there != preference, "said for nothing"
                assert not any(yes and not preference.get(label) for label, yes in there.items()), (
                    "only stricter"
                )


KEYS_OF = {"train-ai": "ai-train", "ai-use": "ai-input", "search": "search"}


@given(statements())
def test_no_format_grants_what_the_gate_refuses_somewhere(statement):
    said = texts(statement)
    for label, yes in readers.content_usage(said["Content-Usage"]).items():
        assert not yes or always_open(statement, LABELS[label]), label
    for _, lines in in_groups(said.get("robots.txt", "")):
        for key, yes in readers.content_signal(lines.get("content-signal", [""])[0]).items():
            assert not yes or always_open(statement, KEYS[key]), key
    assert not readers.trust(said["trust.txt"]) or always_open(statement, {Use.AI_TRAIN})
    mining = always_open(statement, MINING)
    assert said["tdm-reservation"] != "0" or mining
    assert all(value == 1 or mining for _, value, _ in readers.tdmrep(said["tdmrep.json"]))
    for _, licenses in readers.rsl(said["license.xml"]):
        for terms in licenses:
            free = frozenset() if terms.permits is None or terms.desk is not None else terms.permits
            assert always_open(statement, {Use(token) for token in free - terms.prohibits})


@given(statements())
def test_where_the_whole_host_refuses_a_use_every_format_that_knows_it_says_no(statement):
    said = texts(statement)
    for use in refused(statement.host):
        usage = readers.content_usage(said["Content-Usage"])
        assert all(usage[label] is False for label, uses in LABELS.items() if use in uses)
        for _, lines in in_groups(said.get("robots.txt", "")):
            wish = readers.content_signal(lines["content-signal"][0])
            assert all(wish[key] is False for key, uses in KEYS.items() if use in uses)
        closed = not any(rule.verdict is Verdict.ALLOW for rule in statement.host.rules)
        if use in MINING and closed:
            assert said["tdm-reservation"] == "1"
            assert readers.tdmrep(said["tdmrep.json"])[-1][:2] == ("/", 1)
        if use is Use.AI_TRAIN and closed:
            assert readers.trust(said["trust.txt"]) is False
            assert readers.robots_tag(said["X-Robots-Tag"]) == {"noai", "noimageai"}


@given(statements())
def test_rsl_is_read_back_into_the_same_uses_on_the_same_paths(statement):
    contents = readers.rsl(texts(statement)["license.xml"])
    assert [url for url, _ in contents] == [area.pattern for area in areas(statement.host)]
    yes = granted(statement.policy, statement.host)
    for (_, licenses), area in zip(contents, areas(statement.host), strict=True):
        offered = {
            Use(token) for terms in licenses if terms.desk is not None for token in terms.permits or ()
        }
        denied = {Use(token) for token in frozenset.intersection(*(terms.prohibits for terms in licenses))}
        free = {Use(token) for terms in licenses if terms.desk is None for token in terms.permits or ()}
        assert offered == {use for use, verdict in area.refusals.items() if verdict is Verdict.LICENSE}
        assert denied >= {use for use, verdict in area.refusals.items() if verdict is Verdict.DENY}
        assert denied - area.refusals.keys() <= MINING - yes, (
            "beyond that only uses for AI that nothing grants"
        )
        assert free == yes - area.refusals.keys()


@given(statements())
def test_tdmrep_is_read_back_into_the_same_reservations(statement):
    said = texts(statement)
    rows = readers.tdmrep(said["tdmrep.json"])
    reserved = {area.pattern for area in areas(statement.host) if not MINING.isdisjoint(area.refusals)}
    if "/" in reserved:
        reserved = {"/"}  # which holds all the others
    assert {location for location, value, _ in rows if value == 1} == reserved
    for path in CLEAR:
        first = next((row for row in rows if matches(normal(row[0]), normal(path))), None)
        inside = any(matches(normal(location), normal(path)) for location in reserved)
        assert (first is not None and first[1] == 1) is inside
    if said["tdm-reservation"] == "1":  # carriers override each other, so they agree
        assert rows[-1] == ("/", 1, said["tdm-policy"] or None)


@given(statements())
def test_pages_and_fields_say_the_same(statement):
    said = texts(statement)
    links, named = readers.page(said["HTML"])
    field = readers.link(said["Link"])
    assert links == [{"rel": "license", "type": "application/rsl+xml", "href": field["license"][0]}]
    for name, text in (
        ("tdm-reservation", "tdm-reservation"),
        ("tdm-policy", "tdm-policy"),
        ("robots", "X-Robots-Tag"),
    ):
        assert (named.get(name) or "") == said[text]


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_the_publisher_writes_stays_in_its_place(name, tail):
    """Names and addresses are read from the policy, not from us: they end no line, element, field or string."""
    rights = Rights(name or "A", NOTICE, "https://a.example/minta", f"https://a.example/{tail}", tail or None)
    its = policy(rights=rights, agents=AGENTS)
    statement = Statement(its, its.hosts[0], NOON)
    said = texts(statement)
    readers.rsl(said["license.xml"])
    readers.tdmrep(said["tdmrep.json"])
    assert readers.link(said["Link"]).keys() == {"license", "terms-of-service"}
    assert len(readers.page(said["HTML"])[0]) == 1
    plain = policy(agents=AGENTS)
    assert (
        Robots(said["robots.txt"]).groups
        == Robots(texts(Statement(plain, plain.hosts[0], NOON))["robots.txt"]).groups
    )


@given(statements(licensed=True))
def test_no_format_has_the_spelling_of_another(statement):
    """`train-ai` and `ai-use` are the IETF's; `ai-train`, `ai-input` those of RSL and of Content Signals; in silence each
    is ignored where the other belongs."""
    for name, text in texts(statement).items():
        for line in text.splitlines():
            ietf = name == "Content-Usage" or line.startswith("Content-Usage:")
            rsl_or_signals = name == "license.xml" or line.startswith("Content-Signal:")
            if not ietf:
                assert not re.search(r"\b(train-ai|ai-use)\b", line), (name, line)
            if not rsl_or_signals:
                assert not re.search(r"\bai-(train|input|index|all)\b", line), (name, line)


@given(statements())
def test_what_has_no_word_is_listed(statement):
    """An offer, one of two uses that share a word, rules: each format that has no word for it names it in `omits`."""
    listed = {format_.name: " ".join(format_.omits(statement)) for format_ in FORMATS}
    uses = statement.host.uses
    verdicts = [uses.get(use, Verdict.ALLOW) for use in (Use.AI_INPUT, Use.AI_INDEX)]
    if Verdict.LICENSE in uses.values():
        for name in ("robots.txt", "Content-Usage", "X-Robots-Tag", "trust.txt", "tdm-policy.json"):
            assert re.search(
                r"permission|license is on offer|anything but|what it would cost", listed[name]
            ), name
    if verdicts[0] is not verdicts[1]:
        assert "`ai-index` apart from `ai-input`" in listed["Content-Usage"]
        assert "`ai-index` apart from `ai-input`" in listed["robots.txt"]
    for use in refused(statement.host) & MINING:
        # A rule that opens everything to a use again leaves nothing of it to be reserved.
        assert f"`{use}`" in listed["tdmrep.json"] or always_open(statement, {use})
    if any(rule.use is None for rule in statement.host.rules):
        assert "rules of rules.yaml" in listed["Content-Usage"]
    # A reservation that is not made leaves nothing out.
    assert [name for name, text in listed.items() if not text] in ([], ["tdm-reservation"])


@pytest.mark.parametrize("agent", CONTROL_ONLY, ids=lambda agent: agent.name)
@given(uses=USES)
def test_control_only_tokens_follow_uses(agent, uses):
    """`Google-Extended` stands in robots.txt and in no User-Agent: there alone it can be told, and it is told of its uses."""
    its = policy(host(uses=uses), agents=Registry({one.name: one for one in (*AGENTS, agent)}.values()))
    robots = Robots(publish(its, NOON).hosts["www.antara.example"].documents["/robots.txt"].body.decode())
    wanted = uses[USE_OF[agent.purpose]] is Verdict.ALLOW
    assert robots.allows(agent.robots, "/berita/1") is wanted is gate_allows(its, agent, "/berita/1")
    assert robots.allows(agent.robots, "/.well-known/x")
    assert Claims(its.agents).read(f"{agent.robots}/1.0").agent != agent.name


@given(statements(licensed=True))
def test_groups_are_read_back_as_they_were_made(statement):
    try:
        meant = groups(statement)
    except PolicyError:
        return
    found = Robots(texts(statement)["robots.txt"]).groups
    assert len(found) == len(meant)
    for (tokens, rules, _), lines in zip(found, meant, strict=True):
        assert tokens == {line.partition(": ")[2].lower() for line in lines if line.startswith("User-agent:")}
        said = [line.partition(": ") for line in lines if line.startswith(("Allow:", "Disallow:"))]
        assert rules == [(key == "Allow", pattern) for key, _, pattern in said]


def test_purposes_of_every_use_are_covered():
    assert {USE_OF[purpose] for purpose in Purpose if purpose in USE_OF} == {
        use for use in Use if use.single == {use}
    }
